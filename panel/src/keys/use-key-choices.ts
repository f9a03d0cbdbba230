import { useQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import { askedWords } from "../ui/searched";
import { useSettled } from "../ui/use-settled";
import { matchingKeys } from "./choices";
import { isReadable, type KeySummary } from "./queries";

const PAGE_ROWS = 100;
/** How long somebody has to pause in typing before the API is asked, in milliseconds. */
const PAUSE_MS = 250;
/** The most keys of a system and environment that are read to choose from. */
export const MOST_CHOICES = 500;

/**
 * Keys to choose from: those of a system and environment that have all the words of a text in what can be seen of them, and those
 * that the API finds by words that begin like those of the text. It knows their organizations and every host.
 */
export function useKeyChoices(systemId: string | null, environment: Schemas["Environment"], text: string) {
  const api = useApi();
  const of = systemId === null ? {} : { system_id: systemId };
  const all = useQuery({
    queryKey: ["keys", "choices", systemId, environment],
    queryFn: ({ signal }) => readChoices(api, { ...of, environment }, MOST_CHOICES, signal),
  });
  const words = askedWords(text) ?? null;
  const q = useSettled(words, PAUSE_MS);
  const found = useQuery({
    queryKey: ["keys", "choices", systemId, environment, q],
    enabled: q !== null,
    queryFn: ({ signal }) => readChoices(api, { ...of, environment, q: q ?? "" }, PAGE_ROWS, signal),
  });
  const rows = matchingKeys(all.data?.rows ?? [], found.data?.rows ?? [], text);
  const asked = q === null ? [all] : [all, found];
  const isAsking = q !== words || (q !== null && found.isPending);
  return {
    rows,
    // Where some can be chosen, nothing waits for more of them.
    isPending: all.isPending || (isAsking && rows.length === 0),
    isError: asked.some(({ isError }) => isError),
    refetch: () => {
      for (const { isError, refetch } of asked) if (isError) void refetch();
    },
  };
}

interface ChoiceQuery {
  system_id?: string;
  environment: Schemas["Environment"];
  q?: string;
}

async function readChoices(api: Api, query: ChoiceQuery, most: number, signal: AbortSignal) {
  const rows: KeySummary[] = [];
  let cursor: string | undefined;
  do {
    const params = { query: { ...query, limit: PAGE_ROWS, cursor } };
    const page: Schemas["KeyList"] = await dataOf(api.GET("/v1/keys", { params, signal }));
    rows.push(...page.items.filter(isReadable));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && rows.length < most);
  return { rows, isCut: cursor !== undefined };
}
