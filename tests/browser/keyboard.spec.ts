import { busyAccount } from "./support/account";
import { expect, type Locator, type Page, test } from "./support/test";

/* Every flow without a mouse. Whatever is reached is reached by Tab and the arrows, from where the focus is. */

const OWNER = "owner@acme.example";

/** Goes on with Tab until something of this name and role has the focus. */
async function tabTo(where: Page | Locator, role: "button" | "link" | "radio" | "textbox", name: string | RegExp): Promise<void> {
  const page = "page" in where ? where.page() : where;
  const target = where.getByRole(role, { name, exact: true }).first();
  await expect(target).toBeVisible();
  for (let steps = 0; steps < 120; steps += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${role} ${name}`);
}

/** Opens a drop-down that has the focus, and chooses by typing or by the arrows. */
async function pick(page: Page, option: RegExp): Promise<void> {
  await page.keyboard.press("Enter");
  const wanted = page.getByRole("option", { name: option }).first();
  await expect(wanted).toBeVisible();
  for (let steps = 0; steps < 40; steps += 1) {
    if (await wanted.evaluate((element) => element.matches("[data-highlighted], [class*=highlighted]") || element.closest("[class*=highlighted]") !== null)) break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
}

test("a key is created, edited and deleted by keyboard alone", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await expect(page.getByText("No keys yet")).toBeVisible();
  await tabTo(page, "button", "Create key");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await tabTo(page, "button", /^System/);
  await pick(page, /^DEAR/);
  await tabTo(page, "textbox", /^Title/);
  await page.keyboard.type("Stock");
  await tabTo(page, "radio", "Live");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Test" })).toBeChecked();
  await tabTo(page, "textbox", /^Account ID/);
  await page.keyboard.type("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await tabTo(page, "textbox", /^Application key/);
  await page.keyboard.type("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await tabTo(page, "button", "Save");
  await page.keyboard.press("Enter");
  await expect(page.getByText("“Stock” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/keys");
  expect(body.items).toHaveLength(1);

  await tabTo(page, "button", "Edit");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /^Edit Stock/ })).toBeVisible();
  await tabTo(page, "button", "Replace Application key");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: /^Application key/ })).toBeFocused();
  await page.keyboard.type("0342a546-e0c2-0dff-f0be-6a5e17154034");
  await tabTo(page, "button", "Save");
  await page.keyboard.press("Space");
  await expect(page.getByText("Whatever uses it uses this from now on")).toBeVisible();

  await tabTo(page, "button", "Delete");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Delete “Stock”?" });
  await expect(dialog).toBeVisible();
  // The focus is in the dialog and stays there.
  await tabTo(dialog, "button", "Delete");
  await expect(dialog.getByRole("button", { name: "Delete", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("“Stock” is deleted")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("a list is one stop whose cells the arrows walk, and Escape closes what it opened", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  const grid = page.getByRole("grid", { name: "Keys" });
  await expect(grid.getByRole("link", { name: "Live UK ERP" })).toBeVisible();
  await tabTo(page, "button", /^Environment/);
  await page.keyboard.press("Tab");
  for (let steps = 0; steps < 10 && !(await grid.evaluate((element) => element.contains(document.activeElement))); steps += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await expect(grid.getByRole("link", { name: "Live UK ERP" })).toBeFocused();
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
  await tabTo(page, "link", "Sources");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Sources", level: 1 })).toBeVisible();
  await tabTo(page, "button", "Create source");
  await page.keyboard.press("Enter");
  await tabTo(page, "button", /^System/);
  await pick(page, /^Custom HTTP/);
  await tabTo(page, "textbox", /^Title/);
  await page.keyboard.type("Customers");
  await tabTo(page, "textbox", /^Function/);
  await page.keyboard.type("customers");
  await tabTo(page, "button", /^Key\b/);
  await pick(page, /^Live UK ERP/);
  await tabTo(page, "button", "Save");
  await page.keyboard.press("Enter");
  await expect(page.getByText("“Customers” is saved")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/sources?title_prefix=Customers");
  expect(body.items[0].key_id).toBe(account.key);

  await tabTo(page, "link", "Members");
  await page.keyboard.press("Enter");
  await tabTo(page, "button", "Invite somebody");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Invite somebody" });
  await tabTo(dialog, "textbox", "Email address");
  await page.keyboard.type("new@acme.example");
  await tabTo(dialog, "button", "Invite");
  await page.keyboard.press("Enter");
  await expect(page.getByText("new@acme.example is invited")).toBeVisible();
});
