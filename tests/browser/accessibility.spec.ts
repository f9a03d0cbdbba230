import { AxeBuilder } from "@axe-core/playwright";

import { busyAccount } from "./support/account";
import { open, pages } from "./support/pages";
import { expect, test } from "./support/test";

for (const colorScheme of ["light", "dark"] as const) {
  test(`no page has a barrier that axe finds, in ${colorScheme}`, async ({ page, stack, signIn }) => {
    test.setTimeout(180_000);
    const account = await busyAccount(stack);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn("owner@acme.example");
    for (const shown of pages(account)) {
      await open(page, stack, shown);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
      expect(found, shown.name).toEqual([]);
    }
  });
}
