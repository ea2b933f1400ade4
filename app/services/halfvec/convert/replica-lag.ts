/** A connection that sends WAL, as its row of `pg_stat_replication` tells. */
export interface WalSender {
  name: string;
  /** Address of the standby, or null for a socket of the server's own machine. */
  address: string | null;
  /** False where our role may not see it: it needs pg_monitor. */
  visible: boolean;
  /** Up to where the standby has replayed, in bytes of WAL since the beginning; null for what replays nothing. */
  replayed: number | null;
  /** The server's own measurement, in seconds. It does not grow while the standby stands still. */
  seconds: number | null;
}

export interface ReplicationLook {
  /** Up to where the primary has written, in bytes of WAL since the beginning; null on a server in recovery. */
  written: number | null;
  /** Standbys, and programs that receive WAL as they do. */
  senders: readonly WalSender[];
  /** Our role, as SQL writes it. */
  role: string;
}

/**
 * A look at all standbys, as an expression to be added to a query that is made anyway: without a standby it costs
 * nothing worth. Subscribers of logical replication do not count: they report when they like.
 */
export const REPLICATION_LOOK = `json_build_object(
  'role', quote_ident(current_user),
  'written', CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END,
  'senders', (SELECT coalesce(json_agg(json_build_object(
                'name', coalesce(nullif(r.application_name, ''), 'without a name'), 'address', host(r.client_addr),
                'visible', r.state IS NOT NULL, 'replayed', pg_wal_lsn_diff(r.replay_lsn, '0/0'),
                'seconds', extract(epoch FROM r.replay_lag))), '[]')
              FROM pg_stat_replication r
              WHERE NOT EXISTS (SELECT FROM pg_replication_slots s
                                WHERE s.active_pid = r.pid AND s.slot_type = 'logical')))`;

/** Most looks to remember. Beyond it every second one goes: long lags are known to some percent then. */
const MOST_LOOKS = 4096;

/** How far a standby is behind. */
export interface Lag {
  name: string;
  address: string | null;
  seconds: number;
  bytes: number;
}

/**
 * Measures how far standbys are behind, in seconds: the time since a look at which the primary had written already what
 * the standby has not replayed yet. So a standby that stands still falls behind with each second, and one
 * that has replayed everything is never behind, however long nothing was written.
 */
export class ReplicaLag {
  /** Positions of the primary, each with the time at which it was first seen, in milliseconds. */
  #looks: { at: number; written: number }[] = [];

  /**
   * The standby that is furthest behind, or null where none is behind.
   * @param at time of the look, in milliseconds of any clock that only goes forward.
   */
  furthest({ written, senders }: ReplicationLook, at: number): Lag | null {
    if (written === null) return null;
    this.#remember(written, at);
    const lags: Lag[] = [];
    let needed = written;
    for (const { name, address, replayed, seconds } of senders) {
      if (replayed === null || replayed >= written) continue;
      needed = Math.min(needed, replayed);
      lags.push({
        name,
        address,
        seconds: this.#secondsSince(replayed, at, seconds),
        bytes: written - replayed,
      });
    }
    this.#forget(needed);
    return lags.sort((a, b) => b.seconds - a.seconds)[0] ?? null;
  }

  /** Where our looks do not reach back far enough, the server's own measurement counts if it is longer. */
  #secondsSince(replayed: number, at: number, measured: number | null): number {
    const missed = this.#looks.find((look) => look.written > replayed);
    const seconds = missed ? (at - missed.at) / 1000 : 0;
    return missed === this.#looks[0] ? Math.max(seconds, measured ?? 0) : seconds;
  }

  #remember(written: number, at: number): void {
    const last = this.#looks.at(-1);
    if (last === undefined || written > last.written) this.#looks.push({ at, written });
    if (this.#looks.length <= MOST_LOOKS) return;
    // The second is the one that a standby misses that stands still.
    this.#looks = this.#looks.filter((_, index) => index === 0 || index % 2 === 1);
  }

  /** Forgets the looks before the last one that every standby has reached. */
  #forget(replayed: number): void {
    const missed = this.#looks.findIndex((look) => look.written > replayed);
    const reached = missed < 0 ? this.#looks.length - 1 : missed - 1;
    if (reached > 0) this.#looks.splice(0, reached);
  }
}

/** Who is behind, how far, and what that means. @param limit seconds that a standby may be behind. */
export function describeLag({ name, address, seconds, bytes }: Lag, limit: number): string {
  return (
    `standby ${name} (${address ?? "on the server's machine"}) is ${Math.round(seconds)} s (${megabytes(bytes)}) behind, ` +
    `allowed are ${limit} s; the conversion goes on when it has caught up. ` +
    "One that lags on purpose (recovery_min_apply_delay) never will; to allow more: --max-replica-lag SECONDS"
  );
}

/** What to tell where the lag of a standby cannot be seen, or null. */
export function describeHidden({ senders, role }: ReplicationLook): string | null {
  const hidden = senders.filter(({ visible }) => !visible).length;
  if (hidden === 0) return null;
  return (
    `${role} may not see how far ${hidden === 1 ? "a standby is" : `${hidden} standbys are`} behind, ` +
    `so the conversion does not wait for ${hidden === 1 ? "it" : "them"}. To let it see: GRANT pg_monitor TO ${role}`
  );
}

function megabytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
