import type { Socket } from "node:net";
import type { Backend, Session } from "./backend.ts";
import {
  COPY_IN_RESPONSE,
  errorResponse,
  type FrontendMessage,
  FrontendReader,
  isCopyFromClient,
  withoutCopyInResponse,
} from "./wire-protocol.ts";

/** Serves one client: gathers its messages into turns and writes the backend's answers. */
export class Connection implements Session {
  private readonly reader = new FrontendReader();
  private started = false;
  private busy = false;
  private closed = false;
  private batch: Buffer[] = [];
  /** The query and the data of a COPY from the client, while it sends. */
  private copy: Buffer[] | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly backend: Backend,
    private readonly database: string,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.reader.push(chunk);
      void this.readOn();
    });
    socket.on("error", () => this.close());
    socket.on("close", () => this.close());
    backend.enter();
  }

  onIdleInTransaction(): void {
    this.fail("25P03", "terminating connection: its transaction stood idle while other connections waited");
  }

  /** Ends the connection with a fatal error that the client can show. */
  fail(sqlState: string, text: string): void {
    this.write(errorResponse("FATAL", sqlState, text));
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.backend.leave(this);
    this.socket.end();
    this.socket.destroySoon();
  }

  private async readOn(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (!this.closed && (await (this.started ? this.readMessage() : this.readStartup())));
    } catch (error) {
      if (!this.closed) this.fail("XX000", error instanceof Error ? error.message : String(error));
    } finally {
      this.busy = false;
    }
  }

  /** Both readers resolve to whether there may be more to read. */
  private async readStartup(): Promise<boolean> {
    const request = this.reader.nextStartup();
    if (!request) return false;
    if (request.kind === "encryption") {
      this.write(Buffer.from("N"));
      return true;
    }
    // A cancel request cannot be met: while a query runs, nothing else of this process does.
    if (request.kind === "cancel") {
      this.close();
      return false;
    }
    const database = request.parameters.get("database") ?? request.parameters.get("user") ?? "";
    if (database !== this.database) {
      this.fail("3D000", `database "${database}" does not exist`);
      return false;
    }
    this.started = true;
    await this.backend.run(this, { bytes: request.bytes, onData: this.write });
    return true;
  }

  private async readMessage(): Promise<boolean> {
    const message = this.reader.next();
    if (!message) return false;
    if (message.type === "X") {
      this.close();
      return false;
    }
    if (this.copy) await this.continueCopy(this.copy, message);
    else if (isCopyFromClient(message)) this.beginCopy(message);
    else await this.addToBatch(message);
    return true;
  }

  /** The messages of an extended query run as one turn: the unnamed statement belongs to the whole backend. */
  private async addToBatch({ type, bytes }: FrontendMessage): Promise<void> {
    this.batch.push(bytes);
    if (!["Q", "S", "F", "H"].includes(type)) return;
    const turn = Buffer.concat(this.batch);
    this.batch = [];
    await this.backend.run(this, { bytes: turn, onData: this.write, unfinished: type === "H" });
  }

  /** PGlite reads no input in the middle of a statement, so that a COPY has to reach it with all its data. */
  private beginCopy({ bytes }: FrontendMessage): void {
    this.copy = [bytes];
    this.write(COPY_IN_RESPONSE);
  }

  private async continueCopy(copy: Buffer[], { type, bytes }: FrontendMessage): Promise<void> {
    if (type === "d") copy.push(bytes);
    if (type !== "c" && type !== "f") return;
    this.copy = undefined;
    copy.push(bytes);
    const answer: Buffer[] = [];
    await this.backend.run(this, {
      bytes: Buffer.concat(copy),
      onData: (data) => answer.push(Buffer.from(data)),
    });
    this.write(withoutCopyInResponse(Buffer.concat(answer)));
  }

  private readonly write = (data: Uint8Array): void => {
    // The backend's buffer is reused, the socket's copy is not.
    if (this.socket.writable) this.socket.write(Buffer.from(data));
  };
}
