import { describe, expect, it } from "vitest";
import { quotableSentences } from "./quotable-sentences.ts";

describe("quotableSentences", () => {
  it("takes the sentences of paragraphs as they stand", () => {
    const text = "Backups\nStop the workers first, or they write. Fetch the newest copy, e.g. last night's.";
    expect(quotableSentences(text)).toEqual([
      "Stop the workers first, or they write.",
      "Fetch the newest copy, e.g. last night's.",
    ]);
  });

  it("joins lines that were broken to fit", () => {
    const text = "Every night at two the database is copied to a second\ndata centre, encrypted with a key.";
    expect(quotableSentences(text)).toEqual([text.replace("\n", " ")]);
  });

  it("takes the items of a list, with or without a full stop", () => {
    const text =
      "- By Friday you have paired with someone.\n2. Printer on the second floor, tray three\n* ok";
    expect(quotableSentences(text)).toEqual([
      "By Friday you have paired with someone.",
      "Printer on the second floor, tray three",
    ]);
  });

  it.each([
    ["fenced code", "```sh\nThis would be a fine sentence of a script.\n```"],
    ["a command", "git fetch origin git switch --detach origin/topic npm test"],
    ["a statement", "UPDATE documents d SET embedding = NULL"],
    ["a query", "FROM halfvec_migration.set_aside s WHERE s.reason"],
    ["a call", "const answer = await fetch(address, { method: 1 });"],
    ["an object", "{ type: 'root', children: [] }"],
    ["a table", "City | Limit a night\nLisbon is cheaper | 130 euros"],
    ["a question", "What happens when the tool is killed in the middle?"],
    ["what leads to code", "Installation is done using the npm install command:"],
    ["a word", "Handbook"],
    ["emoji", "🎉🎉🎉 🎉🎉🎉 🎉🎉🎉 🎉🎉🎉"],
    ["nothing", ""],
  ])("takes no %s", (_, text) => {
    expect(quotableSentences(text)).toEqual([]);
  });

  it("takes sentences of other scripts", () => {
    const text = "Каждую ночь база данных копируется в другой центр. Копии хранятся тридцать дней.";
    expect(quotableSentences(text)).toHaveLength(2);
  });
});
