import { type QueryClient, useQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import type { System } from "../systems/queries";

export type App = Schemas["App"];
export type AppRow = Schemas["AppRow"];
export type KeyConnection = Schemas["KeyConnection"];

const APPS = ["apps"];
const PAGE_ROWS = 100;

/** The account's own OAuth clients. There are never so many that a page at a time would matter. */
export function useApps(isEnabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: APPS,
    enabled: isEnabled,
    queryFn: async ({ signal }) => {
      const rows: AppRow[] = [];
      let cursor: string | undefined;
      do {
        const page: Schemas["AppList"] = await dataOf(
          api.GET("/v1/apps", { params: { query: { limit: PAGE_ROWS, cursor } }, signal }),
        );
        rows.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return rows;
    },
  });
}

export function appsHaveChanged(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey: APPS });
}

export function isReadableApp(row: AppRow): row is App {
  return "client_id" in row;
}

/** How keys of an auth variant are connected; null where credentials are typed. */
export function connectsOf(system: System | undefined, auth: string): Schemas["Connects"] | null {
  return system?.auth.find(({ id }) => id === auth)?.connects ?? null;
}

/** Begins to connect an entry of a key. The answer has the address where the person consents. */
export function beginConnection(
  api: Api,
  keyId: string,
  entry: string,
  ask: { otherIdentity: boolean; scopes?: string[] },
) {
  return dataOf(
    api.POST("/v1/keys/{key_id}/connections", {
      params: { path: { key_id: keyId } },
      body: {
        organization: entry === "default" ? null : entry,
        scopes: ask.scopes ?? null,
        other_identity: ask.otherIdentity,
      },
    }),
  );
}
