import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data } from "@remix-run/node";
import { useActionData } from "@remix-run/react";
import { ImportForm } from "../components/import/import-form.tsx";
import { ImportReport } from "../components/import/import-report.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { passingFault } from "../services/forms/passing-fault.ts";
import { uploadedFiles } from "../services/forms/uploaded-files.ts";
import { importUploadedFiles } from "../services/import/import-uploaded-files.server.ts";
import { UPLOAD_LIMITS } from "../services/import/uploaded-files.ts";

/** Beside the files a form has their names and what separates them. */
const FORM_BYTES = UPLOAD_LIMITS.totalBytes + UPLOAD_LIMITS.files * 1024;

export async function loader({ request }: LoaderFunctionArgs) {
  await requireMember(request);
  return null;
}

export async function action({ request }: ActionFunctionArgs) {
  try {
    const { workspace, form } = await requireMemberForm(request, { bytes: FORM_BYTES });
    const files = await uploadedFiles(form, "files");
    if (files.length === 0) return data({ result: null, fault: null }, { status: 422 });
    return { result: await importUploadedFiles(workspace.id, files), fault: null };
  } catch (error) {
    const fault = passingFault(error);
    if (fault === null) throw error;
    return data({ result: null, fault }, { status: 503 });
  }
}

export const meta: MetaFunction = () => [{ title: "Import – Workspace search" }];

export default function Import() {
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Import files</h1>
      </header>
      {sent?.result && <ImportReport result={sent.result} />}
      <ImportForm key={sent?.result ? JSON.stringify(sent.result) : "first"} problem={problemOf(sent)} />
    </>
  );
}

function problemOf(sent: { result: object | null; fault: string | null } | undefined): string | null {
  if (sent?.fault) return `${sent.fault} The files have to be chosen again.`;
  return sent?.result === null ? "Please choose a folder or files that can be imported." : null;
}
