import { edit, ERP, field, newKey, problem } from "./support/key-form";
import { bodies, recordSent } from "./support/sent";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

async function tryIt(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Test connection" }).click();
}

/** Answers trials in the place of the API: no system outside this machine is asked by a test, and none on it may be. */
async function trialsCome(page: Page, ...results: string[]): Promise<void> {
  await page.route("**/v1/{verifications,keys/*/verify}*", (route) => {
    const result = results.shift() ?? "unclear";
    const json = { result, message: `It is ${result}.`, upstream: result === "passed" ? "Acme Ltd" : null, host_key: null, checked_at: new Date().toISOString() };
    return route.fulfill({ json: { ...json, key_version: 1, receipt_id: "rcp_01890000-0000-7000-8000-000000000000" } });
  });
}

test("credentials are tried before they are saved, and nothing is stored by that", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await trialsCome(page, "refused", "passed");
  await newKey(page, /^WooCommerce/);
  await field(page, "Base URL").fill("https://shop.example.com");
  await field(page, "Consumer key").fill("ck_mistyped");
  await field(page, "Consumer secret").fill("cs_secret");
  await tryIt(page);
  await expect(page.getByText("The credentials are refused")).toBeVisible();
  await field(page, "Consumer key").fill("ck_right");
  // What was said is of what stood there before.
  await expect(page.getByText("The credentials are refused: that was before your latest edits")).toBeVisible();
  await tryIt(page);
  await expect(page.getByText("The credentials work")).toBeVisible();
  await expect(page.getByText("There you are: Acme Ltd")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("an edit is tried together with the secrets that are kept", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const sent = await recordSent(page);
  await signIn(OWNER);
  await trialsCome(page, "passed");
  await edit(page, key.key_id);
  await field(page, "Access key").fill("AKIDANOTHER");
  await tryIt(page);
  await expect(page.getByText("The credentials work")).toBeVisible();
  expect(bodies(sent, "POST").at(-1)).toEqual({ entries: { default: { fields: { access_key: "AKIDANOTHER" } } } });
  expect((await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`)).body.version).toBe(1);
});

test("a stored key is tried from its page, which is its health from then on, and in its history", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, base_url: "https://erp.invalid" });
  await signIn(OWNER);
  await page.getByRole("link", { name: "Live UK ERP", exact: true }).click();
  await tryIt(page);
  const dialog = page.getByRole("dialog", { name: "Test “Live UK ERP”" });
  await field(dialog, "Path to ask for").fill("/me");
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog.getByText("The system was not reached")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  await expect(page.getByText("Not reached", { exact: true })).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`)).body.health.result).toBe("unreachable");
  await page.getByRole("tab", { name: "Activity" }).click();
  const history = page.getByRole("list", { name: "Health history" }).getByRole("listitem");
  await expect(history).toHaveText([/Not reached.*version 1.*by you/]);
});

test("a system that does not answer is told apart from one that refuses", async ({ page, signIn }) => {
  await signIn(OWNER);
  await newKey(page, /^WooCommerce/);
  await field(page, "Base URL").fill("https://shop.invalid");
  await field(page, "Consumer key").fill("ck_key");
  await field(page, "Consumer secret").fill("cs_secret");
  await tryIt(page);
  await expect(page.getByText("The system was not reached")).toBeVisible();
});

test("what is missing is told beside the button, and nothing is sent", async ({ page, signIn }) => {
  await signIn(OWNER);
  await newKey(page, /^WooCommerce/);
  let tried = 0;
  await page.route("**/v1/verifications*", (route) => {
    tried += 1;
    return route.continue();
  });
  await tryIt(page);
  await expect(problem(page)).toContainText("Consumer secret");
  await expect(problem(page)).toBeFocused();
  expect(tried).toBe(0);
});
