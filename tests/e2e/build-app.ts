import { buildApp } from "../../scripts/demo/app-server.ts";
import { chromiumPath } from "./chromium.ts";

/** Builds what the browser tests look at, once a run; without a browser it says so before it begins. */
export default async function setup(): Promise<void> {
  chromiumPath();
  await buildApp(new AbortController().signal);
}
