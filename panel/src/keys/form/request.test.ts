import { describe, expect, it } from "vitest";

import { draftOf, expiryOf, NEW_CHECK, newDraft } from "./draft";
import { HTTP, KEY, mark, SHOP } from "./fixtures";
import { createRequest, updateRequest } from "./request";

describe("a new key", () => {
  it("is of the first auth variant, live, and says JSON where a content type is needed", () => {
    const request = createRequest(HTTP, {
      ...newDraft(HTTP),
      title: " ERP ",
      baseUrl: "https://a.example",
      fields: { username: "me", password: "x" },
    });
    expect(request).toEqual({
      system_id: "http",
      auth: "basic",
      title: "ERP",
      environment: "live",
      base_url: "https://a.example",
      restrictions: null,
      check: null,
      headers: [{ name: "Content-Type", value: "application/json", secret: false }],
      organization_specific: false,
      entries: { default: { fields: { username: "me", password: "x" } } },
      expires_at: null,
    });
  });

  it("is restricted to the methods and paths that are typed, in the order of the API", () => {
    const typed = { ...newDraft(HTTP), methods: " post,get  Get", paths: "/orders\n\n /a b \n/orders" };
    expect(createRequest(HTTP, typed).restrictions).toEqual({ methods: ["GET", "POST"], paths: ["/a b", "/orders"] });
    const mail = { ...HTTP, base_url: { rule: "none", fields: [] } } as typeof HTTP;
    expect(createRequest(mail, typed).restrictions).toBeNull();
  });

  it("has a check where its template has none, without what is typed and not asked for", () => {
    const check = { ...NEW_CHECK, path: " /me ", body: "{}", changesNothing: true, text: "Acme", value: "7" };
    const typed = { ...newDraft(HTTP), check };
    const asked = { method: "GET", path: "/me", body: null, changes_nothing: false, status: 200 };
    expect(createRequest(HTTP, typed).check).toEqual({ ...asked, text: null, json: null });
    const text = { ...typed, check: { ...check, expects: "text" as const } };
    expect(createRequest(HTTP, text).check).toEqual({ ...asked, text: "Acme", json: null });
    const json = { ...check, method: "POST" as const, expects: "json" as const, pointer: "/id" };
    expect(createRequest(HTTP, { ...typed, check: json }).check).toEqual({
      ...asked,
      method: "POST",
      body: "{}",
      changes_nothing: true,
      text: null,
      json: { pointer: "/id", value: 7 },
    });
    expect(createRequest(SHOP, { ...newDraft(SHOP), check }).check).toBeNull();
  });

  it("leaves out what is not shown, not typed, or of no use to its system", () => {
    const draft = {
      ...newDraft(SHOP),
      baseUrl: "https://typed.before.example",
      fields: { shop: "acme", password: "", other: "x" },
    };
    const request = createRequest(SHOP, draft);
    expect(request.entries).toEqual({ default: { fields: { shop: "acme" } } });
    expect(request.base_url).toBeNull();
  });

  it("has an entry for each organization and no default one", () => {
    const organizations = [{ rowId: "1", organization: "org_uk", fields: { shop: "uk" } }];
    const request = createRequest(SHOP, {
      ...newDraft(SHOP),
      organizationSpecific: true,
      fields: { shop: "acme" },
      organizations,
    });
    expect(request.entries).toEqual({ org_uk: { fields: { shop: "uk" } } });
  });
});

describe("a change", () => {
  const draft = draftOf(KEY);

  it("is empty when nothing was touched", () => {
    expect(updateRequest(HTTP, KEY, draft)).toEqual({});
  });

  it("names the restrictions when they differ, and lifts them when they are cleared", () => {
    const restricted = { ...KEY, restrictions: { methods: ["GET"], paths: ["/orders"] } };
    const draft = draftOf(restricted);
    expect(updateRequest(HTTP, restricted, { ...draft, methods: "get" })).toEqual({});
    expect(updateRequest(HTTP, restricted, { ...draft, methods: "", paths: "" })).toEqual({ restrictions: null });
    expect(updateRequest(HTTP, restricted, { ...draft, methods: "GET, PUT" })).toEqual({
      restrictions: { methods: ["GET", "PUT"], paths: ["/orders"] },
    });
  });

  it("names the check when it differs, whatever the kind of its value", () => {
    for (const value of ["Acme", "7", "true", "null", "", '"', 7, true, null]) {
      const check = { method: "GET", path: "/me", body: null, changes_nothing: false, status: 200, text: null };
      const checked: typeof KEY = { ...KEY, check: { ...check, method: "GET", json: { pointer: "/a", value } } };
      const draft = draftOf(checked);
      expect(updateRequest(HTTP, checked, draft)).toEqual({});
      expect(updateRequest(HTTP, checked, { ...draft, check: null })).toEqual({ check: null });
    }
  });

  it("names what differs, and no untouched secret", () => {
    const fields = { ...draft.fields, client_id: "you" };
    expect(updateRequest(HTTP, KEY, { ...draft, title: "ERP", fields })).toEqual({
      title: "ERP",
      entries: { default: { fields: { client_id: "you" } } },
    });
  });

  it("sets a secret that was typed and clears one that was removed", () => {
    const fields = { ...draft.fields, client_secret: "new", old_secret: null };
    expect(updateRequest(HTTP, KEY, { ...draft, fields }).entries).toEqual({
      default: { fields: { client_secret: "new", old_secret: null } },
    });
  });

  it("sends a text that looks like a mask as the text that it is", () => {
    const text = JSON.stringify({ hashed: mark("cafe").hashed });
    const fields = { ...draft.fields, client_secret: text };
    expect(updateRequest(HTTP, KEY, { ...draft, fields }).entries).toEqual({
      default: { fields: { client_secret: text } },
    });
  });

  it("keeps the secret header by its mark when another header comes", () => {
    const headers = [...draft.headers, { rowId: "n", name: "X-A", value: "b", secret: false }];
    const sent = updateRequest(HTTP, KEY, { ...draft, headers }).headers;
    expect(sent?.map(({ value }) => (typeof value === "object" ? value.hashed : value))).toEqual([
      "application/json",
      mark("beef").hashed,
      "b",
    ]);
  });

  it("to organizations takes the default entry away", () => {
    const organizations = [{ rowId: "1", organization: "org_uk", fields: { client_id: "uk", client_secret: "s" } }];
    expect(updateRequest(HTTP, KEY, { ...draft, organizationSpecific: true, organizations })).toEqual({
      organization_specific: true,
      entries: { default: null, org_uk: { fields: { client_id: "uk", client_secret: "s" } } },
    });
  });

  it("of the auth variant gives every value of the new one", () => {
    const fields = { ...draft.fields, username: "me", password: "p" };
    expect(updateRequest(HTTP, KEY, { ...draft, auth: "basic", fields })).toEqual({
      auth: "basic",
      entries: { default: { fields: { username: "me", password: "p" } } },
    });
  });

  it("leaves an expiry alone that is the same to the minute", () => {
    const key = { ...KEY, expires_at: "2030-01-31T10:20:30Z" };
    expect(updateRequest(HTTP, key, draftOf(key))).toEqual({});
    expect(expiryOf(new Date("2030-01-31T10:20").toISOString())).toEqual({ date: "2030-01-31", time: "10:20" });
  });
});
