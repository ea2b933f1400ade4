import { freePort } from "../../scripts/free-port.ts";
import { type CliProcess, startScript } from "./cli.ts";

const LISTENING = /http:\/\/127\.0\.0\.1:\d+/;

export interface ServedApi {
  process: CliProcess;
  /** Without a slash at its end. */
  address: string;
}

/** The API of the app in a process of its own, as it is served in production: express and its compression included. */
export async function serveApi(
  databaseUrl: string,
  env: Record<string, string | undefined> = {},
): Promise<ServedApi> {
  const process = startScript("tests/support/serve-api.mjs", {
    databaseUrl,
    env: {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(await freePort()),
      EMBEDDING_PROVIDER: "local",
      ...env,
    },
  });
  await process.printed(LISTENING);
  return { process, address: LISTENING.exec(process.stdout())?.[0] ?? "" };
}
