import { busyAccount } from "./support/account";
import { newKey } from "./support/key-form";
import { expect, test } from "./support/test";

/* How to obtain the credentials of a system, told in the panel. */

const OWNER = "owner@acme.example";

test("each system has a guide: how to obtain the credentials with least rights, and what each field is", async ({
  page,
  signIn,
  stack,
}) => {
  test.setTimeout(300_000);
  const { body: systems } = await stack.call(OWNER, "GET", "/v1/systems");
  await signIn(OWNER);
  for (const { system_id, name } of systems.items) {
    const { body: system } = await stack.call(OWNER, "GET", `/v1/systems/${system_id}`);
    await page.goto(`${stack.origin}/#/settings/integrations/${system_id}`);
    await expect(page.getByRole("heading", { level: 1, name: `Guide to ${name}`, exact: true })).toBeVisible();
    const main = page.getByRole("main");
    await expect(main, name).toContainText(system.guide);
    for (const { label, help, outcomes } of system.auth) {
      await expect(main.getByRole("heading", { level: 2, name: label, exact: true })).toBeVisible();
      await expect(main, name).toContainText(help);
      for (const { message } of outcomes) await expect(main, name).toContainText(message);
    }
    for (const { label, help } of system.fields) {
      await expect(main, name).toContainText(label);
      await expect(main, name).toContainText(help);
    }
    if (system_id === "hubspot") {
      const told = main.getByRole("listitem").filter({ hasText: "This token has expired" });
      await expect(told).toContainText("The credentials are refused");
    }
    // No link leads to the help of a competitor.
    const hrefs = await main
      .getByRole("link")
      .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
    expect(hrefs.filter((href) => /n8n\.io|patchworks|zapier|make\.com|celigo/.test(href))).toEqual([]);
  }
});

test("a guide is found from the list of systems, from a key and from its form, and leads to a new key", async ({
  page,
  signIn,
  stack,
  context,
}) => {
  const { key } = await busyAccount(stack);
  await signIn(OWNER);
  await page.getByRole("link", { name: "Integrations" }).click();
  await page.getByRole("link", { name: "SFTP", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Guide to SFTP" })).toBeVisible();
  const fields = page.getByRole("list", { name: "Fields of Password" });
  await expect(fields.getByRole("listitem").filter({ hasText: "Host key fingerprint" })).toContainText(
    "needed to log in",
  );
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("button", { name: /^System/ })).toContainText("SFTP");

  await page.goto(`${stack.origin}/#/keys/${key}`);
  await page.getByRole("link", { name: "Custom HTTP" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Guide to Custom HTTP" })).toBeVisible();

  // From a form it opens beside it, so that nothing is lost.
  await page.getByRole("link", { name: "Keys", exact: true }).first().click();
  await newKey(page, /^Shopify(?! with)/);
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "What each field is: Shopify" }).click();
  await expect((await opened).getByRole("heading", { level: 1, name: "Guide to Shopify" })).toBeVisible();
});

test("a system that does not exist says so, and leads to those that do", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/settings/integrations/nowhere`);
  await expect(page.getByRole("heading", { level: 1, name: "There is no such system" })).toBeVisible();
  await page.getByRole("button", { name: "Show all systems" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Integrations" })).toBeVisible();
});
