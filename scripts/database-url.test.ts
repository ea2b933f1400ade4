import { expect, test } from "vitest";
import { databaseUrlProblem } from "./database-url.ts";

test.each([
  "postgresql://host/d",
  "postgres://me:secret@[::1]:5432/d?sslmode=require",
  "postgresql:///d?host=/run/postgresql",
])("%s names a database", (url) => {
  expect(databaseUrlProblem(url)).toBeNull();
});

test("a URL without a host is told apart", () => {
  expect(databaseUrlProblem("postgresql:///d")).toMatch(/^it names no host/);
  expect(databaseUrlProblem("mysql://host/d")).toMatch(/^a URL such as/);
});
