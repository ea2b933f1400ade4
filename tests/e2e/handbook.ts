import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What a small team writes down: by path, the Markdown that the browser tests import and search. */
const PAGES: Readonly<Record<string, string>> = {
  "README.md": `# Handbook

What the team agreed on, in one place. Start with [backups](operations/backups.md) if something is lost, and with
[the first week](people/first-week.md) if you are new.

Everyone may change a page. Say in the commit what was wrong before, so that the next reader can follow the decision.
`,
  "operations/backups.md": `# Backups

Every night at two the database is copied to a second data centre, encrypted with a key that only the operations
group holds. Copies are kept for thirty days, the first of each month for two years.

## Restore a database

Stop the workers first, or they write into a database that is about to be replaced. Fetch the newest copy, restore it
beside the damaged database under another name, compare the row counts, and only then point the application at it.

## Rehearsal

A copy that was never restored is a hope. On the first Tuesday of each quarter somebody who has not done it before
restores last night's copy on a spare machine, and writes down how long it took and what was missing from this page.
`,
  "operations/on-call.md": `# On call

One engineer carries the phone from Monday noon to Monday noon. Whoever is paged at night starts later the next day,
and nobody is on call twice in the same month unless they offered.

## When the phone rings

Acknowledge the alarm within ten minutes. Look at the dashboard of the service that called, then at what was deployed
in the last hour: taking back the newest release cures most outages faster than understanding them.

## Afterwards

Write the report while the memory is fresh: what users noticed, when it began, what was tried, what ended it. The
report names causes and never people.
`,
  "operations/certificates.md": `# Certificates

Certificates renew themselves every sixty days. If the renewal fails three times, a ticket is opened, and the old
certificate still has four weeks to live: there is no reason to hurry and every reason to find out why.
`,
  "engineering/releases.md": `# Releases

The main branch is released every working day at ten, after the tests have passed and somebody other than the author
has read the change. Nothing is released on a Friday afternoon or on the day before a holiday.

## Database changes

A migration that locks a large table for longer than a second waits for the maintenance window. Add columns first,
fill them in small batches, switch the readers over, and remove the old column in a later release.

## Feature flags

A new feature starts behind a flag that is off. Turn it on for the team, then for one customer who was asked, then for
everybody. A flag that has been on for everybody for a month is removed from the code.
`,
  "engineering/review.md": `# Code review

Read the description before the code, and the tests before the implementation. Ask for a smaller change when one
sitting is not enough to read it; two small reviews find more mistakes than a large one.

\`\`\`sh
git fetch origin
git switch --detach origin/topic
npm test
\`\`\`

> A question is a kinder comment than an order, and it is right more often.
`,
  "people/first-week.md": `# First week

On the first day you get a laptop, a desk plant and a companion who has lunch with you all week. Your accounts are
ready before you are: if one is missing, tell your companion rather than the ticket queue.

- By Wednesday you have fixed a typo on this page and seen it released.
- By Friday you have paired with someone from each group, and drawn the system on a whiteboard from memory.
`,
  "people/holidays.md": `# Holidays and sick leave

Thirty days a year, of which at least two weeks are taken in one piece. Enter them in the calendar four weeks ahead;
requests for the summer are settled together in March so that parents of schoolchildren can plan.

## When you are ill

Send one message to your group and go back to bed. A doctor's note is needed from the fourth day on, and nobody asks
what you have.
`,
  "people/expenses.md": `# Travel and expenses

Go by train where it takes less than six hours. Book hotels yourself up to the limit in the table, keep the receipts,
and hand everything in within a month; the money is back in your account by the end of the next one.

| City | Limit a night |
|---|---|
| Lisbon | 130 |
| Zurich | 210 |
`,
};

/** Writes the pages to a folder of their own. */
export async function writeHandbook(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "handbook-"));
  for (const [path, markdown] of Object.entries(PAGES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), markdown);
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
