import { describe, expect, it } from "vitest";

import { draftOf, newDraft } from "./draft";
import { HTTP, KEY, SHOP } from "./fixtures";
import { lostBy, movedTo } from "./moving";

describe("changing the system", () => {
  const typed = { ...newDraft(HTTP), baseUrl: "https://a.example", fields: { username: "me", password: "x" } };

  it("keeps values where the ids agree", () => {
    expect(movedTo(HTTP, SHOP, typed, null).fields).toEqual({ password: "x" });
  });

  it("tells what would be lost", () => {
    expect(lostBy(HTTP, SHOP, typed)).toEqual(["username", "Base URL"]);
    expect(lostBy(HTTP, SHOP, newDraft(HTTP))).toEqual([]);
  });

  it("never lets a secret become a value that is shown", () => {
    const secret = { ...newDraft(SHOP), fields: { client_id: "a secret here" } };
    expect(movedTo(SHOP, HTTP, secret, null).fields).toEqual({});
    expect(lostBy(SHOP, HTTP, secret)).toEqual(["client_id"]);
  });

  it("brings the content type that the other system must have", () => {
    expect(movedTo(SHOP, HTTP, newDraft(SHOP), null).headers.map(({ name }) => name)).toEqual(["Content-Type"]);
    expect(movedTo(HTTP, SHOP, newDraft(HTTP), null).headers).toEqual([]);
  });

  it("back to its own brings back what is stored", () => {
    const away = movedTo(HTTP, SHOP, draftOf(KEY), KEY);
    expect(away.fields).toEqual({});
    expect(movedTo(SHOP, HTTP, away, KEY).fields).toEqual(KEY.entries.default?.fields);
  });
});
