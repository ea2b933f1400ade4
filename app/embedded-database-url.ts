/** Where the embedded database listens unless told otherwise. */
export const EMBEDDED_PORT = 54329;

/** The URL that stands for the embedded database: whatever has no DATABASE_URL uses it. */
export const EMBEDDED_DATABASE_URL = embeddedDatabaseUrl(EMBEDDED_PORT);

export function embeddedDatabaseUrl(port: number): string {
  return `postgresql://postgres@127.0.0.1:${port}/postgres`;
}
