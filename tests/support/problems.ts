import { type Asked, ask, type Handler } from "./app.ts";

/** The parts of a problem document that do not depend on its wording. */
export interface ProblemAnswer {
  status: number;
  content: string | null;
  type: string;
  field: string | undefined;
}

/** What a route of the API answers where it can only answer with a problem. */
export async function problemOf(handler: Handler, path: string, asked: Asked): Promise<ProblemAnswer> {
  const { status, headers, body } = await ask(handler, path, asked);
  const { type, field } = body as { type: string; field?: string };
  return { status, content: headers.get("content-type"), type, field };
}

export function problem(status: number, type: string, field?: string): ProblemAnswer {
  return { status, content: "application/problem+json", type: `/problems/${type}`, field };
}
