const SIGNALS = ["SIGTERM", "SIGINT"] as const;

const open = new Set<() => void>();

/**
 * Calls `close` when the process is told to end: what never ends by itself would keep the server from closing.
 *
 * @returns what takes that back
 */
export function closeWhenStopped(close: () => void): () => void {
  if (open.size === 0) for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  open.add(close);
  return () => {
    open.delete(close);
    if (open.size === 0) for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  };
}

function onSignal(signal: NodeJS.Signals): void {
  for (const close of open) close();
  open.clear();
  for (const one of SIGNALS) process.removeListener(one, onSignal);
  // A process that listens to a signal no longer ends by it: where nobody else does, that is left to us.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
