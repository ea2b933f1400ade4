import { randomUUID } from "node:crypto";
import type { BrowserContextOptions, Page } from "playwright-core";
import { describe, expect } from "vitest";
import { hashPassword } from "../../app/services/access/passwords.server.ts";
import { test as base, signIn } from "./app-test.ts";
import { findings, overflow, SCREENS } from "./axe-findings.ts";
import type { HandbookDatabase } from "./handbook-database.ts";

const PASSWORD = "a quiet place to write";

/** Somebody who is an admin of two workspaces of their own, both empty. */
interface Person {
  email: string;
  password: string;
  workspaces: { garden: string; kitchen: string };
}

const test = base.extend("person", async ({ database }, { onCleanup }): Promise<Person> => {
  const person = await addPerson(database);
  const { garden, kitchen } = person.workspaces;
  onCleanup(async () => {
    await database.pool.query("DELETE FROM workspaces WHERE id IN ($1, $2)", [garden, kitchen]);
    await database.pool.query("DELETE FROM users WHERE email LIKE $1", [`%${person.email}`]);
  });
  return person;
});

async function addPerson({ pool }: HandbookDatabase): Promise<Person> {
  const email = `${randomUUID()}@example.com`;
  const [garden, kitchen] = [randomUUID(), randomUUID()];
  await pool.query("INSERT INTO workspaces (id, name) VALUES ($1, 'Garden'), ($2, 'Kitchen')", [
    garden,
    kitchen,
  ]);
  await pool.query(
    `WITH person AS (
       INSERT INTO users (email, password_hash, password_chosen_at) VALUES ($1, $2, now()) RETURNING id
     )
     INSERT INTO memberships (user_id, workspace_id, role, created_at)
     SELECT person.id, place.id, 'admin', now() + place.later * interval '1 second'
     FROM person, (VALUES ($3::uuid, 0), ($4::uuid, 1)) AS place (id, later)`,
    [email, await hashPassword(PASSWORD), garden, kitchen],
  );
  return { email, password: PASSWORD, workspaces: { garden, kitchen } };
}

/** Goes to another workspace, as somebody does who has the list of theirs open. */
async function goTo(tab: Page, name: string): Promise<void> {
  await tab.goto("/app/settings/workspaces");
  await tab.getByRole("button", { name: new RegExp(`^Go there.*${name}`) }).click();
  await tab.waitForURL((url) => url.pathname === "/app");
}

describe.for([
  ["with JavaScript", true],
  ["without JavaScript", false],
] as const)("two tabs, %s:", ([, javaScriptEnabled]) => {
  test("what was written in a workspace is kept, and sent there after going back", async ({
    open,
    person,
  }) => {
    const tab = await open({ signedIn: false, javaScriptEnabled });
    await tab.goto("/app/pages/new");
    await signIn(tab, person);
    await tab.getByLabel("Title").fill("Ferns");
    await tab.getByLabel("Text").fill("In the shade of old trees.");
    const other = await tab.context().newPage();
    await goTo(other, "Kitchen");
    await tab.getByRole("button", { name: "Save" }).click();
    await tab.getByRole("heading", { level: 1, name: "You are in another workspace now" }).waitFor();
    expect(await tab.getByRole("alert").textContent()).toContain("In the shade of old trees.");
    await tab.getByRole("button", { name: "Go back to Garden and send it there" }).click();
    await tab.getByRole("heading", { level: 1, name: "Ferns" }).waitFor();
    expect(await tab.getByRole("banner").textContent()).toContain("Garden");
    await goTo(other, "Kitchen");
    await other.goto("/app/pages");
    expect(await other.getByRole("main").textContent()).not.toContain("Ferns");
  });
});

/** Forms that are sent wherever their sender is. */
const ANYWHERE = ["/app/workspace", "/sign-out", "/app/settings/account", "/app/settings/workspaces"];

