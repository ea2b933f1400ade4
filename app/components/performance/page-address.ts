import { type AdminIntent, isAdminIntent } from "../../services/monitoring/admin-intents.ts";

export const PAGE = "/app/performance-dashboard";

export type WindowMinutes = 5 | 60 | 1440;

/** What the address of the page says beside its path. */
export interface PageAddress {
  /** Of the latencies. */
  readonly minutes: WindowMinutes;
  /** What the reader is asked to confirm. */
  readonly confirm: AdminIntent | null;
  /** What has just been done. */
  readonly done: AdminIntent | null;
}

/** Reads the address; what it does not know counts as not said. */
export function readAddress(search: URLSearchParams): PageAddress {
  const minutes = Number(search.get("minutes"));
  const [confirm, done] = [search.get("confirm"), search.get("done")];
  return {
    minutes: minutes === 5 || minutes === 1440 ? minutes : 60,
    confirm: isAdminIntent(confirm) ? confirm : null,
    done: isAdminIntent(done) ? done : null,
  };
}

/** The page's address that says it. */
export function hrefOf({ minutes = 60, confirm = null, done = null }: Partial<PageAddress>): string {
  const search = new URLSearchParams();
  if (minutes !== 60) search.set("minutes", String(minutes));
  if (confirm !== null) search.set("confirm", confirm);
  if (done !== null) search.set("done", done);
  return search.size === 0 ? PAGE : `${PAGE}?${search}`;
}
