import type { VerifyProgress } from "../vector-metrics.ts";

const process_ = globalThis as typeof globalThis & { vectorVerify?: VerifyProgress | null };

/** The verify that this process runs now, or null. */
export function verifyInProgress(): VerifyProgress | null {
  return process_.vectorVerify ?? null;
}
