import type { PGlite } from "@electric-sql/pglite";
import { query, SYNC } from "./wire-protocol.ts";

/** What a connection hands to the backend at once: whole messages up to a point where it may stop listening. */
export interface Turn {
  bytes: Uint8Array;
  /** Takes the answer as it comes. */
  onData: (data: Uint8Array) => void;
  /** Whether more of the same extended query follows (the client sent Flush instead of Sync). */
  unfinished?: boolean;
}

export interface Session {
  /** Called when the session held a transaction without using it while others waited for too long. */
  onIdleInTransaction: () => void;
}

interface WaitingTurn {
  session: Session;
  turn: Turn;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Shares PGlite's one backend among sessions: turns are served in the order they came, and a session that is in
 * a transaction, or in the middle of an extended query, keeps the backend until it is through.
 */
export class Backend {
  private readonly waiting: WaitingTurn[] = [];
  private holder: Session | undefined;
  private running = false;
  private unfinished = false;
  private readonly left = new Set<Session>();
  private sessions = 0;
  private idleTimer: NodeJS.Timeout | undefined;

  /** @param idleInTransactionMs after which a transaction that others wait for is taken from its session. */
  constructor(
    private readonly db: PGlite,
    private readonly idleInTransactionMs: number,
  ) {}

  enter(): void {
    this.sessions += 1;
  }

  /** Resolves when the backend has answered. Rejects when PGlite itself failed or the session left. */
  run(session: Session, turn: Turn): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ session, turn, resolve, reject });
      void this.serve();
    });
  }

  /** Ends a session: its waiting turns are dropped and its open transaction is rolled back. */
  leave(session: Session): void {
    for (let i = this.waiting.length - 1; i >= 0; i -= 1) {
      if (this.waiting[i]?.session !== session) continue;
      const [dropped] = this.waiting.splice(i, 1);
      dropped?.reject(new Error("The session ended"));
    }
    this.left.add(session);
    void this.serve();
  }

  /** Waits until nothing runs any more and every session that left has been cleaned up. */
  async settle(): Promise<void> {
    while (this.running || this.left.size > 0) await new Promise((resolve) => setImmediate(resolve));
    this.stopWatching();
  }

  private async serve(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (true) {
        await this.cleanUpLeft();
        const next = this.takeNext();
        if (!next && this.left.size > 0) continue;
        if (!next) break;
        this.stopWatching();
        this.holder = next.session;
        try {
          await this.execute(next.turn.bytes, next.turn.onData);
          next.resolve();
        } catch (error) {
          next.reject(error);
        }
        this.unfinished = next.turn.unfinished ?? false;
        if (!this.unfinished && !this.db.isInTransaction()) this.holder = undefined;
      }
    } finally {
      this.running = false;
    }
    this.watchIdleTransaction();
  }

  private takeNext(): WaitingTurn | undefined {
    const index = this.holder ? this.waiting.findIndex(({ session }) => session === this.holder) : 0;
    return index < 0 ? undefined : this.waiting.splice(index, 1)[0];
  }

  private async cleanUpLeft(): Promise<void> {
    for (const session of this.left) {
      if (this.holder === session) {
        this.stopWatching();
        if (this.unfinished) await this.execute(SYNC, () => {});
        if (this.db.isInTransaction()) await this.execute(query("ROLLBACK"), () => {});
        this.unfinished = false;
        this.holder = undefined;
      }
      this.sessions -= 1;
      // What a session SET, PREPAREd, LISTENed to or locked would outlive it: take it away when nobody is left.
      if (this.sessions === 0) await this.execute(query("DISCARD ALL"), () => {});
      this.left.delete(session);
    }
  }

  private execute(bytes: Uint8Array, onData: (data: Uint8Array) => void): Promise<void> {
    return this.db.runExclusive(() => this.db.execProtocolRawStream(bytes, { onRawData: onData }));
  }

  private watchIdleTransaction(): void {
    const idle = this.holder;
    if (!idle || this.idleTimer || this.waiting.length === 0) return;
    this.idleTimer = setTimeout(() => idle.onIdleInTransaction(), this.idleInTransactionMs).unref();
  }

  private stopWatching(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = undefined;
  }
}
