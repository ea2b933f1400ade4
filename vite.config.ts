import { vitePlugin as remix } from "@remix-run/dev";
import { defineConfig, type Plugin } from "vite";

/** What is built for the server is the server itself, with the routes in it. After Remix, which would build them alone. */
const server: Plugin = {
  name: "server",
  config: (_, { isSsrBuild }) =>
    isSsrBuild ? { build: { rollupOptions: { input: "server/main.ts" } } } : undefined,
};

export default defineConfig({
  plugins: [
    remix({
      ignoredRouteFiles: ["**/*.test.*"],
      future: {
        v3_fetcherPersist: true,
        v3_lazyRouteDiscovery: true,
        v3_relativeSplatPath: true,
        v3_routeConfig: true,
        v3_singleFetch: true,
        v3_throwAbortReason: true,
      },
    }),
    server,
  ],
  server: { port: Number(process.env.PORT ?? 3000) },
});

declare module "@remix-run/node" {
  interface Future {
    v3_singleFetch: true;
  }
}
