/** Block size of PostgreSQL as it is built everywhere. */
export const BLOCK = 8192;
export const PAGE_HEADER = 24;
export const LINE_POINTER = 4;
/** Header of a row, without bits for its NULLs. */
export const TUPLE_HEADER = 24;

/** What PostgreSQL lays on a page begins at a multiple of 8 bytes. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Pages that are filled one after the other, as a table or an index is that only grows. */
export class FilledPages {
  readonly #room: number;
  #free = 0;
  /** Pages that hold something. */
  count = 0;

  /** @param special bytes at the end of each page that an index keeps for itself. */
  constructor(special = 0) {
    this.#room = BLOCK - PAGE_HEADER - special;
  }

  /** Whether `bytes`, aligned and with their line pointers, still go onto the last page. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= this.#free;
  }

  /** Puts something onto the last page, or onto a new one where it does not fit. */
  put(bytes: number, onNewPage = !this.hasRoomFor(bytes)): void {
    if (onNewPage) {
      this.count += 1;
      this.#free = this.#room;
    }
    this.#free -= bytes;
  }
}
