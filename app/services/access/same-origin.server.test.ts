import { describe, expect, test } from "vitest";
import { isSameOrigin, requireSameOrigin } from "./same-origin.server.ts";

const PUBLIC = "https://search.example.com/";

function sent(headers: Record<string, string>, method = "POST", url = "http://app.test:3000/app") {
  return new Request(url, { method, headers });
}

describe("a request that writes", () => {
  test.for([
    ["the browser says it is from here", { "Sec-Fetch-Site": "same-origin" }, undefined, true],
    ["typed or from a bookmark", { "Sec-Fetch-Site": "none" }, undefined, true],
    ["from another site", { "Sec-Fetch-Site": "cross-site" }, undefined, false],
    ["from a neighbouring subdomain", { "Sec-Fetch-Site": "same-site" }, undefined, false],
    [
      "from another site that lies about the origin",
      { "Sec-Fetch-Site": "cross-site", Origin: "http://app.test:3000" },
      undefined,
      false,
    ],
    ["an older browser, from here", { Origin: "http://app.test:3000" }, undefined, true],
    ["an older browser, from here over https", { Origin: "https://app.test:3000" }, undefined, true],
    ["an older browser, from another site", { Origin: "https://evil.example" }, undefined, false],
    ["an older browser, from another port", { Origin: "http://app.test:3001" }, undefined, false],
    [
      "an older browser, from a site whose name begins the same",
      { Origin: "http://app.test:3000.evil.example" },
      undefined,
      false,
    ],
    ["an opaque origin", { Origin: "null" }, undefined, false],
    ["an origin that is no address", { Origin: "app.test" }, undefined, false],
    ["no word about where from", {}, undefined, false],
    ["the public address, behind a proxy", { Origin: "https://search.example.com" }, PUBLIC, true],
    ["the public address without https", { Origin: "http://search.example.com" }, PUBLIC, false],
    ["the host behind the proxy, which nobody opens", { Origin: "http://app.test:3000" }, PUBLIC, false],
  ] as const)("%s", ([, headers, publicUrl, taken]) => {
    expect(isSameOrigin(sent(headers), publicUrl)).toBe(taken);
  });

  test.for(["POST", "PUT", "PATCH", "DELETE"])("by %s is refused with 403 and a reason", async (method) => {
    const refusal = (() => {
      try {
        requireSameOrigin(sent({ "Sec-Fetch-Site": "cross-site" }, method));
      } catch (thrown) {
        return thrown as Response;
      }
    })();
    expect(refusal?.status).toBe(403);
    expect(await refusal?.text()).toMatch(/sent from another site, so nothing was done/);
  });
});

test.for(["GET", "HEAD"])("a request that reads, by %s, may come from anywhere", (method) => {
  expect(isSameOrigin(sent({ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, method))).toBe(
    true,
  );
});
