import type { Page } from "@playwright/test";

/** Keeps whatever a screen reader would be told from now on. */
export async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const told: string[] = [];
    Object.assign(globalThis, { told });
    const regions = '[aria-live="polite"], [aria-live="assertive"], [role="status"], [role="alert"]';
    const hear = () => {
      for (const region of document.querySelectorAll(regions)) told.push(region.textContent ?? "");
    };
    new MutationObserver(hear).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
}
