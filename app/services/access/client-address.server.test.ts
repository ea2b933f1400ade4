import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { clientAddress, noteClientAddresses } from "./client-address.server.ts";

const forwarded = (list?: string) =>
  new Request("http://app.test", { headers: list === undefined ? {} : { "X-Forwarded-For": list } });

describe("where a request came from", () => {
  test.for([
    ["without a proxy nobody is believed", "1.2.3.4", 0, "unknown"],
    ["one proxy adds the last", "6.6.6.6, 1.2.3.4", 1, "1.2.3.4"],
    ["two proxies add the last two", "6.6.6.6, 1.2.3.4, 10.0.0.1", 2, "1.2.3.4"],
    ["fewer entries than proxies", "1.2.3.4", 2, "unknown"],
    ["an empty entry", "1.2.3.4, ", 1, "unknown"],
    ["no header", undefined, 1, "unknown"],
    ["IPv4 within IPv6", "::ffff:1.2.3.4", 1, "1.2.3.4"],
    ["the network of an IPv6 address", "2001:DB8:7:1:a:b:c:d", 1, "2001:db8:7:1::/64"],
    ["the same network, written short", "2001:db8:7:1::d", 1, "2001:db8:7:1::/64"],
    ["zeros before a group", "2001:0db8:0007:0001::1", 1, "2001:db8:7:1::/64"],
    ["a short network", "2001:db8::1", 1, "2001:db8:0:0::/64"],
    ["this machine", "::1", 1, "0:0:0:0::/64"],
    ["a link with its interface", "fe80::1%eth0", 1, "fe80:0:0:0::/64"],
    ["no address at all", "x".repeat(500), 1, "x".repeat(64)],
  ] as const)("%s", ([, list, proxies, address]) => {
    expect(clientAddress(forwarded(list), proxies)).toBe(address);
  });

  test("is what the server sees, and cannot be sent along", async () => {
    noteClientAddresses();
    const seen: Request[] = [];
    const server = createServer((message, response) => {
      seen.push(new Request("http://app.test", { headers: message.headers as Record<string, string> }));
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await fetch(url, { headers: { "X-Forwarded-For": "1.2.3.4" } });
    // Somebody who has learned the name of the header in some way.
    const name = [...(seen[0] as Request).headers.keys()].find((key) => key.startsWith("x-client-address"));
    await fetch(url, { headers: { [name ?? ""]: "6.6.6.6" } });
    server.close();
    expect(seen.map((request) => clientAddress(request, 0))).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(clientAddress(seen[0] as Request, 1)).toBe("1.2.3.4");
  });
});
