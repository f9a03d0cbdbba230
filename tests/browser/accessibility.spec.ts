import { AxeBuilder } from "@axe-core/playwright";

import { busyAccount } from "./support/account";
import { edit } from "./support/key-form";
import { dialogs, open, pages } from "./support/pages";
import { expect, type Page, test } from "./support/test";

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
    await stack.call(
      "owner@acme.example",
      "PATCH",
      `/v1/keys/${account.key}`,
      { title: "UK ERP" },
      { "if-match": '"1"' },
    );
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn("owner@acme.example");
    for (const [address, button] of dialogs(account)) {
      await page.goto(`${stack.origin}/${address}`);
      await page.getByRole("main").getByRole("button", { name: button, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog).toBeVisible();
      await expect(dialog.getByText(/^(Loading|Looking)/)).toHaveCount(0);
      expect(await barriers(page), button).toEqual([]);
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
}
