import { describe, expect, test } from "vitest";
import {
  calledWith,
  measuresCast,
  mentions,
  returnsColumn,
  selectsAll,
  withoutComments,
} from "./function-body.ts";

describe("mentions", () => {
  test.for([
    ["SELECT d.embedding FROM documents d", true],
    ['SELECT "embedding" FROM documents', true],
    ["SELECT Embedding FROM documents", true],
    ["INSERT INTO documents(embedding)", true],
    ["SELECT embedding_halfvec FROM page_embeddings", false],
    ["SELECT my_embedding, embedding2 FROM documents", false],
  ] as const)("%s", ([code, expected]) => {
    expect(mentions(code, "embedding")).toBe(expected);
  });

  test("not in a comment", () => {
    const code = withoutComments("SELECT 1 -- embedding\n/* the\nembedding */ FROM documents");
    expect(mentions(code, "embedding")).toBe(false);
    expect(mentions(code, "documents")).toBe(true);
  });
});

describe("returnsColumn", () => {
  test.for([
    "RETURN QUERY SELECT d.id, d.embedding FROM documents d ORDER BY d.embedding <=> q LIMIT k;",
    "return query select embedding from documents;",
    "RETURN QUERY SELECT d.embedding, d.id FROM documents d;",
    "RETURN QUERY SELECT d.embedding AS found, d.id FROM documents d;",
    "RETURN QUERY SELECT d.embedding found FROM documents d;",
    "RETURN QUERY SELECT * FROM documents;",
    "RETURN QUERY SELECT 1, d.* FROM documents d;",
    "RETURN QUERY SELECT avg(d.embedding) FROM documents d;",
    "RETURN QUERY SELECT coalesce(d.embedding, q) FROM documents d;",
    "RETURN QUERY EXECUTE 'SELECT id, embedding FROM documents';",
    "RETURN QUERY WITH near AS (SELECT id, embedding FROM documents) SELECT n.id, n.embedding FROM near n;",
  ])("%s", (code) => {
    expect(returnsColumn(code, "embedding")).toBe(true);
  });

  test.for([
    "RETURN QUERY SELECT d.id, d.embedding::vector FROM documents d;",
    "RETURN QUERY SELECT d.id, d.embedding :: vector(1536) FROM documents d;",
    "RETURN QUERY SELECT d.id, CAST(d.embedding AS vector(1536)) FROM documents d;",
    "RETURN QUERY SELECT d.id, d.embedding <=> q FROM documents d ORDER BY d.embedding <=> q;",
    "RETURN QUERY SELECT d.id, 1 - (d.embedding <=> q) FROM documents d;",
    "RETURN QUERY SELECT d.id, d.embedding IS NULL FROM documents d;",
    "RETURN QUERY SELECT avg(d.embedding)::vector FROM documents d;",
    "RETURN QUERY SELECT vector_dims(d.embedding) FROM documents d;",
    "SELECT embedding INTO result FROM documents; RETURN result;",
    "RETURN QUERY SELECT count(*) FROM documents;",
  ])("not: %s", (code) => {
    expect(returnsColumn(code, "embedding")).toBe(false);
  });
});

describe("measuresCast", () => {
  test.for([
    "ORDER BY embedding::vector <=> q",
    "ORDER BY (d.embedding::vector(1536)) <-> q",
    "ORDER BY CAST(d.embedding AS vector(1536)) <#> q",
    "ORDER BY q <+> d.embedding::public.vector(1536)",
  ])("%s", (code) => {
    expect(measuresCast(code, "embedding", "vector")).toBe(true);
  });

  test.for([
    "ORDER BY embedding <=> q::vector(1536)",
    "ORDER BY embedding::halfvec(1536) <=> q",
    "SELECT embedding::vector, other <=> q",
  ])("not: %s", (code) => {
    expect(measuresCast(code, "embedding", "vector")).toBe(false);
  });
});

test("calledWith finds the column among the arguments, and not its cast", () => {
  const names = ["vector_norm", "score"];
  expect(calledWith("SELECT vector_norm(d.embedding)", "embedding", names)).toBe("vector_norm");
  expect(calledWith("SELECT public.score(1, embedding, 2)", "embedding", names)).toBe("score");
  expect(calledWith("SELECT vector_norm(embedding::vector)", "embedding", names)).toBeUndefined();
  expect(calledWith("SELECT my_score(embedding)", "embedding", names)).toBeUndefined();
});

test("selectsAll finds a star that stands for columns", () => {
  expect(selectsAll("SELECT d.* FROM documents d")).toBe(true);
  expect(selectsAll("SELECT count(*), 2 * 3 FROM documents")).toBe(false);
});
