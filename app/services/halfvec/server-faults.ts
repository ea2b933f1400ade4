import { sqlState } from "./errors.ts";

/** What PostgreSQL and Node.js call a server that is gone, or not there yet. */
const LOST_CODES = new Set([
  // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections
  ...["57P01", "57P02", "57P03", "53300"],
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT"],
  ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "ENOTFOUND", "EAI_AGAIN"],
]);

/** Class 08, connection exceptions; but not 08P01, a protocol violation: what sends it would send it again. */
const CONNECTION_EXCEPTION = /^08(?!P01)/;

/** What the driver throws without a code. */
const LOST_MESSAGES =
  /^(Connection terminated|timeout expired|Client has encountered a connection error|Client was closed and is not queryable)/;

/** Whether `error` says that the connection to the server was lost, or that no server answers there now. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  if (!(error instanceof Error)) return false;
  const code = sqlState(error);
  if (code === undefined) return LOST_MESSAGES.test(error.message);
  // The Unix socket of a server that is down.
  if (code === "ENOENT") return "syscall" in error && error.syscall === "connect";
  return LOST_CODES.has(code) || CONNECTION_EXCEPTION.test(code);
}

/** The message of an error; of several at once (one for each address of a host name), that of the first. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** The server lacks something that its administrator can give it. What is committed is kept. */
export class ServerFault extends Error {
  override name = "ServerFault";
  /** The SQLSTATE. */
  readonly code: string;

  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** An error of the server in plain words with what to do, where we know some; any other error as it is. */
export function inPlainWords(error: unknown): unknown {
  const code = sqlState(error);
  if (code === undefined || !(error instanceof Error) || error instanceof ServerFault) return error;
  const words = plainWords(code, error.message);
  return words === null ? error : new ServerFault(code, words, error);
}

function plainWords(code: string, message: string): string | null {
  switch (code) {
    case "53100":
      // The server says "disk full" for its shared memory too, which in a container is 64 MB.
      return /shared memory/i.test(message)
        ? `the server's shared memory is too small (${message}). Give it more (in a container: --shm-size), or build with less: ALTER SYSTEM SET max_parallel_maintenance_workers = 0; SELECT pg_reload_conf()`
        : `the disk of the database server is full (${message}). Everything committed so far is kept. Make room on it; how much is needed: npm run migrate:halfvec -- plan`;
    case "53200":
      return `the database server is out of memory (${message}). Everything committed so far is kept. Let it use less at once: a smaller maintenance_work_mem (index build) or work_mem, fewer --workers`;
    case "53300":
      return `the database server has no connection left for us (${message}). Use fewer --workers, or raise max_connections or the limit of the role`;
    case "25006":
      return `the database server takes no writes (${message}): it is a standby, or whoever runs it has made it read-only, as some providers do when its disk is nearly full`;
    default:
      return null;
  }
}
