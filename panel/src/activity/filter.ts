import type { Schemas } from "../api/client";
import type { ListAddress } from "../ui/use-list-address";

export type ChangeKind = Schemas["ChangeKind"];

/** What the kinds of changes are called. */
export const KINDS: Readonly<Record<ChangeKind, string>> = {
  "key.created": "Created",
  "key.updated": "Changed",
  "key.restored": "Version restored",
  "key.disabled": "Disabled",
  "key.enabled": "Enabled",
  "key.connected": "Connected",
  "key.deleted": "Deleted",
  "key.undeleted": "Brought back",
  "key.purged": "Ended for good",
  "key.failing": "Refused by its system",
  "key.recovered": "Accepted again",
  "key.expiring": "Expires soon",
};

/** What the page asks the API for. */
export interface ActivityFilter {
  by?: string | undefined;
  key_id?: string | undefined;
  action?: ChangeKind | undefined;
  environment?: Schemas["Environment"] | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** The filter in a page's address. A day is one of the calendar of whoever looks. */
export function filterOf(get: ListAddress["get"]): ActivityFilter {
  const action = get("action");
  const environment = get("environment");
  return {
    by: get("by") || undefined,
    key_id: get("key") || undefined,
    action: action in KINDS ? (action as ChangeKind) : undefined,
    environment: environment === "live" || environment === "test" ? environment : undefined,
    ...timesOf(get("day")),
  };
}

/** When a day such as 2026-11-30 begins and ends here; nothing for what is no day. */
export function timesOf(day: string): { from?: string; to?: string } {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)?.map(Number) ?? [];
  if (year === undefined || month === undefined || date === undefined) return {};
  const begin = new Date(year, month - 1, date);
  if (begin.getMonth() !== month - 1 || begin.getDate() !== date) return {};
  return { from: begin.toISOString(), to: new Date(year, month - 1, date + 1).toISOString() };
}

/** What each key was called last: changes come newest first. */
export function titlesOf(rows: readonly { key_id: string; key_title: string }[]): Map<string, string> {
  return new Map(rows.toReversed().map(({ key_id, key_title }) => [key_id, key_title]));
}
