import { describe, expect, test } from "vitest";
import { safeReturnPath, signInPath } from "./return-path.ts";

describe("a path to return to", () => {
  test.for([
    "/app",
    "/app?q=a+b&types=pages",
    "/app/pages/7d9f#a-heading",
    "/app/settings/keys",
    "/app?q=https://evil.example",
    "/app/%2F%2Fevil.example",
  ])("%s is taken", (path) => {
    expect(safeReturnPath(path)).toBe(path);
  });

  test.for([
    "https://evil.example",
    "https:evil.example",
    "HTTPS://evil.example/app",
    "//evil.example",
    "//evil.example/app",
    "///evil.example/app",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example/app",
    "\t//evil.example",
    " //evil.example",
    "/.//evil.example",
    "/app/..//evil.example",
    "/app/%2e%2e//evil.example",
    "/app/../..//evil.example/app",
    "/app\\..\\..\\\\evil.example",
    "/@evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/sign-in?to=/app",
    "/sign-out",
    "/api/search?q=x",
    "/apparently",
    "/",
    "",
    "app",
    "http://app.invalid/app",
    "//app.invalid/app",
    "%2F%2Fevil.example",
    "//[",
    null,
    undefined,
    7,
    ["/app/pages"],
  ])("%s leads to the start instead", (text) => {
    expect(safeReturnPath(text)).toBe("/app");
  });

  test("never leads to another site, whatever is put together", () => {
    const parts = [
      "/",
      "\\",
      "//",
      "/app",
      "..",
      "/.",
      "%2f",
      "%5c",
      "\t",
      "\r",
      "@",
      ":",
      "evil.example",
      "?",
      "#",
      "https:",
    ];
    const texts = parts.flatMap((a) =>
      parts.flatMap((b) => parts.flatMap((c) => parts.map((d) => a + b + c + d))),
    );
    const elsewhere = texts.filter((text) => {
      const { origin, pathname } = new URL(safeReturnPath(text), "https://here.example/sign-in");
      return origin !== "https://here.example" || !/^\/app(\/|$)/.test(pathname);
    });
    expect(elsewhere).toEqual([]);
  });
});

test("the sign-in page is told what was asked for, without the router's own mark", () => {
  const at = (path: string) => signInPath({ url: `http://app.test${path}` });
  expect(at("/app")).toBe("/sign-in");
  expect(at("/app?index")).toBe("/sign-in");
  expect(at("/app?index&q=a%26b")).toBe("/sign-in?to=%2Fapp%3Fq%3Da%2526b");
  expect(at("/app/pages/1?edit=1")).toBe("/sign-in?to=%2Fapp%2Fpages%2F1%3Fedit%3D1");
  expect(at("/app//evil.example")).toBe("/sign-in?to=%2Fapp%2F%2Fevil.example");
});
