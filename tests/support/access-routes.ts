/** What a request sends; `:page` and the like stand for ids of the workspace that is not the sender's. */
export interface Write {
  form?: Record<string, string>;
  file?: { name: string; text: string };
  json?: Record<string, unknown>;
  /** What a stranger is answered; 404 unless given. Others are answers about the stranger's own workspace. */
  stranger?: number;
}

export interface Route {
  /** With ids of the workspace that is not the reader's, if it takes any. */
  address: string;
  /** Whether who belongs there reads a text of theirs. */
  shows?: boolean;
  /** What a stranger is answered; 404 unless given. */
  stranger?: number;
  /** What the key of a stranger's workspace is answered; as the stranger unless given. */
  strangersKey?: number;
  writes?: readonly Write[];
}

export const OPEN = "open to everybody, reads and writes nothing of a workspace";
export const BY_TOKEN = "for METRICS_TOKEN alone, reads and writes nothing of a workspace";
const row = { name: "light", value: "much", kind: "text" };
const text = { title: "Mine", markdown: "Mine", content: "Mine" };
const gone = { form: { intent: "delete" } };

/** An answer of the API that is given whole, without a stream. */
const question = { question: "How often do ferns want water?" };

/** Every file of app/routes. A new route gets a line here: a test fails until it has one. */
export const ROUTES: Readonly<Record<string, Route | typeof OPEN | typeof BY_TOKEN>> = {
  "$.tsx": OPEN,
  "_index.tsx": OPEN,
  "healthz.ts": OPEN,
  "metrics.ts": BY_TOKEN,
  "sign-in.tsx": OPEN,
  "sign-out.ts": OPEN,
  "choose-password.tsx": {
    address: "/choose-password",
    stranger: 302,
    writes: [
      { form: { current: "x", wanted: "another password", again: "another password" }, stranger: 422 },
    ],
  },
  "app.tsx": { address: "/app", shows: true, stranger: 200 },
  "app._index.tsx": { address: "/app?q=ferns+shade&workspace=:workspace", shows: true },
  "app.pages._index.tsx": { address: "/app/pages", shows: true, stranger: 200 },
  "app.pages.$id.tsx": { address: "/app/pages/:page?question=water", shows: true },
  "app.pages.$id_.edit.tsx": {
    address: "/app/pages/:page/edit",
    shows: true,
    writes: [{ form: text }, { form: { ...text, parentId: ":otherPage" } }, gone],
  },
  "app.pages.new.tsx": {
    address: "/app/pages/new?under=:page",
    shows: true,
    stranger: 200,
    writes: [{ form: { ...text, parentId: ":page" }, stranger: 422 }],
  },
  "app.databases._index.tsx": {
    address: "/app/databases",
    shows: true,
    stranger: 200,
    writes: [{ form: { name: "Mine" }, stranger: 303 }],
  },
  "app.databases.$id.tsx": {
    address: "/app/databases/:database",
    shows: true,
    writes: [{ form: { name: "Mine" } }, gone],
  },
  "app.databases.$id_.new.tsx": {
    address: "/app/databases/:database/new",
    shows: true,
    writes: [{ form: row }],
  },
  "app.rows.$id.tsx": { address: "/app/rows/:row", shows: true },
  "app.rows.$id_.edit.tsx": { address: "/app/rows/:row/edit", shows: true, writes: [{ form: row }, gone] },
  "app.documents._index.tsx": { address: "/app/documents", shows: true, stranger: 200 },
  "app.documents.$id.tsx": { address: "/app/documents/:document", shows: true },
  "app.documents.$id_.edit.tsx": {
    address: "/app/documents/:document/edit",
    shows: true,
    writes: [{ form: text }, gone],
  },
  "app.documents.new.tsx": {
    address: "/app/documents/new",
    stranger: 200,
    writes: [{ form: text, stranger: 303 }],
  },
  "app.import.tsx": {
    address: "/app/import",
    stranger: 200,
    writes: [{ file: { name: "ferns.md", text: "# Ferns" }, stranger: 200 }],
  },
  "app.performance-dashboard.tsx": {
    address: "/app/performance-dashboard",
    stranger: 200,
    // The database of these tests is at the baseline: there is nothing to pause.
    writes: [{ form: { intent: "pause" }, stranger: 422 }],
  },
  "app.performance-dashboard.events.ts": { address: "/app/performance-dashboard/events", stranger: 406 },
  "app.settings.tsx": { address: "/app/settings", shows: true, stranger: 200 },
  "app.settings._index.tsx": { address: "/app/settings", stranger: 302 },
  "app.settings.account.tsx": {
    address: "/app/settings/account",
    shows: true,
    stranger: 200,
    writes: [
      { form: { current: "x", wanted: "another password", again: "another password" }, stranger: 422 },
    ],
  },
  "app.settings.indexing.tsx": {
    address: "/app/settings/indexing",
    stranger: 200,
    writes: [
      { form: { intent: "reindex" }, stranger: 303 },
      { form: { intent: "retry" }, stranger: 303 },
    ],
  },
  "app.settings.keys.tsx": {
    address: "/app/settings/keys",
    stranger: 200,
    writes: [{ form: { intent: "revoke", key: ":apiKey" } }],
  },
  "app.settings.members.tsx": {
    address: "/app/settings/members",
    shows: true,
    stranger: 200,
    writes: [
      { form: { intent: "role", user: ":member", role: "admin" } },
      { form: { intent: "remove", user: ":member" } },
    ],
  },
  "app.settings.workspaces.tsx": {
    address: "/app/settings/workspaces",
    shows: true,
    stranger: 200,
    writes: [{ form: { name: "Mine" }, stranger: 303 }],
  },
  "app.workspace.ts": {
    address: "/app/workspace",
    stranger: 302,
    writes: [{ form: { workspace: ":workspace" } }],
  },
  // About the database, not about a workspace: any admin reads it, and no key does.
  "api.metrics[.]json.ts": { address: "/api/metrics.json", stranger: 200, strangersKey: 401 },
  "api.search.ts": {
    address: "/api/search?q=ferns+shade&workspace=:workspace",
    shows: true,
    writes: [{ form: {}, stranger: 405 }],
  },
  "api.graph.ts": {
    address: "/api/graph?page=:page",
    shows: true,
    writes: [{ form: {}, stranger: 405 }],
  },
  "api.chat.ts": {
    address: "/api/chat",
    stranger: 405,
    writes: [
      { json: { ...question, page: ":page" } },
      { json: { ...question, block: ":block" } },
      { json: question, stranger: 200 },
    ],
  },
};
