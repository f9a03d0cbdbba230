import { describe, expect, it } from "vitest";

import { attentionOf, isExpired, needsAttention, reasonsOf } from "./attention";
import type { KeySummary, ListedKey } from "./queries";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const GOOD = {
  key_id: "key_1",
  title: "Live UK",
  health: "passed",
  expires_at: null,
  created_at: "2026-01-01T00:00:00Z",
  last_used_at: "2026-11-30T11:00:00Z",
} as KeySummary;

const reasons = (change: Partial<KeySummary>) => reasonsOf({ ...GOOD, ...change }, NOW);

describe("a key that needs attention", () => {
  it("is none that works and is used", () => expect(reasons({})).toEqual([]));

  it("is one that its system refuses", () => expect(reasons({ health: "refused" })).toEqual(["refused"]));

  it("is one that is disabled", () => expect(reasons({ state: "disabled" })).toEqual(["disabled"]));

  it("is one that has expired, or will within 14 days", () => {
    expect(reasons({ expires_at: "2026-11-30T12:00:00Z" })).toEqual(["expired"]);
    expect(reasons({ expires_at: "2026-12-14T12:00:00Z" })).toEqual(["expiring"]);
    expect(reasons({ expires_at: "2026-12-14T12:00:01Z" })).toEqual([]);
    expect(isExpired(null, NOW)).toBe(false);
  });

  it("is one that nobody tried since it was changed", () => expect(reasons({ health: null })).toEqual(["untried"]));

  it("is one that nothing used for 90 days, unless it is younger than that", () => {
    expect(reasons({ last_used_at: "2026-09-01T12:00:00Z" })).toEqual(["unused"]);
    expect(reasons({ last_used_at: null })).toEqual(["unused"]);
    expect(reasons({ last_used_at: null, created_at: "2026-11-01T00:00:00Z" })).toEqual([]);
  });
});

describe("a list of those", () => {
  it("has what its reason names, or any, and each key that cannot be read", () => {
    const refused = { ...GOOD, health: "refused" };
    const unreadable: ListedKey = { key_id: "key_9", state: "unreadable" };
    expect(needsAttention(refused, "any", NOW)).toBe(true);
    expect(needsAttention(refused, "expired", NOW)).toBe(false);
    expect(needsAttention(GOOD, "any", NOW)).toBe(false);
    expect(needsAttention(GOOD, "", NOW)).toBe(true);
    expect(needsAttention(unreadable, "refused", NOW)).toBe(true);
  });

  it("is every key where the address names no reason", () => {
    expect(["any", "refused", "", "Refused", "constructor"].map(attentionOf)).toEqual(["any", "refused", "", "", ""]);
  });
});
