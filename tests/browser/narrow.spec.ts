import { busyAccount } from "./support/account";
import { newKey } from "./support/key-form";
import { dialogs, openDialog } from "./support/pages";
import { expect, type Page, test } from "./support/test";

/* At 320 px nothing scrolls sideways, and every button of a dialog can be pressed. The pages: screenshots.spec.ts. */

const OWNER = "owner@acme.example";

test.use({ viewport: { width: 320, height: 640 } });

/** What stands out of the window at its sides, of what is shown. */
async function outside(page: Page, within: string): Promise<string[]> {
  return page.evaluate((within) => {
    const width = document.documentElement.clientWidth;
    const shown = [...document.querySelectorAll<HTMLElement>(within)].filter((element) => element.checkVisibility());
    const controls = shown.flatMap((root) => [
      ...root.querySelectorAll<HTMLElement>("button, a[href], input, textarea"),
    ]);
    return (
      controls
        // Copies that are there to be measured are hidden from everybody.
        .filter((control) => control.closest("[aria-hidden=true], [inert]") === null)
        .filter((control) => control.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        .filter((control) => {
          const { left, right, width: own } = control.getBoundingClientRect();
          return own > 0 && (left < -1 || right > width + 1);
        })
        .map((control) => control.ariaLabel ?? control.textContent ?? control.tagName)
    );
  }, within);
}

test("every dialog fits into 320 px, and its buttons are within reach", async ({ page, signIn, stack }) => {
  test.setTimeout(300_000);
  const account = await busyAccount(stack);
  const all = await dialogs(stack, account);
  await signIn(OWNER);
  for (const one of all) {
    const dialog = await openDialog(page, stack, one);
    expect(await outside(page, "[role=dialog]"), one.join()).toEqual([]);
    const last = dialog.getByRole("button").last();
    await last.scrollIntoViewIfNeeded();
    await expect(last, one.join()).toBeInViewport();
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
  }
  await page.keyboard.press("/");
  await expect(page.getByRole("dialog", { name: "Find" })).toBeVisible();
  expect(await outside(page, "[role=dialog]"), "Find").toEqual([]);
});

test("the form of each kind of system fits into 320 px, with its errors", async ({ page, signIn, stack }) => {
  test.setTimeout(300_000);
  await signIn(OWNER);
  for (const system of [/^Custom HTTP/, /^SFTP/, /^NetSuite/, /^Email/, /^Shopify(?! with)/]) {
    await page.goto(`${stack.origin}/#/keys`);
    await newKey(page, system);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByTestId("problem")).toBeVisible();
    expect(await outside(page, "main"), String(system)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, String(system)).toBeLessThanOrEqual(0);
  }
});
