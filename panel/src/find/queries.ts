import { useQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import { isReadable, type KeySummary } from "../keys/queries";
import { useMay } from "../session/context";
import { guideOf } from "../systems/about";
import { useSystemName, useSystems } from "../systems/queries";
import { askedWords } from "../ui/searched";
import { useSettled } from "../ui/use-settled";
import type { Findable } from "./matches";

const PAGE_ROWS = 100;
/** The most keys, the most sources and the most destinations that are read to search them. */
const MOST_HERE = 500;
/** The most of each that the API is asked to find. */
const MOST_FOUND = 20;
/** How long somebody has to pause in typing before it is asked, in milliseconds. */
const PAUSE_MS = 250;
/** What was read is searched for so long, in milliseconds. */
const FRESH_MS = 30_000;

interface Asked {
  q?: string;
  limit: number;
  cursor: string | undefined;
}

/** What is known of an answer that may be under way. */
interface Question {
  isLoading: boolean;
  isError: boolean;
  error: Error | null;
  refetch: () => unknown;
}

interface Page<T> {
  items: T[];
  next_cursor?: string | null | undefined;
}

const keysOf = (api: Api, query: Asked, signal: AbortSignal) =>
  dataOf(api.GET("/v1/keys", { params: { query }, signal }));
const sourcesOf = (api: Api, query: Asked, signal: AbortSignal) =>
  dataOf(api.GET("/v1/sources", { params: { query }, signal }));
const destinationsOf = (api: Api, query: Asked, signal: AbortSignal) =>
  dataOf(api.GET("/v1/destinations", { params: { query }, signal }));

/** The rows of a list, page by page, until there are so many. */
export async function readRows<T>(page: (cursor: string | undefined) => Promise<Page<T>>, most: number) {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = await page(cursor);
    rows.push(...items);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined && rows.length < most);
  return { rows, isCut: cursor !== undefined };
}

/** The rows that are searched here, and those that the API has found. */
function useRows<T>(
  queryKey: readonly string[],
  q: string | null,
  isEnabled: boolean,
  pageOf: (api: Api, query: Asked, signal: AbortSignal) => Promise<Page<T>>,
) {
  const api = useApi();
  const here = useQuery({
    queryKey,
    enabled: isEnabled,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) => readRows((cursor) => pageOf(api, { limit: PAGE_ROWS, cursor }, signal), MOST_HERE),
  });
  const found = useQuery({
    queryKey: [...queryKey, q],
    enabled: isEnabled && q !== null,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) =>
      readRows((cursor) => pageOf(api, { q: q ?? "", limit: MOST_FOUND, cursor }, signal), MOST_FOUND),
  });
  const asked: Question[] = [here, found];
  return { here: here.data?.rows ?? [], found: found.data?.rows ?? [], asked };
}

/** Everything that somebody may find: keys, sources, destinations, and the guides to systems; and what the API has found, which also
 * knows their organizations and every host. */
export function useFindables(text: string) {
  const [mayKeys, mayStreams] = [useMay("keys:read"), useMay("streams:read")];
  const nameOf = useSystemName();
  const systems = useSystems();
  const words = askedWords(text) ?? null;
  const q = useSettled(words, PAUSE_MS);
  const keys = useRows(["keys", "find"], q, mayKeys, keysOf);
  const sources = useRows(["endpoints", "find", "sources"], q, mayStreams, sourcesOf);
  const destinations = useRows(["endpoints", "find", "destinations"], q, mayStreams, destinationsOf);
  const asked = [keys, sources, destinations].flatMap((rows) => rows.asked);
  const keyOf = (key: KeySummary) => ({
    to: `/keys/${key.key_id}`,
    title: key.title,
    about: `Key of ${nameOf(key.system_id)}, ${key.environment}`,
    texts: [key.title, nameOf(key.system_id), key.system_id, key.base_url ?? "", key.key_id, key.environment],
  });
  const sourceOf = (row: Schemas["EndpointSummary"]) =>
    "title" in row ? [endpoint("Source", `/sources/${row.source_id}`, row, nameOf)] : [];
  const destinationOf = (row: Schemas["EndpointSummary"]) =>
    "title" in row ? [endpoint("Destination", `/destinations/${row.destination_id}`, row, nameOf)] : [];
  const findables = (of: "here" | "found"): Findable[] => [
    ...keys[of].filter(isReadable).map(keyOf),
    ...sources[of].flatMap(sourceOf),
    ...destinations[of].flatMap(destinationOf),
  ];
  const guides = (systems.data ?? []).map(({ system_id, name, summary }) => ({
    to: guideOf(system_id),
    title: `Guide to ${name}`,
    about: summary,
    texts: ["Guide to", name, system_id, summary],
  }));
  return {
    all: [...findables("here"), ...guides],
    found: findables("found"),
    isLoading: q !== words || asked.some(({ isLoading }) => isLoading),
    error: asked.find(({ error }) => error !== null)?.error ?? null,
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
