import { type QueryClient, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";

import { type Api, dataOf, ifMatch, type Schemas, useApi } from "../api/client";
import { Problem } from "../api/problem";
import { keyQuery } from "../keys/queries";
import { useMay } from "../session/context";
import { type Saved, savedOf, showSaved } from "../ui/saved";
import { nextPage } from "../ui/searched";
import type { Kind } from "./kinds";

/** A source or a destination. */
export interface Endpoint extends Omit<Schemas["Source"], "source_id"> {
  id: string;
}

export type EndpointSummary = Schemas["ReadableEndpoint"] & { id: string };
export type CreateEndpoint = Schemas["CreateEndpointRequest"];
export type UpdateEndpoint = Schemas["UpdateEndpointRequest"];

/** Which endpoints a list shows. */
export interface EndpointFilter {
  environment?: Schemas["Environment"] | undefined;
  /** Words, which the API looks for. */
  words?: string | undefined;
}

const PAGE_ROWS = 100;

/** Endpoints by title, a page of the API at a time, until there are so many pages. */
export function useEndpointList(
  kind: Kind,
  filter: EndpointFilter,
  mostPages = Number.POSITIVE_INFINITY,
  isEnabled = true,
) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["endpoints", "list", kind, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: PAGE_ROWS,
        cursor: pageParam,
        environment: filter.environment,
        q: filter.words,
      };
      const path = kind === "source" ? "/v1/sources" : "/v1/destinations";
      return dataOf(api.GET(path, { params: { query }, signal }));
    },
    enabled: isEnabled,
    getNextPageParam: (page, pages) => nextPage(page, pages, mostPages),
  });
}

export function summaryOf(row: Schemas["EndpointSummary"]): EndpointSummary | { id: string } {
  if ("title" in row) return { ...row, id: row.source_id ?? row.destination_id ?? "" };
  return { id: row.id };
}

/** One endpoint, as it is now. */
export function useEndpoint(kind: Kind, id: string) {
  const api = useApi();
  return useQuery({ queryKey: ["endpoints", "one", id], queryFn: ({ signal }) => readEndpoint(api, kind, id, signal) });
}

export async function readEndpoint(api: Api, kind: Kind, id: string, signal?: AbortSignal): Promise<Endpoint> {
  const options = signal === undefined ? {} : { signal };
  if (kind === "source")
    return endpointOf(
      await dataOf(api.GET("/v1/sources/{source_id}", { params: { path: { source_id: id } }, ...options })),
    );
  return endpointOf(
    await dataOf(
      api.GET("/v1/destinations/{destination_id}", { params: { path: { destination_id: id } }, ...options }),
    ),
  );
}

export async function createEndpoint(
  api: Api,
  kind: Kind,
  body: CreateEndpoint,
  headers: Record<string, string>,
): Promise<Endpoint> {
  const path = kind === "source" ? "/v1/sources" : "/v1/destinations";
  return endpointOf(await dataOf(api.POST(path, { body, headers })));
}

export async function updateEndpoint(
  api: Api,
  kind: Kind,
  { id, version }: { id: string; version: number },
  body: UpdateEndpoint,
): Promise<Endpoint> {
  const header = ifMatch(version);
  if (kind === "source")
    return endpointOf(
      await dataOf(api.PATCH("/v1/sources/{source_id}", { params: { path: { source_id: id }, header }, body })),
    );
  return endpointOf(
    await dataOf(
      api.PATCH("/v1/destinations/{destination_id}", { params: { path: { destination_id: id }, header }, body }),
    ),
  );
}

export async function deleteEndpoint(
  api: Api,
  kind: Kind,
  { id, version }: { id: string; version: number },
): Promise<void> {
  const header = ifMatch(version);
  if (kind === "source")
    await dataOf(api.DELETE("/v1/sources/{source_id}", { params: { path: { source_id: id }, header } }));
  else
    await dataOf(api.DELETE("/v1/destinations/{destination_id}", { params: { path: { destination_id: id }, header } }));
}

/** An endpoint was saved: it shows at once, before the API's lists have it, and keys count their uses anew. */
export async function endpointWasSaved(queries: QueryClient, endpoint: Endpoint): Promise<void> {
  await showSaved(queries, ["endpoints", "one", endpoint.id], endpoint);
  remember(queries, endpoint.id, endpoint);
}

export function endpointWasDeleted(queries: QueryClient, id: string): void {
  queries.removeQueries({ queryKey: ["endpoints", "one", id] });
  remember(queries, id, null);
}

/** What was saved here a moment ago, by endpoint. */
export function useSavedEndpoints(): Saved<EndpointSummary> {
  return (
    useQuery<Saved<EndpointSummary>>({ queryKey: SAVED, queryFn: () => new Map(), staleTime: Number.POSITIVE_INFINITY })
      .data ?? new Map()
  );
}

const SAVED = ["saved-endpoints"];

function remember(queries: QueryClient, id: string, row: EndpointSummary | null): void {
  queries.setQueryData<Saved<EndpointSummary>>(SAVED, (before) => savedOf(before, id, row, Date.now()));
  void queries.invalidateQueries({ queryKey: ["endpoints", "list"] });
  void queries.invalidateQueries({ queryKey: ["keys"] });
}

const ID_PREFIXES: Record<Kind, string> = { source: "src_", destination: "dst_" };

/** Which of the endpoints that were just saved belong in a list. */
export function rulesOf(kind: Kind, { environment }: EndpointFilter) {
  return {
    idOf: (row: { id: string }) => row.id,
    matches: (row: EndpointSummary) =>
      row.id.startsWith(ID_PREFIXES[kind]) && (environment === undefined || row.environment === environment),
  };
}

/** What can be said of the keys that endpoints use. */
export interface NamedKeys {
  /** A key's title; its id while that is not known, or for those who may not see keys. */
  titleOf: (id: string) => string;
  /** Whether there is no such key any more. */
  isGone: (id: string) => boolean;
  /** When it stops being usable; null for one that never does, or of which nothing is known. */
  endOf: (id: string) => string | null;
}

export function useNamedKeys(ids: readonly (string | null | undefined)[]): NamedKeys {
  const api = useApi();
  const mayRead = useMay("keys:read");
  const distinct = [...new Set(ids.filter((id) => id != null))];
  const keys = useQueries({ queries: distinct.map((id) => ({ ...keyQuery(api, id), enabled: mayRead })) });
  const known = new Map(distinct.map((id, index) => [id, keys[index]]));
  return {
    titleOf: (id) => known.get(id)?.data?.title ?? id,
    isGone: (id) => isNotFound(known.get(id)?.error),
    endOf: (id) => known.get(id)?.data?.expires_at ?? null,
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

function endpointOf(answer: Schemas["Source"] | Schemas["Destination"]): Endpoint {
  if ("source_id" in answer) {
    const { source_id: id, ...rest } = answer;
    return { ...rest, id };
  }
  const { destination_id: id, ...rest } = answer;
  return { ...rest, id };
}
