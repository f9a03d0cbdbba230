import { choose, edit, field, newKey, problem, save, saved } from "./support/key-form";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

/** The form of a new Custom HTTP key with a token, with the fields of a check of its own shown. */
async function withCheck(page: Page): Promise<void> {
  await newKey(page, /^Custom HTTP/);
  await choose(page, "Authentication type", /^Token/);
  await field(page, "Title").fill("Orders");
  await field(page, "Base URL").fill("https://api.example.com/v1");
  await field(page, "Token").fill("t0ken-of-mine");
  await expect(field(page, "Path of the check")).toHaveCount(0);
  await page.getByText("The key has a check of its own").click();
}

test("every fault of a check is named at once, with a link to its field, and nothing is kept", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await withCheck(page);
  await field(page, "Path of the check").fill("/me#x");
  await field(page, "Expected status").fill("302");
  await choose(page, "What the answer has", "A value in JSON");
  await field(page, "Place of the expected value").fill("account");
  await field(page, "Expected value").fill("active");
  await save(page);
  await expect(problem(page).getByRole("listitem")).toHaveText([
    /^Path of the check: .*must not contain “#”/,
    /^Expected status: must be one that the system answers to credentials/,
    /^Place of the expected value: /,
  ]);
  await problem(page).getByRole("link", { name: "Path of the check:" }).click();
  await expect(field(page, "Path of the check")).toBeFocused();
  await expect(page.getByText("must not contain `#`")).not.toHaveCount(0);
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("a check is stored as it was entered, shown again, and taken off", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await withCheck(page);
  await field(page, "Path of the check").fill("/me");
  await field(page, "Expected status").fill("200");
  await choose(page, "What the answer has", "A text");
  await field(page, "Expected text").fill('"account"');
  const keyId = await saved(page);
  const stored = async () => (await stack.call(OWNER, "GET", `/v1/keys/${keyId}`)).body.check;
  const said = { method: "GET", path: "/me", body: null, changes_nothing: false, status: 200 };
  expect(await stored()).toEqual({ ...said, text: '"account"', json: null });

  await edit(page, keyId);
  await expect(field(page, "Path of the check")).toHaveValue("/me");
  await expect(field(page, "Expected text")).toHaveValue('"account"');
  await page.getByText("The key has a check of its own").click();
  await saved(page);
  expect(await stored()).toBeNull();
});

test("a check with POST is saved only if somebody says that it changes nothing", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await withCheck(page);
  await choose(page, "Method of the check", "POST");
  await field(page, "Path of the check").fill("/search");
  await field(page, "Body of the check").fill('{"limit":1}');
  await field(page, "Expected status").fill("200");
  await save(page);
  await expect(problem(page).getByRole("listitem")).toHaveText([/^That it changes nothing: must be true for POST/]);
  await page.getByRole("checkbox", { name: "This POST changes nothing at the system" }).check();
  const keyId = await saved(page);
  const { body: key } = await stack.call(OWNER, "GET", `/v1/keys/${keyId}`);
  expect(key.check).toMatchObject({ method: "POST", path: "/search", body: '{"limit":1}', changes_nothing: true });
});
