import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Shows what was just saved in the place of what was read before. A read that is still under way may have begun before the
 * save, and its answer would put the former state back: it is stopped first.
 */
export async function showSaved(queries: QueryClient, queryKey: QueryKey, saved: unknown): Promise<void> {
  await queries.cancelQueries({ queryKey, exact: true });
  queries.setQueryData(queryKey, saved);
}

/** What a list shows of something that has versions and a title. */
interface Listed {
  title: string;
  version: number;
}

/**
 * What was saved in this panel a moment ago, by id; null for what was deleted.
 *
 * The API's lists follow a change by a moment. Nobody should look for what was just saved.
 */
export type Saved<Row extends Listed> = ReadonlyMap<string, { row: Row | null; at: number }>;

/** How long a list may lag, in milliseconds: generously. */
const REMEMBERED_MS = 60_000;

export function savedOf<Row extends Listed>(
  before: Saved<Row> | undefined,
  id: string,
  row: Row | null,
  now: number,
): Saved<Row> {
  const recent = [...(before ?? [])].filter(([, { at }]) => now - at < REMEMBERED_MS);
  return new Map([...recent, [id, { row, at: now }]]);
}

/** What a list is about, to tell whether what was just saved belongs there. */
interface Rules<Row, Unreadable> {
  idOf: (row: Row | Unreadable) => string;
  matches: (row: Row) => boolean;
}

/** A list with what was just saved in it: newer rows replace older ones, new ones stand where their title belongs. */
export function merged<Row extends Listed, Unreadable extends object>(
  listed: readonly (Row | Unreadable)[],
  saved: Saved<Row>,
  { idOf, matches }: Rules<Row, Unreadable>,
): (Row | Unreadable)[] {
  const rows = listed.flatMap((row) => {
    const known = saved.get(idOf(row));
    if (known === undefined) return [row];
    if (known.row === null) return [];
    if ("version" in row && row.version >= known.row.version) return [row];
    return matches(known.row) ? [known.row] : [];
  });
  const ids = new Set(listed.map(idOf));
  for (const [id, { row }] of saved) {
    if (row === null || ids.has(id) || !matches(row)) continue;
    const after = rows.findIndex((other) => "title" in other && byTitle(other, row) > 0);
    rows.splice(after < 0 ? rows.length : after, 0, row);
  }
  return rows;
}

/** The order of the API's lists. */
function byTitle(a: Listed, b: Listed): number {
  const [left, right] = [a.title.toLowerCase(), b.title.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether a title begins with something, in any case. */
export function beginsWith(title: string, prefix: string | undefined): boolean {
  return prefix === undefined || title.toLowerCase().startsWith(prefix.toLowerCase());
}
