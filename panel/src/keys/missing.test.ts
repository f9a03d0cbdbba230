import { describe, expect, it } from "vitest";

import type { System } from "../systems/queries";
import { missingOf } from "./missing";

const SFTP = {
  fields: [
    { id: "host", label: "Host", auth: [], may_follow: false },
    { id: "host_key", label: "Host key fingerprint", auth: [], may_follow: true },
  ],
} as unknown as System;
const key = (...hostKeys: (string | undefined)[]) => ({
  auth: "password",
  entries: Object.fromEntries(
    hostKeys.map((host_key, index) => [
      `org_${index}`,
      { fields: { host: "a", ...(host_key !== undefined && { host_key }) } },
    ]),
  ),
});

describe("a key that is saved", () => {
  it("is told to lack what it cannot log in without, in whichever of its entries", () => {
    expect(missingOf(key("SHA256:a", undefined), SFTP)).toContain("Host key fingerprint");
    expect(missingOf(key("SHA256:a", "SHA256:b"), SFTP)).toBeNull();
  });

  it("lacks nothing where its system has no such field, or is not known", () => {
    expect(missingOf(key(undefined), { fields: [] } as unknown as System)).toBeNull();
    expect(missingOf(key(undefined), undefined)).toBeNull();
  });
});
