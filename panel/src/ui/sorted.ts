import type { TableProps } from "@cloudscape-design/components/table";

/** The field by which the API's lists are sorted. */
const API_ORDER = "title";

/** Whether rows stand as the API gives them. */
export function isApiOrder<T>({ sortingColumn, isDescending }: TableProps.SortingState<T>): boolean {
  return sortingColumn.sortingField === API_ORDER && isDescending !== true;
}

/** The page of a list's address; the first where it names none. */
export function pageOf(text: string): number {
  return /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 1;
}

/** The order of a list's address, such as `-health`; the API's where it names no column of the list. */
export function sortingOf<T>(
  text: string,
  columns: readonly TableProps.ColumnDefinition<T>[],
): TableProps.SortingState<T> {
  const field = text.replace(/^-/, "");
  const isKnown = columns.some(({ sortingField }) => sortingField === field);
  return isKnown
    ? { sortingColumn: { sortingField: field }, isDescending: text.startsWith("-") }
    : { sortingColumn: { sortingField: API_ORDER } };
}

/** How a list's address names an order; empty for the API's. */
export function sortText<T>(sorting: TableProps.SortingState<T>): string {
  if (isApiOrder(sorting)) return "";
  return `${sorting.isDescending === true ? "-" : ""}${sorting.sortingColumn.sortingField ?? API_ORDER}`;
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
