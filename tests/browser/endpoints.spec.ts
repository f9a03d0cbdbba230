import { busyAccount } from "./support/account";
import { choose, ERP, field, problem, save } from "./support/key-form";
import { bodies, recordSent } from "./support/sent";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

async function goTo(page: Page, name: "Sources" | "Destinations"): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
}

/** Goes to a page of the panel by its address. */
async function open(page: Page, hash: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, hash);
}

const settings = (page: Page) => page.getByRole("textbox", { name: "Settings as JSON" });

test("a source is created with a key of its system and environment, chosen by title", async ({
  page,
  signIn,
  stack,
}) => {
  const account = await busyAccount(stack);
  await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title: "Test UK ERP", environment: "test" });
  await signIn(OWNER);
  await goTo(page, "Sources");
  await page.getByRole("button", { name: "Create source" }).click();
  await expect(page.getByText("Choose a system first")).toBeVisible();
  await choose(page, "System", /^Custom HTTP/);
  await field(page, "Title").fill("Customers");
  // What another source of the system uses can be chosen.
  await page.getByRole("button", { name: "orders", exact: true }).click();
  await expect(field(page, "Function")).toHaveValue("orders");
  await field(page, "Function").fill("customers");
  await page.getByRole("radio", { name: "Scheduled" }).check();
  await field(page, "Schedule").fill("30 2 * * *");
  // Keys of another system or environment are not offered.
  await page.getByRole("button", { name: /^Key\b/ }).click();
  await expect(page.getByRole("option")).toHaveText([/^Live UK ERP/, "+ Create key"]);
  await page.keyboard.press("Escape");
  await page.getByRole("radio", { name: "Test" }).check();
  await page.getByRole("button", { name: /^Key\b/ }).click();
  await expect(page.getByRole("option")).toHaveText([/^Test UK ERP/, "+ Create key"]);
  await page.keyboard.press("Escape");
  await page.getByRole("radio", { name: "Live" }).check();
  await choose(page, "Key", /^Live UK ERP/);
  await settings(page).fill('{ "page_size": 200 }');
  await save(page);
  await expect(page.getByText("“Customers” is saved")).toBeVisible();
  await expect(page.getByText("Scheduled: 30 2 * * * (UTC)")).toBeVisible();
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await expect(page.getByRole("tab", { name: "Active uses (2)" })).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/sources?title_prefix=Customers");
  expect(body.items[0]).toMatchObject({
    function: "customers",
    key_id: account.key,
    active: true,
    trigger: { type: "scheduled", cron: "30 2 * * *" },
  });
});

test("a destination uses one organization's credentials of a key that holds several", async ({
  page,
  signIn,
  stack,
}) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await goTo(page, "Destinations");
  await page.getByRole("button", { name: "Create destination" }).click();
  await choose(page, "System", /^Shopify(?! with)/);
  await page.getByRole("radio", { name: "Test" }).check();
  await field(page, "Title").fill("Prices");
  await field(page, "Function").fill("prices");
  await choose(page, "Key", /^Staging stores/);
  await save(page);
  // Which organization's is for the API to ask.
  await expect(problem(page)).toContainText("Organization");
  await choose(page, "Organization", /^Acme US/);
  await save(page);
  await expect(page.getByText("“Prices” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/destinations?title_prefix=Prices");
  expect(body.items[0]).toMatchObject({ key_id: account.organizationKey, organization: "org_us" });
});

test("what is missing, and settings that are no JSON, are told at their places, and nothing is saved", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await goTo(page, "Sources");
  await page.getByRole("button", { name: "Create source" }).first().click();
  await settings(page).fill('{\n  "page_size" 50\n}');
  const errors = page.getByRole("list", { name: "Errors in the JSON" });
  await expect(errors).toContainText("Line 2, column 15: A colon is expected here.");
  await save(page);
  for (const name of ["System:", "Title:", "Function:", "Key:"]) await expect(problem(page)).toContainText(name);
  await expect(page.getByText("Title: is needed.").or(page.getByText("Title is needed."))).toBeVisible();
  await problem(page).getByRole("link", { name: "Title:" }).click();
  await expect(field(page, "Title")).toBeFocused();
  await expect(settings(page)).toHaveValue('{\n  "page_size" 50\n}');
  expect((await stack.call(OWNER, "GET", "/v1/sources")).body.items).toEqual([]);
});

test("what the API alone can tell lands on its field", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await open(page, `#/sources/${account.source}/edit`);
  await field(page, "Schedule").fill("61 * * * *");
  await save(page);
  await problem(page).getByRole("link", { name: "Schedule:" }).click();
  await expect(field(page, "Schedule")).toBeFocused();
  await expect(field(page, "Schedule")).toHaveValue("61 * * * *");
  // In the words of the form, and not of those who write requests.
  await expect(problem(page)).not.toContainText("`");
  await expect(problem(page)).not.toContainText("stored");
  expect((await stack.call(OWNER, "GET", `/v1/sources/${account.source}`)).body.version).toBe(1);
});

