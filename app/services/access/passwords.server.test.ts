import { describe, expect, test } from "vitest";
import { checkPassword, generatePassword, hashPassword, PASSWORD_COST } from "./passwords.server.ts";

/** The shape is that of the real cost, the time is not. */
const CHEAP = { ln: 4, r: 8, p: 1 };

describe("a password", () => {
  test("is known again, and no other one is", async () => {
    const hash = await hashPassword("correct horse battery", CHEAP);
    expect(await checkPassword("correct horse battery", hash)).toEqual({ matches: true, outdated: true });
    for (const other of [
      "",
      "correct horse batter",
      "correct horse battery ",
      "Correct horse battery",
      hash,
    ]) {
      expect(await checkPassword(other, hash)).toMatchObject({ matches: false });
    }
  });

  test("is hashed at the cost that OWASP recommends, which its hash tells", async () => {
    const hash = await hashPassword("correct horse battery");
    expect(PASSWORD_COST).toEqual({ ln: 17, r: 8, p: 1 });
    expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await checkPassword("correct horse battery", hash)).toEqual({ matches: true, outdated: false });
  });

  test("has another salt each time", async () => {
    expect(await hashPassword("the same", CHEAP)).not.toBe(await hashPassword("the same", CHEAP));
  });

  test("is the same however a keyboard composes its letters, and with letters of every script", async () => {
    const hash = await hashPassword("für Ångström 密码🔑", CHEAP);
    expect(await checkPassword("für Ångström 密码🔑".normalize("NFD"), hash)).toMatchObject({
      matches: true,
    });
  });

  test("of an account that is not there matches nothing", async () => {
    expect(await checkPassword("anything", null)).toEqual({ matches: false, outdated: false });
  });

  test("whose hash is of another kind is refused, and what to do is said", async () => {
    await expect(checkPassword("x", "$2b$10$abcdefghijklmnopqrstuv")).rejects.toThrow(
      /npm run user -- password/,
    );
  });

  test("that many check at once is checked for all of them", async () => {
    const hash = await hashPassword("secret of many", CHEAP);
    const tries = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? "secret of many" : "another"));
    const found = await Promise.all(tries.map((password) => checkPassword(password, hash)));
    expect(found.map(({ matches }) => matches)).toEqual(tries.map((_, index) => index % 2 === 0));
  });
});

test("a generated password is long, easy to read, and another one each time", () => {
  const all = Array.from({ length: 50 }, generatePassword);
  expect(all.filter((password) => !/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/.test(password))).toEqual([]);
  expect(new Set(all).size).toBe(50);
});
