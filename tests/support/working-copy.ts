import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

/** What the scripts and Prisma's CLI need beside `prisma`. */
const LINKED = ["app", "node_modules", "package.json", "scripts", "tsconfig.json"];

/**
 * A directory like this project's with a `prisma` folder of its own, for commands that write there. It goes when the
 * test has finished.
 */
export async function createWorkingCopy(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "working-copy-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await cp("prisma", join(root, "prisma"), { recursive: true });
  // A copy: what it names is looked for beside the file itself.
  await cp("prisma.config.ts", join(root, "prisma.config.ts"));
  for (const name of LINKED) await symlink(resolve(name), join(root, name));
  return root;
}
