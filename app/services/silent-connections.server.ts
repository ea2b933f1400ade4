import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { closeWhenStopped } from "./until-stopped.server.ts";

/**
 * From now on connections on which nothing was ever sent are closed when the process is told to end. Browsers open them
 * in advance, and a server that closes waits for them: it counts only those as idle that have had an answer. Call it
 * once, as the app starts.
 */
export function closeSilentConnections(): void {
  subscribe("net.server.socket", (message) => {
    const { socket } = message as { readonly socket: Socket };
    const stopWaiting = closeWhenStopped(() => {
      if (socket.bytesRead === 0) socket.destroy();
    });
    socket.once("close", stopWaiting);
  });
}
