import { describe, expect, it } from "vitest";

import { OUTCOME_NAMES, outcomeOf } from "./outcomes";

describe("how a connection ended", () => {
  it("says what to do", () => {
    expect(OUTCOME_NAMES).toHaveLength(12);
    for (const name of OUTCOME_NAMES) expect(outcomeOf(name).text.endsWith("."), name).toBe(true);
  });

  it("is told as nothing in particular for any other word", () => {
    for (const name of ["", "constructor", "<script>"]) expect(outcomeOf(name).title).toBe("The connection has ended");
  });
});
