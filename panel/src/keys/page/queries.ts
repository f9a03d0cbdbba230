import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { dataOf, type Schemas, useApi } from "../../api/client";

export type KeyUse = Schemas["KeyUse"];
export type Version = Schemas["Version"];
export type TrailEntry = Schemas["TrailEntry"];

const PAGE_ROWS = 100;

/** What uses a key now. */
export function useKeyUses(keyId: string) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["keys", "of", keyId, "uses"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const params = { path: { key_id: keyId }, query: { limit: PAGE_ROWS, cursor: pageParam } };
      return dataOf(api.GET("/v1/keys/{key_id}/uses", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The versions that are kept of a key. */
export function useKeyVersions(keyId: string) {
  const api = useApi();
  return useQuery({
    queryKey: ["keys", "of", keyId, "versions"],
    queryFn: ({ signal }) => {
      const params = { path: { key_id: keyId } };
      return dataOf(api.GET("/v1/keys/{key_id}/versions", { params, signal }));
    },
  });
}

/** What happened to a key, newest first: changes and uses. */
export function useTrail(keyId: string, isEnabled = true) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["keys", "of", keyId, "trail"],
    enabled: isEnabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const params = { path: { key_id: keyId }, query: { limit: PAGE_ROWS, cursor: pageParam } };
      return dataOf(api.GET("/v1/keys/{key_id}/audit", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
