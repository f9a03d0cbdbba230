import { type QueryClient, useQuery } from "@tanstack/react-query";

import { type Api, dataOf, ifMatch, type Schemas, useApi } from "../api/client";
import { useMay } from "../session/context";

export type Webhook = Schemas["Webhook"];
export type CreateWebhook = Schemas["CreateWebhookRequest"];
export type UpdateWebhook = Schemas["UpdateWebhookRequest"];
/** A webhook in the list, or a row that cannot be read. */
export type WebhookRow = Schemas["WebhookRow"];

/** An account has fewer. */
const PAGE_ROWS = 100;

export function isReadable(row: WebhookRow): row is Webhook {
  return "webhook_id" in row;
}

/** All webhooks of the account, by name. */
export function useWebhooks() {
  const api = useApi();
  const mayRead = useMay("streams:read");
  return useQuery({
    queryKey: LIST,
    enabled: mayRead,
    queryFn: async ({ signal }) => {
      const page = await dataOf(api.GET("/v1/webhooks", { params: { query: { limit: PAGE_ROWS } }, signal }));
      return page.items;
    },
  });
}

const LIST = ["webhooks", "list"];

export function readWebhook(api: Api, id: string): Promise<Webhook> {
  return dataOf(api.GET("/v1/webhooks/{webhook_id}", { params: { path: { webhook_id: id } } }));
}

export function createWebhook(api: Api, body: CreateWebhook, headers: Record<string, string>): Promise<Webhook> {
  return dataOf(api.POST("/v1/webhooks", { body, headers }));
}

export function updateWebhook(
  api: Api,
  { webhook_id, version }: { webhook_id: string; version: number },
  body: UpdateWebhook,
): Promise<Webhook> {
  const params = { path: { webhook_id }, header: ifMatch(version) };
  return dataOf(api.PATCH("/v1/webhooks/{webhook_id}", { params, body }));
}

export async function deleteWebhook(
  api: Api,
  { webhook_id, version }: { webhook_id: string; version: number },
): Promise<void> {
  await dataOf(api.DELETE("/v1/webhooks/{webhook_id}", { params: { path: { webhook_id }, header: ifMatch(version) } }));
}

/** A webhook was saved or deleted: the list is read anew, and keys count their uses anew. */
export async function webhooksChanged(queries: QueryClient): Promise<void> {
  void queries.invalidateQueries({ queryKey: ["keys"] });
  await queries.invalidateQueries({ queryKey: LIST });
}
