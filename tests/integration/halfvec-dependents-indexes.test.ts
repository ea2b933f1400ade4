import { describe, expect } from "vitest";
import { DOCUMENTS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { test as base } from "../support/test.ts";
import { dependentsAtSwap } from "../support/told-dependents.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

describe("indexes", () => {
  const OTHERS: [name: string, make: string][] = [
    ["kept", "CREATE INDEX kept ON documents (workspace_id) WHERE embedding IS NOT NULL"],
    [
      "bits",
      "CREATE INDEX bits ON documents USING hnsw ((binary_quantize(embedding)::bit(1536)) bit_hamming_ops)",
    ],
    ["part", "CREATE INDEX part ON documents USING hnsw (embedding vector_cosine_ops) WHERE title = 'part'"],
    [
      "start",
      "CREATE INDEX start ON documents USING hnsw ((subvector(embedding, 1, 64)::vector(64)) vector_l2_ops)",
    ],
  ];

  test.for(OTHERS)(
    "%s: told until the conversion is done, then stops until its counterpart stands",
    {
      timeout: SLOW,
    },
    async ([name, make], { database }) => {
      await fillTable(database, DOCUMENTS, 10);
      await database.query(make);
      expect(await dependentsAtSwap(database)).toMatchObject([{ kind: "index", name, effect: "told" }]);
      await runUntil(database, "verify");

      const refusal = await refusalOf(runPhase(database, "swap"));
      expect(refusal).toContain(`index ${name} `);
      const [create] = /CREATE INDEX CONCURRENTLY.*/.exec(refusal) ?? [];
      expect(create).toContain(`"${name}_halfvec"`);
      await database.query(create ?? "");
      expect((await dependentsAtSwap(database)).filter(({ effect }) => effect === "breaks")).toEqual([]);
      await runPhase(database, "swap");

      const [moved] = await database.query<{ now: string }>("SELECT pg_get_indexdef($1::regclass) AS now", [
        `${name}_halfvec`,
      ]);
      expect(moved?.now).toMatch(/\bembedding\b/);
      expect(moved?.now).not.toContain(DOCUMENTS.backup);
    },
  );

  test("of another distance is told with its counterpart, and never stops", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, DOCUMENTS, 10);
    await database.query("CREATE INDEX by_length ON documents USING hnsw (embedding vector_l2_ops)");
    await runUntil(database, "verify");
    expect(await dependentsAtSwap(database)).toMatchObject([
      {
        effect: "told",
        message: expect.stringContaining(
          'CREATE INDEX CONCURRENTLY "by_length_halfvec" ON public.documents USING hnsw (embedding_halfvec halfvec_l2_ops)',
        ),
      },
    ]);
    await runPhase(database, "swap");
    expect((await readCatalog(database.client, DOCUMENTS)).phase).toBe("swapped");
  });

  test("that the migration replaces itself are no finding", async ({ database }) => {
    await database.query("ALTER INDEX documents_embedding_hnsw_idx RENAME TO another_name");
    expect(await dependentsAtSwap(database)).toEqual([]);
  });
});

test("a privilege on the column alone goes to the twin before the swap, and the reader reads on", {
  timeout: SLOW,
}, async ({ database }) => {
  const role = `reader_${Math.random().toString(36).slice(2, 10)}`;
  await database.query(`CREATE ROLE ${role}; GRANT SELECT (id, embedding) ON documents TO ${role}`);
  try {
    expect(await dependentsAtSwap(database)).toMatchObject([
      { kind: "privilege", name: role, effect: "told" },
    ]);
    await runUntil(database, "verify");
    const refusal = await refusalOf(runPhase(database, "swap"));
    const [grant] = /GRANT .*/.exec(refusal) ?? [];
    await database.query(grant ?? "");
    await runPhase(database, "swap");
    await database.query(`SET ROLE ${role}`);
    await database.query("SELECT id, embedding FROM documents");
  } finally {
    await database.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});
