import { type QueryClient, useInfiniteQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";

export type Delivery = Schemas["Delivery"];
export type DeliveryState = Schemas["DeliveryState"];
/** The states that deliveries are redelivered from, all at once. */
export type Redeliverable = "failed" | "parked";

/** How often what is shown is read anew while something is under way. */
const SOON_MS = 2_000;

const keyOf = (webhook: string) => ["webhooks", "deliveries", webhook];

/** The deliveries of a webhook, the newest event first: of one state, or of all. */
export function useDeliveries(webhook: string, state: DeliveryState | null) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...keyOf(webhook), state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { cursor, state: state ?? undefined };
      const params = { path: { webhook_id: webhook }, query };
      return dataOf(api.GET("/v1/webhooks/{webhook_id}/deliveries", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some(isUnderWay)) === true ? SOON_MS : false,
  });
}

/** Whether an attempt is due within moments. */
function isUnderWay({ state, due_at = null }: Delivery): boolean {
  return state === "pending" && due_at !== null && Date.parse(due_at) - Date.now() < 10_000;
}

export async function redeliver(api: Api, webhook: string, delivery: string): Promise<void> {
  const params = { path: { webhook_id: webhook, delivery_id: delivery } };
  await dataOf(api.POST("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", { params }));
}

/** Redelivers all of a state, and returns how many those are. The API takes some at a time. */
export async function redeliverAll(api: Api, webhook: string, state: Redeliverable): Promise<number> {
  const params = { path: { webhook_id: webhook } };
  let count = 0;
  for (;;) {
    const answer = await dataOf(api.POST("/v1/webhooks/{webhook_id}/redeliver", { params, body: { state } }));
    count += answer.redelivered;
    if (!answer.more || answer.redelivered === 0) return count;
  }
}

export async function sendTestEvent(api: Api, webhook: string): Promise<void> {
  await dataOf(api.POST("/v1/webhooks/{webhook_id}/test", { params: { path: { webhook_id: webhook } } }));
}

/** Something is sent, or sent again: deliveries are read anew, and what makes them wait. */
export async function deliveriesChanged(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ queryKey: ["webhooks"] });
}
