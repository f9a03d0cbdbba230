import { describe, expect, it } from "vitest";

import { noticesOf } from "./notices";

describe("what the API notices in a value", () => {
  it("is told with the field's name and nothing of the value", () => {
    const notice = "ends with a space. It is stored like that: replace it if that is not meant";
    const notices = [
      { field: "entries.default.fields.password", notice },
      { field: "entries.org_1.fields.client_secret", notice },
    ];
    expect(noticesOf({ notices })).toEqual([`password ${notice}.`, `client secret (org_1) ${notice}.`]);
  });

  it("is nothing in most answers", () => {
    expect(noticesOf({})).toEqual([]);
  });
});
