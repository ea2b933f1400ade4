// What `remix-serve` takes for the built app, with no other routes than these: it needs no build.
import * as chat from "../../app/routes/api.chat.ts";
import * as search from "../../app/routes/api.search.ts";
import * as health from "../../app/routes/healthz.ts";
import { noteClientsGone } from "../../app/services/client-gone.server.ts";
import { startRecording } from "../../app/services/monitoring/recording/start-recording.server.ts";

noteClientsGone();
startRecording();

export const entry = { module: { default: () => new Response(null, { status: 404 }) } };
export const routes = {
  root: { id: "root", path: "", module: { default: () => null } },
  chat: { id: "chat", parentId: "root", path: "api/chat", module: chat },
  search: { id: "search", parentId: "root", path: "api/search", module: search },
  health: { id: "health", parentId: "root", path: "healthz", module: health },
};
export const assets = { entry: { imports: [], module: "" }, routes: {}, url: "", version: "1" };
export const publicPath = "/build/";
export const assetsBuildDirectory = "build/client";
export const future = { v3_relativeSplatPath: true, v3_singleFetch: true, v3_throwAbortReason: true };
export const isSpaMode = false;
