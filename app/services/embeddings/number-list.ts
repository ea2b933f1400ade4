/** Whether a value is an array or a typed array: something that vectors can be made of. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The position, from 0, of the first element that is not a finite number (a gap is none either); -1 where all are. */
export function firstNotFinite(values: ArrayLike<unknown>): number {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return index;
  return -1;
}
