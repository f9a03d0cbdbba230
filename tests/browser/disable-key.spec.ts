import { busyAccount } from "./support/account";
import { expect, test } from "./support/test";

test("a key is disabled at once, says so, and is enabled again", async ({ page, stack, signIn }) => {
  const account = await busyAccount(stack);
  await signIn("owner@acme.example");
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Disable “Live UK ERP”?" });
  await expect(dialog.getByText("active source")).toBeVisible();
  await dialog.getByRole("button", { name: "Disable", exact: true }).click();
  await expect(page.getByText("“Live UK ERP” is disabled.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("disabled");
  const stored = await stack.call("owner@acme.example", "GET", `/v1/keys/${account.key}`);
  expect(stored.body).toMatchObject({ state: "disabled", version: 2 });

  await page.getByRole("tab", { name: "Activity" }).click();
  await expect(page.getByText("Disabled").first()).toBeVisible();
  await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: "Keys" }).click();
  await expect(page.getByRole("row", { name: /Live UK ERP/ })).toContainText("disabled");

  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Enable", exact: true }).click();
  await expect(page.getByText("“Live UK ERP” can be used again.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).not.toContainText("disabled");
});

test("who may not change keys cannot disable one", async ({ page, stack, signIn }) => {
  await busyAccount(stack);
  await signIn("viewer@acme.example");
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Live UK ERP" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Disable" })).toHaveCount(0);
});
