import { field, newKey, save } from "./support/key-form";
import { expect, type Page, signInAgain, test } from "./support/test";

/* Signing out ends the session in every tab of the browser, and nothing that was typed is lost without a question. */

const OWNER = "owner@acme.example";

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: `Signed in as ${OWNER}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

/** Another tab of the same browser, which the provider's session signs in. */
async function anotherTab(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(new URL(page.url()).origin);
  await expect(tab.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  return tab;
}

/** The requests that end a session at the provider, from now on. */
function revocations(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/revoke|logout/.test(new URL(request.url()).pathname)) asked.push(request.url());
  });
  return asked;
}

test("signing out in one tab signs out the others", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  const other = await anotherTab(page);
  const ended = revocations(other);
  await signOut(page);
  for (const tab of [page, other]) await expect(tab.getByLabel("Password")).toBeVisible();
  // The other tab's own token has ended, too.
  expect(ended.some((url) => url.includes("revoke"))).toBe(true);
  await other.goto(stack.origin);
  await expect(other.getByLabel("Password")).toBeVisible();
});

test("whoever has typed something is asked before signing out ends anything", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  const ended = revocations(page);
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await signOut(page);
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  await expect(question).toBeVisible();
  expect(ended).toEqual([]);
  await question.getByRole("button", { name: "Stay" }).click();
  await expect(field(page, "Title")).toHaveValue("Stock");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await save(page);
  await expect(page.getByText("“Stock” is saved")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toHaveLength(1);
  expect(ended).toEqual([]);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await field(page, "Title").fill("Stock 2");
  await signOut(page);
  await question.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  expect(ended).not.toEqual([]);
});

test("a tab in which something was typed keeps it when another one signs out, and saves after another sign-in", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  const other = await anotherTab(page);
  await newKey(other, /^DEAR/);
  await field(other, "Title").fill("Stock");
  await field(other, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(other, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  const asked = other.waitForEvent("dialog");
  other.on("dialog", (dialog) => void dialog.dismiss());
  await signOut(page);
  expect((await asked).type()).toBe("beforeunload");
  await expect(page.getByLabel("Password")).toBeVisible();
  await other.bringToFront();
  await save(other);
  const question = other.getByRole("dialog", { name: "Your session has ended" });
  await signInAgain(other, question, stack, OWNER);
  await expect(other.getByText("“Stock” is saved")).toBeVisible();
});

test("a link to signing out signs nobody out", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/sign-out`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await page.getByRole("link", { name: "Keys" }).first().click();
  await expect(page.getByText("No keys yet")).toBeVisible();
});
