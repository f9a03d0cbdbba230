import { type Account, busyAccount } from "./support/account";
import { open, type PanelPage, pages } from "./support/pages";
import type { Person, Stack } from "./support/stack";
import { expect, fillSignIn, type Page, test } from "./support/test";

/* No entry of a menu, no address and no button leads to an error or a form that cannot be saved, whoever goes there. */

const PEOPLE: readonly Person[] = ["owner@acme.example", "editor@acme.example", "viewer@acme.example"];
const ROLES = ["viewer", "editor", "owner"];

/** Says who has to do with keys in the account: whether anybody of it has, and from which role on. */
async function settle(stack: Stack, managesKeys: boolean, leastRole: string): Promise<void> {
  const { body: own } = await stack.call("owner@acme.example", "GET", "/v1/account");
  const patch = { keys_minimum_role: leastRole };
  const patched = await stack.call("owner@acme.example", "PATCH", "/v1/account", patch, {
    "if-match": `"${own.version}"`,
  });
  expect(patched.status).toBe(200);
  const path = "/v1/operator/accounts/acme";
  const { body: operated } = await stack.call("operator", "GET", path);
  const settings = { title: "Acme", self_service_keys: managesKeys, allowed_origins: [], state: "active" };
  const put = await stack.call("operator", "PUT", path, settings, { "if-match": `"${operated.version}"` });
  expect(put.status).toBe(200);
}

/** What the page says that somebody cannot do anything about. */
async function deadEnds(page: Page): Promise<string[]> {
  const main = page.getByRole("main");
  const told = main.getByText(/could not be loaded|Not found|There is no answer|Something went wrong|This page broke/);
  return [...(await told.allInnerTexts()), ...(await main.getByTestId("problem").allInnerTexts())];
}

/** Every answer of the API that is a refusal, from now on. */
function refusals(page: Page): string[] {
  const refused: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/v1/") && response.status() >= 400)
      refused.push(`${response.status()} ${response.request().method()} ${pathname}`);
  });
  return refused;
}

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText(/^(Loading|Looking)/)).toHaveCount(0);
}

/** Every entry of the navigation, by its address. */
async function entries(page: Page): Promise<string[]> {
  const links = await page.getByRole("navigation", { name: "Main" }).getByRole("link").all();
  return Promise.all(links.map(async (link) => (await link.getAttribute("href")) ?? ""));
}

interface Rights {
  keys: boolean;
  write: boolean;
  owns: boolean;
}

/** Whether the page is a form, whose buttons change what stands in it. */
const isForm = ({ name }: PanelPage) => name === "account" || /^(create|edit)-/.test(name);

/** What a page is for: whether somebody with these rights finds it, and finds its form. */
function expected({ name }: PanelPage, { keys, write, owns }: Rights): "shown" | "reason" | "none" {
  if (name === "no-such-page") return "none";
  if (["account", "members", "activity"].includes(name)) return owns ? "shown" : "none";
  const isOfKeys = /key/.test(name) || ["systems", "guide", "apps", "connection", "credentials"].includes(name);
  if (isOfKeys && !keys) return "none";
  return /^(create|edit)-/.test(name) && !(write && keys) ? "reason" : "shown";
}

/** Opens whatever a button of the page opens, and closes it again. What each tab or row has alike is pressed once. */
async function pressAll(page: Page, address: string, pressed: Set<string>): Promise<void> {
  const place = address.split("?tab=")[0];
  const buttons = page.getByRole("main").getByRole("button", {
    name: /^(Delete|Disable|Enable|Detach|Deactivate|Activate|Replace everywhere|Test connection|Restore|Add|Invite|Bring|Destroy|Show the|Edit|Remove|Create)\b/,
  });
  const names = await buttons.evaluateAll((all) =>
    all
      .filter((button) => !(button as HTMLButtonElement).disabled)
      .map((button) => button.ariaLabel ?? button.textContent ?? ""),
  );
  for (const name of names) {
    const kind = `${place} ${name.replace(/ key for .*/, "")}`;
    if (pressed.has(kind)) continue;
    pressed.add(kind);
    await page.getByRole("main").getByRole("button", { name, exact: true }).first().click();
    const dialog = page.getByRole("dialog").filter({ visible: true });
    await expect
      .poll(async () => (await dialog.count()) > 0 || !page.url().endsWith(address), { message: name, timeout: 10_000 })
      .toBe(true);
    await settled(page);
    await expect(dialog.getByTestId("problem"), name).toHaveCount(0);
    expect(await deadEnds(page), name).toEqual([]);
    if (!page.url().endsWith(address)) await page.goBack();
    else await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await settled(page);
  }
}

