import { type ActionKey, isActionKey } from "./admin-actions.ts";

export const PAGE = "/app/performance-dashboard";

export type WindowMinutes = 5 | 60 | 1440;

/** What the address of the page says beside its path. */
export interface PageAddress {
  /** Of the latencies. */
  readonly minutes: WindowMinutes;
  /** What the reader is asked to confirm. */
  readonly confirm: ActionKey | null;
}

/** Reads the address; what it does not know counts as not said. */
export function readAddress(search: URLSearchParams): PageAddress {
  const minutes = Number(search.get("minutes"));
  const confirm = search.get("confirm");
  return {
    minutes: minutes === 5 || minutes === 1440 ? minutes : 60,
    confirm: isActionKey(confirm) ? confirm : null,
  };
}

/** The page's address that says it. */
export function hrefOf({ minutes, confirm }: PageAddress): string {
  const search = new URLSearchParams();
  if (minutes !== 60) search.set("minutes", String(minutes));
  if (confirm !== null) search.set("confirm", confirm);
  return search.size === 0 ? PAGE : `${PAGE}?${search}`;
}
