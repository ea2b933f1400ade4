// The server of the app as `npm start` has it, with no other routes than these: it needs no build.
import * as chat from "../../app/routes/api.chat.ts";
import * as search from "../../app/routes/api.search.ts";
import * as health from "../../app/routes/healthz.ts";
import { noteClientsGone } from "../../app/services/client-gone.server.ts";
import { startRecording } from "../../app/services/monitoring/recording/start-recording.server.ts";
import { startServer } from "../../server/start-server.ts";

noteClientsGone();
startRecording();

await startServer({
  entry: { module: { default: () => new Response(null, { status: 404 }) } },
  routes: {
    root: { id: "root", path: "", module: { default: () => null } },
    chat: { id: "chat", parentId: "root", path: "api/chat", module: chat },
    search: { id: "search", parentId: "root", path: "api/search", module: search },
    health: { id: "health", parentId: "root", path: "healthz", module: health },
  },
  assets: { entry: { imports: [], module: "" }, routes: {}, url: "", version: "1" },
  publicPath: "/",
  assetsBuildDirectory: "build/client",
  future: { v3_relativeSplatPath: true, v3_singleFetch: true, v3_throwAbortReason: true },
  isSpaMode: false,
});
