import { describe, expect, it } from "vitest";

import { KINDS } from "../../activity/filter";
import type { System } from "../../systems/queries";
import { changedName, told } from "./told";

const system = { fields: [{ id: "secret_key", label: "Secret key", auth: [] as string[] }] } as System;

describe("the names of what was changed", () => {
  it.each([
    ["entries.default.fields.secret_key", "Secret key"],
    ["entries.org_uk.fields.secret_key", "Secret key of org_uk"],
    ["entries.default.fields.not_known", "not known"],
    ["headers.X-Tenant", "Header X-Tenant"],
    ["connections.default", "Connection"],
    ["connections.org_uk", "Connection of org_uk"],
    ["base_url", "Base URL"],
    ["title", "Title"],
  ])("%s is %s", (path, name) => expect(changedName(path, system, "basic")).toBe(name));

  it("are those of the way to authenticate, where several have a field of that id", () => {
    const fields = [
      { id: "value", label: "Header value", auth: ["header"] },
      { id: "value", label: "Token", auth: ["token"] },
    ];
    expect(changedName("entries.default.fields.value", { fields } as System, "token")).toBe("Token");
  });
});

describe("an entry of the trail", () => {
  it("is told in words, whatever kind of change it is", () => {
    for (const [action, text] of Object.entries(KINDS)) {
      const change = { action, restored: null, changed: [], sequence: 1, epoch: 1, hash: "", previous: null };
      const said = told({ at: "", by: "", key_version: 1, change } as never, system, "aws4").text;
      expect(said, `${action}, ${text}`).not.toContain("key.");
    }
  });

  it("tells a restored version and what it changed", () => {
    const change = {
      action: "key.restored",
      restored: 2,
      changed: ["title", "entries.default.fields.secret_key"],
      sequence: 3,
      epoch: 1,
      hash: "",
      previous: null,
    };
    expect(told({ at: "", by: "", key_version: 3, change } as never, system, "aws4")).toEqual({
      text: "Restored version 2",
      detail: "Title, Secret key",
    });
  });

  it.each([
    ["entries.default", null],
    ["entries.org_uk", "org_uk"],
  ])("tells that %s is refused", (path, detail) => {
    const change = { action: "key.failing", restored: null, changed: [path] };
    expect(told({ at: "", by: "keyward", key_version: 3, change } as never, system, "aws4")).toEqual({
      text: "Refused by its system",
      detail,
    });
  });

  it("tells a use with its request and receipt", () => {
    const use = {
      receipt_id: "rcp_1",
      purpose: "sign",
      environment: "live",
      organization: "org_uk",
      method: "GET",
      target: "https://a.example/b",
      outcome: null,
    };
    expect(told({ at: "", by: "", key_version: 1, use } as never, system, "aws4")).toEqual({
      text: "Signed a request for org_uk",
      detail: "GET https://a.example/b, rcp_1",
    });
  });
});
