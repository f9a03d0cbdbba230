import { busyAccount } from "./support/account";
import { choose, field, problem } from "./support/key-form";
import { expect, fillSignIn, type Locator, type Page, test } from "./support/test";

/* Settings, Integrations, Credentials and Webhooks: the credentials of any HTTP API. */

const OWNER = "owner@acme.example";

/** Goes there the way people do. */
async function goToCredentials(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Integrations" }).click();
  const tabs = page.getByRole("tab");
  await expect(tabs.nth(1)).toHaveText("Credentials and Webhooks");
  await tabs.nth(1).click();
}

async function addCredential(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Add Credential", exact: true }).click();
  const modal = page.getByRole("dialog", { name: "Add Credentials" });
  await expect(modal.getByRole("heading", { name: "Authentication", exact: true })).toBeVisible();
  return modal;
}

async function save(modal: Locator): Promise<void> {
  await modal.getByRole("button", { name: "Save", exact: true }).click();
}

test("an account without credentials is told what they are, and Add Credential opens the dialog", async ({
  page,
  signIn,
}) => {
  await signIn(OWNER);
  await goToCredentials(page);
  await expect(page.getByText("No credentials yet")).toBeVisible();
  const modal = await addCredential(page);
  for (const name of ["Name", "Base URL"]) await expect(field(modal, name)).toBeVisible();
  for (const name of ["Test credentials", "Org. Specific Authentication"])
    await expect(modal.getByRole("checkbox", { name })).not.toBeChecked();
  // The page speaks of credentials alone.
  const toggle = modal.getByRole("checkbox", { name: "Org. Specific Authentication" });
  await expect(toggle).toHaveAccessibleDescription(
    /^Each organization has credentials of its own in this one credential\./,
  );
  await expect(modal.getByRole("region", { name: "Authentication Data" })).toBeVisible();
});

test("a credential is saved with its name, base URL, content type and headers, and X removes a header", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await goToCredentials(page);
  const modal = await addCredential(page);
  await field(modal, "Name").fill("Acme ERP");
  await field(modal, "Base URL").fill("https://erp.example.com/api");
  await modal.getByRole("button", { name: /^Content-Type/ }).click();
  await expect(page.getByRole("option")).toHaveText([/^JSON/, /^XML/, /^Form \(urlencoded\)/]);
  await page.getByRole("option", { name: "XML" }).click();
  // Content-Type is required: there is nothing that removes it.
  await expect(modal.getByRole("button", { name: /^Remove / })).toHaveCount(0);
  for (const [index, name, value] of [
    [2, "X-Tenant", "acme"],
    [3, "X-Region", "eu"],
  ] as const) {
    await modal.getByRole("button", { name: "+ Header" }).click();
    const row = modal.getByRole("group", { name: `Header ${index}`, exact: true });
    await field(row, "Name").fill(name);
    await field(modal.getByRole("group", { name: `Header ${name}` }), "Value").fill(value);
  }
  await modal.getByRole("button", { name: "Remove X-Tenant" }).click();
  await choose(modal, "Authentication type", /^No authentication/);
  await save(modal);
  await expect(page.getByText("“Acme ERP” is saved")).toBeVisible();
  await expect(modal).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Acme ERP" })).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  const { body: key } = await stack.call(OWNER, "GET", `/v1/keys/${body.items[0].key_id}`);
  expect(key).toMatchObject({
    title: "Acme ERP",
    system_id: "custom-http",
    environment: "live",
    base_url: "https://erp.example.com/api",
    headers: [
      { name: "Content-Type", value: "application/xml" },
      { name: "X-Region", value: "eu" },
    ],
  });
});

