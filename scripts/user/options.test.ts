import { describe, expect, test } from "vitest";
import { parseUserCommand, UsageError } from "./options.ts";

const words = (line: string) => line.split(" ").filter(Boolean);

test("add, password and list", () => {
  expect(parseUserCommand(words("add anna@example.com --workspace Garden"))).toEqual({
    kind: "add",
    email: "anna@example.com",
    workspace: "Garden",
    role: "member",
    create: false,
    databaseUrl: undefined,
  });
  expect(
    parseUserCommand(words("add a@b.c --workspace=W --admin --create --database-url postgresql://h/d")),
  ).toEqual({
    kind: "add",
    email: "a@b.c",
    workspace: "W",
    role: "admin",
    create: true,
    databaseUrl: "postgresql://h/d",
  });
  expect(parseUserCommand(["password", "a@b.c"])).toEqual({
    kind: "password",
    email: "a@b.c",
    databaseUrl: undefined,
  });
  expect(parseUserCommand(["list"])).toEqual({ kind: "list", databaseUrl: undefined });
});

test("help wins", () => {
  expect(parseUserCommand(["add", "-h"])).toEqual({ kind: "help" });
});

describe("wrong usage", () => {
  test.for([
    ["", /say what to do: add, password or list$/],
    ["remove a@b.c", /not 'remove'/],
    ["add", /add whom\?/],
    ["password", /password whom\?/],
    ["add a@b.c", /--workspace NAME is needed/],
    ["add a@b.c --workspace=", /--workspace NAME is needed/],
    ["add a@b.c d@e.f --workspace W", /'d@e\.f' is one word too many/],
    ["list a@b.c", /'a@b\.c' is one word too many/],
    ["list --admin", /--admin does not go with list/],
    ["password a@b.c --workspace W", /--workspace does not go with password/],
    ["add a@b.c --workspace W --workspace V", /--workspace is given more than once/],
    ["list --database-url garden", /--database-url: /],
    ["list --all", /--all/],
  ] as const)("%s", ([line, message]) => {
    expect(() => parseUserCommand(words(line))).toThrow(UsageError);
    expect(() => parseUserCommand(words(line))).toThrow(message);
  });
});
