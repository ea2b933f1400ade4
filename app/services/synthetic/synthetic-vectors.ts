import { RandomRotation } from "../embeddings/random-rotation.ts";
import { derivedSeed, SeededRandom } from "../embeddings/seeded-random.ts";

export interface SyntheticVectorOptions {
  /** The same seed, stream and dimensions make the same vectors. */
  seed: number;
  dimensions: number;
  /**
   * Which sequence of vectors to draw from the space that `seed` makes: vectors of different streams share the
   * mean, the topics and the spectrum, as tables of one app, or queries and rows, do. Default 0.
   */
  stream?: number | string | undefined;
}

/** One vector and the document it is a piece of. */
export interface SyntheticVector {
  /** `dimensions` numbers, of length 1. */
  vector: Float32Array;
  /** Counts up from 0; neighbouring vectors of one document have the same number. */
  document: number;
}

/**
 * Shares of the squared length before normalization, and the fall of the eigenvalues (share of the coordinate of
 * rank i: (1 + i / knee) ^ -decay), set by measuring `spectrumOf` and the recall of an HNSW index (m = 16,
 * ef_construction = 64). 1,500 vectors of 1,536 dimensions, in brackets 1,500 paragraphs of README files with the local
 * model: mean cosine 0.57 (0.61), nearest neighbour 0.85 (0.85), participation ratio 33 (33), first eigenvalues 9.0,
 * 6.5, 6.1 % (10.9, 6.7, 4.8), the hundredth 0.11 % (0.12). Recall@10 over 20,000 rows for 200 queries that are not
 * among them: 0.95 to 0.96 at ef_search 40, 0.993 at 100; for queries that are: 0.997 and 1.000.
 */
const MEAN_SHARE = 0.55;
const TOPIC_SHARE = 0.12;
const DOCUMENT_SHARE = 0.15;
const OWN_SHARE = 0.18;
const TOPIC_SPECTRUM = { knee: 5, decay: 1.3 };
const OWN_SPECTRUM = { knee: 15, decay: 1.7 };
const TOPICS = 256;

/** How many pieces a document has on average; their number is geometric. */
const PIECES_PER_DOCUMENT = 6;

/**
 * Endless vectors that are distributed like embeddings of real text: a common mean (so that two random texts have a
 * cosine well above 0), topics of very unequal size, documents within topics, pieces within documents, eigenvalues
 * that decay, length 1, no axis that stands out.
 */
export function* syntheticVectors(options: SyntheticVectorOptions): Generator<SyntheticVector, never, void> {
  const { seed, dimensions, stream = 0 } = options;
  const space = new SeededRandom(derivedSeed(seed, "space"));
  const random = new SeededRandom(derivedSeed(seed, "stream", stream));
  const rotation = new RandomRotation(dimensions, derivedSeed(seed, "rotation"));
  const topicScale = spectrumScale(dimensions, TOPIC_SPECTRUM);
  const ownScale = spectrumScale(dimensions, OWN_SPECTRUM);

  const mean = gaussian(space, new Float64Array(dimensions).fill(Math.sqrt(MEAN_SHARE / dimensions)));
  const topics = Array.from({ length: TOPICS }, () => gaussian(space, topicScale, Math.sqrt(TOPIC_SHARE)));
  const popularity = zipfTable(TOPICS);

  for (let document = 0; ; document++) {
    const topic = topics[popularity(random.uniform())] as Float64Array;
    const center = gaussian(random, ownScale, Math.sqrt(DOCUMENT_SHARE));
    for (let i = 0; i < dimensions; i++)
      center[i] = (center[i] as number) + (topic[i] as number) + (mean[i] as number);
    do {
      const piece = gaussian(random, ownScale, Math.sqrt(OWN_SHARE));
      for (let i = 0; i < dimensions; i++) piece[i] = (piece[i] as number) + (center[i] as number);
      rotation.apply(piece);
      yield { vector: unitLength(piece), document };
    } while (random.uniform() >= 1 / PIECES_PER_DOCUMENT);
  }
}

/** Standard deviation of each coordinate; the variances add up to 1. */
function spectrumScale(dimensions: number, { knee, decay }: { knee: number; decay: number }): Float64Array {
  const variances = Float64Array.from({ length: dimensions }, (_, rank) => (1 + rank / knee) ** -decay);
  const total = variances.reduce((sum, variance) => sum + variance, 0);
  return variances.map((variance) => Math.sqrt(variance / total));
}

function gaussian(random: SeededRandom, scale: Float64Array, factor = 1): Float64Array {
  const vector = new Float64Array(scale.length);
  for (let i = 0; i < scale.length; i++) vector[i] = (scale[i] as number) * factor * random.normal();
  return vector;
}

function unitLength(vector: Float64Array): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] as number) ** 2;
  const factor = 1 / Math.sqrt(squares);
  const unit = new Float32Array(vector.length);
  for (let i = 0; i < vector.length; i++) unit[i] = (vector[i] as number) * factor;
  return unit;
}

/** Maps a uniform number to a rank below `count`, rank r with a share of 1 / (r + 1) of the first. */
export function zipfTable(count: number): (uniform: number) => number {
  return weightedTable(Array.from({ length: count }, (_, rank) => 1 / (rank + 1)));
}

/** A function from a number in [0, 1) to an index of `weights`, each as likely as its share of their sum. */
export function weightedTable(weights: readonly number[]): (uniform: number) => number {
  const upTo = new Float64Array(weights.length);
  let total = 0;
  for (const [index, weight] of weights.entries()) {
    total += weight;
    upTo[index] = total;
  }
  return (uniform) => {
    const target = uniform * total;
    let low = 0;
    let high = weights.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] as number) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
