import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where tests stand beside the code. */
const PLACES = ["app", "scripts", "server", "tests/support"];
/** Of what helps tests, this starts processes and asks for no database. */
const FIXTURES = /from "[./]+(?:tests\/)?support\/(?!cli\.ts)/;

/** The test files that import nothing through which a database could come to them. */
export function unitTestFiles(): string[] {
  return PLACES.flatMap((place) =>
    readdirSync(place, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.test\.tsx?$/.test(name))
      .map((name) => join(place, name)),
  ).filter((file) => !FIXTURES.test(readFileSync(file, "utf8")));
}
