import { ERP, field, newKey, saved } from "./support/key-form";
import type { Stack } from "./support/stack";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

/** Many keys, more than a page of the API has. */
async function manyKeys(stack: Stack, count: number): Promise<void> {
  const token = await stack.token(OWNER);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (let first = 0; first < count; first += 10) {
    const batch = Array.from({ length: Math.min(10, count - first) }, (_, index) => {
      const number = String(first + index).padStart(3, "0");
      const body = JSON.stringify({
        ...ERP,
        title: `Key ${number}`,
        environment: number.endsWith("7") ? "test" : "live",
      });
      return fetch(`${stack.origin}/v1/keys`, { method: "POST", headers, body });
    });
    for (const response of await Promise.all(batch)) expect(response.status).toBe(201);
  }
}

const rows = (page: Page) => page.getByRole("grid", { name: "Keys" }).getByRole("row");

test("a list of more keys than a page of the API is paged, sorted, searched and filtered", async ({
  page,
  signIn,
  stack,
}) => {
  await manyKeys(stack, 130);
  await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "dear",
    auth: "api-key",
    title: "Stock",
    environment: "live",
    entries: {
      default: {
        fields: {
          account_id: "704ef231-cd93-49c9-a201-26b4b5d0d35b",
          application_key: "0342a546-e0c2-0dff-f0be-6a5e17154033",
        },
      },
    },
  });
  await signIn(OWNER);
  await expect(rows(page).nth(1)).toContainText("Key 000");
  await expect(rows(page)).toHaveCount(26);
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(page).toHaveURL(/#\/keys\?page=2$/);
  await page.getByRole("link", { name: "Key 030", exact: true }).click();
  await expect(page.getByRole("heading", { name: /^Key 030/, level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/#\/keys\?page=2$/);
  await expect(rows(page).nth(1)).toContainText("Key 025");
  await expect(page.getByRole("button", { name: "Page 2", exact: true })).toHaveAttribute("aria-current", "true");
  for (let next = 3; next <= 6; next += 1) await page.getByRole("button", { name: "Next page" }).click();
  await expect(rows(page).last()).toContainText("Stock");
  await expect(page.getByRole("button", { name: "Next page" })).toBeDisabled();

  // Another order needs all of them, and begins at its first page.
  await page
    .getByRole("columnheader", { name: /^Title/ })
    .getByRole("button")
    .first()
    .click();
  await expect(rows(page).nth(1)).toContainText("Stock");
  await expect(rows(page).nth(2)).toContainText("Key 129");

  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("key 01");
  await expect(rows(page)).toHaveCount(13);
  await page.getByRole("button", { name: /^Environment/ }).click();
  await page.getByRole("option", { name: "Test", exact: true }).click();
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).nth(1)).toContainText("Key 017");
  await expect(rows(page).nth(1).getByText("test", { exact: true })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("nothing");
  await expect(page.getByText("No key is like that")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("button", { name: "System Any system" }).click();
  await page.getByRole("option", { name: /^DEAR/ }).click();
  await expect(rows(page)).toHaveCount(2);
});

test("an account sees its own keys alone", async ({ page, signIn, stack }) => {
  await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn("owner@globex.example");
  await expect(page.getByText("No keys yet")).toBeVisible();
  await expect(page.getByText("Live UK ERP")).toHaveCount(0);
});

test("the address says how the list is filtered and sorted, and Back returns to that", async ({
  page,
  signIn,
  stack,
}) => {
  for (const title of ["Live DE", "Live UK", "Staging"]) await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, title });
  await signIn(OWNER);
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("live");
  await expect(rows(page)).toHaveCount(3);
  await page
    .getByRole("columnheader", { name: /^Title/ })
    .getByRole("button")
    .first()
    .click();
  await expect(rows(page).nth(1)).toContainText("Live UK");
  await expect(page).toHaveURL(/#\/keys\?title=live&sort=-title$/);
  await page.getByRole("link", { name: "Live DE" }).click();
  await expect(page.getByRole("heading", { name: /^Live DE/, level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("searchbox", { name: "Search", exact: true })).toHaveValue("live");
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).nth(1)).toContainText("Live UK");
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("UK nobody");
  await expect(page.getByText("None has all the words of “UK nobody”")).toBeVisible();
});

test("Back after a key was made leads to the list, and not to an empty form", async ({ page, signIn }) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await saved(page);
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "Stock" })).toBeVisible();
});

test("beyond what a list reads to search it, the API finds words, and the list says how", async ({
  page,
  signIn,
  stack,
}) => {
  await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const { body: one } = await stack.call(OWNER, "GET", "/v1/keys");
  const [row] = one.items;
  let pages = 0;
  await page.route(/\/v1\/keys\?/, async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const titled = (title: string) => ({ ...row, key_id: `key_${crypto.randomUUID()}`, title });
    const beyond = { items: [titled("Zulu last")], next_cursor: null };
    if (asked.has("q")) {
      expect(asked.get("q")).toBe("zulu");
      return route.fulfill({ json: beyond });
    }
    pages += 1;
    const items = Array.from({ length: 100 }, (_, index) => titled(`Key ${pages} ${index}`));
    return route.fulfill({ json: { items, next_cursor: `after-${pages}` } });
  });
  await signIn(OWNER);
  await expect(page.getByRole("link", { name: "Key 1 0", exact: true })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("zulu");
  await expect(page.getByRole("link", { name: "Zulu last" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Keys (1)", level: 1 })).toBeVisible();
  await expect(
    page.getByText(
      "Beyond the first 500 keys by title, words are found by their beginnings. Organizations always are.",
    ),
  ).toBeVisible();
  // It reads no more than it says.
  expect(pages).toBe(5);
  await page.route(/\/v1\/sources\?/, (route) => {
    const isAsked = new URL(route.request().url()).searchParams.get("q") === "zulu";
    const titled = (title: string) => ({ ...SOURCE, source_id: `src_${crypto.randomUUID()}`, title });
    const items = isAsked
      ? [titled("Zulu orders")]
      : Array.from({ length: 100 }, (_, index) => titled(`Source ${index}`));
    return route.fulfill({ json: { items, next_cursor: isAsked ? null : "next" } });
  });
  await page.getByRole("link", { name: "Sources" }).click();
  await expect(page.getByRole("link", { name: "Source 0", exact: true })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("zulu");
  await expect(page.getByRole("link", { name: "Zulu orders" })).toBeVisible();
  await expect(
    page.getByText(
      "Beyond the first 500 sources by title, words are found by their beginnings. Organizations always are.",
    ),
  ).toBeVisible();
  await page.getByRole("heading", { name: "Sources (1)", level: 1 }).click();
  await page.keyboard.press("/");
  await expect(page.getByRole("combobox", { name: /^Find a key/ })).toBeFocused();
  await page.keyboard.type("zulu");
  await expect(page.getByRole("option", { name: /^Zulu last/ })).toBeVisible();
  await expect(page.getByRole("option", { name: /^Zulu orders/ })).toBeVisible();
});

const SOURCE = {
  system_id: "custom-http",
  function: "orders",
  trigger: { type: "manual", cron: null },
  environment: "live",
  key_id: null,
  organization: null,
  active: false,
  version: 1,
  created_at: "2026-11-30T00:00:00Z",
  created_by: "client:runtime",
  updated_at: "2026-11-30T00:00:00Z",
  updated_by: "client:runtime",
};
