import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type pg from "pg";
import { z } from "zod";
import { generatePassword } from "../../app/services/access/passwords.server.ts";
import { ensurePassword, giveAccess } from "../../app/services/access/users.server.ts";

/** How to sign in to the demo, and what signs its sessions. */
export interface DemoAccess {
  readonly email: string;
  readonly password: string;
  readonly sessionSecret: string;
}

const EMAIL = "demo@example.com";

const schema = z.object({ email: z.literal(EMAIL), password: z.string(), sessionSecret: z.string() });

/**
 * Makes the demo user an admin of a workspace. Password and secret are random, and kept in a file that only its
 * owner reads, so that every run of the demo has the same.
 */
export async function ensureDemoAccess(
  file: string,
  workspaceId: string,
  database: pg.Pool,
): Promise<DemoAccess> {
  const access = (await readAccess(file)) ?? (await makeAccess(file));
  const { email, password } = access;
  await giveAccess({ email, workspace: workspaceId, role: "admin", create: false }, database);
  await ensurePassword(email, password, database);
  return access;
}

async function readAccess(file: string): Promise<DemoAccess | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new Error(`${file} is not what the demo wrote: delete it, and npm run demo makes another`);
  }
}

async function makeAccess(file: string): Promise<DemoAccess> {
  const access = {
    email: EMAIL,
    password: generatePassword(),
    sessionSecret: randomBytes(32).toString("hex"),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 });
  return access;
}
