import { choose, edit, field, newKey, problem } from "./support/key-form";
import { Shop } from "./support/shop";
import { Stack } from "./support/stack";
import { test as base, expect, type Page } from "./support/test";

const OWNER = "owner@acme.example";
const NOBODY = `ck_${"c".repeat(40)}`;

const test = base.extend<{ shop: Shop }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, even for no fixture.
  shop: async ({}, use) => {
    const shop = await Shop.open();
    await use(shop);
    await shop.close();
  },
  stack: async ({ shop }, use) => {
    const stack = await Stack.start({ UPSTREAMS: shop.upstream });
    await use(stack);
    await stack.stop();
  },
});

async function tryIt(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Test connection" }).click();
}

/** A new key of the shop in the form, not saved. */
async function fillIn(page: Page, baseUrl: string): Promise<void> {
  await newKey(page, /^WooCommerce/);
  await choose(page, "Authentication type", /^OAuth 1\.0a/);
  await field(page, "Base URL").fill(baseUrl);
  await field(page, "Consumer key").fill(NOBODY);
  await field(page, "Consumer secret").fill(`cs_${"b".repeat(40)}`);
}

test("credentials are tried before they are saved, and nothing is stored by that", async ({
  page,
  signIn,
  stack,
  shop,
}) => {
  await signIn(OWNER);
  await fillIn(page, "http://shop.example.com");
  await tryIt(page);
  await expect(page.getByText("The credentials are refused")).toBeVisible();
  await field(page, "Consumer key").fill(shop.consumerKey);
  // What was said is of what stood there before.
  await expect(page.getByText("The credentials are refused: that was before your latest edits")).toBeVisible();
  await tryIt(page);
  await expect(page.getByText("The credentials work")).toBeVisible();
  expect(shop.asked).toHaveLength(2);
  expect(shop.asked[0]).toMatch(/^\/wp-json\/wc\/v3/);
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("an edit is tried together with the secrets that are kept", async ({ page, signIn, stack, shop }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", shop.key(NOBODY));
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Consumer key").fill(shop.consumerKey);
  await tryIt(page);
  await expect(page.getByText("The credentials work")).toBeVisible();
  // The edit is not saved, and the health of what is stored is not touched.
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`);
  expect(after).toMatchObject({ version: 1, health: null });
});

test("a stored key is tried from its page, which is its health from then on, and in its history", async ({
  page,
  signIn,
  stack,
  shop,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", shop.key(shop.consumerKey));
  await signIn(OWNER);
  await page.getByRole("link", { name: "Shop", exact: true }).click();
  await tryIt(page);
  const dialog = page.getByRole("dialog", { name: "Test “Shop”" });
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog.getByText("The credentials work")).toBeVisible();
  await shop.close();
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog.getByText("The system was not reached")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  await expect(page.getByText("Not reached", { exact: true })).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`)).body.health.result).toBe("unreachable");
  await page.getByRole("tab", { name: "Activity" }).click();
  const history = page.getByRole("list", { name: "Health history" }).getByRole("listitem");
  await expect(history).toHaveText([/Not reached.*version 1, by you/, /Accepted.*version 1, by you/]);
});

test("what is missing is told beside the button, and nothing is sent", async ({ page, signIn, shop }) => {
  await signIn(OWNER);
  await newKey(page, /^WooCommerce/);
  await tryIt(page);
  await expect(problem(page)).toContainText("Consumer secret");
  await expect(problem(page)).toBeFocused();
  expect(shop.asked).toEqual([]);
});
