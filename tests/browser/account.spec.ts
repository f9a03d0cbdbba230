import { field, problem, save } from "./support/key-form";
import { expect, fillSignIn, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

async function goTo(page: Page, name: "Account" | "Members"): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
}

const organization = (page: Page, name: string | number) => page.getByRole("group", { name: `Organization ${name}` });

test("an owner sets the account's title, organizations and the least role for keys", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await goTo(page, "Account");
  await page.getByLabel("Title", { exact: true }).first().fill("Acme Trading");
  await page.getByRole("button", { name: /^Lowest role for keys/ }).click();
  await page.getByRole("option", { name: /^Editor/ }).click();
  await page.getByRole("button", { name: "Add organization" }).click();
  const added = organization(page, 3);
  await expect(field(added, "Id")).toBeFocused();
  await field(added, "Id").fill("org_eu");
  await field(added, "Title").fill("Acme EU");
  await page.getByRole("button", { name: "Remove organization Acme US" }).click();
  await save(page);
  await expect(page.getByText("The account’s settings are saved.")).toBeVisible();
  await expect(page.getByText("by you")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/account");
  expect(body).toMatchObject({
    title: "Acme Trading",
    keys_minimum_role: "editor",
    organizations: [
      { organization_id: "org_uk", title: "Acme UK" },
      { organization_id: "org_eu", title: "Acme EU" },
    ],
  });
  // It is saved, so that there is nothing to lose.
  await goTo(page, "Members");
});

test("an organization twice, or without an id or a title, is told at its field", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await goTo(page, "Account");
  await page.getByRole("button", { name: "Add organization" }).click();
  await field(organization(page, 3), "Id").fill("org_uk");
  await save(page);
  await expect(problem(page)).toContainText("is there twice");
  await problem(page).getByRole("link", { name: "Title of organization 3:" }).click();
  await expect(field(organization(page, 3), "Title")).toBeFocused();
  expect((await stack.call(OWNER, "GET", "/v1/account")).body.organizations).toHaveLength(2);
});

test("what another owner saved meanwhile is shown", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await goTo(page, "Account");
  await page.getByLabel("Title", { exact: true }).first().fill("Mine");
  const { body: before } = await stack.call(OWNER, "GET", "/v1/account");
  await stack.call(
    OWNER,
    "PATCH",
    "/v1/account",
    { keys_minimum_role: "owner" },
    { "if-match": `"${before.version}"` },
  );
  await save(page);
  const alert = page.getByRole("group", { name: "Somebody else has changed these settings" });
  await expect(alert.getByRole("listitem")).toHaveText(["Lowest role for keys: Viewer → Owner"]);
  await save(page);
  await expect(page.getByText("The account’s settings are saved.")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/account")).body).toMatchObject({
    title: "Mine",
    keys_minimum_role: "owner",
  });
});

test("somebody is invited, signs in, becomes an editor, is suspended and removed", async ({
  page,
  browser,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await goTo(page, "Members");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const invite = page.getByRole("dialog", { name: "Invite somebody" });
  await field(invite, "Email address").fill("no address");
  await invite.getByRole("button", { name: "Invite" }).click();
  await expect(problem(page)).toContainText("Email address:");
  await field(invite, "Email address").fill("new@acme.example");
  await invite.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByText("new@acme.example is invited")).toBeVisible();
  const row = page.getByRole("row", { name: /new@acme\.example/ });
  await expect(row).toContainText("Viewer");
  await expect(row).toContainText("by you");

  const theirs = await (await browser.newContext()).newPage();
  await theirs.goto(stack.origin);
  await fillSignIn(theirs, stack, "new@acme.example");
  await expect(theirs.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Create key" })).toHaveCount(0);
  await theirs.context().close();

  await page.getByRole("button", { name: "Edit new@acme.example" }).click();
  const edit = page.getByRole("dialog", { name: "Edit new@acme.example" });
  await edit.getByRole("radio", { name: "Editor" }).check();
  await edit.getByRole("checkbox", { name: "Suspended" }).check();
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Editor");
  await expect(row).toContainText("suspended");
  // Once for the invitation, once for this.
  await expect(row).toContainText(/by you.*by you/);

  await page.getByRole("button", { name: "Remove new@acme.example" }).click();
  await page.getByRole("dialog", { name: "Remove new@acme.example?" }).getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("new@acme.example is removed")).toBeVisible();
  await expect(row).toHaveCount(0);
  const { body } = await stack.call(OWNER, "GET", "/v1/members");
  expect(body.items).toHaveLength(3);
});

