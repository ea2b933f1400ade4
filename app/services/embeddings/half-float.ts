const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/**
 * The 16 bits of the half-precision number (IEEE 754 binary16) nearest to a number, ties to even, as PostgreSQL's
 * cast from `vector` to `halfvec` rounds. From 65,520 on it is infinity.
 */
export function halfFloatBits(value: number): number {
  single[0] = value;
  const bits = singleBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const halfExponent = exponent - 112;
  if (halfExponent >= 31) return sign | 0x7c00;
  if (halfExponent < -10) return sign;
  const subnormal = halfExponent <= 0;
  const significand = subnormal ? fraction | 0x800000 : fraction;
  const shift = subnormal ? 14 - halfExponent : 13;
  const kept = (subnormal ? 0 : halfExponent << 10) + (significand >>> shift);
  const rest = significand & ((1 << shift) - 1);
  const halfway = 1 << (shift - 1);
  // A carry out of the fraction raises the exponent, up to infinity: the encoding is made for it.
  const up = rest > halfway || (rest === halfway && (kept & 1) === 1);
  return sign | (kept + (up ? 1 : 0));
}
