import pg from "pg";
import { env } from "../app/env.server.ts";
import { giveAccess, listUsers, renewPassword } from "../app/services/access/users.server.ts";
import { ensureEmbeddedDatabase } from "../app/services/embedded-database/ensure-embedded-database.ts";
import { parseUserCommand, USER_HELP, UsageError, type UserCommand } from "./user/options.ts";

async function main(words: string[]): Promise<void> {
  const command = parseUserCommand(words);
  if (command.kind === "help") {
    process.stdout.write(USER_HELP);
    return;
  }
  const url = command.databaseUrl ?? env.DATABASE_URL;
  const embedded = await ensureEmbeddedDatabase(url);
  const database = new pg.Pool({ connectionString: url, max: 1, application_name: "halfvec-migration-user" });
  try {
    await run(command, database);
  } finally {
    await database.end();
    await embedded.stop();
  }
}

async function run(command: Exclude<UserCommand, { kind: "help" }>, database: pg.Pool): Promise<void> {
  if (command.kind === "list") {
    for (const { email, workspaces } of await listUsers(database)) {
      const places = workspaces.map(({ name, role }) => (role === "admin" ? `${name} (admin)` : name));
      say(`${email}  ${places.join(", ") || "no workspace"}`);
    }
    return;
  }
  if (command.kind === "password") {
    say(`${command.email} signs in with ${await renewPassword(command.email, database)}`);
    say("It is not shown again. They choose one of their own when they sign in.");
    say("Whoever was signed in with the old one no longer is.");
    return;
  }
  const { email, role, password, workspace, managed } = await giveAccess(command, database);
  say(`${email} is ${role === "admin" ? "an admin" : "a member"} of ${workspace.name}`);
  if (password === null) say("They have an account already, and keep their password");
  else say(`They sign in with ${password}\nIt is not shown again. They choose one of their own then.`);
  if (!managed)
    say(`${workspace.name} has no admin yet: run this again with --admin for who is to manage it`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    process.stderr.write(`${message}\nnpm run user -- --help says more\n`);
    process.exitCode = 2;
  } else {
    const missing = error instanceof Error && "code" in error && error.code === "42P01";
    const hint = missing ? "\nThe tables are not there yet: npm run db:deploy -- --through init" : "";
    process.stderr.write(`${message}${hint}\n`);
    process.exitCode = 1;
  }
}
