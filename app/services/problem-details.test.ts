import { expect, it } from "vitest";
import { problemResponse } from "./problem-details.ts";

const problem = {
  status: 400,
  type: "invalid-parameter",
  title: "Invalid",
  detail: "limit is 0.",
  field: "limit",
};

it("answers with a problem document that no cache keeps", async () => {
  const response = problemResponse(problem, { "retry-after": "5", "content-type": "text/html" });
  expect(response.status).toBe(400);
  expect(Object.fromEntries(response.headers)).toEqual({
    "cache-control": "no-store",
    "content-type": "application/problem+json",
    "retry-after": "5",
    "x-content-type-options": "nosniff",
  });
  expect(await response.json()).toEqual({ ...problem, type: "/problems/invalid-parameter" });
});

it("leaves out a field that there is none of", async () => {
  const { field: _, ...general } = problem;
  expect(await problemResponse({ ...general, field: undefined }).json()).not.toHaveProperty("field");
});
