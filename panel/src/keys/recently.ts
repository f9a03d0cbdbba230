import type { TrailEntry } from "./page/queries";

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000;
/** The most pages of a trail that are read to tell who used a key. */
export const MOST_PAGES = 10;

/** Who used a key in the thirty days before now, and how often, the most frequent first. */
export function recentUsersOf(trail: readonly TrailEntry[], now: number): { by: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { at, by, use } of trail) {
    if (use == null || !isRecent(at, now)) continue;
    counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return [...counts].map(([by, count]) => ({ by, count })).sort((a, b) => b.count - a.count);
}

/** Whether older entries of a trail, which comes newest first, may be of those thirty days too. */
export function maybeMoreOf(trail: readonly TrailEntry[], now: number): boolean {
  const oldest = trail.at(-1);
  return oldest === undefined || isRecent(oldest.at, now);
}

function isRecent(at: string, now: number): boolean {
  return now - Date.parse(at) <= THIRTY_DAYS_MS;
}
