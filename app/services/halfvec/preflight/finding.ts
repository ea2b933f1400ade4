import { RefusedError } from "../errors.ts";
import type { Report } from "../events.ts";

/** Something that preflight found. `stop`: the migration must not begin; `warn`: it may, and this will be felt. */
export interface Finding {
  level: "stop" | "warn";
  table?: string;
  /** One line: what is wrong, where, and what to do. */
  message: string;
}

export function stop(message: string, table?: string): Finding {
  return { level: "stop", ...(table ? { table } : {}), message };
}

export function warn(message: string, table?: string): Finding {
  return { level: "warn", ...(table ? { table } : {}), message };
}

/** Tells what was found. @throws RefusedError with all that must not be, where there is any. */
export function stopOn(findings: readonly Finding[], report: Report): void {
  for (const { level, table, message } of findings) {
    if (level === "warn") report({ event: "warning", ...(table ? { table } : {}), message });
  }
  const stopping = findings.filter(({ level }) => level === "stop");
  if (stopping.length > 0) throw new RefusedError(stopping.map(({ message }) => message).join("\n"));
}

export function stops(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === "stop");
}
