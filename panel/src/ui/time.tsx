import { useNow } from "./use-now";

const DAY_MS = 24 * 60 * 60 * 1000;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["day", DAY_MS],
  ["hour", 60 * 60 * 1000],
  ["minute", 60 * 1000],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** A time as people say it ("3 days ago"), with the exact one in the title. */
export function Time({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={absolute.format(new Date(at))}>
      {ago(Date.parse(at), now)}
    </time>
  );
}

/** A time in full. */
export function ExactTime({ at }: { at: string }) {
  return <time dateTime={at}>{absolute.format(new Date(at))}</time>;
}

export function ago(then: number, now: number): string {
  const [unit, ms] = UNITS.find(([, ms]) => Math.abs(then - now) >= ms) ?? ["second", 1000];
  return unit === "second" ? "just now" : relative.format(Math.round((then - now) / ms), unit);
}
