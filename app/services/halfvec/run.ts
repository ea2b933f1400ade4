import type { Connections } from "./connections.ts";
import { throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { MigrationRun, type RunOptions } from "./migration-run.ts";
import { once } from "./once.ts";
import { PHASE_NAMES, type PhaseName } from "./phases.ts";
import { takingTurns } from "./turn.ts";

/**
 * Does one step by itself, as the command of its name. `verify` verifies tables that are swapped already once more.
 * @throws as runMigration.
 */
export async function runPhase(
  connections: Connections,
  phase: PhaseName,
  options: RunOptions,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await inTurn(connections, options, report, signal, (run) =>
    phase === "verify" ? run.verify(true) : run[phase](),
  );
}

/**
 * Moves the tables as far as `until`, from wherever they are: preflight, expand, convert, index, verify, swap, each
 * only where it is still needed. Killed at any moment, the next run goes on.
 *
 * @throws RefusedError when going on would not be safe, with what to do.
 * @throws InterruptedError when `signal` is aborted, after the transaction at hand.
 */
export async function runMigration(
  connections: Connections,
  options: RunOptions,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await inTurn(connections, options, report, signal, (run) => run.turnForward());
  const last = PHASE_NAMES.indexOf(options.until);
  for (const phase of PHASE_NAMES.slice(0, last + 1)) {
    throwIfAborted(signal);
    await inTurn(connections, options, report, signal, (run) => run[phase]());
  }
}

/** A step while no rollback is under way, begun anew where the connection was lost in the middle of it. */
async function inTurn(
  connections: Connections,
  options: RunOptions,
  report: Report,
  signal: AbortSignal,
  step: (run: MigrationRun) => Promise<void>,
): Promise<void> {
  const asked = { ...options, confirmSwap: once(options.confirmSwap) };
  const reconnection = { seconds: options.reconnectSeconds };
  await takingTurns(connections, reconnection, report, signal, (heard, turn) =>
    step(new MigrationRun(connections, asked, heard, turn)),
  );
}
