import { createServer, type Server } from "node:http";
import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import compression from "compression";
import express from "express";
import { env } from "../app/env.server.ts";
import { searchRefusals } from "./search-refusals.ts";

/** A question of 10,000 characters may take twelve bytes each in an address. */
const HEADER_BYTES = 262_144;

/** The app as an HTTP server that does not listen yet: searches that find no room are refused before anything else is done. */
export async function appServer(build: ServerBuild): Promise<Server> {
  const app = express();
  app.disable("x-powered-by");
  app.use(compression());
  // What Vite builds has its hash in its name.
  app.use(
    "/assets",
    express.static(`${build.assetsBuildDirectory}/assets`, { immutable: true, maxAge: "1y" }),
  );
  const files = express.static(build.assetsBuildDirectory, { maxAge: "1h" });
  // To look for a file takes a turn of the event loop, and none is there.
  app.use((request, response, next) => (isApi(request.path) ? next() : files(request, response, next)));
  app.all("*", createRequestHandler({ build, mode: env.NODE_ENV }));
  const refused = await searchRefusals();
  return createServer({ maxHeaderSize: HEADER_BYTES }, (request, response) => {
    if (!refused(request, response)) app(request, response);
  });
}

function isApi(path: string): boolean {
  return path.startsWith("/api/");
}
