import { busyAccount } from "./support/account";
import { ERP, edit } from "./support/key-form";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

async function openKey(page: Page, title: string): Promise<void> {
  await page.getByRole("link", { name: title, exact: true }).click();
  await expect(page.getByRole("tab", { name: "Details" })).toBeVisible();
}

test("its page shows what a key holds, and of secrets that they are there", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await openKey(page, "Live UK ERP");
  for (const text of ["AWS4", "https://api.example.com/v1", "AKIDEXAMPLE", "eu-west-1", "X-Tenant"]) {
    await expect(page.getByRole("main").getByText(text, { exact: true }).first()).toBeVisible();
  }
  await expect(page.getByText(/^Stored, set /).first()).toBeVisible();
  const text = await page.content();
  for (const secret of ["erp-secret-key", "tenant-secret-of-erp"]) expect(text).not.toContain(secret);
});

test("its uses lead to what uses it", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await openKey(page, "Live UK ERP");
  await page.getByRole("tab", { name: "Active uses (1)" }).click();
  await page.getByRole("link", { name: "Orders of the UK ERP" }).click();
  await expect(page).toHaveURL(/#\/sources\/src_/);
  await expect(page.getByRole("heading", { name: "Orders of the UK ERP", level: 1 })).toBeVisible();
});

test("an earlier version is restored, after it was said where its secrets would go", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const fields = { secret_key: "rotated", access_key: "AKIDROTATED" };
  await stack.call(
    OWNER,
    "PATCH",
    `/v1/keys/${key.key_id}`,
    { title: "Rotated", entries: { default: { fields } } },
    { "if-match": '"1"' },
  );
  await signIn(OWNER);
  await openKey(page, "Rotated");
  await page.getByRole("tab", { name: "Versions" }).click();
  await expect(page.getByRole("row", { name: /2 \(now\)/ })).toContainText("you");
  await expect(page.getByRole("button", { name: "Restore version 2" })).toHaveCount(0);
  await page.getByRole("button", { name: "Restore version 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore version 1 of “Rotated”?" });
  await expect(dialog).toContainText("https://api.example.com");
  await expect(dialog).toContainText("aws4");
  await dialog.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText("Version 1 of “Live UK ERP” is restored, as version 3.")).toBeVisible();
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`);
  expect(after.entries.default.fields.secret_key.hashed).toBe(key.entries.default.fields.secret_key.hashed);
  expect(after).toMatchObject({ title: "Live UK ERP", version: 3 });
});

test("its activity tells every change and use, by whom, with a chart of uses per day", async ({
  page,
  signIn,
  stack,
}) => {
  const account = await busyAccount(stack);
  await stack.call("editor@acme.example", "PATCH", `/v1/keys/${account.key}`, { title: "ERP" }, { "if-match": '"1"' });
  await signIn(OWNER);
  await openKey(page, "ERP");
  await page.getByRole("tab", { name: "Activity" }).click();
  const timeline = page.getByRole("table", { name: "Timeline" });
  await expect(timeline.getByRole("row")).toHaveCount(4);
  await expect(timeline.getByRole("row").nth(1)).toContainText(/Changed.*Title.*editor@acme\.example/s);
  await expect(timeline.getByRole("row").nth(2)).toContainText(
    /Signed a request.*GET https:\/\/api\.example\.com\/v1\/orders.*client:runtime/s,
  );
  await expect(timeline.getByRole("row").nth(3)).toContainText(/Created.*you/s);
  await expect(page.getByText("One use in the last 14 days")).toBeVisible();
});

test("somebody who may not see the trail has no such tab", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn("viewer@acme.example");
  await openKey(page, "Live UK ERP");
  await expect(page.getByRole("tab", { name: "Activity" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^(Edit|Delete|Test connection|Replace everywhere)$/ })).toHaveCount(0);
});

test("a key is replaced everywhere, after it was shown where that is", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  const { body: next } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title: "New UK ERP" });
  await signIn(OWNER);
  await openKey(page, "Live UK ERP");
  await page.getByRole("button", { name: "Replace everywhere" }).click();
  const dialog = page.getByRole("dialog", { name: "Replace “Live UK ERP” everywhere" });
  await dialog.getByRole("button", { name: /^Key to use instead/ }).click();
  // Itself, and keys of other systems and environments, are not offered.
  await expect(page.getByRole("option")).toHaveText([/^New UK ERP/]);
  await page.getByRole("option").click();
  await expect(dialog.getByText("What would be moved")).toBeVisible();
  await expect(dialog.getByText("Orders of the UK ERP")).toBeVisible();
  // The dry run has changed nothing.
  expect((await stack.call(OWNER, "GET", `/v1/sources/${account.source}`)).body.key_id).toBe(account.key);
  await dialog.getByRole("button", { name: "Replace", exact: true }).click();
  await expect(page.getByText("One use of “Live UK ERP” moved to “New UK ERP”.")).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/sources/${account.source}`)).body.key_id).toBe(next.key_id);
});

