import { busyAccount } from "./support/account";
import { ERP, edit, field } from "./support/key-form";
import { expect, fillSignIn, signInAgain, TOO_LONG_AGO, test } from "./support/test";

const OWNER = "owner@acme.example";

test("what needs a fresh sign-in is done after one in a window of its own, which no cookie can skip", async ({
  page,
  stack,
  signIn,
}) => {
  const account = await busyAccount(stack);
  await stack.call(OWNER, "PATCH", `/v1/sources/${account.source}`, { active: false }, { "if-match": '"1"' });
  await signIn(OWNER);
  let asked = 0;
  await page.route(`**/v1/keys/${account.key}`, async (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    asked += 1;
    return asked === 1 ? route.fulfill(TOO_LONG_AGO) : route.continue();
  });
  await page.getByRole("button", { name: "Delete Live UK ERP" }).click();
  const deletion = page.getByRole("dialog", { name: "Delete “Live UK ERP”?" });
  await deletion.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await deletion.getByRole("button", { name: "Delete", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Sign in again to do this" });
  await expect(question).toBeVisible();
  // There is one way out of each kind.
  for (const name of ["Cancel", "Close"])
    await expect(question.getByRole("button", { name, exact: true })).toHaveCount(1);
  expect((await stack.call(OWNER, "GET", `/v1/keys/${account.key}`)).status).toBe(200);

  const opened = page.waitForEvent("popup");
  await question.getByRole("button", { name: "Sign in again" }).click();
  const popup = await opened;
  // The browser was signed in a moment ago, and the form is shown all the same.
  await expect(popup.getByLabel("Password")).toBeVisible();
  await expect(popup.getByLabel("Email address")).toHaveValue(OWNER);
  const closed = popup.waitForEvent("close");
  await fillSignIn(popup, stack, OWNER);
  await closed;
  await expect(page.getByText("“Live UK ERP” is deleted")).toBeVisible();
  expect(asked).toBe(2);
  expect((await stack.call(OWNER, "GET", `/v1/keys/${account.key}`)).status).toBe(404);
});

test("whoever does not sign in again has done nothing, and another person is not taken for the first", async ({
  page,
  stack,
  signIn,
}) => {
  const account = await busyAccount(stack);
  await stack.call(OWNER, "PATCH", `/v1/sources/${account.source}`, { active: false }, { "if-match": '"1"' });
  await signIn(OWNER);
  await page.route(`**/v1/keys/${account.key}`, async (route) => {
    return route.request().method() === "DELETE" ? route.fulfill(TOO_LONG_AGO) : route.continue();
  });
  await page.getByRole("button", { name: "Delete Live UK ERP" }).click();
  const deletion = page.getByRole("dialog", { name: "Delete “Live UK ERP”?" });
  await deletion.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await deletion.getByRole("button", { name: "Delete", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Sign in again to do this" });
  const opened = page.waitForEvent("popup");
  await question.getByRole("button", { name: "Sign in again" }).click();
  await fillSignIn(await opened, stack, "editor@acme.example");
  await expect(question.getByText("That was somebody else")).toBeVisible();
  await expect(
    question.getByText("You signed in as editor@acme.example, and this page belongs to owner@acme.example."),
  ).toBeVisible();
  await expect(question.getByText("Something went wrong")).toHaveCount(0);
  await question.getByRole("button", { name: "Cancel" }).last().click();
  await expect(page.getByText("Nothing was changed, because you did not sign in again.")).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/keys/${account.key}`)).status).toBe(200);
});

test("it is said beforehand that redirecting a live key needs a fresh sign-in, which can be had at once", async ({
  page,
  stack,
  signIn,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await page.clock.install();
  await signIn(OWNER);
  await edit(page, key.key_id);
  const alert = page.getByText("Saving this needs a fresh sign-in");
  await field(page, "Base URL").fill("https://other.example.com/v1");
  // The sign-in is of just now.
  await expect(alert).toHaveCount(0);
  await page.clock.fastForward("06:00");
  await field(page, "Secret key").fill("typed-before");
  await expect(alert).toBeVisible();
  const question = page.getByRole("dialog", { name: "Sign in again to do this" });
  await page.getByRole("button", { name: "Sign in again now" }).click();
  await signInAgain(page, question, stack, OWNER);
  await expect(question).toHaveCount(0);
  await expect(field(page, "Secret key")).toHaveValue("typed-before");
  await expect(field(page, "Base URL")).toHaveValue("https://other.example.com/v1");
});

test("tokens are in no storage, and a reload needs no new sign-in within the hour", async ({ page, stack, signIn }) => {
  await signIn(OWNER);
  const kept = () =>
    page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  expect(await kept()).not.toContain("eyJ");
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeAttached();
  expect(await kept()).not.toContain("eyJ");
  await page.getByRole("button", { name: `Signed in as ${OWNER}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  await page.goto(stack.origin);
  await expect(page.getByLabel("Password")).toBeVisible();
});

test("an address that pretends to be such a window leads to the panel all the same", async ({ page, stack }) => {
  await page.goto(`${stack.origin}/#keyward-sign-in-again=nobody`);
  await expect(page.getByLabel("Password")).toBeVisible();
});