test("an edit sends what was changed and no more", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  const sent = await recordSent(page);
  await signIn(OWNER);
  await open(page, `#/sources/${account.source}/edit`);
  await field(page, "Title").fill("Orders");
  await save(page);
  await expect(page.getByText("“Orders” is saved")).toBeVisible();
  expect(bodies(sent, "PATCH")).toEqual([{ title: "Orders" }]);
});

test("deactivating lets its key be deleted, and activating it then is refused", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await goTo(page, "Sources");
  await page.getByRole("link", { name: "Orders of the UK ERP" }).click();
  await page.getByRole("button", { name: "Deactivate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
  await expect(page.getByText("“Orders of the UK ERP” is inactive")).toBeVisible();
  const deleted = await stack.call(OWNER, "DELETE", `/v1/keys/${account.key}`, undefined, { "if-match": '"1"' });
  expect(deleted.status).toBe(204);
  await page.getByRole("button", { name: "Activate" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Activate" }).click();
  await expect(problem(page)).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await stack.call(OWNER, "GET", `/v1/sources/${account.source}`)).body.active).toBe(false);
});

test("an active source lets go of its key when that is detached", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await open(page, `#/sources/${account.source}`);
  await page.getByRole("button", { name: "Detach key" }).click();
  await page
    .getByRole("dialog", { name: "Detach key: “Orders of the UK ERP”?" })
    .getByRole("button", { name: "Detach key" })
    .click();
  await expect(page.getByText("“Orders of the UK ERP” has no key any more")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", `/v1/sources/${account.source}`);
  expect(body).toMatchObject({ key_id: null, active: false });
  await expect(page.getByRole("button", { name: "Activate" })).toBeDisabled();
});

test("a source is deleted after a question that names it, and its key stays", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await goTo(page, "Sources");
  await page.getByRole("button", { name: "Delete Orders of the UK ERP" }).click();
  await page
    .getByRole("dialog", { name: "Delete “Orders of the UK ERP”?" })
    .getByRole("button", { name: "Delete", exact: true })
    .click();
  await expect(page.getByText("“Orders of the UK ERP” is deleted")).toBeVisible();
  await expect(page.getByText("No sources yet")).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/sources/${account.source}`)).status).toBe(404);
  expect((await stack.call(OWNER, "GET", `/v1/keys/${account.key}`)).status).toBe(200);
});

test("what somebody else saved meanwhile is shown, and one's own edits go on top of it", async ({
  page,
  signIn,
  stack,
}) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await open(page, `#/sources/${account.source}/edit`);
  await field(page, "Title").fill("Mine");
  await stack.call(
    "editor@acme.example",
    "PATCH",
    `/v1/sources/${account.source}`,
    { title: "Theirs", function: "their-orders" },
    { "if-match": '"1"' },
  );
  await save(page);
  const alert = page.getByRole("group", { name: "Somebody else has changed this source" });
  await expect(alert).toBeFocused();
  await expect(alert.getByRole("listitem")).toHaveText([
    "Title: Orders of the UK ERP → Theirs (you have changed this, too: saving sets yours)",
    "Function: orders → their-orders",
  ]);
  await expect(field(page, "Function")).toHaveValue("their-orders");
  await save(page);
  await expect(page.getByText("“Mine” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", `/v1/sources/${account.source}`);
  expect(body).toMatchObject({ title: "Mine", function: "their-orders", version: 3 });
});

test("losing what was typed takes a question", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await open(page, `#/destinations/${account.destination}/edit`);
  await field(page, "Title").fill("Half done");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  await question.getByRole("button", { name: "Stay" }).click();
  await expect(field(page, "Title")).toHaveValue("Half done");
  await page.goBack();
  await question.getByRole("button", { name: "Leave" }).click();
  await expect(field(page, "Title")).toHaveCount(0);
  expect((await stack.call(OWNER, "GET", `/v1/destinations/${account.destination}`)).body.version).toBe(1);
});

test("a viewer looks at sources and changes none", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn("viewer@acme.example");
  await goTo(page, "Sources");
  await expect(page.getByRole("link", { name: "Orders of the UK ERP" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^(Create source|Edit|Delete)/ })).toHaveCount(0);
  await open(page, `#/sources/${account.source}`);
  await expect(page.getByRole("heading", { name: "Orders of the UK ERP" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^(Edit|Delete|Deactivate|Detach)/ })).toHaveCount(0);
  await open(page, `#/sources/${account.source}/edit`);
  await expect(page.getByText("You may look at sources")).toBeVisible();
});
