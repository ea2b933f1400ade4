import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** What a hash costs: 2^`ln` rounds over blocks of 128 × `r` bytes, `p` times. */
export interface PasswordCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB and about 0.4 s a hash (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt). */
export const PASSWORD_COST: PasswordCost = { ln: 17, r: 8, p: 1 };

const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** As many at once in a process: each takes 128 MiB and a thread of the four that all file access shares. */
const AT_ONCE = 2;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** A hash as it is kept: `$scrypt$ln=17,r=8,p=1$SALT$KEY`, the last two in base64 without padding. */
export async function hashPassword(password: string, cost: PasswordCost = PASSWORD_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(password, salt, cost, KEY_BYTES);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(key)}`;
}

export interface PasswordCheck {
  readonly matches: boolean;
  /** Whether the hash was made at another cost than today's, and should be made again. */
  readonly outdated: boolean;
}

/**
 * Whether a password is the one that was hashed. Takes as long where there is no hash (null), so that nobody learns
 * from the time which accounts exist.
 *
 * @throws Error when the hash is not one of {@link hashPassword}.
 */
export async function checkPassword(password: string, hash: string | null): Promise<PasswordCheck> {
  if (hash === null) {
    await deriveKey(password, randomBytes(SALT_BYTES), PASSWORD_COST, KEY_BYTES);
    return { matches: false, outdated: false };
  }
  const { cost, salt, key } = parseHash(hash);
  const derived = await deriveKey(password, salt, cost, key.length);
  const outdated = cost.ln !== PASSWORD_COST.ln || cost.r !== PASSWORD_COST.r || cost.p !== PASSWORD_COST.p;
  return { matches: timingSafeEqual(derived, key), outdated };
}

/** Without those that look alike. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Four groups of five letters and digits: 100 bits, and can be read out on the telephone. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}

function parseHash(hash: string): { cost: PasswordCost; salt: Buffer; key: Buffer } {
  const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (match === null) {
    throw new Error(
      "users.password_hash is not a hash of this app: npm run user -- password EMAIL makes a new one",
    );
  }
  const [, ln, r, p, salt = "", key = ""] = match;
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64"),
    key: Buffer.from(key, "base64"),
  };
}

const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

let running = 0;
const waiting: (() => void)[] = [];

async function deriveKey(password: string, salt: Buffer, { ln, r, p }: PasswordCost, bytes: number) {
  if (running < AT_ONCE) running++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    const N = 2 ** ln;
    // The same password typed on another keyboard may be other code points.
    return await derive(password.normalize("NFKC"), salt, bytes, { N, r, p, maxmem: 128 * r * (N + p + 8) });
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
