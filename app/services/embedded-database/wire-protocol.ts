/**
 * The little of PostgreSQL's frontend/backend protocol 3.0 that a server in front of one backend must read
 * itself (https://www.postgresql.org/docs/18/protocol-message-formats.html). Everything else passes through.
 */
export type StartupRequest =
  | { kind: "startup"; bytes: Buffer; parameters: ReadonlyMap<string, string> }
  | { kind: "encryption" }
  | { kind: "cancel" };

export interface FrontendMessage {
  /** The message's type byte as a character: `Q`, `P`, `B`, `D`, `E`, `C`, `S`, `H`, `F`, `d`, `c`, `f`, `X`. */
  type: string;
  bytes: Buffer;
}

const PROTOCOL_3_0 = 196608;
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSS_ENCRYPTION_REQUEST = 80877104;
const MAX_STARTUP_BYTES = 10_000;
/** A protocol limit of PostgreSQL itself: no message is longer than 1 GB. */
const MAX_MESSAGE_BYTES = 2 ** 30;

/** Cuts a byte stream into frontend messages, whatever the boundaries of the packets they arrive in. */
export class FrontendReader {
  private chunks: Buffer[] = [];
  private length = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The next message without a type byte, which only a new connection sends. Throws on anything else. */
  nextStartup(): StartupRequest | undefined {
    if (this.length < 8) return undefined;
    const size = this.peek(8).readInt32BE(0);
    const code = this.peek(8).readInt32BE(4);
    if (size < 8 || size > MAX_STARTUP_BYTES) throw new Error("Not a PostgreSQL client");
    if (this.length < size) return undefined;
    const bytes = this.take(size);
    if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) return { kind: "encryption" };
    if (code === CANCEL_REQUEST) return { kind: "cancel" };
    if (code >> 16 !== PROTOCOL_3_0 >> 16) throw new Error(`Unknown protocol version ${code}`);
    const words = bytes.toString("utf8", 8).split("\0");
    const parameters = new Map<string, string>();
    for (let i = 0; i + 1 < words.length && words[i] !== ""; i += 2) {
      parameters.set(words[i] ?? "", words[i + 1] ?? "");
    }
    return { kind: "startup", bytes, parameters };
  }

  next(): FrontendMessage | undefined {
    if (this.length < 5) return undefined;
    const size = 1 + this.peek(5).readInt32BE(1);
    if (size < 5 || size > MAX_MESSAGE_BYTES) throw new Error("Invalid message length");
    if (this.length < size) return undefined;
    const bytes = this.take(size);
    return { type: String.fromCharCode(bytes[0] ?? 0), bytes };
  }

  /** The first bytes, without a copy of everything that waits behind them. */
  private peek(size: number): Buffer {
    const first = this.chunks[0];
    return first && first.length >= size ? first : this.join(size);
  }

  private take(size: number): Buffer {
    const joined = this.join(size);
    const rest = joined.subarray(size);
    this.chunks[0] = rest;
    if (rest.length === 0) this.chunks.shift();
    this.length -= size;
    return joined.subarray(0, size);
  }

  /** Makes the first chunk hold at least `size` bytes; there are that many. */
  private join(size: number): Buffer {
    let count = 0;
    let total = 0;
    while (total < size) total += this.chunks[count++]?.length ?? 0;
    const joined = count === 1 ? this.chunks[0] : Buffer.concat(this.chunks.slice(0, count));
    this.chunks.splice(0, count, joined ?? Buffer.alloc(0));
    return this.chunks[0] as Buffer;
  }
}

/** A simple query. */
export function query(sql: string): Buffer {
  return message("Q", Buffer.from(`${sql}\0`));
}

export const SYNC: Buffer = message("S", Buffer.alloc(0));
/** Tells a client to send its COPY data, in text; the columns are not told. */
export const COPY_IN_RESPONSE: Buffer = message("G", Buffer.from([0, 0, 0]));

export function errorResponse(severity: "ERROR" | "FATAL", sqlState: string, text: string): Buffer {
  return message("E", Buffer.from(`S${severity}\0V${severity}\0C${sqlState}\0M${text}\0\0`));
}

/** Whether a message is a simple query that reads COPY data from the client. */
export function isCopyFromClient({ type, bytes }: FrontendMessage): boolean {
  return type === "Q" && /^\s*copy\b.+\bfrom\s+stdin\b/is.test(bytes.toString("utf8", 5));
}

/** Takes the backend's own CopyInResponse out of an answer of whole messages. */
export function withoutCopyInResponse(answer: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (answer[at] !== "G".charCodeAt(0)) kept.push(answer.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
