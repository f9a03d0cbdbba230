import { describe, expect, it } from "vitest";

import { merged, type Saved } from "../ui/saved";
import { type EndpointSummary, rulesOf } from "./queries";

function row(id: string, title: string, version = 1, environment = "live"): EndpointSummary {
  return { id, title, version, environment } as EndpointSummary;
}

const saved = (...rows: EndpointSummary[]): Saved<EndpointSummary> =>
  new Map(rows.map((row) => [row.id, { row, at: 0 }]));

describe("a list of sources with what was just saved", () => {
  const listed = [row("src_1", "Alpha"), row("src_2", "Gamma")];
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

  it("has a new source where its title belongs, and no destination", () => {
    const rows = merged(listed, saved(row("src_3", "Beta"), row("dst_4", "Beta")), rulesOf("source", {}));
    expect(ids(rows)).toEqual(["src_1", "src_3", "src_2"]);
  });

  it("has nothing that its filter leaves out", () => {
    expect(
      ids(merged(listed, saved(row("src_1", "Alpha", 2, "test")), rulesOf("source", { environment: "live" }))),
    ).toEqual(["src_2"]);
  });
});
