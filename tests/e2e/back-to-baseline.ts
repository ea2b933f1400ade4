import { expect } from "vitest";
import { finished, startScript } from "../support/cli.ts";

/** Rolls a migrated database back, as the next test expects it. */
export async function backToBaseline(databaseUrl: string): Promise<void> {
  const rollback = startScript("scripts/migrate-to-halfvec.ts", {
    args: ["rollback", "--yes", "--json"],
    databaseUrl,
  });
  expect(await finished(rollback)).toMatchObject({ code: 0 });
}