test("every type of authentication asks for its own data", async ({ page, signIn }) => {
  await signIn(OWNER);
  await goToCredentials(page);
  const modal = await addCredential(page);
  const data = modal.getByRole("region", { name: "Authentication Data" });
  const types: [RegExp, string[]][] = [
    [/^Header\b/, ["Header name", "Header value"]],
    [/^Basic(?! with)/, ["User name", "Password"]],
    [/^Token \(bearer\)/, ["Header name", "Token"]],
    [/^AWS4/, ["Access key", "Secret key", "Region", "Service", "Base endpoint"]],
    [/^HMAC-SHA256/, ["Client ID", "Client secret"]],
    [/^No authentication/, []],
  ];
  for (const [type, names] of types) {
    await choose(data, "Authentication type", type);
    for (const name of names) await expect(field(data, name), `${type} ${name}`).toBeVisible();
    if (names.length === 0) await expect(data.getByRole("textbox")).toHaveCount(0);
  }
});

test("test credentials have the label test next to their name, and are refused in production", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await goToCredentials(page);
  const modal = await addCredential(page);
  await field(modal, "Name").fill("Sandbox");
  await field(modal, "Base URL").fill("https://sandbox.example.com");
  await modal.getByRole("checkbox", { name: "Test credentials" }).check();
  await choose(modal, "Authentication type", /^Basic(?! with)/);
  await field(modal, "User name").fill("user");
  await field(modal, "Password").fill("sandbox-password");
  await save(modal);
  const row = page.getByRole("row", { name: /Sandbox/ });
  await expect(row.getByText("test", { exact: true })).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  const path = `/v1/keys/${body.items[0].key_id}/sign`;
  const request = { method: "GET", path: "/orders" };
  expect((await stack.call("runtime-test", "POST", path, request)).status).toBe(200);
  const refused = await stack.call("runtime", "POST", path, request);
  expect(refused.status).toBe(409);
  expect(refused.body.type).toBe("urn:keyward:problem:wrong-environment");
});

test("a credential holds what several organizations authenticate with", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await goToCredentials(page);
  const modal = await addCredential(page);
  await field(modal, "Name").fill("Both");
  await field(modal, "Base URL").fill("https://api.example.com");
  await choose(modal, "Authentication type", /^HMAC-SHA256/);
  await modal.getByRole("checkbox", { name: "Org. Specific Authentication" }).check();
  for (const [title, id] of [
    ["Acme UK", "org_uk"],
    ["Acme US", "org_us"],
  ] as const) {
    if (id === "org_us") await modal.getByRole("button", { name: "Add Organization Credential" }).click();
    await choose(
      modal.getByRole("group", { name: "Organization to be chosen" }),
      "Organization",
      new RegExp(`^${title}`),
    );
    const entry = modal.getByRole("group", { name: `Organization ${id}` });
    await field(entry, "Client ID").fill(`client of ${id}`);
    await field(entry, "Client secret").fill(`secret of ${id}`);
  }
  await expect(modal.getByRole("button", { name: "Remove Organization org_us" })).toBeVisible();
  await save(modal);
  await expect(page.getByText("“Both” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  const signed = await stack.call("runtime", "POST", `/v1/keys/${body.items[0].key_id}/sign`, {
    method: "GET",
    path: "/orders",
    organization: "org_us",
  });
  expect(signed.status).toBe(200);
  const refused = await stack.call("runtime", "POST", `/v1/keys/${body.items[0].key_id}/sign`, {
    method: "GET",
    path: "/orders",
    organization: "org_fr",
  });
  expect(refused.status).toBeGreaterThanOrEqual(400);
});

