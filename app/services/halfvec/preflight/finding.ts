/** Something that preflight found. `stop`: the migration must not begin; `warn`: it may, and this will be felt. */
export interface Finding {
  level: "stop" | "warn";
  table?: string;
  /** One line: what is wrong, where, and what to do. */
  message: string;
}

export function stop(message: string, table?: string): Finding {
  return { level: "stop", ...(table ? { table } : {}), message };
}

export function warn(message: string, table?: string): Finding {
  return { level: "warn", ...(table ? { table } : {}), message };
}

export function stops(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === "stop");
}
