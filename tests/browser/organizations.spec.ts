import { choose, edit, field, newKey, problem, save, saved } from "./support/key-form";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

const entry = (page: Page, name: string) => page.getByRole("group", { name: `Organization ${name}` });

test("one key holds the credentials of several organizations, each once", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await newKey(page, /^WooCommerce/);
  await field(page, "Title").fill("Stock of everybody");
  await field(page, "Base URL").fill("https://shop.example.com");
  await page.getByRole("checkbox", { name: "Organization-specific" }).check();
  await choose(entry(page, "to be chosen"), "Organization", /^Acme UK/);
  await field(entry(page, "org_uk"), "Consumer key").fill("uk-account");
  await field(entry(page, "org_uk"), "Consumer secret").fill("uk-secret");

  await page.getByRole("button", { name: "Add Organization Credential" }).click();
  const second = entry(page, "to be chosen");
  await second.getByRole("button", { name: /^Organization/ }).click();
  // One that has its entry already cannot be chosen again.
  await expect(page.getByRole("option", { name: /^Acme US/ })).toBeVisible();
  await expect(page.getByRole("option", { name: /^Acme UK/ })).toHaveCount(0);
  await page.getByRole("option", { name: /^Acme US/ }).click();
  await field(entry(page, "org_us"), "Consumer key").fill("us-account");
  await field(entry(page, "org_us"), "Consumer secret").fill("us-secret");

  const keyId = await saved(page);
  await expect(page.getByText("per organization")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${keyId}`);
  expect(body.organization_specific).toBe(true);
  expect(Object.keys(body.entries).sort()).toEqual(["org_uk", "org_us"]);
  expect(body.entries.org_us.fields.consumer_key).toBe("us-account");
});

test("Remove Organization, to the right of the drop-down, removes an entry and leaves the others as they are", async ({
  page,
  signIn,
  stack,
}) => {
  const fields = (consumer_key: string) => ({ fields: { consumer_key, consumer_secret: `cs_${consumer_key}` } });
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "woocommerce",
    auth: "basic",
    base_url: "https://shop.example.com",
    title: "Stock",
    environment: "live",
    organization_specific: true,
    entries: { org_uk: fields("uk"), org_us: fields("us") },
  });
  await signIn(OWNER);
  await edit(page, before.key_id);
  const remove = entry(page, "org_uk").getByRole("button", { name: "Remove Organization org_uk" });
  const [button, dropDown] = [
    await remove.boundingBox(),
    await entry(page, "org_uk")
      .getByRole("button", { name: /^Organization/ })
      .boundingBox(),
  ];
  expect(button?.x).toBeGreaterThan((dropDown?.x ?? 0) + (dropDown?.width ?? 0));
  await remove.click();
  await expect(entry(page, "org_uk")).toHaveCount(0);
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`);
  expect(after.entries).toEqual({ org_us: before.entries.org_us });
});

test("an organization that is still to be chosen is told about, and nothing is saved", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^WooCommerce/);
  await field(page, "Title").fill("Stock");
  await field(page, "Base URL").fill("https://shop.example.com");
  await page.getByRole("checkbox", { name: "Organization-specific" }).check();
  await field(entry(page, "to be chosen"), "Consumer key").fill("uk-account");
  await field(entry(page, "to be chosen"), "Consumer secret").fill("uk-secret");
  await save(page);
  await expect(problem(page)).toContainText("Organization");
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
  await expect(field(entry(page, "to be chosen"), "Consumer key")).toHaveValue("uk-account");
});

test("turning it off is told to replace what is stored, and turning it on again brings that back", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "woocommerce",
    auth: "basic",
    base_url: "https://shop.example.com",
    title: "Stock",
    environment: "live",
    organization_specific: true,
    entries: { org_uk: { fields: { consumer_key: "uk", consumer_secret: "uk-secret" } } },
  });
  await signIn(OWNER);
  await edit(page, before.key_id);
  const toggle = page.getByRole("checkbox", { name: "Organization-specific" });
  await toggle.uncheck();
  await expect(
    page.getByText("When you save, the credentials that you enter here replace the stored ones"),
  ).toBeVisible();
  await toggle.check();
  await expect(field(entry(page, "org_uk"), "Consumer key")).toHaveValue("uk");
  await expect(page.getByRole("button", { name: "Replace Consumer secret of org_uk" })).toBeVisible();
});
