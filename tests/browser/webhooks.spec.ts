import { choose, ERP, field, problem } from "./support/key-form";
import { Shop } from "./support/shop";
import { Stack } from "./support/stack";
import { expect, type Locator, type Page, test } from "./support/test";

/* Settings, Integrations, Credentials and Webhooks: the webhooks. */

const OWNER = "owner@acme.example";

async function goToWebhooks(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Integrations" }).click();
  await page.getByRole("tab", { name: "Credentials and Webhooks" }).click();
  await expect(page.getByRole("heading", { name: /^Webhooks/ })).toBeVisible();
}

async function addWebhook(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Add Webhook", exact: true }).click();
  return page.getByRole("dialog", { name: "Add Webhook" });
}

const save = (modal: Locator) => modal.getByRole("button", { name: "Save", exact: true }).click();
const row = (page: Page, name: string) =>
  page.getByRole("grid", { name: "Webhooks" }).getByRole("row").filter({ hasText: name });

test("a webhook is added with a credential of its environment, marked, edited and deleted", async ({
  page,
  signIn,
  stack,
}) => {
  const stored = [];
  for (const [title, environment] of [
    ["Live ERP", "live"],
    ["Test ERP", "test"],
  ])
    stored.push((await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title, environment })).body.key_id);
  await signIn(OWNER);
  await goToWebhooks(page);
  await expect(page.getByText("No webhooks yet")).toBeVisible();
  for (const name of ["Add Credential", "Add Webhook"])
    await expect(page.getByRole("button", { name, exact: true })).toHaveCSS("background-color", "rgb(29, 122, 7)");

  const modal = await addWebhook(page);
  await save(modal);
  for (const name of ["Name:", "Event:", "URL Path:", "Credential:"]) await expect(problem(page)).toContainText(name);
  await field(modal, "Name").fill("Orders to the ERP");
  await field(modal, "Event").fill("order.created, key.updated");
  await field(modal, "URL Path").fill("/hooks/keyward");
  // Only those of the webhook's environment are offered.
  await modal.getByRole("button", { name: /^Credential\b/ }).click();
  await expect(page.getByRole("option")).toHaveText([/^Live ERP/]);
  await page.keyboard.press("Escape");
  await modal.getByRole("checkbox", { name: "Test Webhook" }).check();
  await modal.getByRole("button", { name: /^Credential\b/ }).click();
  await expect(page.getByRole("option")).toHaveText([/^Test ERP/]);
  await page.keyboard.press("Escape");
  await choose(modal, "Credential", /^Test ERP/);
  await expect(modal.getByText("/hooks/keyward.")).toBeVisible();
  await choose(modal, "HTTP Method", /^PUT/);
  await save(modal);
  await expect(page.getByText("“Orders to the ERP” is saved")).toBeVisible();
  const of = row(page, "Orders to the ERP");
  await expect(of).toContainText("test");
  await expect(of).toContainText("PUT /hooks/keyward");
  await expect(of).not.toContainText("inactive");
  const [webhook] = (await stack.call(OWNER, "GET", "/v1/webhooks")).body.items;
  expect(webhook).toMatchObject({
    event_types: ["key.updated", "order.created"],
    environment: "test",
    key_id: stored[1],
    method: "PUT",
    active: true,
  });

  await of.getByRole("button", { name: "Edit Orders to the ERP" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Webhook" });
  await edit.getByRole("checkbox", { name: "Active" }).uncheck();
  await save(edit);
  await expect(of).toContainText("inactive");
  await of.getByRole("button", { name: "Delete Orders to the ERP" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText("“Orders to the ERP” is deleted")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/webhooks")).body.items).toEqual([]);
});

test("what was typed is not lost by closing without a question", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await goToWebhooks(page);
  const modal = await addWebhook(page);
  await field(modal, "Name").fill("Orders");
  await modal.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay" }).click();
  await expect(field(modal, "Name")).toHaveValue("Orders");
  await modal.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Leave" }).click();
  await expect(modal).toHaveCount(0);
  expect((await stack.call(OWNER, "GET", "/v1/webhooks")).body.items).toEqual([]);
});

test("a viewer sees webhooks and changes none", async ({ page, signIn, stack }) => {
  await stack.call(OWNER, "POST", "/v1/webhooks", {
    name: "Orders to the ERP",
    event_types: ["order.created"],
    path: "/hooks",
    environment: "live",
    active: false,
  });
  await signIn("viewer@acme.example");
  await goToWebhooks(page);
  await expect(row(page, "Orders to the ERP")).toContainText("inactive");
  await expect(page.getByRole("button", { name: "Add Webhook" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Edit Orders to the ERP" })).toHaveCount(0);
});

test.describe("deliveries", () => {
  const shopTest = test.extend<{ shop: Shop }>({
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from here.
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

  shopTest(
    "a test event is sent, and a refused credential makes deliveries wait until it is replaced",
    async ({ page, signIn, stack, shop }) => {
      const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", shop.key(shop.consumerKey));
      await stack.call(OWNER, "POST", "/v1/webhooks", {
        name: "Orders to the shop",
        event_types: ["order.created"],
        path: "/hooks",
        environment: "live",
        key_id: key.key_id,
      });
      await signIn(OWNER);
      await goToWebhooks(page);
      await row(page, "Orders to the shop")
        .getByRole("button", { name: "Show the deliveries of Orders to the shop" })
        .click();
      const dialog = page.getByRole("dialog", { name: "Deliveries of “Orders to the shop”" });
      await expect(dialog.getByText("No events were sent yet.")).toBeVisible();
      await dialog.getByRole("button", { name: "Send test event" }).click();
      await expect(dialog.getByText("Delivered", { exact: true })).toBeVisible();
      await expect(dialog.getByText("200: The receiver took it.")).toBeVisible();

      // Another consumer is none that the shop knows.
      const wrong = shop.key("ck_".padEnd(43, "b")).entries;
      await stack.call(OWNER, "PATCH", `/v1/keys/${key.key_id}`, { entries: wrong }, { "if-match": '"1"' });
      await dialog.getByRole("button", { name: "Send test event" }).click();
      await expect(dialog.getByText("Deliveries wait")).toBeVisible({ timeout: 15_000 });
      await expect(dialog.getByText(/The system refuses the credential\. Replace it/).first()).toBeVisible();
      const right = shop.key(shop.consumerKey).entries;
      await stack.call(OWNER, "PATCH", `/v1/keys/${key.key_id}`, { entries: right }, { "if-match": '"2"' });
      await dialog.getByRole("button", { name: "Resume" }).click();
      await expect(dialog.getByText("Delivered", { exact: true })).toHaveCount(2);
      await expect(dialog.getByText("Deliveries wait")).toHaveCount(0);
      await dialog.getByRole("button", { name: "Redeliver webhook.test" }).first().click();
      await expect.poll(() => shop.asked.filter((path) => path.endsWith("/hooks")).length).toBe(4);
    },
  );
});
