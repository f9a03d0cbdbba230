import { ERP, edit, field, newKey, problem, save, saved } from "./support/key-form";
import { bodies, recordSent } from "./support/sent";
import type { Json } from "./support/stack";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

const editor = (page: Page) => page.getByRole("textbox", { name: "Credentials as JSON" });
const errors = (page: Page) => page.getByRole("list", { name: "Errors in the JSON" }).getByRole("listitem");

async function json(page: Page): Promise<Json> {
  return JSON.parse(await editor(page).inputValue());
}

/** Turns to JSON, or back to the form. */
async function turnTo(page: Page, mode: "Form" | "JSON"): Promise<void> {
  await page.getByRole("button", { name: mode, exact: true }).click();
}

test("the box holds the template of the system as JSON, and its values are what is saved", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await turnTo(page, "JSON");
  const template = await json(page);
  expect(template).toEqual({
    headers: [],
    organization_specific: false,
    entries: { default: { fields: { account_id: "", application_key: "" } } },
  });
  template.entries.default.fields = {
    account_id: "704ef231-cd93-49c9-a201-26b4b5d0d35b",
    application_key: "0342a546-e0c2-0dff-f0be-6a5e17154033",
  };
  await editor(page).fill(JSON.stringify(template, null, 2));
  const keyId = await saved(page);
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${keyId}`);
  expect(body.entries.default.fields.account_id).toMatchObject({ hint: "…d35b" });
  expect(body.entries.default.fields.application_key).toMatchObject({ hashed: expect.stringMatching(/^[0-9a-f]+$/) });
});

test("form and JSON show the same, whichever of them was typed into", async ({ page, signIn }) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await field(page, "Account ID").fill("one");
  await turnTo(page, "JSON");
  const shown = await json(page);
  expect(shown.entries.default.fields.account_id).toBe("one");
  shown.entries.default.fields.account_id = "two";
  await editor(page).fill(JSON.stringify(shown));
  await turnTo(page, "Form");
  await expect(field(page, "Account ID")).toHaveValue("two");
});

test("names are fixed: one that does not belong and one that is missing are told with their lines and columns", async ({
  page,
  signIn,
}) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await turnTo(page, "JSON");
  await editor(page).fill(`{
  "headers": [],
  "organization_specific": false,
  "entries": {
    "default": {
      "fields": {
        "acount_id": "x",
        "application_key": "y"
      }
    }
  }
}`);
  await expect(errors(page)).toHaveText([
    /^Line 7, column 9: "acount_id" does not belong here\. The names are account_id, application_key/,
    /^Line 6, column 17: "account_id" is missing here/,
  ]);
  // Following one leads to its place in the text.
  await errors(page).first().getByRole("link").click();
  await expect(editor(page)).toBeFocused();
  const marked = await editor(page).evaluate((area: HTMLTextAreaElement) =>
    area.value.slice(area.selectionStart, area.selectionEnd),
  );
  expect(marked).toBe('"acount_id"');
});

test("a text that is no JSON is told with its place, is not saved, and is not lost", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await turnTo(page, "JSON");
  const broken = '{\n  "headers": [],,\n}';
  await editor(page).fill(broken);
  await expect(errors(page).first()).toHaveText(/^Line 2, column 17: /);
  await turnTo(page, "Form");
  await expect(editor(page)).toHaveValue(broken);
  await save(page);
  await expect(problem(page)).toBeVisible();
  await expect(editor(page)).toHaveValue(broken);
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("stored secrets are there by their hashes: left alone they are kept, and a text in their place replaces them", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const sent = await recordSent(page);
  await signIn(OWNER);
  await edit(page, before.key_id);
  await turnTo(page, "JSON");
  const shown = await json(page);
  const { hashed } = before.entries.default.fields.secret_key;
  expect(shown.entries.default.fields.secret_key).toEqual({ hashed });
  expect(await editor(page).inputValue()).not.toContain("erp-secret-key");

  shown.entries.default.fields.access_key = "AKIDANOTHER";
  await editor(page).fill(JSON.stringify(shown));
  await saved(page);
  expect(bodies(sent, "PATCH")).toEqual([{ entries: { default: { fields: { access_key: "AKIDANOTHER" } } } }]);

  await edit(page, before.key_id);
  await turnTo(page, "JSON");
  const again = await json(page);
  again.entries.default.fields.secret_key = "rotated";
  await editor(page).fill(JSON.stringify(again));
  await saved(page);
  const { body: after } = await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`);
  expect(after.entries.default.fields.secret_key.hashed).not.toBe(hashed);
});

test("a hash that is not what is stored is refused at its place", async ({ page, signIn, stack }) => {
  const { body: before } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn(OWNER);
  await edit(page, before.key_id);
  await turnTo(page, "JSON");
  const shown = await json(page);
  shown.entries.default.fields.secret_key = { hashed: "0000" };
  await editor(page).fill(JSON.stringify(shown, null, 2));
  await expect(errors(page)).toHaveText([/^Line \d+, column \d+: is not what is stored: ".+" keeps it/]);
  await save(page);
  expect((await stack.call(OWNER, "GET", `/v1/keys/${before.key_id}`)).body.version).toBe(1);
});

test("JSON that cannot be read is told with its place, beside Save and when the form is asked for", async ({
  page,
  signIn,
}) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await turnTo(page, "JSON");
  await editor(page).fill('{\n  "headers": []\n  "entries": {}\n}');
  await save(page);
  await expect(problem(page).getByRole("listitem").first()).toHaveText(
    /^JSON: line 3, column 3: A comma is expected here\.$/,
  );
  await page.getByRole("navigation", { name: "Main" }).click();
  await editor(page).fill("{");
  await turnTo(page, "Form");
  await expect(problem(page)).toContainText("The JSON cannot be read yet");
  await expect(editor(page)).toHaveValue("{");
});
