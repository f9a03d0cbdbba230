import { describe, expect, it } from "vitest";

import { functionsOf } from "./functions";

const row = (system_id: string, name: string) => ({ id: "src_1", system_id, function: name });

describe("the functions to choose from", () => {
  it("are those of the system, the most frequent first, and each once", () => {
    const rows = [
      row("shopify", "stock"),
      row("shopify", "orders"),
      row("shopify", "orders"),
      row("dear", "invoices"),
      { id: "unreadable" },
    ];
    expect(functionsOf(rows, "shopify")).toEqual(["orders", "stock"]);
    expect(functionsOf(rows, "netsuite")).toEqual([]);
  });

  it("are five at most", () => {
    const rows = Array.from({ length: 9 }, (_, index) => row("shopify", `function-${index}`));
    expect(functionsOf(rows, "shopify")).toHaveLength(5);
  });
});