test("a key that has expired says so with the time, on its page and where it is used", async ({
  page,
  signIn,
  stack,
}) => {
  const { key, source } = await busyAccount(stack);
  await page.route(`**/v1/keys/${key}`, async (route) => {
    const response = await route.fetch();
    const body = { ...(await response.json()), expires_at: "2026-03-01T12:00:00Z" };
    await route.fulfill({ response, json: body });
  });
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/${key}`);
  await expect(page.getByText(/^This key expired on 1 Mar 2026, \d\d:00\. Nothing can use it\.$/)).toBeVisible();
  await expect(page.getByText(/^expired (\d+ months ago|last month)$/)).toBeVisible();
  await page.goto(`${stack.origin}/#/sources/${source}`);
  await expect(page.getByText("expired", { exact: true })).toBeVisible();
  await page.goto(`${stack.origin}/#/keys/${key}`);
  await page.getByRole("button", { name: "Change its end" }).click();
  await expect(page.getByRole("heading", { name: /^Edit Live UK ERP/, level: 1 })).toBeVisible();
});

test("a key that is gone says so", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/key_01890000-0000-7000-8000-000000000000`);
  await expect(page.getByRole("heading", { name: "There is no such key" })).toBeVisible();
});

test("the hash of a secret stands in its page and form, so that two people can compare it", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const { hashed } = key.entries.default.fields.secret_key;
  await signIn(OWNER);
  await openKey(page, "Live UK ERP");
  await expect(page.getByText(`hash ${hashed}`)).toBeVisible();
  await edit(page, key.key_id);
  await expect(page.getByText(`hash ${hashed}`)).toBeVisible();
});

test("the word Restore stands in one line beside each version", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const long = { title: "A title of several words", headers: ERP.headers, expires_at: "2027-03-01T00:00:00Z" };
  await stack.call(OWNER, "PATCH", `/v1/keys/${key.key_id}`, long, { "if-match": '"1"' });
  for (const width of [1360, 1024, 768]) {
    await page.setViewportSize({ width, height: 900 });
    if (width === 1360) await signIn(OWNER);
    await page.goto(`${stack.origin}/#/keys/${key.key_id}?tab=versions`);
    const restore = page.getByRole("button", { name: "Restore version 1" });
    await expect(restore).toBeVisible();
    const lines = await restore.evaluate((button) => {
      const text = document.createRange();
      text.selectNodeContents(button);
      return new Set([...text.getClientRects()].map(({ top }) => Math.round(top))).size;
    });
    expect(lines, `${width} px`).toBe(1);
  }
});

test("a chosen value is shown by its name, and the key id stands in one line", async ({ page, signIn, stack }) => {
  const { key } = await busyAccount(stack);
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/${key}`);
  await expect(page.getByText("The Authorization header", { exact: true })).toBeVisible();
  const id = page.getByRole("main").getByText(key, { exact: true });
  await expect(id).toBeVisible();
  expect(await id.evaluate((element) => element.getClientRects().length)).toBe(1);
  const height = await id.evaluate((element) => element.getBoundingClientRect().height);
  expect(height).toBeLessThan(30);
});

test("the address that follows from the fields is shown for each entry", async ({ page, signIn, stack }) => {
  const { organizationKey } = await busyAccount(stack);
  await signIn("owner@acme.example");
  await page.goto(`${stack.origin}/#/keys/${organizationKey}`);
  for (const shop of ["acme-uk", "acme-us"])
    await expect(page.getByText(`https://${shop}.myshopify.com/admin/api/2026-10/`, { exact: true })).toBeVisible();
});

test("what was changed is called as its field is, and a key that was only tested has no use", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "custom-http",
    auth: "token",
    title: "Orders API",
    environment: "live",
    base_url: "https://api.invalid",
    headers: [{ name: "Content-Type", value: "application/json" }],
    entries: { default: { fields: { value: "the-first-token" } } },
  });
  const change = { entries: { default: { fields: { value: "the-second-token" } } } };
  await stack.call(OWNER, "PATCH", `/v1/keys/${key.key_id}`, change, { "if-match": '"1"' });
  const tried = await stack.call(OWNER, "POST", `/v1/keys/${key.key_id}/verify`);
  expect(tried.status).toBe(200);
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/${key.key_id}?tab=activity`);
  const timeline = page.getByRole("table", { name: "Timeline" });
  await expect(timeline.getByRole("row").nth(1)).toContainText("Tried against its system");
  await expect(timeline.getByRole("row").nth(2)).toContainText(/Changed\s*Token\s*you/);
  await expect(timeline.getByText("Header value")).toHaveCount(0);
  await expect(page.getByText("No use in the last 14 days", { exact: true })).toBeVisible();
});

test("the fields of a key stand in the order of its system's template", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await openKey(page, "Live UK Shopify");
  const labels = page.getByRole("main").getByRole("term");
  await expect(labels.filter({ hasText: /^(Shop|API version|Access token|Address of requests)$/ })).toHaveText([
    "Shop",
    "API version",
    "Access token",
    "Address of requests",
  ]);
});
