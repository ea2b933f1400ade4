import { describe, expect, test } from "vitest";
import { AccessError } from "./access-error.ts";
import { parseEmail, requireName } from "./names.ts";

describe("an e-mail address", () => {
  test.for([
    ["Anna@Example.COM", "anna@example.com"],
    ["  anna@example.com ", "anna@example.com"],
    ["a+b.c@sub.example.com", "a+b.c@sub.example.com"],
    ["root@localhost", "root@localhost"],
    ["Jürgen@müller.example", "jürgen@müller.example"],
  ] as const)("%s is kept as %s", ([text, email]) => {
    expect(parseEmail(text)).toBe(email);
  });

  test.for([
    "",
    "anna",
    "@example.com",
    "anna@",
    "a@b@c",
    "a b@c.d",
    "a@b..c",
    "a@.b",
    "a\u0000@b.c",
    "a@b.c\nd@e.f",
    `${"x".repeat(251)}@b.c`,
  ])("%j is none", (text) => {
    expect(parseEmail(text)).toBeNull();
  });
});

describe("a name", () => {
  test("is kept without blanks around it and with single ones within", () => {
    expect(requireName("  Our \t garden ")).toBe("Our garden");
    expect(requireName("🌱".repeat(80))).toBe("🌱".repeat(80));
  });

  test.for([
    ["", /is needed/],
    [" \n ", /is needed/],
    ["x".repeat(81), /80 characters at most/],
    ["a\u0000b", /cannot be shown/],
    ["a\u001b[31m", /cannot be shown/],
  ] as const)("%j is none", ([text, message]) => {
    expect(() => requireName(text)).toThrow(AccessError);
    expect(() => requireName(text)).toThrow(message);
  });
});
