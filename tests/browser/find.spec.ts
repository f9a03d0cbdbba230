import { busyAccount } from "./support/account";
import { choose, field, newKey, saved } from "./support/key-form";
import { expect, type Page, test } from "./support/test";

/* Finding what there is, by any of its words, and by keyboard alone. */

const OWNER = "owner@acme.example";

const box = (page: Page) => page.getByRole("combobox", { name: "Find a key, source, destination or guide" });

test("a key or source is found by any of its words with / or Ctrl+K, and Back returns to the place", async ({
  page,
  signIn,
  stack,
}) => {
  const { key, source } = await busyAccount(stack);
  await signIn(OWNER);
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("live");
  await expect(page).toHaveURL(/#\/keys\?title=live$/);
  // It is a letter like any other where somebody types.
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search", exact: true })).toHaveValue("live/");
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("live");
  await page.getByRole("heading", { name: "Keys", level: 1 }).click();
  await page.keyboard.press("/");
  await expect(box(page)).toBeFocused();
  await page.keyboard.type("http erp example.com");
  await expect(page.getByRole("option")).toHaveText([/Live UK ERP.*Key of Custom HTTP/s]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`#/keys/${key}$`));
  await expect(page.getByRole("heading", { name: /^Live UK ERP/, level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/#\/keys\?title=live$/);
  await expect(page.getByRole("searchbox", { name: "Search", exact: true })).toHaveValue("live");

  await page.keyboard.press("Control+k");
  await expect(box(page)).toBeFocused();
  await page.keyboard.type("uk orders");
  await page.getByRole("option", { name: /^Orders of the UK ERP/ }).click();
  await expect(page).toHaveURL(new RegExp(`#/sources/${source}$`));
  await page.getByRole("button", { name: "Find" }).click();
  await box(page).fill("guide shop wordpress");
  await page.getByRole("option", { name: /^Guide to WooCommerce/ }).click();
  await expect(page.getByRole("heading", { name: "Guide to WooCommerce", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Find" }).click();
  await box(page).fill("nobody has this");
  await expect(page.getByText("Nothing has all these words.")).toBeVisible();
  await page.getByRole("dialog", { name: "Find" }).getByRole("button", { name: "Close" }).click();
  await expect(box(page)).toHaveCount(0);
});

test("the lists say how many there are", async ({ page, signIn, stack }) => {
  await busyAccount(stack);
  await signIn(OWNER);
  await expect(page.getByRole("heading", { name: "Keys (4)", level: 1 })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("live");
  await expect(page.getByRole("heading", { name: "Keys (2)", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "Sources" }).click();
  await expect(page.getByRole("heading", { name: "Sources (1)", level: 1 })).toBeVisible();
});

test("an SFTP key without the server's fingerprint is said to be of no use yet, and its field is not called optional", async ({
  page,
  signIn,
}) => {
  await signIn(OWNER);
  await newKey(page, /^SFTP/);
  await expect(page.getByText("Host key fingerprint - needed to log in")).toBeVisible();
  await field(page, "Title").fill("Files");
  await field(page, "Host").fill("sftp.example.com");
  await field(page, "User name").fill("orders");
  await field(page, "Password").fill("pass of files");
  await saved(page);
  await expect(
    page.getByText("“Files” is saved, and cannot log in before it has its Host key fingerprint"),
  ).toBeVisible();
  await expect(page.getByText("can be used from now on")).toHaveCount(0);
});

test.describe("in New York, with a German browser", () => {
  test.use({ locale: "de-DE", timezoneId: "America/New_York" });

  test("a schedule in UTC is told in the time of whoever reads it", async ({ page, signIn, stack }) => {
    const { source } = await busyAccount(stack);
    await page.clock.setFixedTime("2026-11-30T12:00:00Z");
    await signIn(OWNER);
    await page.goto(`${stack.origin}/#/sources/${source}/edit`);
    // 06:00 in UTC from Monday to Friday.
    await expect(page.getByText(/^Next, in your time: Tue,? 1 Dec,? 01:00; Wed,? 2 Dec,? 01:00; Thu/)).toBeVisible();
    await field(page, "Schedule").fill("0 0 31 2 *");
    await expect(page.getByText("Such a day never comes.")).toBeVisible();
  });
});

test("the lists are searched by any of their words, by a host, or by an id", async ({ page, signIn, stack }) => {
  const { key, source } = await busyAccount(stack);
  await signIn(OWNER);
  const search = page.getByRole("searchbox", { name: "Search", exact: true });
  const keys = page.getByRole("grid", { name: "Keys" });
  for (const [text, title] of [
    ["shopify live", "Live UK Shopify"],
    ["api.example.com", "Live UK ERP"],
    ["woocommerce", "Shop in Germany"],
    [key, "Live UK ERP"],
  ]) {
    await search.fill(text ?? "");
    await expect(page.getByRole("heading", { name: "Keys (1)", level: 1 }), text).toBeVisible();
    await expect(keys.getByRole("link")).toHaveText([title ?? ""]);
  }
  await search.fill("uk nobody");
  await expect(page.getByText("None has all the words of “uk nobody” in what can be seen of it")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page.getByRole("heading", { name: "Keys (4)", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "Sources" }).click();
  for (const text of ["erp orders", "custom http", source]) {
    await search.fill(text);
    await expect(page.getByRole("link", { name: "Orders of the UK ERP" }), text).toBeVisible();
  }
  await search.fill("stock");
  await expect(page.getByText("No source is like that")).toBeVisible();
});

test("keys are found by the hosts that follow from their fields, and by organizations, wherever keys are looked for", async ({
  page,
  signIn,
  stack,
}) => {
  await busyAccount(stack);
  const made = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "sftp",
    auth: "password",
    title: "Files of the warehouse",
    environment: "live",
    entries: { default: { fields: { host: "files.depot.example", username: "orders", password: "pass of files" } } },
  });
  expect(made.status).toBe(201);
  const wanted = [
    ["acme-live.myshopify", "Live UK Shopify", "Shopify", "Live"],
    ["acme us", "Staging stores", "Shopify", "Test"],
    ["files.depot.example", "Files of the warehouse", "SFTP", "Live"],
  ] as const;
  await signIn(OWNER);
  // The index follows a save by a moment.
  await expect(async () => {
    for (const [text] of wanted) {
      const { body } = await stack.call(OWNER, "GET", `/v1/keys?q=${encodeURIComponent(text)}`);
      expect(body.items, text).toHaveLength(1);
    }
  }).toPass({ timeout: 60_000 });
  const search = page.getByRole("searchbox", { name: "Search", exact: true });
  for (const [text, title] of wanted) {
    await search.fill(text);
    await expect(page.getByRole("heading", { name: "Keys (1)", level: 1 }), text).toBeVisible();
    await expect(page.getByRole("grid", { name: "Keys" }).getByRole("link")).toHaveText([title]);
  }
  await page.getByRole("heading", { name: "Keys (1)", level: 1 }).click();
  await page.keyboard.press("/");
  for (const [text, title] of wanted) {
    await box(page).fill(text);
    await expect(page.getByRole("option", { name: new RegExp(`^${title}`) }), text).toBeVisible();
  }
  await page.getByRole("dialog", { name: "Find" }).getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Destinations" }).click();
  await search.fill("acme us");
  await expect(page.getByText("No destination is like that")).toBeVisible();
  await search.fill("acme uk");
  await expect(page.getByRole("link", { name: "Stock of the staging stores" })).toBeVisible();
  await page.goto(`${stack.origin}/#/sources/new`);
  await expect(page.getByRole("heading", { name: "Create source", level: 1 })).toBeVisible();
  for (const [text, title, system, environment] of wanted) {
    // The list opens at what was chosen before, and a click while it scrolls takes a neighbour.
    await expect(async () => {
      await choose(page, "System", new RegExp(`^${system}(?! with)`));
      await expect(page.getByRole("button", { name: /^System\b/ })).toHaveText(system, { timeout: 1_000 });
    }).toPass();
    await page.getByRole("radio", { name: environment }).check();
    await page.getByRole("button", { name: /^Key\b/ }).click();
    const filter = page.getByRole("combobox", { name: "Find a key" });
    await filter.fill(`${text} nobody`);
    await expect(page.getByText(`has “${text} nobody” in its title, hosts, organizations or id.`)).toBeVisible();
    await filter.fill(text);
    await page.getByRole("option", { name: new RegExp(`^${title}`) }).click();
    await expect(page.getByRole("button", { name: /^Key\b/ })).toContainText(title);
  }
});
