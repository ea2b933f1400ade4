import { writeHandbook } from "../e2e/handbook.ts";
import { type Handler, openApp, type TestApp, type TestMember } from "./app.ts";

/** The app with the handbook in a workspace, and in another one that must not answer. */
export interface HandbookApp {
  readonly app: TestApp;
  /** Of `/api/chat`. */
  readonly action: Handler;
  readonly loader: Handler;
  readonly workspaceId: string;
  readonly member: TestMember;
  /** Of a workspace without text. */
  readonly stranger: TestMember;
  /** Ids of the handbook's pages by title. */
  readonly pages: ReadonlyMap<string, string>;
  /** The page about backups in the other workspace. */
  readonly foreignPage: string;
  close(): Promise<void>;
}

/** Call it first in `beforeAll`: the app reads its configuration when it is loaded, and quotes where it has no key. */
export async function openHandbookApp(): Promise<HandbookApp> {
  const app = await openApp({ env: { OPENAI_API_KEY: "" } });
  const { action, loader } = await import("../../app/routes/api.chat.ts");
  const { embeddingProvider } = await import("../../app/services/embeddings/provider-choice.server.ts");
  const { importMarkdownFolder } = await import("../../app/services/import/import-markdown.server.ts");
  const { folder, remove } = await writeHandbook();
  const { workspaceId } = await importMarkdownFolder(folder, { workspace: "Handbook", database: app.pool });
  const other = await importMarkdownFolder(folder, { workspace: "Competitor", database: app.pool });
  await remove();
  return {
    app,
    action,
    loader,
    workspaceId,
    member: await app.addMember(workspaceId),
    stranger: await app.addMember(await app.addWorkspace()),
    pages: await pagesOf(app, workspaceId),
    foreignPage: (await pagesOf(app, other.workspaceId)).get("Backups") ?? "",
    async close() {
      await embeddingProvider().close();
      await app.close();
    },
  };
}

async function pagesOf(app: TestApp, workspaceId: string): Promise<Map<string, string>> {
  const rows = await app.query("SELECT id, title FROM pages WHERE workspace_id = $1", [workspaceId]);
  return new Map(rows.map(({ id, title }) => [title, id]));
}
