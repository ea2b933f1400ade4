/** The routes of the app, as Remix's plugin of Vite makes them. */
declare module "virtual:remix/server-build" {
  const build: import("@remix-run/node").ServerBuild;
  export = build;
}
