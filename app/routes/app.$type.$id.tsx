import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { SourceView } from "../components/source-view.tsx";
import { isUuid } from "../services/embeddings/uuid.ts";
import { readSource } from "../services/rag/read-source.server.ts";

const TYPES = ["pages", "rows", "documents"] as const;

export async function loader({ params }: LoaderFunctionArgs) {
  const type = TYPES.find((known) => known === params.type);
  const source = type !== undefined && isUuid(params.id) ? await readSource(type, params.id) : null;
  if (source === null) throw new Response(null, { status: 404 });
  return { source };
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `${loaded?.source.title || "Untitled"} – Workspace search` },
];

export default function SourcePage() {
  const { source } = useLoaderData<typeof loader>();
  return <SourceView source={source} />;
}
