import type { Page } from "@playwright/test";

/** Holds back every answer to a kind of request, until `release`. */
export async function hold(
  page: Page,
  kind: RegExp,
): Promise<{ asked: Promise<unknown>; release: () => Promise<void> }> {
  let letGo: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(kind, async (route) => {
    await released;
    await route.fallback();
  });
  const asked = page.waitForRequest(kind);
  // A test that waits for nothing of it does not fail by it.
  asked.catch(() => undefined);
  return {
    asked,
    release: async () => {
      letGo();
      await page.unroute(kind, undefined);
    },
  };
}
