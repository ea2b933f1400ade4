import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { readCatalog } from "../catalog.ts";
import { sqlState } from "../errors.ts";
import { claimRange, othersAtWork, registerWorker, releaseRange } from "./claims.ts";
import type { ConversionControl } from "./control.ts";
import type { Filling } from "./filling.ts";
import type { ConversionOptions } from "./options.ts";
import { type RowRate, TransactionSize } from "./pace.ts";
import { joinRanges } from "./ranges.ts";
import type { HorizonThrottle } from "./throttle.ts";
import { type BlockRange, runWave, type WaveResult, waveStatement } from "./wave.ts";

/** What a worker shares with the others of its process. */
export interface Shop {
  options: ConversionOptions;
  control: ConversionControl;
  rate: RowRate;
  throttle: HorizonThrottle;
}

/** Blocks of the first transaction; from then on the measured time decides. */
const FIRST_BLOCKS = 16;
/** The first wave moves a row of each page into every index: some 20 times the price of the later ones. */
const LATER_BLOCKS = 128;
/** Passing faults that are tried again: lock time-out, deadlock, serialization failure. */
const RETRIED = new Set(["55P03", "40P01", "40001"]);
const MOST_RETRIES = 20;
/**
 * A range is passed over in at least so many transactions a wave. What a wave leaves dead can be pruned when no
 * snapshot is older than its commit; a search, or another worker's wave, that began before it must have time
 * to end before the same page is visited again. Measured with two workers: 79 % HOT without, 88 % with.
 */
const TRANSACTIONS_A_WAVE = 4;

/** Converts ranges of one table until none is left to claim and no other worker holds one. */
export class ConversionWorker {
  readonly #client: ClientBase;
  readonly #filling: Filling;
  readonly #shop: Shop;
  readonly #firstWave: TransactionSize;
  readonly #laterWaves: TransactionSize;

  /** @param client a connection that this worker alone uses. */
  constructor(client: ClientBase, filling: Filling, shop: Shop) {
    this.#client = client;
    this.#filling = filling;
    this.#shop = shop;
    this.#firstWave = new TransactionSize(shop.options.batchMs, FIRST_BLOCKS);
    this.#laterWaves = new TransactionSize(shop.options.batchMs, LATER_BLOCKS);
  }

  /** @throws InterruptedError after the transaction at hand, when the run is to end. */
  async run(): Promise<void> {
    await this.#prepareSession();
    const worker = await registerWorker(this.#client);
    const statement = waveStatement(this.#filling, await readCatalog(this.#client, this.#filling.table));
    for (;;) {
      await this.#shop.control.ready();
      const range = await claimRange(this.#client, this.#filling, worker, this.#shop.options.workers);
      if (range) {
        await this.#convert(statement, range);
        await releaseRange(this.#client, this.#filling, range, worker);
      } else if (await othersAtWork(this.#client, this.#filling)) {
        await sleep(100);
      } else {
        return;
      }
    }
  }

  async #prepareSession(): Promise<void> {
    // A commit that a crash of the server undoes is done again by the next run: it need not wait for the disk.
    await this.#client.query("SET synchronous_commit = off");
    await this.#client.query(`SET lock_timeout = ${Math.round(this.#shop.options.lockTimeoutMs)}`);
    await this.#client.query("SET max_parallel_workers_per_gather = 0");
    await this.#client.query("SET jit = off");
  }

  /** Wave after wave over `range` until no unconverted row is found, or only rows that other sessions hold. */
  async #convert(statement: string, range: BlockRange): Promise<void> {
    let open = [range];
    const most = Math.ceil((range.end - range.first) / TRANSACTIONS_A_WAVE);
    const except: string[] = [];
    for (let wave = 1; open.length > 0; wave++) {
      const size = wave === 1 ? this.#firstWave : this.#laterWaves;
      const left: BlockRange[] = [];
      let touched = 0;
      for (const part of joinRanges(open)) {
        for (let first = part.first; first < part.end; ) {
          await this.#shop.control.ready();
          const blocks = Math.min(size.blocks, most, this.#shop.rate.rowsPerTransaction, part.end - first);
          const chunk = { first, end: first + blocks };
          const began = performance.now();
          const result = await this.#wave(statement, chunk, except);
          // A chunk with nothing left says nothing about the price of a row.
          if (result.pages > 0) size.measured(blocks, performance.now() - began);
          touched += result.converted + result.refused.length + result.held.length;
          except.push(...result.refused, ...result.held);
          if (result.pages > 0) left.push(chunk);
          if (wave > 1) {
            await this.#shop.throttle.measured(
              this.#client,
              result.converted,
              result.hot,
              this.#shop.control.signal,
            );
          }
          await this.#shop.rate.spend(result.converted, this.#shop.control.signal);
          first += blocks;
        }
      }
      open = touched > 0 ? left : [];
    }
  }

  async #wave(statement: string, chunk: BlockRange, except: readonly string[]): Promise<WaveResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runWave(this.#client, statement, this.#filling, chunk, except);
      } catch (error) {
        if (!RETRIED.has(sqlState(error) ?? "") || attempt === MOST_RETRIES) throw error;
        await sleep(Math.min(2000, 50 * 2 ** attempt));
        await this.#shop.control.ready();
      }
    }
  }
}
