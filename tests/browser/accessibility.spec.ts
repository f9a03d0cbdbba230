import { AxeBuilder } from "@axe-core/playwright";

import { busyAccount } from "./support/account";
import { edit } from "./support/key-form";
import { dialogs, open, openDialog, pages } from "./support/pages";
import { expect, type Page, TOO_LONG_AGO, test } from "./support/test";

/** What axe finds on the page as it is now. */
async function barriers(page: Page): Promise<string[]> {
  // Best practices are among the rules. What a control is called begins with the words on it (WCAG 2.5.3): axe has that as an
  // experiment.
  const names = { "label-content-name-mismatch": { enabled: true } };
  const { violations } = await new AxeBuilder({ page }).options({ rules: names }).analyze();
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`no page has a barrier that axe finds, in ${colorScheme}`, async ({ page, stack, signIn }) => {
    test.setTimeout(300_000);
    const account = await busyAccount(stack);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn("owner@acme.example");
    for (const shown of pages(account)) {
      await open(page, stack, shown);
      expect(await barriers(page), shown.name).toEqual([]);
    }
  });

  test(`neither has what opens on them, and a form with errors, in ${colorScheme}`, async ({ page, stack, signIn }) => {
    test.setTimeout(300_000);
    const account = await busyAccount(stack);
    const all = await dialogs(stack, account);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn("owner@acme.example");
    for (const one of all) {
      const dialog = await openDialog(page, stack, one);
      expect(await barriers(page), one.join()).toEqual([]);
      await page.keyboard.press("Escape");
      await expect(dialog).toHaveCount(0);
    }
    await edit(page, account.key);
    await page.getByRole("button", { name: "Replace Secret key" }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByTestId("problem")).toBeVisible();
    expect(await barriers(page), "a form with errors").toEqual([]);
    await page.getByRole("button", { name: "Cancel and keep the stored Secret key" }).click();
    await page.getByRole("button", { name: "JSON", exact: true }).click();
    await page.getByRole("textbox", { name: "Credentials as JSON" }).fill("{");
    await expect(page.getByRole("list", { name: "Errors in the JSON" })).toBeVisible();
    expect(await barriers(page), "JSON with errors").toEqual([]);
  });

  test(`neither have Find, a drop-down, what a test came to, and the question to sign in again, in ${colorScheme}`, async ({
    page,
    stack,
    signIn,
  }) => {
    await busyAccount(stack);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn("owner@acme.example");
    await expect(page.getByRole("link", { name: "Shop in Germany" })).toBeVisible();
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: /^Find a key/ }).fill("germany");
    await expect(page.getByRole("option", { name: /^Shop in Germany/ })).toBeVisible();
    expect(await barriers(page), "Find").toEqual([]);
    await page.getByRole("dialog", { name: "Find" }).getByRole("button", { name: "Close" }).click();

    await page.getByRole("button", { name: "System Any system" }).click();
    await page.getByRole("combobox", { name: "Find a system" }).fill("woo");
    await expect(page.getByRole("option")).toHaveCount(1);
    expect(await barriers(page), "a drop-down that is searched").toEqual([]);
    await page.keyboard.press("Escape");

    await page.route("**/v1/keys/*", (route) =>
      route.request().method() === "DELETE" ? route.fulfill(TOO_LONG_AGO) : route.continue(),
    );
    await page.getByRole("button", { name: "Delete Shop in Germany" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    const question = page.getByRole("dialog", { name: "Sign in again to do this" });
    await expect(question).toBeVisible();
    expect(await barriers(page), "the question to sign in again").toEqual([]);
    await question.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();

    await page.getByRole("link", { name: "Shop in Germany" }).click();
    await page.getByRole("main").getByRole("button", { name: "Test connection" }).click();
    const trial = page.getByRole("dialog", { name: "Test “Shop in Germany”" });
    await trial.getByRole("button", { name: "Test connection" }).click();
    await expect(trial.getByText(/It took /)).toBeVisible();
    expect(await barriers(page), "what a test came to").toEqual([]);
  });
}
