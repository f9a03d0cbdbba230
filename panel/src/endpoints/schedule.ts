/**
 * When a schedule starts something: the next times of a crontab in UTC (POSIX.1-2024, crontab, with steps and names as cron
 * programs have them). What is written in another way has no times here; the API decides whether it is a schedule.
 */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const DAY_MS = 24 * 60 * 60 * 1000;
/** So many days are looked through: a leap day comes in 8 years at the latest. */
const MOST_DAYS = 8 * 366;

/** The next times after a moment; null for a schedule that is not understood here. */
export function nextRuns(cron: string, after: number, count: number): Date[] | null {
  const parts = cron.trim().split(/\s+/);
  const [minutes, hours, days, months, weekdays] = [
    numbers(parts[0], 0, 59),
    numbers(parts[1], 0, 23),
    numbers(parts[2], 1, 31),
    numbers(parts[3], 1, 12, MONTHS, 1),
    numbers(parts[4], 0, 7, DAYS, 0),
  ];
  if (parts.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return null;
  // Where both are given, programs differ: some want either, and some want both.
  if (parts[2] !== "*" && parts[4] !== "*") return null;
  const found: Date[] = [];
  const first = Math.floor(after / DAY_MS) * DAY_MS;
  for (let day = 0; day < MOST_DAYS && found.length < count; day += 1) {
    const date = new Date(first + day * DAY_MS);
    const weekday = date.getUTCDay();
    const isDay =
      months.has(date.getUTCMonth() + 1) &&
      days.has(date.getUTCDate()) &&
      (weekdays.has(weekday) || (weekday === 0 && weekdays.has(7)));
    if (!isDay) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const at = date.getTime() + (hour * 60 + minute) * 60_000;
        if (at > after && found.length < count) found.push(new Date(at));
      }
    }
  }
  return found;
}

/** The numbers of one field, in order; null for a field that is not understood. */
function numbers(
  text: string | undefined,
  least: number,
  most: number,
  names: readonly string[] = [],
  firstOfNames = 0,
): ReadonlySet<number> | null {
  const one = (word: string): number => {
    const name = names.indexOf(word.toLowerCase());
    return name >= 0 ? name + firstOfNames : /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  };
  const all: number[] = [];
  for (const part of (text ?? "").split(",")) {
    const [, range = "", step = "1"] = /^([^/]+?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const [from = "", to] = range.split("-");
    const isStepped = part.includes("/");
    const first = range === "*" ? least : one(from);
    const last = range === "*" ? most : to !== undefined ? one(to) : isStepped ? most : first;
    // NaN is in no range.
    if (!(first >= least && first <= last && last <= most && Number(step) > 0)) return null;
    for (let number = first; number <= last; number += Number(step)) all.push(number);
  }
  return new Set(all.toSorted((a, b) => a - b));
}
