import type { TrailEntry } from "./queries";

/** Uses of one day. */
export interface Day {
  /** Midnight of it, here. */
  date: Date;
  uses: number;
}

/** How often a key was used on each of the last days, today included, oldest first. A test is no use: nothing ran with the key. */
export function usesPerDay(trail: readonly TrailEntry[], days: number, now: Date): Day[] {
  const counted = new Map<number, number>();
  for (const { at, use } of trail) {
    if (use == null || use.purpose === "verify") continue;
    const day = midnight(new Date(at)).getTime();
    counted.set(day, (counted.get(day) ?? 0) + 1);
  }
  return Array.from({ length: days }, (_, index) => {
    const date = midnight(now);
    date.setDate(date.getDate() - (days - 1 - index));
    return { date, uses: counted.get(date.getTime()) ?? 0 };
  });
}

function midnight(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
