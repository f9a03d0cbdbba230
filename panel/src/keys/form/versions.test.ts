import { describe, expect, it } from "vitest";

import { draftOf } from "./draft";
import { HTTP, KEY, mark } from "./fixtures";
import { differences, rebased } from "./versions";

const THEIRS = {
  ...KEY,
  version: 4,
  title: "Renamed",
  base_url: "https://api.example.com/v2",
  entries: { default: { fields: { ...KEY.entries.default?.fields, client_secret: mark("f00d") } } },
};

describe("a key that somebody else has changed", () => {
  const mine = { ...draftOf(KEY), title: "My title" };

  it("tells what they changed, and what of it was edited here too", () => {
    expect(differences(KEY, THEIRS, mine, HTTP)).toEqual([
      { name: "Title", before: "Live UK ERP", after: "Renamed", edited: true },
      { name: "Base URL", before: "https://api.example.com/v1", after: "https://api.example.com/v2", edited: false },
      { name: "client_secret", before: "a secret", after: "another secret", edited: false },
    ]);
  });

  it("gets one's own edits on top of theirs", () => {
    const draft = rebased(KEY, THEIRS, mine);
    expect([draft.title, draft.baseUrl, draft.fields.client_secret]).toEqual([
      "My title",
      "https://api.example.com/v2",
      mark("f00d"),
    ]);
  });

  it("never loses a secret that was typed", () => {
    const typed = { ...mine, fields: { ...mine.fields, client_secret: "typed" } };
    expect(rebased(KEY, THEIRS, typed).fields.client_secret).toBe("typed");
  });

  it("takes organizations that they added, and leaves out those that they removed", () => {
    const before = { ...KEY, organization_specific: true, entries: { org_a: { fields: {} }, org_b: { fields: {} } } };
    const after = { ...before, entries: { org_b: { fields: {} }, org_c: { fields: {} } } };
    expect(rebased(before, after, draftOf(before)).organizations.map(({ organization }) => organization)).toEqual([
      "org_b",
      "org_c",
    ]);
  });
});
