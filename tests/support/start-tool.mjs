// `npm run migrate:halfvec` as one file: node start-tool.mjs DIRECTORY …args. The file is made in DIRECTORY where it is
// not there yet. Tests start the command some hundred times, and so it starts in a quarter of the time that tsx needs for
// all its modules; the tests of the guide start it as a reader does.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [directory] = process.argv.splice(2, 1);
const file = join(directory, "migrate-to-halfvec.mjs");
if (!existsSync(file)) {
  const bundler = fileURLToPath(new URL("bundle-tool.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [bundler, file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the tool could not be made one file:\n${stderr}`);
}
await import(pathToFileURL(file).href);
