import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { busyAccount } from "./support/account";
import { open, pages } from "./support/pages";
import { expect, test } from "./support/test";

const DIRECTORY = process.env.SCREENSHOTS;

const LOOKS = [
  { look: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { look: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { look: "narrow", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { look: "narrowest", colorScheme: "light", viewport: { width: 320, height: 640 } },
] as const;

for (const { look, colorScheme, viewport } of LOOKS) {
  test(`no page is wider than its window: ${look}`, async ({ page, stack, signIn }) => {
    test.setTimeout(180_000);
    const account = await busyAccount(stack);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await signIn("owner@acme.example");
    for (const shown of pages(account)) {
      await open(page, stack, shown);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wide, `${shown.name} scrolls sideways`).toBeLessThanOrEqual(0);
      if (DIRECTORY === undefined) continue;
      mkdirSync(DIRECTORY, { recursive: true });
      await page.screenshot({ path: join(DIRECTORY, `${shown.name}-${look}.png`), fullPage: true });
    }
  });
}
