import { describe, expect, it } from "vitest";

import { csvOf } from "./csv";

describe("a table as CSV", () => {
  it("has quotes where a cell needs them", () => {
    const rows = [
      ["Time", "Key"],
      ["2026-11-30", 'Live, "UK"'],
      ["", "two\nlines"],
    ];
    expect(csvOf(rows)).toBe('Time,Key\r\n2026-11-30,"Live, ""UK"""\r\n,"two\nlines"\r\n');
  });

  it("has no cell that a spreadsheet would take for a formula", () => {
    for (const text of ['=HYPERLINK("x")', "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1"]) {
      expect(csvOf([[text]]).startsWith(`"'`), JSON.stringify(text)).toBe(true);
    }
    expect(csvOf([["a=1", "5-3", " =1"]])).toBe("a=1,5-3, =1\r\n");
  });
});
