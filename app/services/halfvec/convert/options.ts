export interface ConversionOptions {
  /** Connections that convert one table at the same time. */
  workers: number;
  /** How long one transaction should take, and so the longest that a writer waits for a row, in milliseconds. */
  batchMs: number;
  /** Most rows per second over all workers of this process; Infinity for no limit. */
  rowsPerSecond: number;
  /** How long a request for a lock may keep others waiting, in milliseconds. */
  lockTimeoutMs: number;
  /** How long to wait for a session that keeps pages from being cleaned, before going on the slow way, in seconds. */
  horizonPatienceSeconds: number;
  /** How far a standby may be behind before the conversion waits for it, in seconds. */
  maxReplicaLagSeconds: number;
}

export const CONVERSION_DEFAULTS: ConversionOptions = {
  workers: 1,
  batchMs: 100,
  rowsPerSecond: Number.POSITIVE_INFINITY,
  lockTimeoutMs: 3000,
  horizonPatienceSeconds: 60,
  maxReplicaLagSeconds: 30,
};