async function walk(page: Page, stack: Stack, account: Account, rights: Rights): Promise<void> {
  const refused = refusals(page);
  const hrefs = await entries(page);
  expect(hrefs.includes("#/keys")).toBe(rights.keys);
  expect(hrefs.includes("#/settings/integrations")).toBe(rights.keys);
  expect(hrefs.includes("#/settings/members")).toBe(rights.owns);
  expect(hrefs).toContain("#/sources");
  for (const href of hrefs) {
    await page.getByRole("navigation", { name: "Main" }).locator(`a[href="${href}"]`).first().click();
    await settled(page);
    await expect(page.getByRole("heading", { name: "There is no such page" }), href).toHaveCount(0);
    expect(await deadEnds(page), href).toEqual([]);
  }
  const pressed = new Set<string>();
  for (const shown of pages(account)) {
    const what = expected(shown, rights);
    if (what === "shown") {
      // Owners alone see the trail; for others the address leads to the first tab.
      await open(
        page,
        stack,
        shown.name === "key-activity" && !rights.owns ? { ...shown, shows: "AKIDEXAMPLE" } : shown,
      );
      if (!isForm(shown)) await pressAll(page, shown.address, pressed);
    } else {
      await page.goto(`${stack.origin}/${shown.address}`);
      await settled(page);
      const reason = page.getByText(/Ask an owner|An owner of the account can give you another one/);
      if (what === "reason") await expect(reason, shown.name).toBeVisible();
      else await expect(page.getByRole("heading", { name: "There is no such page" }), shown.name).toBeVisible();
      await expect(page.getByRole("button", { name: "Save", exact: true }), shown.name).toHaveCount(0);
    }
    expect(await deadEnds(page), shown.name).toEqual([]);
    expect(refused, shown.name).toEqual([]);
  }
  await page.getByRole("button", { name: "Find" }).click();
  const box = page.getByRole("combobox", { name: /^Find a/ });
  await box.fill("erp");
  await expect(page.getByRole("option", { name: /^Orders of the UK ERP/ })).toBeVisible();
  await expect(page.getByRole("option", { name: /^Live UK ERP/ })).toHaveCount(rights.keys ? 1 : 0);
  expect(refused).toEqual([]);
}

/** One least role has people on both sides of it. KEYWARD_ACCESS=all walks with the others too, which takes minutes. */
const isWalked = (leastRole: string) => process.env.KEYWARD_ACCESS === "all" || leastRole === "editor";

for (const managesKeys of [true, false]) {
  for (const leastRole of ROLES.filter(isWalked)) {
    const flag = managesKeys ? "with" : "without";
    test(`nobody meets a dead end ${flag} keys of their own, which are for ${leastRole}s at least`, async ({
      browser,
      complaints,
      stack,
    }) => {
      test.setTimeout(900_000);
      const account = await busyAccount(stack);
      await settle(stack, managesKeys, leastRole);
      for (const person of PEOPLE) {
        const role = person.split("@")[0] ?? "";
        const context = await browser.newContext({ reducedMotion: "reduce" });
        context.on("weberror", ({ error }) => void complaints.push(error().message));
        const page = await context.newPage();
        await page.goto(stack.origin);
        await fillSignIn(page, stack, person);
        await settled(page);
        const keys = managesKeys && ROLES.indexOf(role) >= ROLES.indexOf(leastRole);
        await test.step(person, () =>
          walk(page, stack, account, { keys, write: role !== "viewer", owns: role === "owner" }),
        );
        await context.close();
      }
    });
  }
}
