import { busyAccount, keyOfMany } from "./support/account";
import { ERP } from "./support/key-form";
import { pick, press, tabTo, typeInto, walkTo, walkToAction } from "./support/keyboard";
import { expect, test } from "./support/test";

/* Every flow without a mouse. Whatever is reached is reached by Tab and the arrows, from where the focus is. */

const OWNER = "owner@acme.example";

test("a key is created, edited and deleted by keyboard alone", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await expect(page.getByText("No keys yet")).toBeVisible();
  await press(page, "button", "Create key");
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await tabTo(page, "button", /^System/);
  await pick(page, /^DEAR/);
  await typeInto(page, "textbox", /^Title/, "Stock");
  await tabTo(page, "radio", "Live");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Test" })).toBeChecked();
  await typeInto(page, "textbox", /^Account ID/, "704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await typeInto(page, "textbox", /^Application key/, "0342a546-e0c2-0dff-f0be-6a5e17154033");
  await press(page, "button", "Save");
  await expect(page.getByText("“Stock” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  expect(body.items).toHaveLength(1);

  await press(page, "button", "Edit");
  await expect(page.getByRole("heading", { name: /^Edit Stock/ })).toBeVisible();
  await press(page, "button", "Replace Application key");
  await expect(page.getByRole("textbox", { name: /^Application key/ })).toBeFocused();
  await page.keyboard.type("0342a546-e0c2-0dff-f0be-6a5e17154034");
  await press(page, "button", "Save", "Space");
  await expect(page.getByText("Whatever uses it uses this from now on")).toBeVisible();

  await press(page, "button", "Delete");
  const dialog = page.getByRole("dialog", { name: "Delete “Stock”?" });
  await expect(dialog).toBeVisible();
  // The focus is in the dialog and stays there.
  await tabTo(dialog, "button", "Delete");
  await expect(dialog.getByRole("button", { name: "Delete", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("“Stock” is deleted")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("a list is one stop whose cells the arrows walk, and Escape closes what it opened", async ({
  page,
  signIn,
  stack,
}) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await walkTo(page, "Keys", "Live UK ERP");
  await page.keyboard.press("End");
  const remove = page.getByRole("button", { name: "Delete Live UK ERP" });
  await expect(remove).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("button", { name: "Edit Live UK ERP" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "“Live UK ERP” is in use" });
  await expect(dialog.getByRole("button", { name: "Close" }).first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(remove).toBeFocused();
});

test("a source, the account and members are reached and changed by keyboard alone", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await press(page, "link", "Sources");
  await expect(page.getByRole("heading", { name: "Sources", level: 1 })).toBeVisible();
  await press(page, "button", "Create source");
  await tabTo(page, "button", /^System/);
  await pick(page, /^Custom HTTP/);
  await typeInto(page, "textbox", /^Title/, "Customers");
  await typeInto(page, "textbox", /^Function/, "customers");
  await tabTo(page, "button", /^Key\b/);
  await pick(page, /^Live UK ERP/);
  await press(page, "button", "Save");
  await expect(page.getByText("“Customers” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/sources?title_prefix=Customers");
  expect(body.items[0].key_id).toBe(account.key);

  await press(page, "link", "Members");
  await press(page, "button", "Invite somebody");
  const dialog = page.getByRole("dialog", { name: "Invite somebody" });
  await typeInto(dialog, "textbox", "Email address", "new@acme.example");
  await press(dialog, "button", "Invite");
  await expect(page.getByText("new@acme.example is invited")).toBeVisible();
});

test("organizations, headers and JSON of a credential are filled in by keyboard alone", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await press(page, "link", "Integrations");
  await tabTo(page, "tab", "Systems");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await press(page, "button", "Add Credential");
  const modal = page.getByRole("dialog", { name: "Add Credentials" });
  await typeInto(modal, "textbox", "Name", "Both");
  await press(modal, "checkbox", "Test credentials", "Space");
  await typeInto(modal, "textbox", "Base URL", "https://api.example.com");
  await press(modal, "button", "+ Header");
  await expect(modal.getByRole("group", { name: "Header 2" }).getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.type("X-Region");
  await typeInto(modal.getByRole("group", { name: "Header X-Region" }), "textbox", "Value", "eu");
  await tabTo(modal, "button", /^Authentication type/);
  await pick(page, /^Basic(?! with)/);
  await typeInto(modal, "textbox", /^User name/, "user");
  await typeInto(modal, "textbox", /^Password/, "the-password");
  await press(modal, "checkbox", "Org. Specific Authentication", "Space");
  // The focus goes where an organization is to be chosen.
  await expect(
    modal.getByRole("group", { name: "Organization to be chosen" }).getByRole("button", { name: /^Organization/ }),
  ).toBeFocused();
  await pick(page, /^Acme UK/);
  const entry = modal.getByRole("group", { name: "Organization org_uk" });
  await typeInto(entry, "textbox", /^User name/, "uk");
  await typeInto(entry, "textbox", /^Password/, "uk-password");
  await press(modal, "button", "Add Organization Credential");
  await press(modal, "button", "Remove Organization");
  await expect(modal.getByRole("button", { name: "Add Organization Credential" })).toBeFocused();
  await tabTo(modal, "button", "Form");
  await page.keyboard.press("ArrowRight");
  await expect(modal.getByRole("button", { name: "JSON", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(modal, "textbox", "Credentials as JSON");
  await expect(modal.getByRole("textbox", { name: "Credentials as JSON" })).toHaveValue(/"org_uk"/);
  await press(modal, "button", "Save");
  await expect(page.getByText("“Both” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  const { body: key } = await stack.call(OWNER, "GET", `/v1/keys/${body.items[0].key_id}`);
  expect(key).toMatchObject({
    environment: "test",
    organization_specific: true,
    headers: [{ name: "Content-Type" }, { name: "X-Region", value: "eu" }],
  });
  expect(Object.keys(key.entries)).toEqual(["org_uk"]);
});

test("a version is restored, a key tried and replaced, a source detached, and the account changed by keyboard alone", async ({
  page,
  signIn,
  stack,
}) => {
  const account = await busyAccount(stack);
  await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title: "New UK ERP" });
  await stack.call(OWNER, "PATCH", `/v1/keys/${account.key}`, { title: "Renamed" }, { "if-match": '"1"' });
  await signIn(OWNER);
  await tabTo(page, "link", "Keys");
  await walkTo(page, "Keys", "Renamed");
  await page.keyboard.press("Enter");
  await tabTo(page, "tab", "Details");
  for (const name of ["Active uses", "Use this key", "Versions"]) {
    await page.keyboard.press("ArrowRight");
    await expect(page.getByRole("tab", { name })).toBeFocused();
  }
  await page.keyboard.press("Enter");
  await press(page, "button", "Restore version 1");
  await press(page.getByRole("dialog"), "button", "Restore");
  await expect(page.getByText("is restored, as version 3")).toBeVisible();

  await press(page, "button", "Test connection");
  await expect(page.getByRole("dialog", { name: "Test “Live UK ERP”" })).toBeVisible();
  await page.keyboard.press("Escape");
  await press(page, "button", "Replace everywhere");
  const replace = page.getByRole("dialog", { name: "Replace “Live UK ERP” everywhere" });
  await tabTo(replace, "button", /^Key to use instead/);
  await pick(page, /^New UK ERP/);
  await expect(replace.getByText("Orders of the UK ERP")).toBeVisible();
  await press(replace, "button", "Replace");
  await expect(page.getByText("One use of “Live UK ERP” moved to “New UK ERP”.")).toBeVisible();

  await press(page, "link", "Sources");
  await walkTo(page, "Sources", "Orders of the UK ERP");
  await page.keyboard.press("Enter");
  await press(page, "button", "Detach key");
  await press(page.getByRole("dialog"), "button", "Detach key");
  await expect(page.getByText("has no key any more")).toBeVisible();

  await press(page, "link", "Account");
  await expect(page.getByRole("heading", { name: "Account", level: 1 })).toBeVisible();
  await press(page, "button", "Add organization");
  await expect(page.getByRole("group", { name: "Organization 3" }).getByRole("textbox", { name: "Id" })).toBeFocused();
  await page.keyboard.type("eu");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Acme EU");
  await press(page, "button", "Save");
  await expect(page.getByText("The account’s settings are saved.")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/account");
  expect(body.organizations.at(-1)).toEqual({ organization_id: "org_eu", title: "Acme EU" });
});

test("a guide is found and read, a key disabled and enabled, its code copied, and somebody signed out by keyboard alone", async ({
  page,
  context,
  signIn,
  stack,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await expect(page.getByRole("link", { name: "Live UK ERP" })).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByRole("combobox", { name: /^Find a/ })).toBeFocused();
  await page.keyboard.type("guide dear");
  await expect(page.getByRole("option", { name: /^Guide to DEAR/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /^Guide to DEAR/, level: 1 })).toBeFocused();
  await tabTo(page, "link", /^Read more/);
  await press(page, "button", "Create key");
  await expect(page.getByRole("button", { name: /^System/ })).toContainText("DEAR");

  await tabTo(page, "link", "Keys");
  await page.keyboard.press("Enter");
  await walkTo(page, "Keys", "Live UK ERP");
  await page.keyboard.press("Enter");
  await press(page, "button", "Disable");
  await press(page.getByRole("dialog"), "button", "Disable");
  await expect(page.getByText("“Live UK ERP” is disabled.")).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/keys/${account.key}`)).body.state).toBe("disabled");
  await press(page, "button", "Enable");
  await press(page.getByRole("dialog"), "button", "Enable");
  await expect(page.getByText("“Live UK ERP” can be used again.")).toBeVisible();

  await press(page, "button", "Copy the key id");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(account.key);

  await press(page, "button", `Signed in as ${OWNER}`);
  await expect(page.getByRole("menuitem", { name: "Your sign-in" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Password")).toBeVisible();
});

test("a deleted key is brought back, a webhook added, and a key connected by keyboard alone", async ({
  page,
  signIn,
  stack,
}) => {
  await busyAccount(stack);
  const app = (await stack.call(OWNER, "GET", "/v1/apps")).body.items[0].app_id;
  const { body: consented } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "oauth2-consent",
    auth: "authorization-code",
    title: "Orders of the demo",
    environment: "test",
    base_url: "https://demo-system.example/v1",
    entries: { default: { fields: { app } } },
  });
  await signIn(OWNER);
  await press(page, "link", "Deleted keys");
  await expect(page.getByRole("heading", { name: /^Deleted keys/, level: 1 })).toBeFocused();
  await walkToAction(page, "Deleted keys", "Bring back Old ERP");
  await page.keyboard.press("Enter");
  await press(page.getByRole("dialog"), "button", "Bring back");
  await expect(page.getByText("“Old ERP” is back.")).toBeVisible();

  await press(page, "link", "Integrations");
  await expect(page.getByRole("heading", { name: "Integrations", level: 1 })).toBeFocused();
  await tabTo(page, "tab", "Systems");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Credentials and Webhooks" })).toBeFocused();
  await page.keyboard.press("Enter");
  await press(page, "button", "Add Webhook");
  const dialog = page.getByRole("dialog", { name: "Add Webhook" });
  await typeInto(dialog, "textbox", "Name", "Stock to the ERP");
  await typeInto(dialog, "textbox", "Event", "stock.changed");
  await typeInto(dialog, "textbox", "URL Path", "/stock");
  await tabTo(dialog, "button", /^Credential\b/);
  await pick(page, /^Live UK ERP/);
  await press(dialog, "button", "Save");
  await expect(page.getByText("“Stock to the ERP” is saved")).toBeVisible();
  await tabTo(page, "link", "Keys");
  await page.keyboard.press("Enter");
  await walkTo(page, "Keys", "Orders of the demo");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Not connected yet")).toBeVisible();
  const opened = page.waitForEvent("popup");
  await press(page, "button", "Connect");
  const popup = await opened;
  const closed = popup.waitForEvent("close");
  await press(popup, "radio", /^Acorn Ltd/, "Space");
  await press(popup, "button", "Allow");
  await closed;
  await expect(page.getByText("acorn", { exact: true })).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${consented.key_id}`);
  expect(body.connections[0].grant.state).toBe("connected");
});

test("organizations of a key are jumped to, filled from each other and all tested by keyboard alone", async ({
  page,
  signIn,
  stack,
}) => {
  const key = await keyOfMany(stack, 4);
  await signIn(OWNER);
  await tabTo(page, "link", "Keys");
  await walkTo(page, "Keys", "Stores");
  await page.keyboard.press("Enter");
  await press(page, "button", "Edit");
  await expect(page.getByRole("heading", { name: /^Edit Stores/ })).toBeFocused();
  const list = page.getByRole("navigation", { name: "Organizations of this key" });
  await press(list, "button", "Go to Store 02 (org_02)");
  const entry = page.getByRole("group", { name: "Organization org_02" });
  await expect(entry.getByRole("button", { name: /^Organization/ })).toBeFocused();
  await press(entry, "button", "Copy all but secrets from another organization to Store 02 (org_02)");
  await expect(page.getByRole("menuitem", { name: "Store 04 (org_00)" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(entry.getByRole("textbox", { name: "Consumer key" })).toHaveValue("ck_of_org_01");
  await press(page, "button", "Save");
  await expect(page.getByText("“Stores” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${key}`);
  expect(body.entries.org_02.fields.consumer_key).toBe("ck_of_org_01");

  await press(page.getByRole("main"), "button", "Test connection");
  const dialog = page.getByRole("dialog", { name: "Test “Stores”" });
  await press(dialog, "button", "Test all 4 organizations");
  await expect(dialog.getByText("All 4 are tested.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});

test("the activity is filtered and saved as a file by keyboard alone", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await stack.call(
    "editor@acme.example",
    "PATCH",
    `/v1/keys/${account.key}`,
    { title: "UK ERP" },
    { "if-match": '"1"' },
  );
  await signIn(OWNER);
  await press(page, "link", "Activity");
  await expect(page.getByRole("heading", { name: /^Activity/, level: 1 })).toBeFocused();
  const rows = page.getByRole("grid", { name: "Changes" }).getByRole("row");
  await expect(rows).toHaveCount(8);
  await tabTo(page, "button", /^Who\b/);
  await pick(page, /^editor@acme\.example/);
  await expect(rows).toHaveCount(2);
  await tabTo(page, "button", /^Kind of change\b/);
  await pick(page, /^Changed/);
  await expect(rows.nth(1)).toContainText("UK ERP");
  await typeInto(page, "textbox", "Day", "2020/01/31");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No change is like that")).toBeVisible();
  await press(page, "button", "Show all");
  await expect(rows).toHaveCount(8);
  const downloading = page.waitForEvent("download");
  await press(page, "button", "Download CSV");
  expect((await downloading).suggestedFilename()).toBe("keyward-activity.csv");
  await expect(page.getByText("The file has 7 changes.")).toBeVisible();
});

test("a key is ended for good and a second factor reset by keyboard alone", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await signIn(OWNER);
  await tabTo(page, "link", "Keys");
  await walkTo(page, "Keys", "Staging stores");
  await page.keyboard.press("Enter");
  await press(page, "button", "Delete");
  const deletion = page.getByRole("dialog", { name: "Delete “Staging stores”?" });
  await press(deletion, "checkbox", "Delete the key all the same", "Space");
  await press(deletion, "checkbox", "Destroy its secrets at once", "Space");
  await press(deletion, "button", "Delete");
  await expect(page.getByText("Its sealed values are being destroyed")).toBeVisible();
  const back = await stack.call(OWNER, "POST", `/v1/keys/${account.organizationKey}/undelete`);
  expect(back.status).toBe(404);

  await press(page, "link", "Members");
  await expect(page.getByRole("heading", { name: "Members", level: 1 })).toBeFocused();
  await walkToAction(page, "Members", "More about editor@acme.example");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Reset the second factor" })).toBeFocused();
  await page.keyboard.press("Enter");
  await press(page.getByRole("dialog"), "button", "Reset");
  await expect(page.getByText("editor@acme.example sets up another device at the next sign-in.")).toBeVisible();
  const mails = await (await fetch(`${stack.origin}/mail`)).text();
  expect(mails).toContain("Set up your second factor again");
});
