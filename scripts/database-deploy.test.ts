import { describe, expect } from "vitest";
import { finished, startScript } from "../tests/support/cli.ts";
import { test } from "../tests/support/test.ts";

const database = (...args: string[]) => finished(startScript("scripts/database.ts", { args }));

describe("database deploy", () => {
  test("applies the migrations up to the named one, once", async ({ database: { url, query } }) => {
    const deploy = ["deploy", "--through", "init", "--database-url", url];
    expect(await database(...deploy)).toMatchObject({ code: 0, stdout: "Applied 20261101000000_init\n" });
    expect(await query("SELECT to_regclass('documents') IS NOT NULL AS there")).toEqual([{ there: true }]);
    expect(await database(...deploy)).toMatchObject({ code: 0, stdout: "Nothing to apply\n" });
  });

  test("names the migrations there are when the name is unknown", async ({ database: { url } }) => {
    const deploy = await database("deploy", "--through", "int", "--database-url", url);
    expect(deploy).toMatchObject({ code: 1, stderr: expect.stringContaining("20261101000000_init") });
  });
});
