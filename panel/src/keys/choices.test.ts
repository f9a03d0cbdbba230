import { describe, expect, it } from "vitest";

import { choiceOf, emptyText, matchingKeys } from "./choices";

const now = Date.parse("2026-11-29T12:00:00Z");
const key = {
  key_id: "key_1",
  title: "Live UK",
  environment: "live",
  state: "active",
  health: "passed",
  expires_at: null,
  hint: null,
  base_url: "https://api.example.com/v1",
} as const;

describe("a key to choose", () => {
  it("has a second line that tells it from others of its title", () =>
    expect(choiceOf(key, now)).toEqual({
      value: "key_1",
      label: "Live UK",
      description: "live, accepted, api.example.com",
    }));

  it("has the end of its secret there, where that may be seen", () =>
    expect(choiceOf({ ...key, hint: "…1234" }, now).description).toBe(
      "live, ends in …1234, accepted, api.example.com",
    ));

  it("says when it expires", () =>
    expect(choiceOf({ ...key, expires_at: "2026-12-02T12:00:00Z" }, now).description).toBe(
      "live, accepted, expires in 3 days, api.example.com",
    ));

  it("is marked and not to be chosen once it has expired", () =>
    expect(choiceOf({ ...key, health: null, expires_at: "2026-11-28T12:00:00Z" }, now)).toMatchObject({
      labelTag: "expired",
      disabled: true,
      description: "live, not tried, expired yesterday, api.example.com",
    }));
});

describe("a search among keys", () => {
  const other = { ...key, key_id: "key_2", title: "Rückläufer DE", base_url: "https://shop.example.com" };

  it("finds any word of a title, a host or an id, in any order and case", () => {
    const ids = (text: string) => matchingKeys([key, other], [], text).map(({ key_id }) => key_id);
    expect(ids("uk")).toEqual(["key_1"]);
    expect(ids("de ruck")).toEqual(["key_2"]);
    expect(ids("SHOP.example")).toEqual(["key_2"]);
    expect(ids("uk de")).toEqual([]);
    expect(ids("")).toEqual(["key_1", "key_2"]);
  });

  it("adds what the API found, once, whatever can be seen of it", () =>
    expect(matchingKeys([key], [key, other], "acme").map(({ key_id }) => key_id)).toEqual(["key_1", "key_2"]));
});

describe("where there is nothing to choose", () => {
  it("a search says what was looked for, and nothing about other keys", () => {
    expect(emptyText("uk", "There is no key yet.")).toContain("has “uk” in its title, hosts, organizations or id");
    expect(emptyText(" ", "There is no key yet.")).toBe("There is no key yet.");
  });

  it("says that a key is disabled, and lets it be chosen", () =>
    expect(choiceOf({ ...key, state: "disabled", expires_at: null }, now)).toMatchObject({
      description: "live, disabled, accepted, api.example.com",
    }));
});
