import { describe, expect, it } from "vitest";

import { inPlainWords } from "./sentence";

describe("what the API says", () => {
  it("is shown without backticks", () =>
    expect(inPlainWords("is five fields, as in `0 6 * * 1-5`, or `@daily`")).toBe(
      "is five fields, as in “0 6 * * 1-5”, or “@daily”",
    ));
});