test("a credential is changed in the dialog with its secret kept, and closing a half-done edit takes a question", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "custom-http",
    auth: "basic",
    title: "Old name",
    environment: "test",
    base_url: "https://api.example.com",
    headers: [{ name: "Content-Type", value: "application/json" }],
    entries: { default: { fields: { username: "user", password: "the-password" } } },
  });
  await signIn(OWNER);
  await goToCredentials(page);
  await page.getByRole("button", { name: "Edit Old name" }).click();
  const modal = page.getByRole("dialog", { name: "Edit Credentials" });
  await field(modal, "Name").fill("New name");
  await modal.getByRole("button", { name: "Close" }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay" }).click();
  await save(modal);
  await expect(page.getByRole("link", { name: "New name" })).toBeVisible();
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`);
  expect(after).toMatchObject({ title: "New name", version: 2, entries: before.entries });
});

test("what is missing is told in the dialog, and nothing is saved", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await goToCredentials(page);
  const modal = await addCredential(page);
  await save(modal);
  await expect(problem(page)).toContainText("Name: is needed");
  await expect(problem(page)).toContainText("Base URL");
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("with the feature off there is no such page, for owners either", async ({ page, stack }) => {
  const { body: account } = await stack.call("operator", "GET", "/v1/operator/accounts/acme");
  const { status } = await stack.call(
    "operator",
    "PUT",
    "/v1/operator/accounts/acme",
    { title: "Acme", self_service_keys: false, allowed_origins: [], state: "active" },
    { "if-match": `"${account.version}"` },
  );
  expect(status).toBe(200);
  await page.goto(stack.origin);
  await fillSignIn(page, stack, OWNER);
  const navigation = page.getByRole("navigation", { name: "Main" });
  await expect(navigation.getByRole("link", { name: "Sources" })).toBeVisible();
  await expect(navigation.getByRole("link", { name: "Integrations" })).toHaveCount(0);
  await expect(navigation.getByRole("link", { name: "Keys" })).toHaveCount(0);
  for (const address of ["#/settings/integrations?tab=credentials", "#/keys", "#/keys/new"]) {
    await page.goto(`${stack.origin}/${address}`);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  }
});

test("where owners alone have to do with keys, an editor sees nothing of them", async ({ page, stack }) => {
  const { source } = await busyAccount(stack);
  const { body: account } = await stack.call(OWNER, "GET", "/v1/account");
  const changed = await stack.call(
    OWNER,
    "PATCH",
    "/v1/account",
    { keys_minimum_role: "owner" },
    { "if-match": `"${account.version}"` },
  );
  expect(changed.status).toBe(200);
  await page.goto(stack.origin);
  await fillSignIn(page, stack, "editor@acme.example");
  const navigation = page.getByRole("navigation", { name: "Main" });
  await expect(navigation.getByRole("link", { name: "Sources" })).toBeVisible();
  for (const name of ["Keys", "Integrations"]) await expect(navigation.getByRole("link", { name })).toHaveCount(0);
  await page.goto(`${stack.origin}/#/settings/integrations?tab=credentials`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  // Sources need a key. Where none can be seen, the reason stands in the place of the form.
  for (const [address, heading] of [
    ["#/sources/new", "Create source"],
    [`#/sources/${source}/edit`, "Edit Orders of the UK ERP"],
  ]) {
    await page.goto(`${stack.origin}/${address}`);
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
    const main = page.getByRole("main");
    await expect(main.getByText("Who creates or changes sources must see keys")).toBeVisible();
    await expect(main.getByText(/keys are not shown to you/)).toBeVisible();
    await expect(main.getByRole("textbox")).toHaveCount(0);
    await expect(main.getByRole("button", { name: /^(Save|.*Create key)$/ })).toHaveCount(0);
  }
});

test("Add Credential is green, and its word can be read on it", async ({ page, signIn }) => {
  await signIn(OWNER);
  await goToCredentials(page);
  const button = page.getByRole("button", { name: "Add Credential", exact: true });
  const [red, green, blue] = await button.evaluate((element) =>
    (getComputedStyle(element).backgroundColor.match(/\d+/g) ?? []).map(Number),
  );
  if (red === undefined || green === undefined || blue === undefined) throw new Error("it has no colour");
  expect(green).toBeGreaterThan(2 * Math.max(red, blue));
  // WCAG 2.2: relative luminance, and a contrast of 4.5 to white.
  const light = [red, green, blue].map((value) =>
    value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * (light[0] ?? 0) + 0.7152 * (light[1] ?? 0) + 0.0722 * (light[2] ?? 0);
  expect(1.05 / (luminance + 0.05)).toBeGreaterThanOrEqual(4.5);
  expect(await button.evaluate((element) => getComputedStyle(element).color)).toBe("rgb(255, 255, 255)");
});
