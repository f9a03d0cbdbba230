import type { TableProps } from "@cloudscape-design/components/table";

import type { KeySummary, ListedKey } from "./queries";

/** The rows in the order that somebody asked for. They come by title, which is not done again here. */
export function sorted(rows: readonly ListedKey[], { sortingColumn, isDescending }: TableProps.SortingState<KeySummary>): ListedKey[] {
  const field = sortingColumn.sortingField as keyof KeySummary;
  if (field === "title" && isDescending !== true) return [...rows];
  const valueOf = (row: ListedKey) => ("title" in row ? (row[field] ?? null) : null);
  const direction = isDescending === true ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    // What has no value stands last in both directions.
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return compare(left, right) * direction;
  });
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), "en", { sensitivity: "base" });
}
