/**
 * Random numbers that are the same for the same seed, on every machine.
 *
 * The generator is xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021),
 * its state filled by splitmix32. Not for secrets.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spareNormal = Number.NaN;

  /** @param seed any number; its low 32 bits and the next 21 count */
  constructor(seed: number) {
    let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) >>> 0;
    const next = () => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** 32 random bits, 0 to 2^32 - 1. */
  bits(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** From the standard normal distribution (the polar method of Marsaglia). */
  normal(): number {
    if (!Number.isNaN(this.#spareNormal)) {
      const spare = this.#spareNormal;
      this.#spareNormal = Number.NaN;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spareNormal = v * scale;
        return u * scale;
      }
    }
  }

  /** Puts the items in random order, in place (Fisher and Yates). */
  shuffle(items: Int32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = items[i] as number;
      items[i] = items[j] as number;
      items[j] = held;
    }
  }

  /** 16 random bytes as a UUID of version 4, or of version 7 with the given time (milliseconds since 1970). */
  uuid(version: 4 | 7, unixMs = 0): Buffer {
    const bytes = Buffer.allocUnsafe(16);
    for (let offset = 0; offset < 16; offset += 4) bytes.writeUInt32BE(this.bits(), offset);
    if (version === 7) bytes.writeUIntBE(unixMs, 0, 6);
    bytes[6] = ((bytes[6] as number) & 0x0f) | (version << 4);
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    return bytes;
  }
}

/** A number from a seed and any names, so that independent streams come from one seed (FNV-1a, 32 bits). */
export function derivedSeed(seed: number, ...names: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of [seed, ...names].join("\u0000")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return hash >>> 0;
}
