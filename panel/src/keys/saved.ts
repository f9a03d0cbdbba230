import type { Key, KeyFilter, KeySummary, ListedKey } from "./queries";

/**
 * What was saved in this panel a moment ago, by key id; null for a key that was deleted.
 *
 * The API's lists follow a change by a moment. Nobody should look for what was just saved.
 */
export type Saved = ReadonlyMap<string, { row: KeySummary | null; at: number }>;

/** How long a list may lag, in milliseconds: generously. */
const REMEMBERED_MS = 60_000;

export function savedOf(before: Saved | undefined, keyId: string, key: Key | null, now: number): Saved {
  const recent = [...(before ?? [])].filter(([, { at }]) => now - at < REMEMBERED_MS);
  return new Map([...recent, [keyId, { row: key === null ? null : summaryOf(key), at: now }]]);
}

/** A list with what was just saved in it: newer rows replace older ones, new ones stand where their title belongs. */
export function merged(listed: readonly ListedKey[], saved: Saved, filter: KeyFilter): ListedKey[] {
  const rows = listed.flatMap((row) => {
    const known = saved.get(row.key_id);
    if (known === undefined) return [row];
    if (known.row === null) return [];
    if ("version" in row && row.version >= known.row.version) return [row];
    return matches(known.row, filter) ? [known.row] : [];
  });
  const ids = new Set(listed.map((row) => row.key_id));
  for (const [id, { row }] of saved) {
    if (row === null || ids.has(id) || !matches(row, filter)) continue;
    const after = rows.findIndex((other) => "title" in other && byTitle(other, row) > 0);
    rows.splice(after < 0 ? rows.length : after, 0, row);
  }
  return rows;
}

function matches(row: KeySummary, { systemId, environment, titlePrefix }: KeyFilter): boolean {
  return (
    (systemId === undefined || row.system_id === systemId) &&
    (environment === undefined || row.environment === environment) &&
    (titlePrefix === undefined || row.title.toLowerCase().startsWith(titlePrefix.toLowerCase()))
  );
}

/** The order of the API's list. */
function byTitle(a: KeySummary, b: KeySummary): number {
  const [left, right] = [a.title.toLowerCase(), b.title.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

function summaryOf(key: Key): KeySummary {
  const { headers: _headers, entries: _entries, health, ...rest } = key;
  return { ...rest, health: health?.result ?? null };
}
