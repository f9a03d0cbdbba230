import { describe, expect, it } from "vitest";

import { complaints, createRequest, draftOf, typesOf, updateRequest } from "./draft";
import type { Webhook } from "./queries";

const STORED: Webhook = {
  webhook_id: "whk_019aa9a0-0000-7000-8000-000000000001",
  name: "Orders",
  event_types: ["key.updated", "order.created"],
  path: "/hooks",
  method: "POST",
  environment: "test",
  key_id: "key_1",
  organization: null,
  active: false,
  version: 3,
  created_at: "2026-01-01T00:00:00Z",
  created_by: "person:ann",
  updated_at: "2026-01-01T00:00:00Z",
  updated_by: "person:ann",
};

describe("the form of a webhook", () => {
  it("reads types with commas, spaces and lines between them, each once", () => {
    expect(typesOf(" order.created,key.updated \n order.created,, ")).toEqual(["order.created", "key.updated"]);
  });

  it("sends back nothing of what was not touched", () => {
    expect(updateRequest(draftOf(STORED), STORED)).toEqual({});
    expect(updateRequest({ ...draftOf(STORED), isTest: false, key: "" }, STORED)).toEqual({
      environment: "live",
      key_id: null,
    });
  });

  it("names what is missing", () => {
    const fields = (draft = draftOf(null)) => complaints(draft).map(({ field }) => field);
    expect(fields()).toEqual(["name", "event_types", "path", "key_id"]);
    expect(fields({ ...draftOf(STORED), events: "Order", path: "hooks" })).toEqual(["event_types", "path"]);
    expect(fields(draftOf(STORED))).toEqual([]);
    expect(createRequest(draftOf(STORED))).toMatchObject({ environment: "test", active: false, key_id: "key_1" });
  });
});
