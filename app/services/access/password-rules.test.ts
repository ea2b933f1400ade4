import { expect, test } from "vitest";
import { passwordProblem } from "./password-rules.ts";

test.for([
  ["", /10 characters or more/],
  ["123456789", /10 characters or more/],
  ["🔑🔑🔑🔑🔑", /10 characters or more/],
  ["x".repeat(1001), /1000 characters at most/],
] as const)("%s cannot be a password", ([password, problem]) => {
  expect(passwordProblem(password)).toMatch(problem);
});

test.for(["1234567890", "🔑".repeat(10), "x".repeat(1000), "          "])("%s can", (password) => {
  expect(passwordProblem(password)).toBeNull();
});
