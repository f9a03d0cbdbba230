import { describe, expect, it } from "vitest";

import { readRows } from "./queries";

/** A list of so many pages with two rows each. */
const pagesOf = (pages: number) => async (cursor: string | undefined) => {
  const page = Number(cursor ?? 0);
  return { items: [`${page}a`, `${page}b`], next_cursor: page + 1 < pages ? String(page + 1) : null };
};

describe("a list that is searched", () => {
  it("is read to its end, where it has one", async () => {
    expect(await readRows(pagesOf(3), 100)).toEqual({ rows: ["0a", "0b", "1a", "1b", "2a", "2b"], isCut: false });
    expect(await readRows(pagesOf(2), 4)).toEqual({ rows: ["0a", "0b", "1a", "1b"], isCut: false });
  });

  it("is read no further than so many rows, and then says that there are more", async () => {
    expect(await readRows(pagesOf(9), 3)).toEqual({ rows: ["0a", "0b", "1a", "1b"], isCut: true });
  });
});
