import { expect, test } from "vitest";
import { UPLOAD_LIMITS, usableFiles } from "./uploaded-files.ts";

test.each([
  ["notes/a.md", "notes/a.md"],
  ["./notes//a.MD", "notes/a.MD"],
  ["notes\\sub\\a.markdown", "notes/sub/a.markdown"],
  ["plain.txt", "plain.txt"],
  ["..hidden/a..md", "..hidden/a..md"],
])("the path %s is %s", (path, clean) => {
  expect(usableFiles([{ path, text: "x" }])).toEqual({ usable: [{ path: clean, text: "x" }], problems: [] });
});

test.each([
  ["/etc/passwd.md", /leads out/],
  ["C:\\notes\\a.md", /leads out/],
  ["../a.md", /leads out/],
  ["notes/../../a.md", /leads out/],
  ["a\u0000.md", /leads out/],
  ["", /leads out/],
  [`${"deep/".repeat(30)}a.md`, /leads out/],
  ["picture.png", /not Markdown/],
  ["a.md.exe", /not Markdown/],
])("the path %s is refused by name", (path, message) => {
  const { usable, problems } = usableFiles([{ path, text: "x" }]);
  expect(usable).toEqual([]);
  expect(problems).toEqual([{ path, message: expect.stringMatching(message) }]);
});

test("a file that is too long is left out, and the others are not", () => {
  const long = "ä".repeat(UPLOAD_LIMITS.fileBytes / 2);
  const { usable, problems } = usableFiles([
    { path: "long.md", text: `${long}x` },
    { path: "fits.md", text: long },
  ]);
  expect(usable.map(({ path }) => path)).toEqual(["fits.md"]);
  expect(problems).toEqual([{ path: "long.md", message: expect.stringMatching(/at most 2 MB/) }]);
});

test("what goes beyond 20 MB, 2,000 files or comes twice is left out", () => {
  const text = "x".repeat(UPLOAD_LIMITS.fileBytes);
  const large = usableFiles(Array.from({ length: 11 }, (_, index) => ({ path: `${index}.md`, text })));
  expect(large.usable).toHaveLength(10);
  expect(large.problems).toEqual([{ path: "10.md", message: expect.stringMatching(/20 MB/) }]);
  const many = usableFiles(Array.from({ length: 2_001 }, (_, index) => ({ path: `${index}.md`, text: "" })));
  expect(many.usable).toHaveLength(2_000);
  expect(many.problems).toEqual([{ path: "2000.md", message: expect.stringMatching(/2,000/) }]);
  const twice = usableFiles([
    { path: "a.md", text: "1" },
    { path: "./a.md", text: "2" },
  ]);
  expect(twice.problems).toEqual([{ path: "./a.md", message: expect.stringMatching(/same path/) }]);
});
