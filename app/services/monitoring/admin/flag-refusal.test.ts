import { describe, expect, test } from "vitest";
import { type FlagBasis, flagRefusal } from "./flag-refusal.ts";

const GREEN = { ok: true, current: true };

function table(phase: FlagBasis["phase"], change: Partial<FlagBasis> = {}): FlagBasis {
  return { table: "documents", phase, goingBack: false, verification: null, ...change };
}

describe("halfvec", () => {
  test.for([
    ["no index stands", table("expanded", { verification: GREEN }), /no halfvec index yet on documents/],
    ["nothing was verified", table("indexed"), /Verify is not green on documents/],
    [
      "verify was red",
      table("indexed", { verification: { ok: false, current: true } }),
      /Verify is not green/,
    ],
    [
      "the index is another one since",
      table("indexed", { verification: { ok: true, current: false } }),
      /Verify is not green/,
    ],
  ] as const)("is refused where %s", ([, one, reason]) => {
    expect(flagRefusal("halfvec", [table("swapped"), one])).toMatch(reason);
  });

  test("is taken where every table is verified or swapped", () => {
    expect(
      flagRefusal("halfvec", [
        table("indexed", { verification: GREEN }),
        table("swapped"),
        table("contracted"),
      ]),
    ).toBeNull();
  });
});

test("vector is refused once the columns are swapped: it could not be read", () => {
  expect(flagRefusal("vector", [table("indexed"), table("swapped")])).toMatch(
    /documents can be searched in halfvec only/,
  );
  expect(flagRefusal("vector", [table("indexed")])).toBeNull();
});

test("auto is always right", () => {
  for (const phase of ["baseline", "expanded", "indexed", "swapped", "contracted"] as const) {
    expect(flagRefusal("auto", [table(phase)])).toBeNull();
  }
});

test("nothing is taken while a rollback is under way, which has set the flag itself", () => {
  for (const value of ["auto", "vector", "halfvec"] as const) {
    expect(flagRefusal(value, [table("swapped", { goingBack: true })])).toMatch(/A rollback is under way/);
  }
});
