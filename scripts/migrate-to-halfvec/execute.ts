import { userInfo } from "node:os";
import { COLUMNS_FRESH_MS, EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { env } from "../../app/env.server.ts";
import type { Connections } from "../../app/services/halfvec/connections.ts";
import { contract } from "../../app/services/halfvec/contract/contract.ts";
import { RefusedError } from "../../app/services/halfvec/errors.ts";
import type { RunOptions } from "../../app/services/halfvec/migration-run.ts";
import { once } from "../../app/services/halfvec/once.ts";
import { planMigration } from "../../app/services/halfvec/plan.ts";
import { plural } from "../../app/services/halfvec/plural.ts";
import { stops } from "../../app/services/halfvec/preflight/finding.ts";
import { preflight } from "../../app/services/halfvec/preflight/preflight.ts";
import { changeProfile } from "../../app/services/halfvec/profiles/change-profile.ts";
import { rollBack } from "../../app/services/halfvec/rollback/roll-back.ts";
import { runMigration, runPhase } from "../../app/services/halfvec/run.ts";
import { hasBookkeeping, setPaused } from "../../app/services/halfvec/settings.ts";
import { readStatus } from "../../app/services/halfvec/status.ts";
import { summarize } from "../../app/services/halfvec/summary.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import type { IndexProfile } from "../../app/services/index-tuning.ts";
import type { Arguments } from "./arguments.ts";
import { agree } from "./ask.ts";
import type { WorkCommand } from "./commands.ts";
import { formatCounted, formatSeconds } from "./format.ts";
import { findRepack } from "./pg-repack.ts";
import type { Figures, Screen } from "./screen.ts";

/** What a command works with. */
export interface Shop {
  readonly parsed: Arguments;
  /** The command line, as it can be shown. */
  readonly words: readonly string[];
  readonly url: string;
  readonly connections: Connections;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** How long after the flag was set no app uses what it knew before: what it keeps, and one slow search more. */
const HAND_OVER_MS = COLUMNS_FRESH_MS + 1000;

const VERIFICATION = { ...VERIFICATION_DEFAULTS, efSearch: env.HNSW_EF_SEARCH };

/** Runs a command that moves the database, to its end. Resolves to the figures to show. */
export function work(shop: Shop, command: WorkCommand): Promise<Figures> {
  if (command === "rollback") return goBack(shop);
  if (command === "contract") return finish(shop);
  if (command === "index" && shop.parsed.profile !== undefined) return takeProfile(shop, shop.parsed.profile);
  return goForward(shop, command);
}

/** What the tables are like now: the figures of a command that goes forward, or that ended early. */
export async function figuresOf({ connections, parsed }: Shop): Promise<Figures> {
  const tables = await connections.use("summary", (client) => summarize(client, parsed.tables));
  return { kind: "migration", tables };
}

async function goForward(
  shop: Shop,
  command: Exclude<WorkCommand, "rollback" | "contract">,
): Promise<Figures> {
  const { parsed, connections, screen, signal } = shop;
  const options: RunOptions = {
    tables: parsed.tables,
    allTables: EMBEDDING_TABLES,
    until: parsed.until,
    conversion: parsed.conversion,
    verification: { ...VERIFICATION, targetRecall: parsed.targetRecall },
    reconnectSeconds: parsed.reconnectSeconds,
    confirmSwap: (turn) =>
      agree(
        { ...shop, signal: turn },
        {
          question: "Everything is ready. Swap the columns now?",
          unasked: "everything is ready for the swap, and nobody is here to be asked. To swap",
        },
      ),
  };
  if (command === "run") await runMigration(connections, options, screen.report, signal);
  else await runPhase(connections, command, options, screen.report, signal);
  return figuresOf(shop);
}

async function takeProfile(shop: Shop, profile: IndexProfile): Promise<Figures> {
  const { parsed, connections, screen, signal } = shop;
  const { tables, targetRecall, dropOther, reconnectSeconds } = parsed;
  await changeProfile(
    connections,
    {
      ...VERIFICATION,
      tables,
      profile,
      targetRecall,
      dropOther,
      handOverMs: HAND_OVER_MS,
      reconnectSeconds,
    },
    screen.report,
    signal,
  );
  return { kind: "profile", status: await connections.use("status", (client) => readStatus(client, tables)) };
}

async function goBack(shop: Shop): Promise<Figures> {
  const { parsed, connections, screen, signal } = shop;
  const options = {
    tables: EMBEDDING_TABLES,
    to: parsed.to,
    conversion: parsed.conversion,
    handOverMs: HAND_OVER_MS,
    reconnectSeconds: parsed.reconnectSeconds,
    confirm: (missing: number) =>
      agree(shop, {
        question: `Go back to ${parsed.to}? ${whatComesBack(missing)}`,
        unasked: "nobody is here to be asked whether to go back. To go back",
      }),
  };
  const tables = await rollBack(connections, options, screen.report, signal);
  return { kind: "rollback", to: parsed.to, tables };
}

/**
 * What a rollback will bring back. It does not promise originals: an earlier rollback may have filled backups.
 * @param missing rows whose backup went because they were written since the swap.
 */
function whatComesBack(missing: number): string {
  if (missing === 0) return "Every value comes back as the vector column holds it, bit for bit.";
  const rows = formatCounted(missing, "row was", "rows were");
  const values = plural(
    missing,
    "its value comes back as halfvec holds it",
    "their values come back as halfvec holds them",
  );
  return `${rows} written since the swap; ${values}, all others as the vector column holds them, bit for bit.`;
}

async function finish(shop: Shop): Promise<Figures> {
  const { parsed, connections, screen, signal, url } = shop;
  const options = {
    tables: EMBEDDING_TABLES,
    afterDays: parsed.afterDays,
    reclaim: parsed.reclaim,
    storage: parsed.storage,
    verification: VERIFICATION,
    lockTimeoutMs: parsed.conversion.lockTimeoutMs,
    reconnectSeconds: parsed.reconnectSeconds,
    runRepack: await findRepack(url),
    confirmDrop: (originals: number) =>
      agree(shop, {
        question: `Drop the backup values of ${formatCounted(originals, "row")} for good? There is no way back to vector after it.`,
        unasked: "everything is ready for contract, and nobody is here to be asked. To drop the originals",
      }),
    confirmRewrite: (forecasts: readonly { table: string; seconds: number }[]) => {
      const times = forecasts.map(({ table, seconds }) => `${table} about ${formatSeconds(seconds)}`);
      const locks = `VACUUM (FULL) takes ACCESS EXCLUSIVE on one table after the other: its reads and writes wait until it is rewritten (a forecast: ${times.join(", ")}).`;
      screen.say(locks);
      return agree(shop, {
        question: "Rewrite the tables now?",
        unasked: "nobody is here to be asked whether to rewrite the tables. To do it",
      });
    },
  };
  const contracted = await contract(connections, options, screen.report, signal);
  return { kind: "contract", contracted };
}

/** Runs a command that only looks, or sets something. @returns whether a run would go through, as far as it is seen. */
export async function look({ parsed: { command, tables }, connections, screen }: Shop): Promise<boolean> {
  switch (command) {
    case "status":
      screen.showStatus(await connections.use("status", (client) => readStatus(client, tables)));
      return true;
    case "plan": {
      // Rows are counted once, for the findings too.
      const plan = once(() => connections.use("plan", (client) => planMigration(client, EMBEDDING_TABLES)));
      const findings = await connections.use("plan", (client) => preflight(client, EMBEDDING_TABLES, plan));
      const stopping = stops(findings);
      const wanted = tables.map(({ name }) => name);
      // What stops it may be that the role cannot count the rows of another table, or of these.
      const planned = plan().then((plans) => plans.filter(({ table }) => wanted.includes(table)));
      const some = () => connections.use("plan", (client) => planMigration(client, tables)).catch(() => []);
      screen.showPlan(stopping ? await planned.catch(some) : await planned, findings);
      return !stopping;
    }
    default:
      await pause(connections, command === "pause", screen);
      return true;
  }
}

async function pause(connections: Connections, paused: boolean, screen: Screen): Promise<void> {
  await connections.use("pause", async (client) => {
    if (!(await hasBookkeeping(client))) {
      throw new RefusedError("there is no migration to pause in this database: it is at the baseline");
    }
    await setPaused(client, paused, whoAmI());
  });
  screen.say(
    paused ? "Conversions pause. To go on: npm run migrate:halfvec -- resume" : "Conversions go on.",
  );
}

/** The name of the person at work. A container may run as a user that has none. */
function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? "somebody";
  }
}
