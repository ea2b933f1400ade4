import { describe, expect, it } from "vitest";
import { PAGE_EMBEDDINGS } from "../../../embedding-tables.ts";
import { exactStatement, searchStatement } from "./nearest-rows.ts";

const HALFVEC = { name: "embedding_halfvec", type: "halfvec" } as const;
const VECTOR = { name: "embedding", type: "vector" } as const;
const vector = [3, 4, ...new Array(1534).fill(0)];

describe("searchStatement", () => {
  it("orders by the bare operator with the type and dimensions of the column", () => {
    expect(searchStatement(PAGE_EMBEDDINGS, HALFVEC, { vector, limit: 10 }).text).toContain(
      'ORDER BY e."embedding_halfvec" <=> $1::halfvec(1536)\n',
    );
    expect(searchStatement(PAGE_EMBEDDINGS, VECTOR, { vector, limit: 10 }).text).toContain(
      'ORDER BY e."embedding" <=> $1::vector(1536)\n',
    );
  });

  it("sends the direction of the vector at length 1 in binary, whatever its length", () => {
    for (const scale of [1, 1e-300, 1e300, 70_000]) {
      const scaled = vector.map((value) => value * scale);
      const [single] = searchStatement(PAGE_EMBEDDINGS, VECTOR, { vector: scaled, limit: 1 })
        .values as Buffer[];
      expect(single?.length).toBe(4 + 4 * 1536);
      expect(single?.readInt16BE(0)).toBe(1536);
      expect([4, 8, 12].map((at) => single?.readFloatBE(at))).toEqual([0.6, 0.8, 0].map(Math.fround));
      const [half] = searchStatement(PAGE_EMBEDDINGS, HALFVEC, { vector: scaled, limit: 1 })
        .values as Buffer[];
      expect(half?.length).toBe(4 + 2 * 1536);
      // 0.6 and 0.8 are 0x38cd and 0x3a66 in half precision.
      expect(half?.toString("hex", 0, 10)).toBe("0600000038cd3a660000");
    }
  });

  it("keeps every value out of the text", () => {
    const workspaceId = "00000000-0000-4000-8000-00000000beef";
    const { text, values } = searchStatement(PAGE_EMBEDDINGS, VECTOR, {
      vector,
      limit: 7,
      workspaceId,
      minSimilarity: 0.123,
      metadata: { lang: "'; DROP TABLE pages; --" },
      within: { column: "page_id", id: workspaceId.replace("beef", "cafe") },
      without: { column: "block_id", ids: [workspaceId.replace("beef", "feed")] },
      efSearch: 77,
      iterativeScan: true,
    });
    expect(values.slice(1)).toEqual([
      "77",
      "relaxed_order",
      workspaceId,
      `{"lang":"'; DROP TABLE pages; --"}`,
      "00000000-0000-4000-8000-00000000cafe",
      ["00000000-0000-4000-8000-00000000feed"],
      7,
      0.123,
    ]);
    expect(text).not.toMatch(/beef|cafe|feed|DROP|0\.123|77|relaxed_order/);
    expect([...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])).sort()).toEqual([
      1, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it("quotes every name", () => {
    const odd = { ...PAGE_EMBEDDINGS, schema: 'my"schema', name: "Table", key: ["Id"] };
    const { text } = searchStatement(
      odd,
      { name: 'em"bed', type: "vector" },
      { vector, limit: 1, select: ["a b"] },
    );
    expect(text).toContain('FROM "my""schema"."Table" AS e');
    expect(text).toContain('e."em""bed" <=> $1');
    expect(text).toContain('SELECT e."Id", e."a b"');
  });

  it("keeps at least as many candidates as rows are wanted, and at most what pgvector takes", () => {
    const efOf = (efSearch: number, limit: number) =>
      searchStatement(PAGE_EMBEDDINGS, VECTOR, { vector, limit, efSearch }).values[1];
    expect(efOf(40, 100)).toBe("100");
    expect(efOf(100, 10)).toBe("100");
    expect(efOf(5_000, 10)).toBe("1000");
  });

  it("does not name settings that an older pgvector lacks", () => {
    const { text } = searchStatement(PAGE_EMBEDDINGS, VECTOR, { vector, limit: 10, iterativeScan: false });
    expect(text).not.toContain("set_config");
  });
});

describe("exactStatement", () => {
  it("orders by an expression that no index serves, and sets nothing", () => {
    const { text } = exactStatement(PAGE_EMBEDDINGS, VECTOR, { vector, limit: 10 });
    expect(text).toContain('ORDER BY (e."embedding" <=> $1::vector(1536)) + 0\n');
    expect(text).not.toContain("set_config");
  });
});
