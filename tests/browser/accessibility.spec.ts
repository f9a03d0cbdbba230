import { AxeBuilder } from "@axe-core/playwright";

import { busyAccount } from "./support/account";
import { pages } from "./support/pages";
import { expect, test } from "./support/test";

for (const colorScheme of ["light", "dark"] as const) {
  test(`no page has a barrier that axe finds, in ${colorScheme}`, async ({ page, stack, signIn }) => {
    test.setTimeout(180_000);
    const account = await busyAccount(stack);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn("owner@acme.example");
    for (const [name, address] of pages(account)) {
      await page.goto(stack.origin + "/" + address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByText("Loading")).toHaveCount(0);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
      expect(found, name).toEqual([]);
    }
  });
}
