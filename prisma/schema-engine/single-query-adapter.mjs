import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum, DriverAdapterError } from "@prisma/driver-adapter-utils";
import pg from "pg";

/**
 * The driver adapter that the schema engine migrates through: `@prisma/adapter-pg`, except that a script goes
 * to the server as one simple query. The adapter's own `executeScript` cuts a script at every semicolon, those
 * inside dollar quotes too, so that no function, trigger or `DO` block gets through. As one simple query a file
 * is one implicit transaction (a file that fails leaves nothing behind), and a lone
 * `CREATE INDEX CONCURRENTLY` works.
 */
export class SingleQueryAdapterFactory extends PrismaPg {
  /** @param {string} url a PostgreSQL URL; Prisma's `schema` parameter names the schema to work in. */
  constructor(url) {
    const { connectionString, schema } = splitUrl(url);
    super(
      // One connection: the engine's advisory lock and its queries belong to one session.
      { connectionString, max: 1, ...(schema && { options: `-c search_path="${schema}"` }) },
      schema ? { schema } : undefined,
    );
    this.url = url;
  }

  /** The server's error of the last script that failed. */
  failedScript;

  async connect() {
    return this.sendingWholeScripts(await super.connect());
  }

  /** The adapter's own would work on the main database: a connection string outranks its `database`. */
  async connectToShadowDb() {
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    const main = await this.connect();
    await main.executeScript(`CREATE DATABASE "${name}"`);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    const shadow = await new SingleQueryAdapterFactory(url.href).connect();
    const disconnect = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await disconnect();
      await main.executeScript(`DROP DATABASE "${name}"`);
      await main.dispose();
    };
    return shadow;
  }

  sendingWholeScripts(adapter) {
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        if (typeof error.severity !== "string") return adapter.onError(error);
        this.failedScript = error;
        throw new DriverAdapterError(asRaised(error));
      }
    };
    passingCatalogChars(adapter);
    return adapter;
  }
}

/**
 * The adapter refuses columns of the one-byte type `"char"`, which the system catalogs are full of; so it sees
 * them as text, and the engine as the characters that it expects.
 */
function passingCatalogChars(adapter) {
  const { CHAR, TEXT } = pg.types.builtins;
  const charColumns = new WeakMap();
  const performIO = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    const chars = result.fields.flatMap((field, column) => (field.dataTypeID === CHAR ? [column] : []));
    for (const column of chars) result.fields[column].dataTypeID = TEXT;
    charColumns.set(result.rows, chars);
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const column of charColumns.get(result.rows)) {
      result.columnTypes[column] = ColumnTypeEnum.Character;
      for (const row of result.rows) row[column] ||= "\0";
    }
    return result;
  };
}

/**
 * The error under the SQLSTATE of a plain RAISE, its own one in the text: for some codes (42P01, 42703, 23505)
 * the engine would write words of its own into `_prisma_migrations.logs` in place of the server's.
 */
function asRaised({ code, severity, message, detail, hint }) {
  return {
    kind: "postgres",
    code: "P0001",
    severity,
    message: `${message} (SQLSTATE ${code})`,
    detail,
    hint,
    originalCode: code,
    originalMessage: message,
  };
}

/** Takes Prisma's own parameters off a URL, which PostgreSQL and `pg` do not know. */
function splitUrl(url) {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema");
  for (const name of ["schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout"]) {
    parsed.searchParams.delete(name);
  }
  return { connectionString: parsed.href, schema: schema === "public" ? null : schema };
}
