import { describe, expect, it } from "vitest";

import {
  askedWords,
  beyondText,
  coming,
  isCutOff,
  nextPage,
  SEARCHED_PAGES,
  searched,
  together,
  withWords,
} from "./searched";

const page = (next_cursor: string | null) => ({ items: [], next_cursor });

describe("a search for words", () => {
  it("reads so many pages, and says whether there is more", () => {
    const pages = Array.from({ length: SEARCHED_PAGES }, () => page("next"));
    expect(nextPage(page("next"), pages.slice(1), SEARCHED_PAGES)).toBe("next");
    expect(nextPage(page("next"), pages, SEARCHED_PAGES)).toBeUndefined();
    expect(nextPage(page(null), [], SEARCHED_PAGES)).toBeUndefined();
    expect(isCutOff(undefined)).toBe(false);
    expect(isCutOff(pages.slice(1))).toBe(false);
    expect(isCutOff([...pages.slice(1), page(null)])).toBe(false);
    expect(isCutOff(pages)).toBe(true);
  });

  it("asks the API for no text without a word, and for no more than it takes", () => {
    expect(askedWords(" Über uk ")).toBe("Über uk");
    expect(askedWords(" - _ ")).toBeUndefined();
    expect(askedWords("")).toBeUndefined();
    expect(askedWords("ä".repeat(120))).toBe("ä".repeat(100));
  });

  it("says what is searched, where there is more", () => {
    expect(beyondText("sources", false)).toBe(
      "Beyond the first 500 sources by title, words are found by their beginnings. Organizations always are.",
    );
    expect(beyondText("keys", true)).toBe("More than 2000 keys have these words: add another one.");
  });

  it("has each row once that was read or found beyond", () => {
    expect(together(["a", "b"], ["b", "c"], (row) => row)).toEqual(["a", "b", "c"]);
  });

  it("finds all the words in any order, and everything without a word", () => {
    const rows = ["Live UK Shopify", "Staging DE Shopify"];
    const found = (text: string) => withWords(rows, text, (row) => [row]);
    expect(found("shopify uk")).toEqual(["Live UK Shopify"]);
    expect(found("shopify")).toEqual(rows);
    expect(found(" ")).toEqual(rows);
    expect(found("uk de")).toEqual([]);
  });

  it("has what the API has found where the list has it, and the rest of it last", () => {
    const list = ["Berlin", "Live UK", "Zürich UK"];
    const all = (text: string, found: string[]) =>
      searched(list, { text, found, idOf: (row) => row, textsOf: (row) => [row] });
    expect(all("uk", [])).toEqual(["Live UK", "Zürich UK"]);
    expect(all("uk", ["Beyond", "Berlin"])).toEqual(["Berlin", "Live UK", "Zürich UK", "Beyond"]);
    expect(all(" ", ["Beyond"])).toEqual(list);
  });

  it("waits for the list first, and for the API while there is nothing to show", () => {
    const nothing = () => null;
    const state = (members: object) => ({
      error: null,
      isPending: false,
      hasNextPage: false,
      isFetchingNextPage: false,
      fetchNextPage: nothing,
      refetch: nothing,
      ...members,
    });
    const [whole, pending, failed] = [state({}), state({ isPending: true }), state({ error: new Error("no answer") })];
    expect(coming(pending, whole, false)).toBe(pending);
    const more = state({ hasNextPage: true });
    expect(coming(more, pending, true)).toBe(more);
    expect(coming(failed, whole, true)).toBe(failed);
    expect(coming(whole, pending, false)).toEqual(pending);
    expect(coming(whole, pending, true)).toEqual(whole);
    expect(coming(whole, failed, true)).toEqual(failed);
    expect(coming(whole, more, true)).toEqual(more);
  });
});
