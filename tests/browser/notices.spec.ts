import { busyAccount } from "./support/account";
import { ERP, edit, field, newKey, saved } from "./support/key-form";
import { listen } from "./support/listen";
import { expect, type Page, test } from "./support/test";

/* What people are told after they have done something, and where they are then. */

const OWNER = "owner@acme.example";

/** Lets time pass for the page, and has what comes of it drawn. */
async function pass(page: Page, ms: number): Promise<void> {
  await page.clock.fastForward(ms);
  for (let tasks = 0; tasks < 5; tasks += 1) {
    await page.clock.runFor(50);
    await page.evaluate(
      () =>
        new Promise<void>((done) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done();
          port2.postMessage(null);
        }),
    );
  }
}

test("that a key is saved is announced, and is gone with the next page", async ({ page, signIn, stack }) => {
  const { key } = await busyAccount(stack);
  await signIn(OWNER);
  await edit(page, key);
  await field(page, "Title").fill("Stock");
  const told = await listen(page);
  await saved(page);
  await expect(page.getByText("“Stock” is saved")).toBeVisible();
  await expect.poll(async () => (await told()).some((text) => text.includes("“Stock” is saved"))).toBe(true);
  await page.getByRole("link", { name: "Sources" }).click();
  await expect(page.getByRole("heading", { name: "Sources", level: 1 })).toBeVisible();
  await expect(page.getByText("“Stock” is saved")).toHaveCount(0);
});

test("what is done is told for as long as it takes to read, and longer while somebody is at it or can go on from it", async ({
  page,
  signIn,
  stack,
}) => {
  const { key } = await busyAccount(stack);
  await page.clock.install();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signIn(OWNER);
  await page.getByRole("link", { name: "Account", exact: true }).click();
  const title = page.getByRole("textbox", { name: /^Title/ }).first();
  const told = page.getByText("The account’s settings are saved.");
  const change = async (name: string) => {
    await title.fill(name);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(told).toBeVisible();
  };
  await change("Acme Stores");
  await pass(page, 8_000);
  await expect(told).toBeVisible();
  await pass(page, 3_000);
  await expect(told).toHaveCount(0);

  await change("Acme Shops");
  await told.hover();
  await pass(page, 60_000);
  await expect(told).toBeVisible();
  await page.mouse.move(0, 0);
  await pass(page, 11_000);
  await expect(told).toHaveCount(0);

  await change("Acme Sales");
  await page.getByRole("button", { name: "Dismiss" }).focus();
  await pass(page, 60_000);
  await expect(told).toBeVisible();
  await title.focus();
  await pass(page, 11_000);
  await expect(told).toHaveCount(0);

  await edit(page, key);
  await field(page, "Title").fill("Stock");
  await saved(page);
  const offer = page.getByRole("status").filter({ hasText: "“Stock” is saved" });
  await expect(offer.getByRole("button", { name: "Test connection" })).toBeVisible();
  await pass(page, 60_000);
  await expect(offer).toBeVisible();
});

test("each page begins at its top, with the focus on its heading", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await page.setViewportSize({ width: 1280, height: 500 });
  await signIn(OWNER);
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await expect(page.getByRole("heading", { name: /^Live UK ERP/, level: 1 })).toBeFocused();
  await edit(page, account.key);
  await expect(page.getByRole("heading", { name: /^Edit Live UK ERP/, level: 1 })).toBeFocused();
  await field(page, "Title").fill("Live UK ERP 2");
  await saved(page);
  await expect(page.getByRole("heading", { name: /^Live UK ERP 2/, level: 1 })).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.getByRole("link", { name: "Members" }).click();
  await expect(page.getByRole("heading", { name: "Members", level: 1 })).toBeFocused();
});

test("the first stop of the keyboard leads past the navigation", async ({ page, signIn }) => {
  await signIn(OWNER);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("button", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Deleted keys" })).toBeFocused();
});

test("at 390 px the title and that it is saved are in view after Save", async ({ page, signIn, stack }) => {
  const { key } = await busyAccount(stack);
  await page.setViewportSize({ width: 390, height: 700 });
  await signIn(OWNER);
  await edit(page, key);
  await field(page, "Title").fill("Live UK ERP 2");
  await saved(page);
  await expect(page.getByText("“Live UK ERP 2” is saved")).toBeInViewport();
  await expect(page.getByRole("heading", { name: /^Live UK ERP 2/, level: 1 })).toBeInViewport();
});

test("no notice lies over a field that has the focus", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await page.setViewportSize({ width: 1280, height: 500 });
  await signIn(OWNER);
  await page.getByRole("link", { name: "Account", exact: true }).click();
  const title = page.getByRole("textbox", { name: /^Title/ }).first();
  await title.fill("Acme Stores");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("button", { name: "Dismiss" })).toBeInViewport();
  await page.getByRole("button", { name: "Save", exact: true }).focus();
  for (let steps = 0; steps < 8; steps += 1) {
    await page.keyboard.press("Shift+Tab");
    const isCovered = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!(focused instanceof HTMLInputElement)) return false;
      const { left, top, width, height } = focused.getBoundingClientRect();
      const above = document.elementFromPoint(left + width / 2, top + height / 2);
      return above !== null && !above.contains(focused) && !focused.contains(above);
    });
    expect(isCovered).toBe(false);
  }
});

test("the first click on Save or Test connection counts, although leaving a field shows its error", async ({
  page,
  signIn,
}) => {
  await signIn(OWNER);
  for (const name of ["Save", "Test connection"]) {
    await newKey(page, /^Email/);
    await field(page, "Title").fill("Mail");
    await field(page, "Host").fill("smtp.example.com");
    await field(page, "Port").fill("587");
    await field(page, "User name").fill("orders");
    await field(page, "Password").fill("a password");
    await field(page, "From address").fill("nobody");
    const button = page.getByRole("button", { name, exact: true });
    await button.scrollIntoViewIfNeeded();
    await field(page, "From address").focus();
    const box = await button.boundingBox();
    if (box === null) throw new Error(`${name} is nowhere`);
    await page.mouse.move(box.x + box.width / 2, box.y + 4);
    await page.mouse.down();
    // As long as a person presses.
    await page.waitForTimeout(120);
    await page.mouse.up();
    await expect(page.getByTestId("problem"), name).toContainText("From address");
    await page.getByRole("link", { name: "Keys" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  }
});

test("a title without spaces leaves every column of the list in view", async ({ page, signIn, stack }) => {
  await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title: "W".repeat(100) });
  await signIn(OWNER);
  await expect(page.getByRole("link", { name: "W".repeat(100) })).toBeVisible();
  for (const name of ["System", "Health", "Expires"])
    await expect(page.getByRole("columnheader", { name })).toBeInViewport();
  const [grid, width] = await page
    .getByRole("grid", { name: "Keys" })
    .evaluate((table) => [table.scrollWidth, table.parentElement?.clientWidth ?? 0]);
  expect(grid).toBeLessThanOrEqual((width ?? 0) + 1);
});
