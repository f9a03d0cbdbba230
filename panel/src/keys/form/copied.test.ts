import { describe, expect, it } from "vitest";

import type { System } from "../../systems/queries";
import { withCopied } from "./copied";
import { draftOf, entriesOf } from "./draft";
import { KEY, mark } from "./fixtures";

const SYSTEM = {
  fields: [
    { id: "host", secret: false, auth: [] },
    { id: "password", secret: true, auth: [] },
  ],
} as unknown as System;

describe("the values of another organization", () => {
  it("are copied without its secrets", () => {
    const entries = {
      org_a: { fields: { host: "a.example.com", password: mark("aaaa") } },
      org_b: { fields: { host: "b.example.com", password: mark("bbbb") } },
    };
    const draft = draftOf({ ...KEY, organization_specific: true, entries });
    const [from, to] = entriesOf(draft);
    if (from === undefined || to === undefined) throw new Error("there are two");
    const after = withCopied(SYSTEM, draft, from, to);
    expect(after.organizations.map(({ fields }) => fields)).toEqual([
      { host: "a.example.com", password: mark("aaaa") },
      { host: "a.example.com", password: mark("bbbb") },
    ]);
  });
});
