import { describe, expect, it } from "vitest";

import { newDraft } from "./draft";
import { HTTP, KEY } from "./fixtures";
import { createRequest, updateRequest } from "./request";
import { asVariant, hasTypedAddress } from "./template";

const [basic, signed] = HTTP.auth;
/** A system whose second variant has an address, headers and a guide of its own. */
const MIXED = {
  ...HTTP,
  auth: [
    basic,
    {
      ...signed,
      guide: "Ask somebody else.",
      base_url: { rule: "fixed", fields: [], example: "https://other.example" },
      headers: { allowed: false, content_types: [] },
    },
  ],
} as typeof HTTP;

describe("an auth variant", () => {
  it("has the system's address, headers and guide", () => {
    expect(asVariant(MIXED, "basic")).toEqual(MIXED);
  });

  it("has its own where the template says so", () => {
    const own = asVariant(MIXED, "signed");
    expect([hasTypedAddress(own), own.headers.allowed, own.guide, own.guide_url]).toEqual([
      false,
      false,
      "Ask somebody else.",
      "https://guide.example",
    ]);
  });

  it("sends neither address nor headers that it has no place for", () => {
    const draft = { ...newDraft(MIXED), auth: "signed", baseUrl: "https://a.example" };
    expect(draft.headers).toHaveLength(1);
    const request = createRequest(asVariant(MIXED, "signed"), draft);
    expect([request.base_url, request.headers]).toEqual([null, []]);
    const patch = updateRequest(asVariant(MIXED, "signed"), KEY, draft);
    expect([patch.base_url, patch.headers]).toEqual([null, []]);
  });
});
