import { expect, test } from "vitest";
import { counterpartOf, servesOf } from "./index-counterpart.ts";

const FROM = { name: "embedding", type: "vector" };
const TO = { name: "embedding_halfvec", type: "halfvec" };

test.for([
  [
    "hnsw (embedding vector_cosine_ops) WHERE (kind = 'a'::text)",
    "hnsw (embedding_halfvec halfvec_cosine_ops) WHERE (kind = 'a'::text)",
  ],
  [
    "hnsw (((binary_quantize(embedding))::bit(1536)) bit_hamming_ops)",
    "hnsw (((binary_quantize(embedding_halfvec))::bit(1536)) bit_hamming_ops)",
  ],
  [
    "hnsw (((subvector(embedding, 1, 64))::vector(64)) vector_ip_ops)",
    "hnsw (((subvector(embedding_halfvec, 1, 64))::halfvec(64)) halfvec_ip_ops)",
  ],
  [
    "hnsw (((subvector(embedding, 1, 64))::ext.vector(64)) ext.vector_ip_ops)",
    "hnsw (((subvector(embedding_halfvec, 1, 64))::ext.halfvec(64)) ext.halfvec_ip_ops)",
  ],
  ["ivfflat (embedding)", "ivfflat (embedding_halfvec halfvec_l2_ops)"],
  ["btree (kind) INCLUDE (embedding)", "btree (kind) INCLUDE (embedding_halfvec)"],
  [
    "btree (my_embedding) WHERE (embedding IS NOT NULL)",
    "btree (my_embedding) WHERE (embedding_halfvec IS NOT NULL)",
  ],
] as const)("USING %s", ([old, moved]) => {
  const { serves, create } = counterpartOf(
    `CREATE INDEX old ON public.documents USING ${old}`,
    FROM,
    TO,
    '"new"',
  );
  expect(serves).toBe(moved);
  expect(create).toBe(`CREATE INDEX CONCURRENTLY "new" ON public.documents USING ${moved}`);
});

test("keeps UNIQUE and options, and compares without options", () => {
  const definition = `CREATE UNIQUE INDEX "an ON index" ON ONLY public.t USING btree (embedding) WITH (fillfactor='70')`;
  const { serves, create } = counterpartOf(definition, FROM, TO, '"new"');
  expect(create).toBe(
    `CREATE UNIQUE INDEX CONCURRENTLY "new" ON public.t USING btree (embedding_halfvec) WITH (fillfactor='70')`,
  );
  expect(serves).toBe(servesOf("CREATE UNIQUE INDEX other ON public.t USING btree (embedding_halfvec)"));
  expect(serves).not.toBe(servesOf("CREATE INDEX other ON public.t USING btree (embedding_halfvec)"));
});
