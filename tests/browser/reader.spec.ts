import { busyAccount } from "./support/account";
import { field, newKey } from "./support/key-form";
import { listen } from "./support/listen";
import { open, pages } from "./support/pages";
import { expect, type Page, test } from "./support/test";

/* What somebody hears who does not see the page. That a key is saved: notices.spec.ts. */

const OWNER = "owner@acme.example";

/** Waits until something is told in a live region. */
async function hears(told: () => Promise<string[]>, text: string | RegExp): Promise<void> {
  const matches = (heard: string) => (typeof text === "string" ? heard.includes(text) : text.test(heard));
  await expect.poll(async () => (await told()).some(matches), { message: String(text) }).toBe(true);
}

async function confirm(page: Page, dialog: string | RegExp, button: string): Promise<void> {
  await page.getByRole("dialog", { name: dialog }).getByRole("button", { name: button, exact: true }).click();
}

test("each page has one heading of the first level, which has the focus, and a title that says where somebody is", async ({
  page,
  signIn,
  stack,
}) => {
  test.setTimeout(300_000);
  const account = await busyAccount(stack);
  await signIn(OWNER);
  // Somebody who has done nothing yet is at the first stop of the page, which leads past the navigation.
  await page.keyboard.press("Shift");
  const titles = new Set<string>();
  let before = "";
  for (const shown of pages(account)) {
    await open(page, stack, shown);
    const heading = page.getByRole("heading", { level: 1 });
    await expect(heading, shown.name).toHaveCount(1);
    const place = shown.address.split("?")[0] ?? "";
    // A tab is no other page: the focus stays with whoever chose it.
    if (place !== before && before !== "") await expect(heading, shown.name).toBeFocused();
    before = place;
    titles.add(await page.title());
    await expect(page, shown.name).toHaveTitle(/ - Keyward$/);
  }
  expect(titles.size).toBeGreaterThanOrEqual(18);
});

test("that something was disabled, enabled, tried and deleted is told", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await stack.call(OWNER, "PATCH", `/v1/sources/${account.source}`, { active: false }, { "if-match": '"1"' });
  await signIn(OWNER);
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  const told = await listen(page);
  await page.getByRole("button", { name: "Test connection" }).click();
  await confirm(page, /^Test /, "Test connection");
  await hears(told, /It took \d/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Disable" }).click();
  await confirm(page, /^Disable /, "Disable");
  await hears(told, /disabled/);
  await page.getByRole("button", { name: "Enable" }).click();
  await confirm(page, /^Enable /, "Enable");
  await hears(told, "can be used again");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await confirm(page, /^Delete /, "Delete");
  await hears(told, "“Live UK ERP” is deleted");
});

test("what the search finds, the fingerprint of a server and faults in a form are told", async ({
  page,
  signIn,
  stack,
}) => {
  await busyAccount(stack);
  await signIn(OWNER);
  const told = await listen(page);
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("combobox", { name: /^Find a/ }).fill("shopify");
  await hears(told, /\d found/);
  await page.getByRole("combobox", { name: /^Find a/ }).fill("nobody has this");
  await hears(told, "Nothing has all these words");
  await page.getByRole("dialog", { name: "Find" }).getByRole("button", { name: "Close" }).click();
  await newKey(page, /^SFTP/);
  await field(page, "Host").fill("nowhere.invalid");
  await hears(told, "nowhere.invalid:22 shows no key.");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  // The summary of what is wrong has the focus, which reads it.
  await expect(page.getByTestId("problem")).toBeFocused();
  await expect(field(page, "User name")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "User name")).toHaveAccessibleDescription(/User name is needed/);
});
