import { join } from "node:path";

import { expect, fillSignIn, type Page, signInAgain, test } from "./support/test";

const OWNER = "owner@acme.example";
const EDITOR = "editor@acme.example";

async function goToOwnSignIn(page: Page, email: string): Promise<void> {
  await page.getByRole("button", { name: `Signed in as ${email}` }).click();
  await page.getByRole("menuitem", { name: "Your sign-in" }).click();
  await expect(page.getByRole("heading", { name: "Your sign-in", level: 1 })).toBeVisible();
}

test("whoever signs out everywhere is signed out in other browsers too", async ({ page, browser, signIn, stack }) => {
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(EDITOR, elsewhere);
  await signIn(EDITOR);
  await goToOwnSignIn(page, EDITOR);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign out everywhere?" });
  await dialog.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  // The other browser's page is open yet, and whatever it asks for takes another sign-in.
  await elsewhere.getByRole("link", { name: "Sources" }).click();
  const question = elsewhere.getByRole("dialog", { name: "Your session has ended" });
  await expect(question).toBeVisible();
  await signInAgain(elsewhere, question, stack, EDITOR);
  await expect(elsewhere.getByRole("heading", { name: "Sources", level: 1 })).toBeVisible();
  await elsewhere.context().close();
});

test("a password is changed at the sign-in, and only a strong one", async ({ page, signIn, stack }) => {
  await signIn(EDITOR);
  await goToOwnSignIn(page, EDITOR);
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: /^Change password/ }).click();
  const form = await opened;
  await expect(form.getByRole("heading", { name: "Change your password" })).toBeVisible();
  const fill = async (password: string) => {
    const { email, password: present, code } = await stack.credentials(EDITOR);
    await form.getByLabel("Email address").fill(email);
    await form.getByLabel("Present password").fill(present);
    await form.getByLabel("Code", { exact: true }).fill(code);
    await form.getByLabel("New password").fill(password);
    await form.getByRole("button", { name: "Change password" }).click();
  };
  await fill("too weak");
  await expect(form.getByRole("alert")).toContainText("at least 14 characters");
  const strong = "Correct-horse-battery-7";
  await fill(strong);
  await expect(form.getByRole("navigation", { name: "Main" })).toBeAttached();
  expect((await stack.credentials(EDITOR)).password).toBe(strong);
});

test("an owner lets somebody who lost their device set up another one, and invites somebody again", async ({
  page,
  browser,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const invite = page.getByRole("dialog", { name: "Invite somebody" });
  await invite.getByLabel("Email address").fill("new@acme.example");
  await invite.getByRole("button", { name: "Invite" }).click();
  const row = page.getByRole("row", { name: /new@acme\.example/ });
  await expect(row).toContainText("invited, has not signed in");

  const first = (await stack.credentials("new@acme.example")).password;
  const mail = await page.context().newPage();
  await mail.goto(`${stack.origin}/mail`);
  const invitation = mail.getByRole("article").filter({ hasText: "You are invited to Keyward" });
  await expect(invitation).toContainText("To new@acme.example");
  await expect(invitation).toContainText(`Password: ${first}`);
  await page.getByRole("button", { name: "More about new@acme.example" }).click();
  await page.getByRole("menuitem", { name: "Send the invitation again" }).click();
  await page
    .getByRole("dialog", { name: "Invite new@acme.example again?" })
    .getByRole("button", { name: "Send" })
    .click();
  await expect(page.getByText("Another invitation is on its way to new@acme.example.")).toBeVisible();
  const second = (await stack.credentials("new@acme.example")).password;
  expect(second).not.toBe(first);
  await mail.reload();
  await expect(invitation).toHaveCount(2);
  await expect(invitation.first()).toContainText(`Password: ${second}`);

  const theirs = await (await browser.newContext()).newPage();
  await theirs.goto(stack.origin);
  await fillSignIn(theirs, stack, "new@acme.example");
  await expect(theirs.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  await theirs.context().close();
  await page.reload();
  await expect(row).toContainText("active");

  await page.getByRole("button", { name: "More about editor@acme.example" }).click();
  await page.getByRole("menuitem", { name: "Reset the second factor" }).click();
  const reset = page.getByRole("dialog", { name: "Reset the second factor of editor@acme.example?" });
  await reset.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByText("editor@acme.example sets up another device at the next sign-in.")).toBeVisible();
  await mail.reload();
  await expect(mail.getByRole("article").first()).toContainText("Set up your second factor again");
  await expect(mail.getByText("otpauth")).toHaveCount(0);
  if (process.env.SCREENSHOTS !== undefined) await mail.screenshot({ path: join(process.env.SCREENSHOTS, "mail.png") });
  await expect(mail.getByRole("link", { name: "Open the control panel" })).toBeVisible();
  await mail.close();
  // The code of the new device signs them in.
  const again = await (await browser.newContext()).newPage();
  await again.goto(stack.origin);
  await fillSignIn(again, stack, EDITOR);
  await expect(again.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  await again.context().close();
});
