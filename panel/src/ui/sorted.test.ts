import { describe, expect, it } from "vitest";

import { pageOf, sortingOf, sortText } from "./sorted";

const columns = [
  { id: "title", sortingField: "title" },
  { id: "health", sortingField: "health" },
] as never;

describe("the order of a list in its address", () => {
  it.each(["", "-title", "health", "-health"])("%s is read as it is written", (text) =>
    expect(sortText(sortingOf(text, columns))).toBe(text),
  );

  it("is the API's where there is no such column", () => expect(sortText(sortingOf("-secret", columns))).toBe(""));
});

describe("the page of a list in its address", () => {
  it.each([
    ["", 1],
    ["3", 3],
    ["0", 1],
    ["-1", 1],
    ["1e3", 1],
    ["2.5", 1],
  ])("%s is %i", (text, page) => expect(pageOf(text)).toBe(page));
});
