import { choose, field, newKey, saved } from "./support/key-form";
import { expect, fillSignIn, type Page, test } from "./support/test";

/* Connect: a key that is granted in the browser, with the demo's own system. */

const OWNER = "owner@acme.example";
const DEMO = "https://demo-system.example/v1";

/** Consents, or not, in the window that Connect opens; it closes itself when all is well. */
async function decide(popup: Page, account: string, decision: "Allow" | "Deny"): Promise<void> {
  await popup.getByRole("radio", { name: account }).check();
  await popup.getByRole("button", { name: decision }).click();
}

async function press(page: Page, name: "Connect" | "Reconnect"): Promise<Page> {
  const opened = page.waitForEvent("popup");
  await page.getByRole("button", { name, exact: true }).click();
  return opened;
}

test("a newcomer connects a key in minutes, tries it, and connects another account only on purpose", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^OAuth 2\.0 with consent/);
  await page.getByRole("radio", { name: "Test" }).check();
  await field(page, "Title").fill("Orders of the demo");
  await field(page, "Base URL").fill(DEMO);
  await choose(page, "App", /^Demo system/);
  const key = await saved(page);
  await expect(page.getByText("Not connected yet")).toBeVisible();

  await page.getByRole("button", { name: "Scopes to ask for" }).click();
  await field(page, "Scopes").fill("read offline_access");
  const first = await press(page, "Connect");
  await expect(first.getByText("read offline_access")).toBeVisible();
  const closed = first.waitForEvent("close");
  await decide(first, "Acorn Ltd", "Allow");
  await closed;
  await expect(page.getByText("Connected", { exact: true }).first()).toBeVisible();
  await expect(page.getByText("acorn", { exact: true })).toBeVisible();
  const ask = { method: "GET", path: "/orders" };
  const sent = await stack.call("runtime-test", "POST", `/v1/keys/${key}/send`, ask);
  expect([sent.status, sent.body.status]).toEqual([200, 200]);
  expect(sent.body.body).toContain("Acorn Ltd");

  // No: nothing changes, and the window says so.
  const denied = await press(page, "Reconnect");
  await decide(denied, "Acorn Ltd", "Deny");
  await expect(denied.getByRole("heading", { name: "Nothing was granted" })).toBeVisible();
  expect(denied.url()).not.toContain("state=");
  await denied.close();

  // Another account by mistake: nothing changes either.
  const other = await press(page, "Reconnect");
  await decide(other, "Birch Ltd", "Allow");
  await expect(other.getByRole("heading", { name: "Another account was connected" })).toBeVisible();
  await other.close();
  await expect(page.getByText("acorn", { exact: true })).toBeVisible();

  // On purpose: as a link, for browsers that block windows.
  await page.getByRole("checkbox", { name: "Another account is meant" }).check();
  await page.getByRole("button", { name: "Reconnect", exact: true }).click();
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "Open the page of the system" }).click();
  const meant = await opened;
  await decide(meant, "Birch Ltd", "Allow");
  await expect(page.getByText("birch", { exact: true })).toBeVisible();
});

test("a window that is closed, a second tab, a return that comes twice and another browser connect nothing by mistake", async ({
  page,
  signIn,
  stack,
  browser,
}) => {
  const apps = await stack.call(OWNER, "GET", "/v1/apps");
  const app = apps.body.items[0].app_id;
  const key = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "oauth2-consent",
    auth: "authorization-code",
    title: "Orders of the demo",
    environment: "test",
    base_url: DEMO,
    entries: { default: { fields: { app } } },
  });
  await signIn(OWNER);
  await page.goto(`${stack.origin}/#/keys/${key.body.key_id}`);
  await expect(page.getByText("Not connected yet")).toBeVisible();

  // Closed in the middle.
  await (await press(page, "Connect")).close();
  await expect(page.getByText("Not connected yet")).toBeVisible();

  // A thief gets the address where somebody consents, and consents in their own browser.
  const begun = await press(page, "Connect");
  await expect(begun.getByRole("button", { name: "Allow" })).toBeVisible();
  const thief = await (await browser.newContext()).newPage();
  await thief.goto(begun.url());
  await decide(thief, "Birch Ltd", "Allow");
  // It leads to the panel, which shows nothing to somebody who is not signed in.
  await fillSignIn(thief, stack, "editor@acme.example");
  await expect(thief.getByRole("heading", { name: "This is another browser" })).toBeVisible();
  await thief.context().close();

  // The same window goes on, and comes back a second time from its history.
  const back: string[] = [];
  begun.on("request", (request) => {
    if (request.url().includes("/v1/connections/callback/")) back.push(request.url());
  });
  const closed = begun.waitForEvent("close");
  await decide(begun, "Acorn Ltd", "Allow");
  await closed;
  await expect(page.getByText("acorn", { exact: true })).toBeVisible();
  const tab = await page.context().newPage();
  await tab.goto(back[0] ?? "");
  await expect(tab.getByRole("heading", { name: "It took too long" })).toBeVisible();
  await tab.close();
  await expect(page.getByText("acorn", { exact: true })).toBeVisible();
});
