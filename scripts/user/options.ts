import { parseArgs } from "node:util";
import type { Role } from "../../app/services/access/access.server.ts";
import { databaseUrlProblem } from "../database-url.ts";
import { repeatedOption } from "../repeated-option.ts";

/** The command line is wrong; the message says what and how to write it. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const USER_HELP = `Usage: npm run user -- add EMAIL --workspace NAME [--admin] [--create]
       npm run user -- password EMAIL
       npm run user -- list

Who may sign in to the app. Admins of a workspace manage its members in the app, under Settings; this is for the
first of them, and for lost passwords.

add EMAIL            makes them a member of a workspace; who has not chosen a password yet gets a first one, which
                     is printed, and chooses one of their own on signing in
  --workspace NAME   the workspace, by its name or id
  --admin            as an admin, or makes a member one
  --create           makes the workspace if there is none of that name
password EMAIL       gives them a new first password, prints it, and ends their sessions
list                 every user and their workspaces

--database-url URL   default: DATABASE_URL, else the embedded database, started for as long as it takes
--help               this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

export type UserCommand =
  | { kind: "help" }
  | {
      kind: "add";
      email: string;
      workspace: string;
      role: Role;
      create: boolean;
      databaseUrl: string | undefined;
    }
  | { kind: "password"; email: string; databaseUrl: string | undefined }
  | { kind: "list"; databaseUrl: string | undefined };

const OPTIONS = {
  workspace: { type: "string" },
  admin: { type: "boolean" },
  create: { type: "boolean" },
  "database-url": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const ONLY_FOR_ADD = ["workspace", "admin", "create"] as const;

/** @throws {UsageError} naming the word that is wrong */
export function parseUserCommand(words: readonly string[]): UserCommand {
  const { values, positionals } = parse(words);
  if (values.help) return { kind: "help" };
  const { workspace, "database-url": databaseUrl } = values;
  const wrongUrl = databaseUrl === undefined ? null : databaseUrlProblem(databaseUrl);
  if (wrongUrl !== null) throw new UsageError(`--database-url: ${wrongUrl}`);
  const [kind, email, ...more] = positionals;
  if (kind !== "add" && kind !== "password" && kind !== "list") {
    throw new UsageError(
      `say what to do: add, password or list${kind === undefined ? "" : `, not '${kind}'`}`,
    );
  }
  const tooMany = kind === "list" ? email : more[0];
  if (tooMany !== undefined) throw new UsageError(`'${tooMany}' is one word too many`);
  if (kind !== "add") {
    const odd = ONLY_FOR_ADD.find((name) => values[name] !== undefined);
    if (odd !== undefined) throw new UsageError(`--${odd} does not go with ${kind}`);
  }
  if (kind === "list") return { kind, databaseUrl };
  if (email === undefined) throw new UsageError(`${kind} whom? An e-mail address is needed`);
  if (kind === "password") return { kind, email, databaseUrl };
  if (workspace === undefined || workspace.trim() === "") {
    throw new UsageError("add them to what? --workspace NAME is needed");
  }
  const role = values.admin ? "admin" : "member";
  return { kind, email, workspace, role, create: values.create ?? false, databaseUrl };
}

function parse(words: readonly string[]) {
  const { values, positionals, tokens } = parsed(words);
  const repeated = repeatedOption(tokens);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once`);
  return { values, positionals };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
