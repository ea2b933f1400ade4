import { renderToStaticMarkup } from "react-dom/server";
import { StaticRouter } from "react-router-dom/server";
import { describe, expect, it } from "vitest";
import { Pager } from "./pager.tsx";

describe("Pager", () => {
  const links = (address: string, page: number, hasNext: boolean) =>
    [
      ...renderToStaticMarkup(
        <StaticRouter location={address}>
          <Pager page={page} pages={null} hasNext={hasNext} />
        </StaticRouter>,
      ).matchAll(/href="([^"]*)"/g),
    ].map(([, href]) => href?.replaceAll("&amp;", "&"));

  it("leads on and back in the same list", () => {
    expect(links("/app/pages?under=x", 1, true)).toEqual(["/app/pages?under=x&page=2"]);
    expect(links("/app/pages?under=x&page=3", 3, true)).toEqual([
      "/app/pages?under=x&page=2",
      "/app/pages?under=x&page=4",
    ]);
    expect(links("/app/pages?under=x&page=2", 2, false)).toEqual(["/app/pages?under=x"]);
  });

  it("leads from the second page to the bare address where nothing else stands in it", () => {
    expect(links("/app/documents?page=2", 2, false)).toEqual(["/app/documents"]);
  });

  it("is not there in a list of one page", () => {
    expect(links("/app/pages", 1, false)).toEqual([]);
  });
});
