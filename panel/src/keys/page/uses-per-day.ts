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

/** The sum of what was counted, in words. Where older entries of those days are not here yet, it is the least that there are. */
export function usesText(days: readonly Day[], trail: readonly TrailEntry[], hasMore: boolean): string {
  const sum = days.reduce((sum, { uses }) => sum + uses, 0);
  const uses = sum === 0 ? "No use" : sum === 1 ? "One use" : `${sum} uses`;
  const oldest = trail.at(-1);
  const isCut = hasMore && oldest !== undefined && days[0] !== undefined && new Date(oldest.at) >= days[0].date;
  return isCut
    ? `${uses} so far: the last ${days.length} days have more than is listed below`
    : `${uses} in the last ${days.length} days`;
}

function midnight(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
