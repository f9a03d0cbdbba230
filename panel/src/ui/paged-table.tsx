import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useEffect, useMemo } from "react";

import { problemOf } from "../api/problem";
import { ProblemAlert } from "./problem-alert";
import { isApiOrder, pageOf, sorted, sortingOf, sortText } from "./sorted";
import type { ListAddress } from "./use-list-address";

/** A list of the API that comes a page at a time. */
export interface PagedList {
  error: unknown;
  isPending: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface PagedTableProps<T> {
  /** What the rows are, such as "Keys". */
  name: string;
  list: PagedList;
  /** What has come of the list so far. */
  rows: readonly T[];
  trackBy: (row: T) => string;
  columns: readonly TableProps.ColumnDefinition<T>[];
  /** Which page is shown, and in which order. */
  address: ListAddress;
  header: React.ReactNode;
  filter?: React.ReactNode;
  empty: React.ReactNode;
  /** Whether rows are left out here that the API has: then all that there is must have come. */
  isNarrowed?: boolean;
  /** Whether the last column has what can be done with a row, and stays in view. */
  hasActions?: boolean;
  /** `embedded` where the table is a part of a page. */
  variant?: "full-page" | "embedded";
}

const PAGE_ROWS = 25;

/** How many rows there are, as headings have it; with a plus where more could come, and nothing before the first ones. */
export function counterText({ isPending, hasNextPage }: PagedList, count: number): string {
  return isPending ? "" : `(${count}${hasNextPage ? "+" : ""})`;
}

/** Where there is room for two columns that stay, and something between them. */
function isWide(): boolean {
  return matchMedia("(min-width: 689px)").matches;
}

/** A table of rows that come a page of the API at a time: sorted, and with pages of its own. */
export function PagedTable<T extends object>({
  name,
  list,
  rows,
  columns,
  address,
  variant = "full-page",
  isNarrowed = false,
  hasActions = true,
  ...props
}: PagedTableProps<T>) {
  const page = pageOf(address.get("page"));
  const sort = address.get("sort");
  const sorting = useMemo(() => sortingOf<T>(sort, columns), [sort, columns]);
  // The API has one order. For any other, all that there is must be here first.
  const needsAll = isNarrowed || !isApiOrder(sorting);
  const needed = needsAll ? Number.POSITIVE_INFINITY : page * PAGE_ROWS + 1;
  const { fetchNextPage, hasNextPage, isFetchingNextPage, error } = list;
  const mustFetch = hasNextPage && !isFetchingNextPage && error === null && rows.length < needed;
  useEffect(() => {
    if (mustFetch) void fetchNextPage();
  }, [mustFetch, fetchNextPage]);
  const inOrder = useMemo(() => sorted(rows, sorting), [rows, sorting]);
  const pages = Math.max(1, Math.ceil(inOrder.length / PAGE_ROWS));
  const current = Math.min(page, pages);
  return (
    <SpaceBetween size="l">
      {error !== null && (
        <ProblemAlert
          problem={problemOf(error)}
          action={<Button onClick={() => void list.refetch()}>Try again</Button>}
        />
      )}
      <Table
        variant={variant === "full-page" ? "full-page" : "container"}
        header={props.header}
        items={inOrder.slice((current - 1) * PAGE_ROWS, current * PAGE_ROWS)}
        trackBy={props.trackBy}
        columnDefinitions={columns}
        sortingColumn={sorting.sortingColumn}
        sortingDescending={sorting.isDescending ?? false}
        onSortingChange={({ detail }) => address.change({ sort: sortText(detail) })}
        loading={list.isPending || (needsAll && hasNextPage && error === null)}
        loadingText={`Loading ${name.toLowerCase()}`}
        enableKeyboardNavigation
        wrapLines
        stickyColumns={{ ...(isWide() && { first: 1 }), ...(hasActions && { last: 1 }) }}
        empty={error === null ? props.empty : "The list could not be loaded."}
        filter={props.filter}
        pagination={
          <Pagination
            currentPageIndex={current}
            pagesCount={pages}
            openEnd={hasNextPage}
            onChange={({ detail: { currentPageIndex } }) =>
              address.change({ page: currentPageIndex === 1 ? "" : String(currentPageIndex) })
            }
            ariaLabels={{
              nextPageLabel: "Next page",
              previousPageLabel: "Previous page",
              pageLabel: (number) => `Page ${number}`,
            }}
          />
        }
        ariaLabels={{ tableLabel: name, itemSelectionLabel: () => "" }}
      />
    </SpaceBetween>
  );
}
