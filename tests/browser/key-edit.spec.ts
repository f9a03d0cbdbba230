import { ERP, edit, field, problem, save, saved } from "./support/key-form";
import { bodies, recordSent } from "./support/sent";
import { expect, test } from "./support/test";

const OWNER = "owner@acme.example";

test("an edit shows that secrets are stored, and never what they are", async ({ page, signIn, stack }) => {
  const token = { ...ERP, system_id: "shopify", auth: "access-token", base_url: undefined, headers: [] };
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", {
    ...token,
    entries: {
      default: {
        fields: { shop: "acme-store", access_token: "shpat_0123456789abcdef01234567", api_secret: "the-api-secret" },
      },
    },
  });
  await signIn(OWNER);
  await edit(page, key.key_id);
  await expect(field(page, "Shop")).toHaveValue("acme-store");
  // A hint where the vendor shows the same one, and none where it does not.
  await expect(page.getByText("Stored, ends in …4567, set just now")).toBeVisible();
  await expect(page.getByText("Stored, set just now")).toBeVisible();
  await expect(field(page, "Access token")).toHaveCount(0);
  expect(await page.content()).not.toContain("shpat_");
  expect(await page.content()).not.toContain("the-api-secret");
});

test("a secret that was not touched is not sent, and is the same after saving", async ({ page, signIn, stack }) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const sent = await recordSent(page);
  await signIn(OWNER);
  await edit(page, before.key_id);
  await field(page, "Title").fill("UK ERP");
  await field(page, "Access key").fill("AKIDANOTHER");
  await saved(page);
  expect(bodies(sent, "PATCH")).toEqual([
    { title: "UK ERP", entries: { default: { fields: { access_key: "AKIDANOTHER" } } } },
  ]);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`);
  expect(after).toMatchObject({ key_id: before.key_id, title: "UK ERP", version: 2, headers: before.headers });
  expect(after.entries.default.fields.secret_key).toEqual(before.entries.default.fields.secret_key);
});

test("Replace opens an input for the new secret, and Cancel keeps the stored one", async ({ page, signIn, stack }) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const sent = await recordSent(page);
  await signIn(OWNER);
  await edit(page, before.key_id);
  await page.getByRole("button", { name: "Replace Secret key" }).click();
  await expect(field(page, "Secret key")).toBeFocused();
  await field(page, "Secret key").fill("never mind");
  await page.getByRole("button", { name: "Cancel and keep the stored Secret key" }).click();
  await expect(page.getByRole("button", { name: "Replace Secret key" })).toBeFocused();
  await expect(field(page, "Secret key")).toHaveCount(0);

  await page.getByRole("button", { name: "Replace Secret key" }).click();
  await save(page);
  await expect(page.getByText("Secret key is empty: type the new value, or keep the stored one.")).toBeVisible();
  await field(page, "Secret key").fill("the-new-secret");
  await saved(page);
  expect(bodies(sent, "PATCH")).toEqual([{ entries: { default: { fields: { secret_key: "the-new-secret" } } } }]);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`);
  expect(after.entries.default.fields.secret_key.hashed).not.toBe(before.entries.default.fields.secret_key.hashed);
});

test("a text that looks like a mask is stored as the secret that it is", async ({ page, signIn, stack }) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const text = JSON.stringify({ hashed: before.entries.default.fields.secret_key.hashed });
  const sent = await recordSent(page);
  await signIn(OWNER);
  await edit(page, before.key_id);
  await page.getByRole("button", { name: "Replace Secret key" }).click();
  await field(page, "Secret key").fill(text);
  await saved(page);
  expect(bodies(sent, "PATCH")).toEqual([{ entries: { default: { fields: { secret_key: text } } } }]);
});

