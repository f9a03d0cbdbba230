import { describe, expect, it } from "vitest";

import { draftOf, newDraft } from "./draft";
import { field, HTTP, KEY, SHOP } from "./fixtures";
import { maybeLedElsewhere, neededAgain } from "./needed";
import { complaints, valueComplaint } from "./rules";
import type { Draft } from "./state";

const NOTHING = new Map<string, string>();
const paths = (draft: Draft) => complaints(HTTP, draft, neededAgain(null, HTTP, draft)).map(({ field }) => field);

describe("what is wrong with a draft", () => {
  const good: Draft = {
    ...newDraft(HTTP),
    title: "ERP",
    baseUrl: "https://a.example",
    fields: { username: "me", password: "x" },
  };

  it("is nothing when all that is needed is there", () => {
    expect(paths(good)).toEqual([]);
  });

  it("is what is missing", () => {
    expect(paths(newDraft(HTTP))).toEqual([
      "title",
      "base_url",
      "entries.default.fields.username",
      "entries.default.fields.password",
    ]);
  });

  it("is a value that is not of its field's pattern", () => {
    expect(paths({ ...good, fields: { username: "a:b", password: "x" } })).toEqual(["entries.default.fields.username"]);
  });

  it("counts a field only while it is there", () => {
    const signed: Draft = { ...good, auth: "signed", fields: { client_id: "me", client_secret: "x" } };
    expect(paths(signed)).toEqual([]);
    expect(paths({ ...signed, fields: { ...signed.fields, scheme: "body" } })).toEqual([
      "entries.default.fields.header_name",
    ]);
  });

  it("is an organization that is there twice, or none at all", () => {
    const entry = { organization: "org_1", fields: good.fields };
    const organizations = [
      { rowId: "a", ...entry },
      { rowId: "b", ...entry },
    ];
    expect(complaints(HTTP, { ...good, organizationSpecific: true, organizations }, NOTHING)).toEqual([
      { field: "entries.org_1", reason: "is there twice" },
    ]);
    expect(paths({ ...good, organizationSpecific: true })).toEqual(["entries"]);
  });

  it("is a header that is there twice, in whatever case", () => {
    const headers = ["X-A", "x-a"].map((name) => ({ rowId: name, name, value: "1", secret: false }));
    expect(paths({ ...good, headers })).toEqual(["headers[1].name"]);
  });
});

describe("a value", () => {
  it.each([
    ["port", "443", true],
    ["port", "0", false],
    ["port", "65536", false],
    ["number", "12a", false],
    ["host", "sftp.example.com", true],
    ["host", "sftp://example.com", true],
    ["host", "sftp.example.com:2222", true],
    ["host", "ann@example.com", false],
    ["port", " 443\u00a0", true],
    ["url", "https://a.example/token", true],
    ["url", "http://a.example", false],
    ["text", "a\nb", false],
    ["multiline", "a\nb", true],
  ])("of kind %s: %j", (kind, value, isGood) => {
    expect(valueComplaint(field("f", { kind }), value) === null).toBe(isGood);
  });
});

describe("a kept secret", () => {
  const draft = draftOf(KEY);
  const needed = (draft: Draft) => [...neededAgain(KEY, HTTP, draft).keys()];
  const all = ["entries.default.fields.client_secret", "entries.default.fields.old_secret"];

  it("stays while nothing changes that it is sealed with", () => {
    expect(needed({ ...draft, title: "Other", baseUrl: "https://api.example.com/v2" })).toEqual([]);
  });

  it("is needed again when a field that binds changes", () => {
    expect(needed({ ...draft, fields: { ...draft.fields, client_id: "you" } })).toEqual(all);
  });

  it("is needed again, as secret headers are, when the address leads to another server", () => {
    expect(needed({ ...draft, baseUrl: "https://evil.example/v1" })).toEqual([...all, "headers[1].value"]);
  });

  it("is needed again, as secret headers are, when the key may be used for other requests", () => {
    expect(needed({ ...draft, methods: "GET" })).toEqual([...all, "headers[1].value"]);
    expect(needed({ ...draft, paths: "/orders" })).toEqual([...all, "headers[1].value"]);
  });

  it("is needed again when its header gets another name", () => {
    const headers = draft.headers.map((header) => ({ ...header, name: header.name.replace("X-Tenant", "X-Shop") }));
    expect(needed({ ...draft, headers })).toEqual(["headers[1].value"]);
  });

  it("is not cleared by an empty text", () => {
    const empty = { ...draft, fields: { ...draft.fields, old_secret: "" } };
    expect(complaints(HTTP, empty, NOTHING, KEY).map(({ field }) => field)).toEqual([
      "entries.default.fields.old_secret",
    ]);
    expect(complaints(HTTP, { ...draft, fields: { ...draft.fields, old_secret: null } }, NOTHING, KEY)).toEqual([]);
  });

  it("may be needed again when a field changes that the address follows from", () => {
    const key = { ...KEY, system_id: "shop", auth: "login", entries: { default: { fields: { shop: "acme" } } } };
    const changed = { ...draftOf(key), fields: { shop: "other" } };
    expect(maybeLedElsewhere(key, SHOP, changed)).toEqual(["shop"]);
    expect(maybeLedElsewhere(key, SHOP, draftOf(key))).toEqual([]);
  });
});
