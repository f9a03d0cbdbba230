import { useQuery } from "@tanstack/react-query";

import { dataOf, useApi } from "../../api/client";
import { useQuietly } from "../../api/quietly";
import { useSettled } from "../../ui/use-settled";
import { isReadable } from "../queries";
import type { KeyFormState } from "./use-key-form";

/** How long a title stands as it is until it is looked for, in milliseconds. */
const TYPED_MS = 500;

/** A warning where another key of the system and environment has the same title; undefined where none has, or nobody knows. */
export function useSameTitle({ system, draft, start }: KeyFormState): string | undefined {
  const api = useApi();
  const quietly = useQuietly();
  const title = draft.title.trim();
  const settled = useSettled(title, TYPED_MS) ?? "";
  const systemId = system?.system_id;
  const { environment } = draft;
  const isAsked = systemId !== undefined && settled !== "" && settled === title && settled !== start?.title;
  const found = useQuery({
    queryKey: ["keys", "titled", systemId, environment, settled],
    enabled: isAsked,
    queryFn: async ({ signal }) => {
      const query = { system_id: systemId, environment, title_prefix: settled };
      const { items } = await dataOf(api.GET("/v1/keys", { params: { query }, signal, fetch: quietly }));
      return items.filter(isReadable).map(({ key_id, title }) => ({ key_id, title }));
    },
  });
  const isSame = (other: string) => other.toLowerCase() === title.toLowerCase();
  const others = found.data?.filter((key) => isSame(key.title) && key.key_id !== start?.key_id) ?? [];
  if (!isAsked || others.length === 0) return undefined;
  return "Another key of this system and environment has this title. Add what tells them apart.";
}
