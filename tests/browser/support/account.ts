import { ERP } from "./key-form";
import type { Stack } from "./stack";

/** An account in which something goes on: what the pages have to show. */
export interface Account {
  /** A live key of Custom HTTP that an active source uses. */
  key: string;
  /** A test key that holds credentials for each organization. */
  organizationKey: string;
  source: string;
  destination: string;
}

const OWNER = "owner@acme.example";
const DAY_MS = 24 * 60 * 60 * 1000;

export async function busyAccount(stack: Stack): Promise<Account> {
  const key = await made(stack, "/v1/keys", "key_id", { ...ERP, expires_at: "2027-03-01T00:00:00Z" });
  const fields = (shop: string) => ({
    fields: { shop, api_version: "2026-10", access_token: `shpat_${"0".repeat(32)}` },
  });
  const organizationKey = await made(stack, "/v1/keys", "key_id", {
    system_id: "shopify",
    auth: "access-token",
    title: "Staging stores",
    environment: "test",
    organization_specific: true,
    entries: { org_uk: fields("acme-uk"), org_us: fields("acme-us") },
  });
  await made(stack, "/v1/keys", "key_id", {
    system_id: "shopify",
    auth: "access-token",
    title: "Live UK Shopify",
    environment: "live",
    expires_at: new Date(Date.now() + 10 * DAY_MS).toISOString(),
    entries: { default: fields("acme-live") },
  });
  const shop = await made(stack, "/v1/keys", "key_id", {
    system_id: "woocommerce",
    auth: "basic",
    title: "Shop in Germany",
    environment: "live",
    base_url: "https://shop.invalid",
    entries: { default: { fields: { consumer_key: "ck_key", consumer_secret: "cs_secret" } } },
  });
  // There is no such server, and that is its health from then on.
  await stack.call(OWNER, "POST", `/v1/keys/${shop}/verify`);
  const source = await made(stack, "/v1/sources", "source_id", {
    title: "Orders of the UK ERP",
    system_id: "custom-http",
    function: "orders",
    trigger: { type: "scheduled", cron: "0 6 * * 1-5" },
    environment: "live",
    key_id: key,
    settings: { page_size: 50 },
  });
  const destination = await made(stack, "/v1/destinations", "destination_id", {
    title: "Stock of the staging stores",
    system_id: "shopify",
    function: "stock",
    trigger: { type: "real_time" },
    environment: "test",
    key_id: organizationKey,
    organization: "org_uk",
    active: false,
  });
  await stack.call("runtime", "POST", `/v1/keys/${key}/sign`, { method: "GET", path: "/orders" });
  await made(stack, "/v1/webhooks", "webhook_id", {
    name: "Orders to the ERP",
    event_types: ["order.created"],
    path: "/hooks",
    environment: "live",
    active: false,
  });
  const old = await made(stack, "/v1/keys", "key_id", { ...ERP, title: "Old ERP", environment: "test" });
  await stack.call(OWNER, "DELETE", `/v1/keys/${old}`, undefined, { "if-match": '"1"' });
  return { key, organizationKey, source, destination };
}

/** A key with the credentials of many organizations, of which the account knows all but the last. */
export async function keyOfMany(stack: Stack, count: number): Promise<string> {
  const ids = Array.from({ length: count }, (_, index) => `org_${String(index).padStart(2, "0")}`);
  const { body: account } = await stack.call(OWNER, "GET", "/v1/account");
  // Titles stand in another order than ids.
  const organizations = ids.slice(0, -1).map((organization_id, index) => ({
    organization_id,
    title: `Store ${String(count - index).padStart(2, "0")}`,
  }));
  const { status } = await stack.call(
    OWNER,
    "PATCH",
    "/v1/account",
    { organizations },
    { "if-match": `"${account.version}"` },
  );
  if (status !== 200) throw new Error(`the account was answered with ${status}`);
  const fields = (id: string) => ({ fields: { consumer_key: `ck_of_${id}`, consumer_secret: `cs_${id}` } });
  return made(stack, "/v1/keys", "key_id", {
    system_id: "woocommerce",
    auth: "basic",
    base_url: "https://shop.invalid",
    title: "Stores",
    environment: "live",
    organization_specific: true,
    entries: Object.fromEntries(ids.map((id) => [id, fields(id)])),
  });
}

async function made(stack: Stack, path: string, id: string, body: unknown): Promise<string> {
  const answer = await stack.call(OWNER, "POST", path, body);
  if (answer.status !== 201) throw new Error(`${path} was answered with ${JSON.stringify(answer)}`);
  return answer.body[id] as string;
}
