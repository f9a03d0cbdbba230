import { describe, expect, it } from "vitest";

import { filterOf, timesOf, titlesOf } from "./filter";

describe("the filter of the activity", () => {
  it("is what stands in the address, without what nobody could have chosen", () => {
    const of = (members: Record<string, string>) => filterOf((member) => members[member] ?? "");
    expect(of({})).toEqual({});
    expect(of({ by: "person:1", key: "key_1", action: "key.deleted", environment: "test" })).toEqual({
      by: "person:1",
      key_id: "key_1",
      action: "key.deleted",
      environment: "test",
    });
    expect(of({ action: "key.sold", environment: "moon", day: "yesterday" })).toEqual({});
  });

  it("calls a key by what it was called last", () => {
    const row = (key_id: string, key_title: string) => ({ key_id, key_title });
    const titles = titlesOf([row("key_1", "New"), row("key_2", "Other"), row("key_1", "Old")]);
    expect([...titles].toSorted()).toEqual([
      ["key_1", "New"],
      ["key_2", "Other"],
    ]);
  });

  it("has the day of whoever looks, also where the clock changes", () => {
    const { from, to } = timesOf("2026-11-30");
    expect(new Date(from ?? "").getHours()).toBe(0);
    expect(new Date(to ?? "").getDate()).toBe(1);
    expect(timesOf("2026-02-31")).toEqual({});
    expect(timesOf("")).toEqual({});
  });
});
