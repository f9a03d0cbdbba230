import type { TrailEntry } from "./page/queries";

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000;

/** Who used a key in the thirty days before now, and how often, the most frequent first. */
export function recentUsersOf(trail: readonly TrailEntry[], now: number): { by: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { at, by, use } of trail) {
    if (use == null || now - Date.parse(at) > THIRTY_DAYS_MS) continue;
    counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return [...counts].map(([by, count]) => ({ by, count })).sort((a, b) => b.count - a.count);
}
