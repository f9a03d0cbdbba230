import { describe, expect, it } from "vitest";

import { textComplaint } from "./text-complaint";

describe("a text with a longest length", () => {
  it.each([
    ["", "is needed"],
    ["abc", null],
    ["äöü", null],
    ["🔑🔑🔑", null],
    ["abcd", "must have at most 3 characters"],
  ])("%j", (text, complaint) => {
    expect(textComplaint(text, { maxLength: 3 })).toBe(complaint);
  });
});
