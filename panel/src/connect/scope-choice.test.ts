import { describe, expect, it } from "vitest";

import { askedScopes, missingScopes, startingScopes } from "./scope-choice";

const XERO = {
  app_field: "app",
  app_brings_addresses: false,
  scopes: [
    { name: "offline_access", about: "Stay connected", least: true },
    { name: "accounting.contacts", about: "Contacts", least: false },
  ],
};
const ANY = { app_field: "app", app_brings_addresses: true, scopes: [] };
const grant = (scopes: string[]) => ({
  state: "connected" as const,
  why: null,
  app_id: "app_1",
  identity: null,
  scopes,
  expires_at: null,
  connected_at: "2026-11-30T10:00:00Z",
  connected_by: "user:1",
});

describe("the scopes of a connection", () => {
  it("begin with all that the system has, and again with those that were granted", () => {
    expect(startingScopes(XERO, null)).toEqual(["offline_access", "accounting.contacts"]);
    expect(startingScopes(XERO, grant(["offline_access"]))).toEqual(["offline_access"]);
    expect(startingScopes(ANY, null)).toEqual([]);
  });

  it("are words, and none that the system does not know", () => {
    expect(askedScopes(ANY, ["read", "", "offline_access"])).toEqual(["read", "offline_access"]);
    expect(askedScopes(XERO, ["accounting.contacts", "email"])).toEqual(["accounting.contacts"]);
  });

  it("tell what is missing, where the system says what was granted", () => {
    expect(missingScopes(XERO, grant(["offline_access"]))).toEqual(["Contacts"]);
    expect(missingScopes(XERO, grant([]))).toEqual([]);
    expect(missingScopes(ANY, grant(["read"]))).toEqual([]);
  });
});
