import { describe, expect, it } from "vitest";

import { nextRuns } from "./schedule";

/** A Monday. */
const MONDAY = Date.parse("2026-11-30T05:59:30Z");
const runs = (cron: string, count = 3) =>
  nextRuns(cron, MONDAY, count)?.map((at) => at.toISOString().slice(0, 16)) ?? null;

describe("the next times of a schedule", () => {
  it("are those of its five fields", () => {
    expect(runs("0 6 * * 1-5")).toEqual(["2026-11-30T06:00", "2026-12-01T06:00", "2026-12-02T06:00"]);
    expect(runs("*/20 * * * *")).toEqual(["2026-11-30T06:00", "2026-11-30T06:20", "2026-11-30T06:40"]);
    expect(runs("30 23,1 1 * *")).toEqual(["2026-12-01T01:30", "2026-12-01T23:30", "2027-01-01T01:30"]);
    expect(runs("0 12 * jan SUN")).toEqual(["2027-01-03T12:00", "2027-01-10T12:00", "2027-01-17T12:00"]);
    expect(runs("0 0 * * 7", 1)).toEqual(["2026-12-06T00:00"]);
    expect(runs("0 0 29 2 *", 1)).toEqual(["2028-02-29T00:00"]);
  });

  it("are none for a day that never comes", () => expect(runs("0 0 31 2 *")).toEqual([]));

  it("are not told where a schedule is not understood", () => {
    for (const cron of [
      "",
      "0 6 * *",
      "60 * * * *",
      "* * 0 * *",
      "0 6 L * *",
      "0 6 1 * 1",
      "a b c d e",
      "5-1 * * * *",
      "*/0 * * * *",
    ])
      expect(runs(cron), cron).toBeNull();
  });
});