test("an optional secret can be removed, and kept after all", async ({ page, signIn, stack }) => {
  const fields = { ...ERP.entries.default.fields, session_token: "temporary" };
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, entries: { default: { fields } } });
  await signIn(OWNER);
  await edit(page, before.key_id);
  await expect(page.getByRole("button", { name: "Remove Secret key" })).toHaveCount(0);
  await page.getByRole("button", { name: "Remove Session token" }).click();
  await expect(page.getByText("Removed when you save")).toBeVisible();
  await page.getByRole("button", { name: "Keep Session token" }).click();
  await page.getByRole("button", { name: "Remove Session token" }).click();
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`);
  expect(Object.keys(after.entries.default.fields)).not.toContain("session_token");
});

test("it is said beforehand that secrets are needed again when they would go elsewhere", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn(OWNER);
  await edit(page, before.key_id);
  await field(page, "Base URL").fill("https://api.example.com/v2");
  await expect(page.getByText(/needed again/)).toHaveCount(0);
  await field(page, "Base URL").fill("https://other.example.com/v1");
  await expect(page.getByText("This is another server, so enter the secrets again.")).toBeVisible();
  await expect(field(page, "Secret key")).toBeVisible();
  await expect(field(page.getByRole("group", { name: "Header X-Tenant" }), "Value")).toBeVisible();
  await field(page, "Base URL").fill("https://api.example.com/v1");
  await expect(page.getByRole("button", { name: "Replace Secret key" })).toBeVisible();

  await field(page, "Region").fill("eu-west-2");
  await expect(page.getByText("Needed again, since Region has changed.")).toBeVisible();
  await save(page);
  await problem(page).getByRole("link", { name: "Secret key:" }).click();
  await field(page, "Secret key").fill("for-the-other-region");
  await saved(page);
});

test("secrets that only the API knows to be needed are asked for at their fields", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "shopify",
    auth: "access-token",
    title: "Shop",
    environment: "test",
    entries: { default: { fields: { shop: "acme-store", access_token: "shpat_0123456789abcdef01234567" } } },
  });
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Shop").fill("acme-outlet");
  await expect(page.getByText(/Shop has changed. If requests go to another server now/)).toBeVisible();
  await save(page);
  await expect(problem(page)).toContainText("The secrets must be given again");
  await problem(page).getByRole("link", { name: "Access token:" }).click();
  await expect(field(page, "Access token")).toBeFocused();
  await expect(page.getByText("Access token is needed again, since where it goes has changed.")).toBeVisible();
  await field(page, "Access token").fill("shpat_another");
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`);
  expect(after.entries.default.fields.shop).toBe("acme-outlet");
});

test("a change is active at once, under the same id", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const { body: source } = await stack.call(OWNER, "POST", "/v1/sources", {
    title: "Orders",
    system_id: "custom-http",
    function: "orders",
    trigger: { type: "manual" },
    environment: "live",
    key_id: key.key_id,
    organization: null,
    settings: {},
    active: true,
  });
  await signIn(OWNER);
  await edit(page, key.key_id);
  // What uses it relies on these two.
  await expect(page.getByRole("button", { name: /^System/ })).toBeDisabled();
  await expect(page.getByRole("radio", { name: "Test" })).toBeDisabled();
  await page.getByRole("button", { name: "Replace Secret key" }).click();
  await field(page, "Secret key").fill("rotated");
  expect(await saved(page)).toBe(key.key_id);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/sources/${source.source_id}`);
  expect(after).toMatchObject({ key_id: key.key_id, active: true });
});

test("a form that is opened again in the moment of saving is based on what was saved", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Title").fill("UK ERP");
  // The panel goes to the key's page. Before that page is drawn, the form is asked for again, as a quick "Back" does.
  await page.evaluate(() => {
    const push = history.pushState.bind(history);
    history.pushState = (...entry) => {
      push(...entry);
      history.pushState = push;
      setTimeout(() => {
        location.hash += "/edit";
      });
    };
  });
  await save(page);
  await expect(page.getByRole("heading", { name: "Edit UK ERP" })).toBeVisible();
  await expect(field(page, "Title")).toHaveValue("UK ERP");
  await field(page, "Title").fill("UK ERP, new");
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`);
  expect(after).toMatchObject({ title: "UK ERP, new", version: 3 });
});

test("what somebody else saved meanwhile is shown, and one's own edits go on top of it", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Access key").fill("AKIDMINE");
  await field(page, "Title").fill("My title");
  await stack.call(
    "editor@acme.example",
    "PATCH",
    `/v1/keys/${key.key_id}`,
    {
      title: "Their title",
      base_url: "https://api.example.com/v2",
      entries: { default: { fields: { secret_key: "theirs" } } },
    },
    { "if-match": '"1"' },
  );

  await save(page);
  const alert = page.getByRole("group", { name: "Somebody else has changed this key" });
  await expect(alert).toBeFocused();
  await expect(alert.getByRole("list", { name: "What they changed" }).getByRole("listitem")).toHaveText([
    "Title: Live UK ERP → Their title (you have changed this, too: saving sets yours)",
    "Base URL: https://api.example.com/v1 → https://api.example.com/v2",
    "Secret key: a secret → another secret",
  ]);
  await expect(field(page, "Title")).toHaveValue("My title");
  await expect(field(page, "Base URL")).toHaveValue("https://api.example.com/v2");
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`);
  expect(after).toMatchObject({ title: "My title", base_url: "https://api.example.com/v2", version: 3 });
  expect(after.entries.default.fields.access_key).toBe("AKIDMINE");
});

test("the edits can be dropped for what somebody else saved", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Title").fill("My title");
  await stack.call(OWNER, "PATCH", `/v1/keys/${key.key_id}`, { title: "Their title" }, { "if-match": '"1"' });
  await save(page);
  await page.getByRole("button", { name: "Drop my edits" }).click();
  await expect(field(page, "Title")).toHaveValue("Their title");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a key that was deleted meanwhile is told about, and what was typed stays", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, environment: "test" });
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Title").fill("My title");
  await stack.call(OWNER, "DELETE", `/v1/keys/${key.key_id}`, undefined, { "if-match": '"1"' });
  await save(page);
  await expect(problem(page)).toBeFocused();
  await expect(field(page, "Title")).toHaveValue("My title");
});
