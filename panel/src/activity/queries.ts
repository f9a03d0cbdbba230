import { useInfiniteQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import type { ActivityFilter } from "./filter";

export type Activity = Schemas["Activity"];

const PAGE_ROWS = 100;

/** What was done in the account, newest first. */
export function useActivity(filter: ActivityFilter) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["activity", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const params = { query: { ...filter, limit: PAGE_ROWS, cursor: pageParam } };
      return dataOf(api.GET("/v1/audit", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The most changes that a file has. */
export const MOST_IN_A_FILE = 10_000;

/** Every change that the filter lets through, as many as a file has, and whether there are more. */
export async function readAll(api: Api, filter: ActivityFilter): Promise<{ rows: Activity[]; isCut: boolean }> {
  const rows: Activity[] = [];
  let cursor: string | undefined;
  do {
    const params = { query: { ...filter, limit: PAGE_ROWS, cursor } };
    const page: Schemas["ActivityList"] = await dataOf(api.GET("/v1/audit", { params }));
    rows.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && rows.length < MOST_IN_A_FILE);
  return { rows, isCut: cursor !== undefined };
}
