import { type QueryClient, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import { beginsWith, type Saved, savedOf, showSaved } from "../ui/saved";
import { nextPage } from "../ui/searched";

export type Key = Schemas["Key"];
export type KeySummary = Schemas["ReadableKey"];
export type ListedKey = Schemas["KeySummary"];

export function isReadable(key: ListedKey): key is KeySummary {
  return "title" in key;
}

/** Which keys a list shows. */
export interface KeyFilter {
  /** Deleted keys that can be brought back, instead of those that are there. */
  deleted?: boolean;
  systemId?: string;
  environment?: Schemas["Environment"] | undefined;
  titlePrefix?: string;
  /** Words, which the API looks for. */
  words?: string | undefined;
}

const PAGE_ROWS = 100;

/** Keys by title, a page of the API at a time, until there are so many pages. */
export function useKeyList(filter: KeyFilter, mostPages = Number.POSITIVE_INFINITY, isEnabled = true) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["keys", "list", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: PAGE_ROWS,
        cursor: pageParam,
        system_id: filter.systemId,
        environment: filter.environment,
        title_prefix: filter.titlePrefix,
        q: filter.words,
        state: filter.deleted === true ? ("deleted" as const) : undefined,
      };
      return dataOf(api.GET("/v1/keys", { params: { query }, signal }));
    },
    enabled: isEnabled,
    getNextPageParam: (page, pages) => nextPage(page, pages, mostPages),
  });
}

/** The question for one key. */
export function keyQuery(api: Api, keyId: string) {
  return queryOptions({
    queryKey: ["keys", "one", keyId],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/keys/{key_id}", { params: { path: { key_id: keyId } }, signal })),
  });
}

/** One key, as it is now; nothing is asked for while there is no id. */
export function useKey(keyId: string | null) {
  const api = useApi();
  return useQuery({ ...keyQuery(api, keyId ?? ""), enabled: keyId !== null });
}

/** A key was saved: what is shown of it follows, before the API's lists do. */
export async function keyWasSaved(queries: QueryClient, key: Key): Promise<void> {
  await showSaved(queries, ["keys", "one", key.key_id], key);
  remember(queries, key.key_id, key);
}

/** A key was changed elsewhere: it is read again. */
export function keyHasChanged(queries: QueryClient, keyId: string): Promise<void> {
  return queries.invalidateQueries({ queryKey: ["keys", "one", keyId] });
}

/** A key was deleted. */
export function keyWasDeleted(queries: QueryClient, keyId: string): void {
  queries.removeQueries({ queryKey: ["keys", "one", keyId] });
  remember(queries, keyId, null);
}

/** What was saved here a moment ago, by key. */
export function useSavedKeys(): Saved<KeySummary> {
  return (
    useQuery<Saved<KeySummary>>({ queryKey: SAVED, queryFn: () => new Map(), staleTime: Number.POSITIVE_INFINITY })
      .data ?? new Map()
  );
}

const SAVED = ["saved-keys"];

function remember(queries: QueryClient, keyId: string, key: Key | null): void {
  const row = key === null ? null : summaryOf(key);
  queries.setQueryData<Saved<KeySummary>>(SAVED, (before) => savedOf(before, keyId, row, Date.now()));
  void queries.invalidateQueries({ queryKey: ["keys", "list"] });
  void queries.invalidateQueries({ queryKey: ["keys", "of", keyId] });
}

/** Which of the keys that were just saved belong in a list. */
export function rulesOf({ systemId, environment, titlePrefix }: KeyFilter) {
  return {
    idOf: (row: ListedKey) => row.key_id,
    matches: (row: KeySummary) =>
      (systemId === undefined || row.system_id === systemId) &&
      (environment === undefined || row.environment === environment) &&
      beginsWith(row.title, titlePrefix),
  };
}

function summaryOf(key: Key): KeySummary {
  const { headers: _headers, entries: _entries, connections: _connections, health, ...rest } = key;
  return { ...rest, health: health?.result ?? null, recoverable_until: null };
}
