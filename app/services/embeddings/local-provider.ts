import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { orthonormalLift } from "./orthonormal-lift.ts";
import { type EmbeddingProvider, EmbeddingProviderError } from "./provider.ts";

export interface LocalProviderOptions {
  /** Length of the vectors, 512 or more. Default 1536. */
  dimensions?: number | undefined;
  /** Threads that embed at once, each with a model of its own (about 150 MB). Default: one a core, at most 4. */
  threads?: number | undefined;
}

/** Length of the model's own vectors. */
const MODEL_DIMENSIONS = 512;

/** Texts a message to a thread. Larger ones gain nothing: the model works through them in runs of 8. */
const TEXTS_PER_JOB = 32;

/** The model takes in 128 tokens; English prose has about four characters a token. */
const INPUT_CHARACTERS = 480;

interface Job {
  texts: string[];
  resolve(vectors: Float32Array): void;
  reject(error: Error): void;
}

interface Answer {
  vectors?: Float32Array;
  error?: string;
}

/** Where the thread's file is, from the source tree and from a bundle of it alike (`imports` of package.json). */
function workerFile(): string {
  return createRequire(import.meta.url).resolve("#local-embedding-worker");
}

/**
 * Embeddings without a network and without a key: the Universal Sentence Encoder (lite, English, weights in an npm
 * package) in worker threads, so that the event loop stays free. Its 512 dimensions are lifted by
 * {@link orthonormalLift}; cosines are those of the model. Threads start with the first text and do not keep the
 * process alive while they are idle.
 */
export function localProvider(options: LocalProviderOptions = {}): EmbeddingProvider {
  const dimensions = options.dimensions ?? 1536;
  const threads = Math.max(1, options.threads ?? Math.min(4, availableParallelism()));
  const lift = orthonormalLift(MODEL_DIMENSIONS, dimensions);
  const workers = new Set<Worker>();
  const idle: Worker[] = [];
  const queue: Job[] = [];
  const running = new Map<Worker, Job>();

  function start(): Worker {
    const worker = new Worker(workerFile());
    workers.add(worker);
    worker.on("message", (answer: Answer) => {
      const job = running.get(worker);
      running.delete(worker);
      idle.push(worker);
      worker.unref();
      if (answer.vectors) job?.resolve(answer.vectors);
      else job?.reject(new EmbeddingProviderError("local", "invalid_answer", answer.error ?? "no vectors"));
      dispatch();
    });
    worker.on("error", (error) => lose(worker, `the thread of the model failed: ${error.message}`));
    worker.on("exit", () => lose(worker, "the thread of the model ended"));
    return worker;
  }

  /** A thread that ended takes its job with it; the next job starts a new one. */
  function lose(worker: Worker, message: string): void {
    workers.delete(worker);
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    running.get(worker)?.reject(new EmbeddingProviderError("local", "unavailable", message));
    running.delete(worker);
    dispatch();
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const worker = idle.pop() ?? (workers.size < threads ? start() : undefined);
      if (worker === undefined) return;
      const job = queue.shift() as Job;
      running.set(worker, job);
      worker.ref();
      worker.postMessage({ texts: job.texts });
    }
  }

  /** @returns the model's vectors of the texts, one after the other */
  function submit(texts: string[], signal: AbortSignal | undefined): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const job: Job = { texts, resolve, reject };
      const abort = () => {
        const at = queue.indexOf(job);
        if (at >= 0) queue.splice(at, 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const settled = () => signal?.removeEventListener("abort", abort);
      job.resolve = (vectors) => {
        settled();
        resolve(vectors);
      };
      job.reject = (error) => {
        settled();
        reject(error);
      };
      queue.push(job);
      dispatch();
    });
  }

  return {
    name: "local",
    model: "universal-sentence-encoder-lite-en",
    dimensions,
    inputCharacters: INPUT_CHARACTERS,
    async embed(texts, { signal } = {}) {
      signal?.throwIfAborted();
      const empty = texts.indexOf("");
      if (empty >= 0) {
        throw new EmbeddingProviderError(
          "local",
          "invalid_request",
          `text ${empty + 1} of ${texts.length} is empty`,
        );
      }
      const jobs: Promise<Float32Array>[] = [];
      const size = Math.max(1, Math.min(TEXTS_PER_JOB, Math.ceil(texts.length / threads)));
      for (let from = 0; from < texts.length; from += size)
        jobs.push(submit(texts.slice(from, from + size), signal));
      const vectors: number[][] = [];
      for (const output of await Promise.all(jobs)) {
        for (let at = 0; at < output.length; at += MODEL_DIMENSIONS) {
          vectors.push(lift(output.subarray(at, at + MODEL_DIMENSIONS)));
        }
      }
      return vectors;
    },
    async close() {
      const closed = new EmbeddingProviderError("local", "unavailable", "the provider was closed");
      for (const job of queue.splice(0)) job.reject(closed);
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}
