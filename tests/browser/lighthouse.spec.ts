import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "@playwright/test";
import lighthouse from "lighthouse";

import { busyAccount } from "./support/account";
import { expect, fillSignIn, test } from "./support/test";

async function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

test("Lighthouse finds full accessibility and good practices", async ({ stack }, { project }) => {
  test.setTimeout(300_000);
  const account = await busyAccount(stack);
  const port = await freePort();
  const profile = mkdtempSync(join(tmpdir(), "keyward-lighthouse-"));
  const { launchOptions } = project.use;
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), `--remote-debugging-port=${port}`],
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(stack.origin);
    await fillSignIn(page, stack, "owner@acme.example");
    await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
    for (const address of [
      "#/keys",
      `#/keys/${account.key}`,
      `#/keys/${account.key}/edit`,
      "#/activity",
      "#/settings/members",
      "#/settings/integrations/netsuite",
    ]) {
      const run = await lighthouse(`${stack.origin}/${address}`, {
        port,
        output: "json",
        logLevel: "error",
        onlyCategories: ["accessibility", "best-practices"],
        formFactor: "desktop",
        screenEmulation: { disabled: true },
        throttlingMethod: "provided",
        disableStorageReset: true,
      });
      if (run === undefined) throw new Error("Lighthouse said nothing");
      const { categories, audits, finalDisplayedUrl } = run.lhr;
      const score = (id: string) => Math.round((categories[id]?.score ?? 0) * 100);
      const failed = Object.values(audits)
        .filter((audit) => audit.score === 0)
        .map(({ id }) => id);
      console.log(
        `Lighthouse ${address.replaceAll(/key_[0-9a-f-]+/g, "key")}: accessibility ${score("accessibility")}, best practices ${score("best-practices")}`,
      );
      expect(finalDisplayedUrl).toContain(address);
      expect(score("accessibility"), failed.join(", ")).toBe(100);
      expect(score("best-practices"), failed.join(", ")).toBeGreaterThanOrEqual(95);
    }
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