test("every form that changes a workspace says which", async ({ open, person, database }) => {
  const page = await open({ signedIn: false });
  await page.goto("/app/pages/new");
  await signIn(page, person);
  const made: string[] = [];
  const make = async (address: string, fill: () => Promise<void>, button: string) => {
    await page.goto(address);
    await fill();
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.waitForURL((url) => url.pathname !== address);
    made.push(new URL(page.url()).pathname);
  };
  const title = () => page.getByLabel("Title").fill("Ferns");
  await make("/app/pages/new", title, "Save");
  await make(
    "/app/documents/new",
    async () => {
      await title();
      await page.getByLabel("Text").fill("Text");
    },
    "Save",
  );
  await make("/app/databases", () => page.getByLabel("New database").fill("Plants"), "Create");
  const [aPage, aDocument, aDatabase] = made;
  const row = async () => {
    await page.getByLabel("Value").first().fill("Fern");
  };
  await make(`${aDatabase}/new`, row, "Save");
  const { garden } = person.workspaces;
  await database.pool.query(
    "INSERT INTO api_keys (workspace_id, name, key_hash, key_start) VALUES ($1, 'Import', $2, 'hvk_xxxx')",
    [garden, garden],
  );
  const addresses = [
    "/app/pages/new",
    `${aPage}/edit`,
    "/app/documents/new",
    `${aDocument}/edit`,
    "/app/databases",
    aDatabase,
    `${aDatabase}/new`,
    `${made.at(-1)}/edit`,
    "/app/import",
    "/app/settings/members",
    "/app/settings/keys",
    "/app/settings/indexing",
  ];
  for (const address of addresses) {
    await page.goto(`${address}`);
    const forms = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLFormElement>('form[method="post"]')].map((form) => ({
        action: new URL(form.action).pathname,
        workspace: new FormData(form).get("workspace"),
      })),
    );
    const changing = forms.filter(({ action }) => !ANYWHERE.includes(action));
    expect({ address, forms: changing.length }).toEqual({ address, forms: expect.any(Number) });
    expect(changing.length).toBeGreaterThan(0);
    expect({ address, said: new Set(changing.map(({ workspace }) => workspace)) }).toEqual({
      address,
      said: new Set([garden]),
    });
  }
});

test("who was given a password chooses one, and is in", async ({ open, person }) => {
  const admin = await open({ signedIn: false });
  await admin.goto("/app/settings/members");
  await signIn(admin, person);
  const email = `colleague-${person.email}`;
  await admin.getByLabel("E-mail").fill(email);
  await admin.getByRole("button", { name: "Add", exact: true }).click();
  const password = (await admin.locator(".secret code").textContent()) ?? "";
  const page = await open({ signedIn: false });
  await page.goto("/app/pages");
  await signIn(page, { email, password });
  await page.getByRole("heading", { level: 1, name: "Choose a password" }).waitFor();
  await page.getByLabel("The password you were given").fill(password);
  await page.getByLabel("The new one", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The new one once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Choose it" }).click();
  await page.getByRole("heading", { level: 1, name: "Pages" }).waitFor();
});

describe.for(Object.entries(SCREENS))(
  "axe finds nothing %s",
  ([, screen]: [string, BrowserContextOptions]) => {
    test("in what is shown to somebody in another workspace, nor where they choose a password", async ({
      open,
      person,
      database,
    }) => {
      const page = await open({ signedIn: false, ...screen });
      await page.goto("/app/pages/new");
      await signIn(page, person);
      await page.getByLabel("Title").fill("Ferns");
      await page.getByLabel("Text").fill("In the shade of old trees. ".repeat(20));
      await goTo(await page.context().newPage(), "Kitchen");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("heading", { level: 1, name: "You are in another workspace now" }).waitFor();
      expect([await findings(page), await overflow(page)]).toEqual([[], 0]);
      await database.pool.query("UPDATE users SET password_chosen_at = NULL WHERE email = $1", [
        person.email,
      ]);
      await page.goto("/app");
      await page.getByRole("heading", { level: 1, name: "Choose a password" }).waitFor();
      expect([await findings(page), await overflow(page)]).toEqual([[], 0]);
    });
  },
);
