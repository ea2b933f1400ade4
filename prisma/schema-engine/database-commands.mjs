import pg from "pg";
import { KnownError } from "./known-error.mjs";

/** Connects once. Throws a {@link KnownError} when the database cannot be reached. */
export async function canConnect(url) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw connectionError(error, new URL(url));
  } finally {
    await client.end().catch(() => {});
  }
}

/** Creates the database that the URL names, from the maintenance database `postgres` beside it. */
export async function createDatabase(url) {
  const name = databaseName(url);
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  const client = new pg.Client({ connectionString: maintenance.href });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    throw connectionError(error, maintenance);
  } finally {
    await client.end().catch(() => {});
  }
  return name;
}

function databaseName(url) {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || "postgres";
}

function connectionError(error, url) {
  const at = `${url.hostname}:${url.port || 5432}`;
  switch (error.code) {
    case "ECONNREFUSED":
    case "ECONNRESET":
    case "ENOTFOUND":
    case "ETIMEDOUT":
      return new KnownError("P1001", `Can't reach database server at \`${at}\`: ${error.code}`);
    case "28P01":
    case "28000":
      return new KnownError(
        "P1000",
        `Authentication failed against database server at \`${at}\`: ${error.message}`,
      );
    case "3D000":
      return new KnownError("P1003", `Database \`${databaseName(url.href)}\` does not exist at \`${at}\`.`);
    case "42P04":
      return new KnownError("P1009", `Database already exists at \`${at}\`: ${error.message}`);
    default:
      return error;
  }
}
