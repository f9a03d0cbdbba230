import { keyOfMany } from "./support/account";
import { hold } from "./support/hold";
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

test("many organizations stand in boxes that open and close, with a list to jump to each", async ({
  page,
  signIn,
  stack,
}) => {
  const key = await keyOfMany(stack, 10);
  await signIn(OWNER);
  await edit(page, key);
  const list = page.getByRole("navigation", { name: "Organizations of this key" });
  await expect(list.getByText("10 organizations")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Consumer key" })).toHaveCount(0);
  await list.getByRole("button", { name: "Go to Store 03 (org_07)" }).click();
  await expect(entry(page, "org_07").getByRole("button", { name: /^Organization/ })).toBeFocused();
  await expect(field(entry(page, "org_07"), "Consumer key")).toHaveValue("ck_of_org_07");
  await expect(page.getByRole("textbox", { name: "Consumer key" })).toHaveCount(1);
  // What is wrong is in view, whichever box it stands in.
  await field(entry(page, "org_07"), "Consumer key").fill("");
  await list.getByRole("button", { name: "Close all" }).click();
  await save(page);
  await problem(page)
    .getByRole("link", { name: /^Consumer key of org_07/ })
    .click();
  await expect(field(entry(page, "org_07"), "Consumer key")).toBeFocused();
  await list.getByRole("button", { name: "Open all" }).click();
  await expect(page.getByRole("textbox", { name: "Consumer key" })).toHaveCount(10);
});

test("all but secrets is copied from another organization, and an unknown id is warned of", async ({
  page,
  signIn,
  stack,
}) => {
  const key = await keyOfMany(stack, 3);
  await signIn(OWNER);
  await edit(page, key);
  const unknown = entry(page, "org_02");
  await expect(unknown.getByText("The account has no organization with this id.")).toBeVisible();
  await unknown.getByRole("button", { name: "Copy all but secrets from another organization to org_02" }).click();
  await page.getByRole("menuitem", { name: "Store 03 (org_00)" }).click();
  await expect(field(unknown, "Consumer key")).toHaveValue("ck_of_org_00");
  await saved(page);
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${key}`);
  expect(body.entries.org_02.fields.consumer_key).toBe("ck_of_org_00");
  expect(body.entries.org_02.fields.consumer_secret.hashed).not.toBe(body.entries.org_00.fields.consumer_secret.hashed);
  // They stand by their titles there.
  await expect(page.getByRole("heading", { name: /^(Store|org_02)/, level: 2 })).toHaveText([
    "org_02",
    "Store 02 (org_01)",
    "Store 03 (org_00)",
  ]);
});

test("all organizations of a key are tested in one go, with the progress and each outcome", async ({
  page,
  signIn,
  stack,
}) => {
  const key = await keyOfMany(stack, 4);
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/${key}`);
  await page.getByRole("button", { name: "Test connection" }).click();
  const dialog = page.getByRole("dialog", { name: "Test “Stores”" });
  const { asked, release } = await hold(page, /\/verify\?organization=org_01/);
  await dialog.getByRole("button", { name: "Test all 4 organizations" }).click();
  await asked;
  await expect(dialog.getByText("1 of 4")).toBeVisible();
  const outcomes = dialog.getByRole("list", { name: "Outcomes" }).getByRole("listitem");
  await expect(outcomes).toHaveText([/Not reached/, /not yet/, /not yet/, /not yet/]);
  await release();
  await expect(outcomes).toHaveText([/Not reached/, /Not reached/, /Not reached/, /Not reached/]);
  await expect(dialog.getByText("All 4 are tested.")).toBeVisible();
});
