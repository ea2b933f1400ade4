import { quotedText } from "../embeddings/in-words.ts";
import { MAX_STARTS } from "./graph-sql.ts";
import { checkWorkspaceId, InvalidSearchError } from "./search-request.ts";

/** A neighbourhood as an address asks for it. */
export interface AskedGraph {
  readonly pageIds: readonly string[];
  /** Where the address names none, what the graph takes by itself. */
  readonly depth: number | undefined;
  readonly limit: number | undefined;
  readonly workspaceId: string | undefined;
}

/**
 * Reads `page` (repeated or separated by commas), `depth`, `limit` and `workspace`. Other parameters are not looked at.
 *
 * @throws InvalidSearchError for no page or too many, a depth or limit that is no number, a parameter that is repeated.
 */
export function parseGraphParameters(parameters: URLSearchParams): AskedGraph {
  const pages = parameters.getAll("page").flatMap((value) => value.split(","));
  const pageIds = [...new Set(pages.filter((id) => id !== "").map((id) => id.toLowerCase()))];
  if (pageIds.length === 0) throw new InvalidSearchError("page", "Which page? Give page=….");
  if (pageIds.length > MAX_STARTS) {
    const message = `${pageIds.length} pages are given; at most ${MAX_STARTS} are allowed.`;
    throw new InvalidSearchError("page", message);
  }
  const workspaceId = onlyOne(parameters, "workspace", "workspaceId");
  if (workspaceId !== undefined) checkWorkspaceId(workspaceId);
  return { pageIds, depth: number(parameters, "depth"), limit: number(parameters, "limit"), workspaceId };
}

function onlyOne(
  parameters: URLSearchParams,
  name: string,
  field: InvalidSearchError["field"],
): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1) {
    throw new InvalidSearchError(field, `${name} is given more than once: give it once.`);
  }
  return values[0]?.trim() || undefined;
}

function number(parameters: URLSearchParams, name: "depth" | "limit"): number | undefined {
  const text = onlyOne(parameters, name, name);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidSearchError(name, `${name} is ${quotedText(text)}; a whole number from 1 is needed.`);
}
