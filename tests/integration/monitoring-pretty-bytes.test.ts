import { expect } from "vitest";
import { prettyBytes } from "../../app/services/monitoring/pretty-bytes.ts";
import { test } from "../support/test.ts";

/** Around every turn of a unit and every half of one, and numbers in between. */
function numbers(): number[] {
  const turns = [0, 1, 2, 3, 4].flatMap((power) =>
    [1, 1.5, 9.5, 10, 10.5, 10_238.5, 10_239, 10_239.5, 10_240].map((units) =>
      Math.round(units * 1024 ** power),
    ),
  );
  const near = turns.flatMap((turn) => [-513, -512, -511, -1, 0, 1, 511, 512, 513].map((by) => turn + by));
  const spread = Array.from({ length: 2_000 }, (_, step) => Math.round(1.0163 ** step));
  return [...near, ...spread].filter((number) => Math.abs(number) < 2 ** 53);
}

test("bytes read as the server's own pg_size_pretty prints them, those that are gone too", async ({
  database,
}) => {
  const asked = numbers().flatMap((number) => [number, -number]);
  const rows = await database.query<{ text: string }>(
    `SELECT pg_size_pretty(bytes) AS text FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (bytes, place) ORDER BY place`,
    [asked],
  );
  expect(asked.map((number) => [number, prettyBytes(number)])).toEqual(
    asked.map((number, place) => [number, rows[place]?.text]),
  );
});
