import { busyAccount } from "./support/account";
import { choose, ERP, field, newKey, save, saved } from "./support/key-form";
import { expect, type Page, test } from "./support/test";

/* Choosing a key, and telling keys apart. */

const OWNER = "owner@acme.example";

async function filter(page: Page, text: string): Promise<void> {
  await page
    .getByRole("combobox", { name: "Find a key" })
    .or(page.getByRole("textbox", { name: "Find a key" }))
    .or(page.getByRole("searchbox", { name: "Find a key" }))
    .fill(text);
}

test("a key is chosen by any word of its title, by its host or its id", async ({ page, signIn, stack }) => {
  const make = async (title: string, base_url: string) =>
    (await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title, base_url })).body.key_id as string;
  await make("Live UK stores", "https://api.example.com");
  const wanted = await make("Staging DE returns", "https://returns.example.com");
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/sources/new`);
  await choose(page, "System", /^Custom HTTP/);
  await page.getByRole("button", { name: /^Key\b/ }).click();
  for (const text of ["returns de", "returns.example.com", wanted]) {
    await filter(page, text);
    await expect(page.getByRole("option", { name: /^Staging DE returns/ })).toBeVisible();
    await expect(page.getByRole("option", { name: /^Live UK stores/ })).toHaveCount(0);
  }
  await filter(page, "nobody");
  await expect(
    page.getByText("No key of this system and environment has “nobody” in its title, hosts, organizations or id."),
  ).toBeVisible();
  await filter(page, "uk");
  await page.getByRole("option", { name: /^Live UK stores/ }).click();
  await expect(page.getByRole("button", { name: /^Key\b/ })).toContainText("Live UK stores");
});

test("a source whose key is gone says so, and leads to another choice", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title: "New UK ERP" });
  await stack.call(OWNER, "PATCH", `/v1/sources/${account.source}`, { active: false }, { "if-match": '"1"' });
  const { status } = await stack.call(OWNER, "DELETE", `/v1/keys/${account.key}`, undefined, { "if-match": '"1"' });
  expect(status).toBe(204);
  await signIn(OWNER);
  await page.getByRole("link", { name: "Sources" }).click();
  await expect(page.getByText("a key that is gone")).toBeVisible();
  await expect(page.getByText(account.key)).toHaveCount(0);
  await page.getByRole("link", { name: "Orders of the UK ERP" }).click();
  await expect(page.getByText("a key that is gone")).toBeVisible();
  await expect(page.getByRole("button", { name: "Activate" })).toHaveAttribute("aria-disabled", "true");
  await page.getByRole("link", { name: "choose another" }).click();
  await expect(page.getByText("The key that was chosen is gone. Choose another one.")).toBeVisible();
  await choose(page, "Key", /^New UK ERP/);
  await save(page);
  await expect(page.getByText("“Orders of the UK ERP” is saved")).toBeVisible();
  await page.getByRole("button", { name: "Activate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
  await expect(page.getByText("“Orders of the UK ERP” is active")).toBeVisible();
});

test("a second key of the same title, system and environment is warned of, and can be saved all the same", async ({
  page,
  signIn,
  stack,
}) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await newKey(page, /^Shopify(?! with)/);
  const warning = page.getByText("Another key of this system and environment has this title.");
  await field(page, "Title").fill("Live UK Shop");
  await field(page, "Title").fill("live uk Shopify");
  await expect(warning).toBeVisible();
  await field(page, "Title").fill("Live UK Shopify 2");
  await expect(warning).toHaveCount(0);
  await field(page, "Title").fill("Live UK Shopify");
  await expect(warning).toBeVisible();
  // One for tests is another one.
  await page.getByRole("radio", { name: "Test" }).check();
  await expect(warning).toHaveCount(0);
  await page.getByRole("radio", { name: "Live" }).check();
  await expect(warning).toBeVisible();
  await choose(page, "Authentication type", /^Access token/);
  await field(page, "Shop").fill("acme-second");
  await field(page, "Access token").fill(`shpat_${"2".repeat(32)}`);
  await saved(page);
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  const titles: string[] = body.items.map(({ title }: { title: string }) => title);
  expect(titles.filter((title) => title === "Live UK Shopify")).toHaveLength(2);
});

test("keys of one title are told apart by the end of their token, one that has expired is not chosen, and a new one is a press away", async ({
  page,
  signIn,
  stack,
}) => {
  const make = async (title: string, api_key: string) => {
    const entries = { default: { fields: { api_key } } };
    const key = { system_id: "klaviyo", auth: "private-key", title, environment: "live", entries };
    const made = await stack.call(OWNER, "POST", "/v1/keys", key);
    expect(made.status).toBe(201);
    return made.body.key_id as string;
  };
  await make("Campaigns", "pk_0123456789abcdefghijklmnop1111");
  const second = await make("Campaigns", "pk_0123456789abcdefghijklmnop2222");
  const expired = await make("Campaigns of last year", "pk_0123456789abcdefghijklmnop3333");
  // Nobody can save a key that has expired: it gets there by waiting.
  await page.route(/\/v1\/keys\?/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    const items = body.items.map((row: { key_id: string }) =>
      row.key_id === expired ? { ...row, expires_at: "2026-01-01T00:00:00Z" } : row,
    );
    return route.fulfill({ response, json: { ...body, items } });
  });
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/sources/new`);
  await choose(page, "System", /^Klaviyo/);
  await page.getByRole("button", { name: /^Key\b/ }).click();
  for (const end of ["1111", "2222"])
    await expect(
      page.getByRole("option", { name: new RegExp(`^Campaigns live, ends in .{0,3}${end}, not tried`) }),
    ).toBeVisible();
  const old = page.getByRole("option", { name: /^Campaigns of last year/ });
  await expect(old).toHaveAttribute("aria-disabled", "true");
  await expect(old).toContainText("expired");
  await page.getByRole("option", { name: /2222/ }).click();
  await field(page, "Title").fill("Campaigns of the shop");
  await field(page, "Function").fill("campaigns");
  await save(page);
  await expect(page.getByText("“Campaigns of the shop” is saved")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Campaigns of the shop", level: 1 })).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/sources");
  expect(body.items.map(({ key_id }: { key_id: string }) => key_id)).toEqual([second]);

  await page.goto(`${stack.origin}/#/sources/new`);
  await choose(page, "System", /^Klaviyo/);
  await choose(page, "Key", "+ Create key");
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await expect(page.getByRole("button", { name: /^System/ })).toContainText("Klaviyo");
});
