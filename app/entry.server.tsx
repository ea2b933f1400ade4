import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import {
  createReadableStreamFromReadable,
  type EntryContext,
  type HandleDataRequestFunction,
} from "@remix-run/node";
import { RemixServer } from "@remix-run/react";
import { isbot } from "isbot";
import { renderToPipeableStream } from "react-dom/server";
import { NonceProvider } from "./components/nonce.ts";
import { env } from "./env.server.ts";
import { noteClientAddresses } from "./services/access/client-address.server.ts";
import { setDataSecurity, setDocumentSecurity } from "./services/access/security-headers.server.ts";
import { warnOfInsecureSessions } from "./services/access/session-cookie.server.ts";
import { sessionSecrets } from "./services/access/session-secrets.server.ts";
import { noteClientsGone } from "./services/client-gone.server.ts";
import { startRecording } from "./services/monitoring/recording/start-recording.server.ts";
import { startEmbeddedIndexing } from "./services/rag/rag-indexing.server.ts";
import { closeSilentConnections } from "./services/silent-connections.server.ts";

// All before the first request: an app without its secret does not start.
sessionSecrets();
warnOfInsecureSessions();
noteClientAddresses();
noteClientsGone();
closeSilentConnections();
startEmbeddedIndexing();
startRecording();

/** How long a page may take to come, in milliseconds: what is not there by then is left out. */
const PAGE_TIMEOUT = 10_000;

/**
 * How long Remix waits for promises that a loader hands on, in milliseconds. None does; but Remix keeps a timer of that
 * length after each answer, for which an app that is told to end would wait.
 */
export const streamTimeout = 500;

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
): Promise<Response> {
  const nonce = randomBytes(16).toString("base64url");
  // A search engine takes the page as it comes at first, so it gets all of it at once.
  const wholeAtOnce = context.isSpaMode || isbot(request.headers.get("User-Agent"));
  return new Promise((resolve, reject) => {
    let answered = false;
    let code = status;
    const answer = () => {
      answered = true;
      const body = new PassThrough();
      headers.set("Content-Type", "text/html; charset=utf-8");
      setDocumentSecurity(headers, nonce, env.NODE_ENV === "development");
      resolve(new Response(createReadableStreamFromReadable(body), { headers, status: code }));
      pipe(body);
    };
    const { pipe, abort } = renderToPipeableStream(
      <NonceProvider value={nonce}>
        <RemixServer context={context} url={request.url} abortDelay={PAGE_TIMEOUT} nonce={nonce} />
      </NonceProvider>,
      {
        nonce,
        [wholeAtOnce ? "onAllReady" : "onShellReady"]: answer,
        onShellError: reject,
        onError(error: unknown) {
          code = 500;
          // An error before that is logged by whoever the promise is rejected to.
          if (answered) console.error(error);
        },
      },
    );
    setTimeout(abort, PAGE_TIMEOUT + 1_000).unref();
  });
}

export const handleDataRequest: HandleDataRequestFunction = (response) => {
  setDataSecurity(response.headers);
  return response;
};
