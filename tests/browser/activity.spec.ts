import { readFile } from "node:fs/promises";

import { busyAccount } from "./support/account";
import { choose, ERP } from "./support/key-form";
import { expect, type Page, test } from "./support/test";

/* What was done in the account, by whom. */

const OWNER = "owner@acme.example";
const EDITOR = "editor@acme.example";

const rows = (page: Page) => page.getByRole("grid", { name: "Changes" }).getByRole("row");

test("the activity of the account tells who did what to which key, is filtered, and leads to keys that are gone", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: made } = await stack.call(EDITOR, "POST", "/v1/keys", { ...ERP, title: '=cmd|"calc"!A1' });
  await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title: "Staging ERP", environment: "test" });
  const path = `/v1/keys/${made.key_id}`;
  await stack.call(EDITOR, "PATCH", path, { title: "Live ERP" }, { "if-match": '"1"' });
  await stack.call(OWNER, "DELETE", `${path}?purge=now`, undefined, { "if-match": '"2"' });
  await signIn(OWNER);
  await page.getByRole("link", { name: "Activity" }).click();
  await expect(page.getByRole("heading", { name: "Activity (4)", level: 1 })).toBeVisible();
  await expect(rows(page).nth(1)).toContainText(/you\s*Deleted\s*Live ERP/);
  await expect(rows(page).nth(2)).toContainText(/editor@acme\.example\s*Changed\s*Title\s*Live ERP/);
  await expect(page.getByText("Sources, destinations, webhooks, members and the account are not here")).toBeVisible();
  await choose(page, "Who", EDITOR);
  await expect(rows(page)).toHaveCount(3);
  await choose(page, "Kind of change", "Created");
  await expect(page).toHaveURL(/#\/activity\?by=person%3A[^&]+&action=key\.created$/);
  await expect(rows(page)).toHaveCount(2);
  await page.reload();
  await expect(rows(page)).toHaveCount(2);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const file = await (await downloading).path();
  const [head, line] = (await readFile(file, "utf8")).split("\r\n");
  expect(head).toMatch(/^Time,Who,"?Who, by id/);
  // A title is no formula of whoever opens the file.
  expect(line).toContain(`,editor@acme.example,person:`);
  expect(line).toContain(`,"'=cmd|""calc""!A1",${made.key_id},live,1,`);
  await expect(page.getByText("The file has one change.")).toBeVisible();

  const today = new Date();
  const day = (at: Date) =>
    `${at.getFullYear()}/${String(at.getMonth() + 1).padStart(2, "0")}/${String(at.getDate()).padStart(2, "0")}`;
  await page.goto(`${stack.origin}/#/activity`);
  await expect(rows(page)).toHaveCount(5);
  await page.getByRole("textbox", { name: "Day" }).fill(day(new Date(today.getTime() - 3 * 86_400_000)));
  await page.keyboard.press("Tab");
  await expect(page.getByText("No change is like that")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(rows(page)).toHaveCount(5);
  await choose(page, "Environment", /^Test$/);
  await expect(rows(page)).toHaveCount(2);
  await choose(page, "Environment", /^Live and test$/);
  await choose(page, "Key", /^Live ERP/);
  await expect(rows(page)).toHaveCount(4);
  await page.getByRole("link", { name: "What this key was used for" }).click();
  await expect(page.getByRole("table", { name: "Timeline" })).toContainText("editor@acme.example");
  await page.goBack();
  await rows(page).nth(1).getByRole("link", { name: "Live ERP" }).click();
  await expect(page.getByRole("table", { name: "Timeline" })).toContainText("editor@acme.example");
});

test("whoever did something is named by address also after they were removed", async ({ page, signIn, stack }) => {
  const account = await busyAccount(stack);
  await stack.call(EDITOR, "PATCH", `/v1/keys/${account.key}`, { title: "By the editor" }, { "if-match": '"1"' });
  const { body: members } = await stack.call(OWNER, "GET", "/v1/members");
  const editor = members.items.find(({ email }: { email: string }) => email === EDITOR);
  const removed = await stack.call(OWNER, "DELETE", `/v1/members/${editor.member_id}`, undefined, {
    "if-match": `"${editor.version}"`,
  });
  expect(removed.status).toBe(204);
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/${account.key}?tab=activity`);
  await expect(page.getByRole("table", { name: "Timeline" })).toContainText(EDITOR);
  await page.getByRole("link", { name: "Activity", exact: true }).click();
  await expect(rows(page).nth(1)).toContainText(EDITOR);
  await page.getByRole("link", { name: "Members" }).click();
  await expect(page.getByRole("row")).toHaveCount(3);
});

test("whoever may not see addresses is told that somebody of the account did it", async ({ page, signIn, stack }) => {
  await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn("viewer@acme.example");
  await page.getByRole("link", { name: "Live UK ERP" }).click();
  await expect(page.getByText(/somebody of the account \([0-9a-f]{8}\)/).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Activity" })).toHaveCount(0);
});
