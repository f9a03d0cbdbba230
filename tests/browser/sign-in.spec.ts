import { expect, test } from "./support/test";

test("an owner signs in with password and code, and is at the keys", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
});
