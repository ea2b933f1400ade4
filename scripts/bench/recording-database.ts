import type pg from "pg";
import type { PgbenchQuery } from "./pgbench.ts";

/** A database that remembers what is sent through it, as pgbench can send it again: with parameters as text. */
export function recordingDatabase(pool: pg.Pool): { database: pg.Pool; sent: PgbenchQuery[] } {
  const sent: PgbenchQuery[] = [];
  const query = (text: string, values: unknown[] = []) => {
    sent.push({ text, values: values.map(asText) });
    return pool.query(text, values);
  };
  return { database: { query } as pg.Pool, sent };
}

function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return vectorText(value);
  if (Array.isArray(value)) return `{${value.map((item) => JSON.stringify(item)).join(",")}}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A vector or halfvec in its binary form (see `binary-vector.ts`) as text. */
function vectorText(binary: Buffer): string {
  const dimensions = binary.readInt16BE(0);
  const single = binary.length === 4 + 4 * dimensions;
  const numbers = Array.from({ length: dimensions }, (_, index) =>
    single ? binary.readFloatBE(4 + 4 * index) : halfFloat(binary.readUInt16BE(4 + 2 * index)),
  );
  return JSON.stringify(numbers);
}

/** The number that 16 bits are in half precision (IEEE 754 binary16). */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
