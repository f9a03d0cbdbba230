import { describe, expect, it } from "vitest";

import { type Notice, noticesOnNextPage } from "./notices-kept";

const saved: Notice<string, null> = { id: "1", type: "success", content: "saved", offer: null, pages: 0 };

describe("the notices on the next page", () => {
  it("are those of the save that leads to it", () => {
    expect(noticesOnNextPage([saved], true).map(({ id }) => id)).toEqual(["1"]);
  });

  it("are none where no save leads to it", () => expect(noticesOnNextPage([saved], false)).toEqual([]));

  it("are not told on a third page, even where another save leads to it", () => {
    const once = noticesOnNextPage([saved], true);
    const second = { ...saved, id: "2" };
    expect(noticesOnNextPage([second, ...once], true).map(({ id }) => id)).toEqual(["2"]);
  });
});