test("the last owner stays", async ({ page, signIn, stack }) => {
  await signIn(OWNER);
  await goTo(page, "Members");
  await page.getByRole("button", { name: `Remove ${OWNER}` }).click();
  const dialog = page.getByRole("dialog", { name: "Leave this account?" });
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect(problem(page)).toContainText("owner");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: `Edit ${OWNER}` }).click();
  const edit = page.getByRole("dialog", { name: `Edit ${OWNER}` });
  await edit.getByRole("radio", { name: "Viewer" }).check();
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(problem(page)).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", "/v1/members");
  expect(body.items.find(({ email }: { email: string }) => email === OWNER)).toMatchObject({
    role: "owner",
    state: "active",
  });
});

test("an owner leaves where there is another one, and is signed out", async ({ page, signIn, stack }) => {
  const { body } = await stack.call(OWNER, "GET", "/v1/members");
  const editor = body.items.find(({ email }: { email: string }) => email === "editor@acme.example");
  const path = `/v1/members/${editor.member_id}`;
  expect(
    (await stack.call(OWNER, "PATCH", path, { role: "owner" }, { "if-match": `"${editor.version}"` })).status,
  ).toBe(200);
  await signIn(OWNER);
  await goTo(page, "Members");
  await page.getByRole("button", { name: `Remove ${OWNER}` }).click();
  await page.getByRole("dialog", { name: "Leave this account?" }).getByRole("button", { name: "Leave" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  const { body: left } = await stack.call("editor@acme.example", "GET", "/v1/members");
  expect(left.items.map(({ email }: { email: string }) => email).sort()).toEqual([
    "editor@acme.example",
    "viewer@acme.example",
  ]);
});

test("editors have neither page", async ({ page, signIn, stack }) => {
  await signIn("editor@acme.example");
  const navigation = page.getByRole("navigation", { name: "Main" });
  for (const name of ["Account", "Members"]) await expect(navigation.getByRole("link", { name })).toHaveCount(0);
  for (const address of ["#/settings/account", "#/settings/members"]) {
    await page.goto(`${stack.origin}/${address}`);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  }
});

test("what becomes of a member who is removed is one sentence in one paragraph", async ({ page, signIn }) => {
  await signIn(OWNER);
  await goTo(page, "Members");
  await page.getByRole("button", { name: "Remove editor@acme.example" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove editor@acme.example?" });
  const told = dialog.getByText(
    "editor@acme.example is signed out and cannot come back without another invitation. What they did stays in the audit trail.",
    { exact: true },
  );
  await expect(told).toBeVisible();
  expect(await told.locator("xpath=./*").count()).toBe(0);
});

test("the navigation is named after the account's title, and an organization's id follows from its title", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await expect(
    page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Acme", exact: true }),
  ).toBeVisible();
  await goTo(page, "Account");
  await page.getByRole("button", { name: "Add organization" }).click();
  await field(organization(page, 3), "Title").fill("Österreich & Co. (Wien)");
  const added = organization(page, "Österreich & Co. (Wien)");
  await expect(field(added, "Id")).toHaveValue("org_osterreich-co-wien");
  await field(added, "Id").fill("org_at");
  await field(added, "Title").fill("Austria");
  await save(page);
  await expect(page.getByText("The account’s settings are saved.")).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/account")).body.organizations).toContainEqual({
    organization_id: "org_at",
    title: "Austria",
  });
});

test("what the API refuses of an invitation or the account is told without the marks of code", async ({
  page,
  signIn,
  stack,
}) => {
  // The form offers no such role: it is put in its place on the way.
  const withRole = (address: string, member: string) =>
    page.route(address, async (route) => {
      const body = route.request().postDataJSON();
      if (body === null) return route.continue();
      return route.continue({ postData: JSON.stringify({ ...body, [member]: "king" }) });
    });
  await withRole("**/v1/members", "role");
  await withRole("**/v1/account", "keys_minimum_role");
  await signIn(OWNER);
  await goTo(page, "Members");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const invite = page.getByRole("dialog", { name: "Invite somebody" });
  await field(invite, "Email address").fill("new@acme.example");
  await invite.getByRole("button", { name: "Invite" }).click();
  const reason = "must be “viewer”, “editor” or “owner”";
  await expect(problem(page)).toContainText(`Role: ${reason}`);
  await expect(invite).not.toContainText("`");
  await invite.getByRole("button", { name: "Cancel" }).click();
  expect((await stack.call(OWNER, "GET", "/v1/members")).body.items).toHaveLength(3);

  await goTo(page, "Account");
  await page.getByLabel("Title", { exact: true }).first().fill("Acme Trading");
  await save(page);
  await expect(problem(page)).toContainText(`Lowest role for keys: ${reason}`);
  await expect(page.getByRole("main")).not.toContainText("`");
  expect((await stack.call(OWNER, "GET", "/v1/account")).body.title).toBe("Acme");
});
