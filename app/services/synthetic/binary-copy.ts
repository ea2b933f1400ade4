/** The head of a binary COPY: signature, no flags, no extension (PostgreSQL's documentation of COPY). */
export const COPY_HEADER = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** What ends a binary COPY. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** One row of a binary COPY from the binary forms of its fields. */
export function copyRow(fields: readonly Buffer[]): Buffer {
  const row = Buffer.allocUnsafe(fields.reduce((size, field) => size + 4 + field.length, 2));
  let at = row.writeInt16BE(fields.length);
  for (const field of fields) {
    at = row.writeInt32BE(field.length, at);
    at += field.copy(row, at);
  }
  return row;
}

/** The binary form of `integer`. */
export function integerField(value: number): Buffer {
  const field = Buffer.allocUnsafe(4);
  field.writeInt32BE(value);
  return field;
}

/** The binary form of `jsonb`: its version, and text. */
export function jsonbField(value: unknown): Buffer {
  return Buffer.from(`\u0001${JSON.stringify(value)}`);
}
