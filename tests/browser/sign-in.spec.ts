import { expect, test } from "./support/test";

test("an owner signs in with password and code, as an app shows it, and is at the keys", async ({ page, stack }) => {
  const { email, password, code } = await stack.credentials("owner@acme.example");
  await page.goto(stack.origin);
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Code", { exact: true }).fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
});
