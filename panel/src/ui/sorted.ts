import type { TableProps } from "@cloudscape-design/components/table";

/** The field by which the API's lists are sorted. */
const API_ORDER = "title";

/** Whether rows stand as the API gives them. */
export function isApiOrder<T>({ sortingColumn, isDescending }: TableProps.SortingState<T>): boolean {
  return sortingColumn.sortingField === API_ORDER && isDescending !== true;
}

/** The rows in the order that somebody asked for. They come by title, which is not done again here. */
export function sorted<T extends object>(rows: readonly T[], sorting: TableProps.SortingState<T>): T[] {
  if (isApiOrder(sorting)) return [...rows];
  const field = sorting.sortingColumn.sortingField ?? API_ORDER;
  const fieldOf = (row: T) => (row as Record<string, unknown>)[field] ?? null;
  const direction = sorting.isDescending === true ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [fieldOf(a), fieldOf(b)];
    // What has no value, such as a row that cannot be read, stands last in both directions.
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return compare(left, right) * direction;
  });
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), "en", { sensitivity: "base" });
}
