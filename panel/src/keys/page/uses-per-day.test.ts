import { describe, expect, it } from "vitest";

import type { TrailEntry } from "./queries";
import { usesPerDay, usesText } from "./uses-per-day";

const now = new Date(2026, 10, 26, 9, 30);

function use(...at: [number, number, number, number]): TrailEntry {
  const time = new Date(...at).toISOString();
  return {
    at: time,
    by: "client:runtime",
    key_version: 1,
    use: { receipt_id: "rcp_1", purpose: "sign", environment: "live" },
  };
}

describe("uses per day", () => {
  it("counts each use on its day, and days without any", () => {
    const trail = [use(2026, 10, 26, 0), use(2026, 10, 26, 9), use(2026, 10, 24, 23)];
    expect(usesPerDay(trail, 3, now).map(({ uses }) => uses)).toEqual([1, 0, 2]);
  });

  it("counts no changes, and nothing of before", () => {
    const change = { at: now.toISOString(), by: "person:1", key_version: 1, change: null } as TrailEntry;
    expect(usesPerDay([change, use(2026, 9, 1, 0)], 2, now).map(({ uses }) => uses)).toEqual([0, 0]);
  });

  it("counts no tests of the connection", () => {
    const entry = use(2026, 10, 26, 9);
    const test: TrailEntry = { ...entry, use: { receipt_id: "rcp_2", purpose: "verify", environment: "live" } };
    expect(usesPerDay([test, entry], 1, now).map(({ uses }) => uses)).toEqual([1]);
  });

  it("begins its days at midnight, across the end of a month", () => {
    const dates = usesPerDay([], 30, now).map(({ date }) => date);
    expect(dates[0]).toEqual(new Date(2026, 9, 28));
    expect(dates.at(-1)).toEqual(new Date(2026, 10, 26));
  });
});

describe("the sum of uses", () => {
  const trail = [use(2026, 10, 26, 9), use(2026, 10, 25, 9)];
  const text = (entries: TrailEntry[], hasMore: boolean) => usesText(usesPerDay(entries, 3, now), entries, hasMore);

  it("is that of the days", () => {
    expect(text(trail, false)).toBe("2 uses in the last 3 days");
    expect(text(trail.slice(1), false)).toBe("One use in the last 3 days");
    expect(text([], false)).toBe("No use in the last 3 days");
  });

  it("is said to be more where entries of these days are still to come", () => {
    expect(text(trail, true)).toBe("2 uses so far: the last 3 days have more than is listed below");
    expect(text([...trail, use(2026, 10, 1, 9)], true)).toBe("2 uses in the last 3 days");
  });
});
