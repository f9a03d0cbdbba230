import { describe, expect, it } from "vitest";

import { merged, type Saved } from "../ui/saved";
import { type KeyFilter, type KeySummary, type ListedKey, rulesOf } from "./queries";

function row(key_id: string, title: string, version = 1, environment: "live" | "test" = "live"): KeySummary {
  return { key_id, title, version, environment, system_id: "shopify" } as KeySummary;
}

function saved(...rows: KeySummary[]): Saved<KeySummary> {
  return new Map(rows.map((row) => [row.key_id, { row, at: 0 }]));
}

const shown = (listed: readonly ListedKey[], saved: Saved<KeySummary>, filter: KeyFilter) =>
  merged(listed, saved, rulesOf(filter));
const titles = (rows: readonly ListedKey[]) => rows.map((row) => ("title" in row ? row.title : row.key_id));

describe("a list with what was just saved", () => {
  const listed: ListedKey[] = [row("1", "Alpha"), row("2", "gamma"), { key_id: "9", state: "unreadable" }];

  it("has a new key where its title belongs", () => {
    expect(titles(shown(listed, saved(row("3", "Beta")), {}))).toEqual(["Alpha", "Beta", "gamma", "9"]);
  });

  it("has the newer of two versions", () => {
    expect(titles(shown(listed, saved(row("1", "Alpha 2", 2)), {}))).toEqual(["Alpha 2", "gamma", "9"]);
    expect(titles(shown([row("1", "Alpha 3", 3)], saved(row("1", "Alpha 2", 2)), {}))).toEqual(["Alpha 3"]);
  });

  it("has no deleted key, however long the list takes", () => {
    expect(titles(shown(listed, new Map([["2", { row: null, at: 0 }]]), {}))).toEqual(["Alpha", "9"]);
  });

  it("has nothing that its filter leaves out", () => {
    const moved = saved(row("1", "Alpha", 2, "test"), row("3", "Beta", 1, "test"));
    expect(titles(shown(listed, moved, { environment: "live" }))).toEqual(["gamma", "9"]);
    expect(titles(shown([], saved(row("3", "Beta")), { titlePrefix: "bE" }))).toEqual(["Beta"]);
    expect(titles(shown([], saved(row("3", "Beta")), { systemId: "dear" }))).toEqual([]);
  });
});
