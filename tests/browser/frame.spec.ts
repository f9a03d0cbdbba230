import { busyAccount } from "./support/account";
import { hold } from "./support/hold";
import { expect, test } from "./support/test";

const OWNER = "owner@acme.example";

test("the theme follows the system, until somebody chooses one, and is the same after a reload", async ({
  page,
  signIn,
}) => {
  await page.emulateMedia({ colorScheme: "light" });
  await signIn(OWNER);
  const isDark = () =>
    page.evaluate(
      () =>
        document.body.classList.contains("awsui-dark-mode") ||
        document.documentElement.classList.contains("awsui-dark-mode"),
    );
  expect(await isDark()).toBe(false);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(isDark).toBe(true);
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Light" }).click();
  await expect.poll(isDark).toBe(false);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  expect(await isDark()).toBe(false);
});

test("at 320 px the navigation opens over the page, leads on, and every control can be reached", async ({
  page,
  signIn,
  stack,
}) => {
  await busyAccount(stack);
  await page.setViewportSize({ width: 320, height: 640 });
  await signIn(OWNER);
  await expect(page.getByRole("link", { name: "Destinations" })).toBeHidden();
  await page.getByRole("button", { name: "Open the navigation" }).click();
  await page.getByRole("link", { name: "Destinations" }).click();
  await expect(page.getByRole("heading", { name: "Destinations", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Edit Stock of the staging stores" }).click();
  await expect(page.getByRole("heading", { name: "Edit Stock of the staging stores" })).toBeVisible();
});

test("who asks for less motion gets none", async ({ page, signIn }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signIn(OWNER);
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: /^System/ }).click();
  const moving = await page.evaluate(
    () => document.getAnimations().filter(({ playState }) => playState === "running").length,
  );
  expect(moving).toBe(0);
});

test("the window's title and the line above the page say where somebody is", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await expect(page).toHaveTitle("Keys - Keyward");
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await expect(page).toHaveTitle("Live UK ERP - Keyward");
  await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: "Keys" }).click();
  await expect(page).toHaveTitle("Keys - Keyward");
});

test("a menu stays open while a page and its data arrive", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  const menus: [menu: string, item: string][] = [
    ["Theme", "Light"],
    [`Signed in as ${OWNER}`, "Sign out"],
  ];
  for (const [menu, item] of menus) {
    // The script of the page and then its data are held back until the menu is open.
    for (const held of [/\/assets\/key-page-.*\.js/, /\/v1\/keys\/key_/]) {
      await page.goto(`${stack.origin}/#/keys`);
      await page.reload();
      await expect(page.getByRole("link", { name: "Live UK ERP" })).toBeVisible();
      const { asked, release } = await hold(page, held);
      await page.getByRole("link", { name: "Live UK ERP" }).click();
      await asked;
      await page.getByRole("button", { name: menu, exact: true }).click();
      const shown = page.getByRole("menu").getByText(item, { exact: true });
      await expect(shown).toBeVisible();
      const element = await shown.elementHandle();
      await release();
      await expect(page.getByRole("heading", { name: /^Live UK ERP/, level: 1 })).toBeVisible();
      await expect(page.getByText("https://api.example.com/v1", { exact: true }).first()).toBeVisible();
      await expect(shown).toBeVisible();
      expect(await element?.evaluate((node) => node.isConnected)).toBe(true);
      await page.keyboard.press("Escape");
    }
  }
});

test("signing out ends the session here and at the provider", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await page.getByRole("button", { name: `Signed in as ${OWNER}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  await page.goto(stack.origin);
  await expect(page.getByLabel("Password")).toBeVisible();
});

test("an address that was typed without its # leads to the page, with what it asks for", async ({
  page,
  signIn,
  stack,
}) => {
  const { key } = await busyAccount(stack);
  await signIn(OWNER);
  const hrefs = await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  const pages = hrefs.filter((href) => href !== "#/");
  expect(pages.length).toBeGreaterThan(5);
  for (const href of [...pages, `#/keys/${key}?tab=versions`]) {
    await page.goto(`${stack.origin}${href.slice(1)}`);
    await expect(page).toHaveURL(`${stack.origin}/${href}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("heading", { name: "There is no such page" })).toHaveCount(0);
  }
});
