import { describe, expect, it } from "vitest";

import { hasWords, wordsOf } from "./all-words";

const ID = "key_019aa9a0-5b1c-7cc2-9d3b-0f6a3f1f2a11";

describe("the words of a search", () => {
  it("stand anywhere, in any case, with or without marks", () => {
    expect(hasWords(["Rückläufer DE", "shop.example.com"], wordsOf(" de  RUCK shop.ex "))).toBe(true);
    expect(hasWords(["Rückläufer DE"], wordsOf("de uk"))).toBe(false);
    expect(hasWords(["anything"], wordsOf(" "))).toBe(true);
  });

  it("are found in an id by a long piece of it, and not by one that most ids have", () => {
    for (const text of [ID, `/keys/${ID}`]) {
      expect(hasWords([text], [ID])).toBe(true);
      expect(hasWords([text], ["0f6a3f1f2a11"])).toBe(true);
      expect(hasWords([text], ["01"])).toBe(false);
      expect(hasWords([text], ["key"])).toBe(false);
    }
    expect(hasWords([ID, "Key 017"], ["key", "01"])).toBe(true);
  });
});
