import { choose, ERP, edit, field, newKey, saved } from "./support/key-form";
import { expect, test } from "./support/test";

const OWNER = "owner@acme.example";

test("another system swaps the template, keeps what both have, and asks before the rest is lost", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^WooCommerce/);
  await field(page, "Title").fill("Shop");
  await field(page, "Base URL").fill("https://shop.example.com");
  await field(page, "Consumer key").fill("ck_1");
  await choose(page, "System", /^Custom HTTP/);
  const question = page.getByRole("dialog", { name: "Change the system to Custom HTTP?" });
  await expect(question).toContainText("Consumer key");
  await question.getByRole("button", { name: "Keep WooCommerce" }).click();
  await expect(field(page, "Consumer key")).toHaveValue("ck_1");

  await choose(page, "System", /^Custom HTTP/);
  await question.getByRole("button", { name: "Change to Custom HTTP" }).click();
  await expect(field(page, "Consumer key")).toHaveCount(0);
  await expect(field(page, "Title")).toHaveValue("Shop");
  await expect(field(page, "Base URL")).toHaveValue("https://shop.example.com");
  await choose(page, "Authentication type", /^No authentication/);
  const keyId = await saved(page);
  expect((await stack.call(OWNER, "GET", `/v1/keys/${keyId}`)).body).toMatchObject({
    system_id: "custom-http",
    title: "Shop",
  });
});

test("a stored key changes its system, with new secrets", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, environment: "test" });
  await signIn(OWNER);
  await edit(page, key.key_id);
  await choose(page, "System", /^DEAR/);
  await page.getByRole("dialog").getByRole("button", { name: "Change to DEAR" }).click();
  // A secret header was for the other system's server, and is needed again where it stays.
  await page.getByRole("button", { name: "Remove X-Tenant" }).click();
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`);
  expect(after).toMatchObject({ key_id: key.key_id, system_id: "dear", version: 2 });
  expect(Object.keys(after.entries.default.fields)).toEqual(["account_id", "application_key"]);
});
