import { describe, expect, it } from "vitest";

import { bodyOf, LANGUAGES, snippet } from "./snippets";

const TARGET = {
  origin: "https://keys.example.com",
  keyId: "key_1",
  environment: "live",
  organization: null,
  path: "/orders?name=O'Brien",
};

describe("code that uses a key", () => {
  it("asks for what it is about, for the organization if the key has one for each", () => {
    expect(JSON.parse(bodyOf("send", TARGET))).toEqual({
      method: "GET",
      path: "/orders?name=O'Brien",
      environment: "live",
    });
    expect(JSON.parse(bodyOf("resolve", { ...TARGET, organization: "org_uk" }))).toEqual({
      environment: "live",
      organization: "org_uk",
    });
  });

  it("names the key and takes the token from the environment, in each language", () => {
    for (const { id } of LANGUAGES) {
      const code = snippet(id, "sign", TARGET);
      expect(code).toContain("https://keys.example.com/v1/keys/key_1/sign");
      expect(code).toContain("KEYWARD_TOKEN");
    }
  });

  it("keeps a quotation mark within the text of a shell", () => {
    expect(snippet("curl", "send", TARGET)).toContain(`"path":"/orders?name=O'\\''Brien"`);
  });
});
