import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { env } from "../../env.server.ts";

/** The web server tells its pages nothing of the connection. Nobody outside knows the name, so nobody can send it. */
const HEADER = `x-client-address-${randomBytes(8).toString("hex")}`;

/** A private message of Node's HTTP server as a request arrives, before anybody handles it. */
interface RequestStarted {
  readonly request: IncomingMessage;
}

/** From now on every request that this process gets says where it came from. Call it once, as the app starts. */
export function noteClientAddresses(): void {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as RequestStarted;
    const address = request.socket.remoteAddress;
    if (address !== undefined) request.headers[HEADER] = address;
  });
}

/**
 * Where a request came from, as far as attempts to sign in are counted: an IPv4 address, or the network of an IPv6
 * address, whose holder has all of its /64. Requests of which nothing is known share one name.
 *
 * @param proxies how many proxies stand before the app; each adds the address it sees to `X-Forwarded-For`, and only
 *   what they added is believed
 */
export function clientAddress(request: Request, proxies: number = env.APP_TRUST_PROXY): string {
  const seen = request.headers.get(HEADER);
  const forwarded = request.headers.get("X-Forwarded-For")?.split(",") ?? [];
  const told = proxies > 0 ? forwarded.at(-proxies)?.trim() : undefined;
  const address = (told || seen) ?? "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? networkOf(address) : address.slice(0, 64);
}

/** The first 64 of its 128 bits. */
function networkOf(address: string): string {
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => "0");
  const groups = [...first, ...zeros, ...last].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
