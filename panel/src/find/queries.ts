import { useQuery } from "@tanstack/react-query";

import { type Api, dataOf, useApi } from "../api/client";
import { isReadable, type KeySummary } from "../keys/queries";
import { useMay } from "../session/context";
import { guideOf } from "../systems/about";
import { useSystemName, useSystems } from "../systems/queries";
import { askedWords } from "../ui/searched";
import { useSettled } from "../ui/use-settled";
import type { Findable } from "./matches";

const PAGE_ROWS = 100;
/** The most sources and the most destinations that are read to search them. */
export const MOST_ROWS = 2_000;
/** The most keys. Beyond them, the API finds words itself. */
const MOST_KEYS = 500;
/** The most that it is asked for. */
const MOST_FOUND = 20;
/** How long somebody has to pause in typing before it is asked, in milliseconds. */
const PAUSE_MS = 250;
/** What was read is searched for so long, in milliseconds. */
const FRESH_MS = 30_000;

interface Rows<T> {
  rows: T[];
  /** Whether there is more than was read. */
  isCut: boolean;
}

async function pagesOf<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor?: string | null | undefined }>,
  most = MOST_ROWS,
): Promise<Rows<T>> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = await page(cursor);
    rows.push(...items);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined && rows.length < most);
  return { rows, isCut: cursor !== undefined };
}

const keysOf = (api: Api, signal: AbortSignal) =>
  pagesOf(
    (cursor) => dataOf(api.GET("/v1/keys", { params: { query: { limit: PAGE_ROWS, cursor } }, signal })),
    MOST_KEYS,
  );
const foundKeys = (api: Api, q: string, signal: AbortSignal) =>
  pagesOf(
    (cursor) => dataOf(api.GET("/v1/keys", { params: { query: { q, limit: MOST_FOUND, cursor } }, signal })),
    MOST_FOUND,
  );
const sourcesOf = (api: Api, signal: AbortSignal) =>
  pagesOf((cursor) => dataOf(api.GET("/v1/sources", { params: { query: { limit: PAGE_ROWS, cursor } }, signal })));
const destinationsOf = (api: Api, signal: AbortSignal) =>
  pagesOf((cursor) => dataOf(api.GET("/v1/destinations", { params: { query: { limit: PAGE_ROWS, cursor } }, signal })));

/** Everything that somebody may find: keys, sources, destinations, and the guides to systems; and the keys that the API has found
 * beyond them. */
export function useFindables(text: string) {
  const api = useApi();
  const [mayKeys, mayStreams] = [useMay("keys:read"), useMay("streams:read")];
  const nameOf = useSystemName();
  const systems = useSystems();
  const keys = useQuery({
    queryKey: ["keys", "find"],
    enabled: mayKeys,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) => keysOf(api, signal),
  });
  const sources = useQuery({
    queryKey: ["endpoints", "find", "sources"],
    enabled: mayStreams,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) => sourcesOf(api, signal),
  });
  const destinations = useQuery({
    queryKey: ["endpoints", "find", "destinations"],
    enabled: mayStreams,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) => destinationsOf(api, signal),
  });
  const q = useSettled(askedWords(text) ?? null, PAUSE_MS);
  const found = useQuery({
    queryKey: ["keys", "find", q],
    enabled: keys.data?.isCut === true && q !== null,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) => foundKeys(api, q ?? "", signal),
  });
  const asked = [keys, sources, destinations, found];
  const keyOf = (key: KeySummary) => ({
    to: `/keys/${key.key_id}`,
    title: key.title,
    about: `Key of ${nameOf(key.system_id)}, ${key.environment}`,
    texts: [key.title, nameOf(key.system_id), key.system_id, key.base_url ?? "", key.key_id, key.environment],
  });
  const all: Findable[] = [
    ...(keys.data?.rows ?? []).filter(isReadable).map(keyOf),
    ...(sources.data?.rows ?? []).flatMap((row) =>
      "title" in row ? [endpoint("Source", `/sources/${row.source_id}`, row, nameOf)] : [],
    ),
    ...(destinations.data?.rows ?? []).flatMap((row) =>
      "title" in row ? [endpoint("Destination", `/destinations/${row.destination_id}`, row, nameOf)] : [],
    ),
    ...(systems.data ?? []).map(({ system_id, name, summary }) => ({
      to: guideOf(system_id),
      title: `Guide to ${name}`,
      about: summary,
      texts: ["Guide to", name, system_id, summary],
    })),
  ];
  return {
    all,
    beyond: (found.data?.rows ?? []).filter(isReadable).map(keyOf),
    isLoading: asked.some(({ isLoading }) => isLoading),
    error: asked.find(({ error }) => error !== null)?.error ?? null,
    isCut: [sources, destinations].some(({ data }) => data?.isCut === true),
    refetch: () => {
      for (const { isError, refetch } of asked) if (isError) void refetch();
    },
  };
}

interface Row {
  title: string;
  system_id: string;
  function: string;
  environment: string;
}

function endpoint(kind: string, to: string, row: Row, nameOf: (systemId: string) => string): Findable {
  const system = nameOf(row.system_id);
  return {
    to,
    title: row.title,
    about: `${kind} of ${system}, ${row.environment}`,
    texts: [row.title, kind, system, row.system_id, row.function, to, row.environment],
  };
}
