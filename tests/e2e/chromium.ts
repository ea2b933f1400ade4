import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** What the package is called by different distributions' programs. */
const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** It asks nobody for anything: what a test loads comes from the app. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the Chromium that the machine has. Throws as {@link chromiumPath} does. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS });
}

/**
 * Where Chromium is: `CHROMIUM_PATH` if set, else by one of its names on the `PATH`.
 *
 * @throws Error that says how to install it.
 */
export function chromiumPath(environment: NodeJS.ProcessEnv = process.env): string {
  const { CHROMIUM_PATH: given, PATH: path = "" } = environment;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Error(`CHROMIUM_PATH is ${given}, which is not a program.`);
  }
  const places = path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = places.find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    "The browser tests need Chromium, and there is none on the PATH. On Debian and Ubuntu: apt-get install chromium. " +
      "Elsewhere set CHROMIUM_PATH to its program.",
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
