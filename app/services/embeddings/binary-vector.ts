import { halfFloatBits } from "./half-float.ts";

/** Dimensions, and two bytes unused. */
const HEADER_BYTES = 4;

/**
 * The binary form of pgvector's `vector`: 4 bytes a dimension. The server need not read numbers from text for it, and
 * nobody has to write them: 1,536 of them take 0.03 ms in place of 0.2 (measured, Node 20).
 */
export function binaryVector(vector: ArrayLike<number>): Buffer {
  const binary = header(vector.length, 4);
  for (let i = 0; i < vector.length; i++) binary.writeFloatBE(vector[i] as number, HEADER_BYTES + 4 * i);
  return binary;
}

/** The binary form of pgvector's `halfvec`: 2 bytes a dimension, each rounded as the cast from `vector` rounds. */
export function binaryHalfvec(vector: ArrayLike<number>): Buffer {
  const binary = header(vector.length, 2);
  for (let i = 0; i < vector.length; i++) {
    binary.writeUInt16BE(halfFloatBits(vector[i] as number), HEADER_BYTES + 2 * i);
  }
  return binary;
}

function header(dimensions: number, bytes: number): Buffer {
  const binary = Buffer.allocUnsafe(HEADER_BYTES + bytes * dimensions);
  binary.writeInt16BE(dimensions, 0);
  binary.writeInt16BE(0, 2);
  return binary;
}
