import { type ReactNode, useId } from "react";
import type { Section, SectionProblem } from "../../services/monitoring/vector-metrics.ts";

interface PartProps<Value> {
  title: string;
  /** What it is about, in a line. */
  lead?: string;
  /** Shown whether its figures could be read or not. */
  notice?: ReactNode;
  section: Section<Value>;
  children: (value: Value) => ReactNode;
}

/** A part of the page. Where its figures could not be read it says why; the others are there all the same. */
export function Part<Value>({ title, lead, notice, section, children }: PartProps<Value>) {
  const id = useId();
  return (
    <section className="part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {lead !== undefined && <p className="quiet part-lead">{lead}</p>}
      {notice}
      {section.state === "read" ? children(section.value) : <Unread problem={section.problem} />}
    </section>
  );
}

const HEADINGS: Readonly<Record<SectionProblem["kind"], string>> = {
  "database-away": "The database does not answer",
  timeout: "It took the database too long",
  permission: "The app may not read this",
  "extension-missing": "An extension is missing",
  "schema-missing": "Not there yet",
  unknown: "This could not be read",
};

/** Of these nobody need worry: something is only not set up. */
const NO_FAULT = new Set<SectionProblem["kind"]>(["extension-missing", "schema-missing"]);

/** Why figures could not be read, and what to do. */
export function Unread({ problem: { kind, message } }: { problem: SectionProblem }) {
  return (
    <div className={NO_FAULT.has(kind) ? "unread" : "unread unread-fault"}>
      <p className="unread-heading">{HEADINGS[kind]}</p>
      <p>{message}</p>
    </div>
  );
}
