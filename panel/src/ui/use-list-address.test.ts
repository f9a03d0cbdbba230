import { describe, expect, it } from "vitest";

import { changedQuery } from "./use-list-address";

const changed = (before: string, members: Parameters<typeof changedQuery>[1]) =>
  changedQuery(new URLSearchParams(before), members).toString();

describe("the address of a list", () => {
  it("says what it is filtered by, beside what else it says", () =>
    expect(changed("tab=credentials", { title: "uk", environment: "test" })).toBe(
      "tab=credentials&title=uk&environment=test",
    ));

  it("says nothing of a filter that is cleared", () => expect(changed("title=uk", { title: "" })).toBe(""));

  it("begins at the first page when something else than the page changes", () => {
    expect(changed("title=uk&page=3", { sort: "-title" })).toBe("title=uk&sort=-title");
    expect(changed("title=uk&page=3", { page: "4" })).toBe("title=uk&page=4");
  });
});
