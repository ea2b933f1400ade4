import {
  AdminActionError,
  pauseConversion,
  resumeConversion,
  setVectorFlag,
  startComparison,
  startVerify,
} from "./admin-actions.server.ts";
import type { AdminIntent } from "./admin-intents.ts";
import { forgetCurrentMetrics } from "./vector-metrics.server.ts";

const ACTIONS: Readonly<Record<AdminIntent, (by: string) => Promise<void>>> = {
  "flag-auto": (by) => setVectorFlag("auto", by),
  "flag-vector": (by) => setVectorFlag("vector", by),
  "flag-halfvec": (by) => setVectorFlag("halfvec", by),
  pause: pauseConversion,
  resume: resumeConversion,
  verify: startVerify,
  compare: startComparison,
};

/**
 * Does what an admin asked for on the dashboard; figures that are read from then on show it.
 *
 * @param by the e-mail address of the admin
 * @returns why it was not done, in words for that person; null where it was
 */
export async function performAdminIntent(intent: AdminIntent, by: string): Promise<string | null> {
  try {
    await ACTIONS[intent](by);
    return null;
  } catch (error) {
    if (error instanceof AdminActionError) return error.message;
    throw error;
  } finally {
    forgetCurrentMetrics();
  }
}
