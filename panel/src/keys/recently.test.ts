import { expect, test } from "vitest";

import type { TrailEntry } from "./page/queries";
import { maybeMoreOf, recentUsersOf } from "./recently";

const NOW = Date.parse("2026-11-30T12:00:00Z");

function used(by: string, at: string): TrailEntry {
  const use = { receipt_id: "rcp_1", purpose: "sign", environment: "live" } as unknown as TrailEntry["use"];
  return { at, by, key_version: 1, change: null, use };
}

test("uses of the last thirty days are counted by whom, and changes are none", () => {
  const change = { ...used("person:ann", "2026-11-29T12:00:00Z"), use: null };
  const trail = [
    used("client:runtime", "2026-11-30T11:00:00Z"),
    used("client:jobs", "2026-11-29T11:00:00Z"),
    change,
    used("client:runtime", "2026-10-31T12:00:01Z"),
    used("client:old", "2026-10-31T11:59:59Z"),
  ];
  expect(recentUsersOf(trail, NOW)).toEqual([
    { by: "client:runtime", count: 2 },
    { by: "client:jobs", count: 1 },
  ]);
});

test("a key that nobody used has no users", () => {
  expect(recentUsersOf([], NOW)).toEqual([]);
});

test("older entries may be of those days until one is not", () => {
  const [inside, outside] = [used("client:a", "2026-10-31T12:00:01Z"), used("client:a", "2026-10-31T11:59:59Z")];
  expect(maybeMoreOf([], NOW)).toBe(true);
  expect(maybeMoreOf([inside], NOW)).toBe(true);
  expect(maybeMoreOf([inside, outside], NOW)).toBe(false);
});
