import { choose, field, newKey, problem, save, saved } from "./support/key-form";
import { expect, test } from "./support/test";

test("Create key, at the top right of the list, loads a page with the form of a new key", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  const button = page.getByRole("button", { name: "Create key" });
  const [place, heading] = [
    await button.boundingBox(),
    await page.getByRole("heading", { name: "Keys", level: 1 }).boundingBox(),
  ];
  expect(place?.x).toBeGreaterThan(800);
  expect(Math.abs((place?.y ?? 0) - (heading?.y ?? 0))).toBeLessThan(40);
  await button.click();
  await expect(page).toHaveURL(/#\/keys\/new$/);
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("System is a drop-down of all systems, and can be searched", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: /^System/ }).click();
  for (const name of [
    "Custom HTTP",
    "DEAR Systems",
    "Descartes Peoplevox",
    "Email",
    "FTP",
    "Magento 1.x",
    "Magento 2.x",
    "NetSuite",
    "OAuth 2.0",
    "ParcelLab",
    "ReBOUND",
    "SFTP",
    "Shopify",
    "WooCommerce",
  ]) {
    await expect(page.getByRole("option", { name: new RegExp(`^${name}(?! with)`) })).toBeAttached();
  }
  await page.getByRole("combobox", { name: "Find a system" }).fill("woo");
  await expect(page.getByRole("option")).toHaveCount(1);
  await page.getByRole("option", { name: /WooCommerce/ }).click();
  await expect(field(page, "Consumer key")).toBeVisible();
});

test("choosing a system loads its template: fields with help, examples, choices, and links to the vendor's guides", async ({
  page,
  signIn,
}) => {
  await signIn("owner@acme.example");
  await newKey(page, /^Shopify(?! with)/);
  await expect(page.getByRole("link", { name: /How to obtain them: Shopify/ })).toHaveAttribute(
    "href",
    /^https:\/\/shopify\.dev\//,
  );
  const shop = field(page, "Shop");
  await expect(shop).toHaveAttribute("placeholder", "acme-store");
  await expect(shop).toHaveAccessibleDescription(/before \.myshopify\.com/);
  await expect(field(page, "API version")).toHaveValue("2026-10");
  await expect(page.getByRole("link", { name: /Guide: API version/ })).toHaveAttribute("href", /shopify\.dev/);
  await expect(field(page, "Client secret")).toBeVisible();
  // Its address follows from the fields, so there is none to type.
  await expect(page.getByLabel("Base URL")).toHaveCount(0);
  await choose(page, "Authentication type", /^Access token/);
  await expect(field(page, "Access token")).toBeVisible();
  await expect(field(page, "Client secret")).toHaveCount(0);
});

test("a key with a title is saved at the bottom left, and can be used from then on", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn("editor@acme.example");
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("GBP Staging Store");
  await page.getByRole("radio", { name: "Test" }).check();
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  const button = page.getByRole("button", { name: "Save", exact: true });
  const place = await button.boundingBox();
  const main = await page.getByRole("heading", { name: "Create key" }).boundingBox();
  expect(Math.abs((place?.x ?? 0) - (main?.x ?? 0))).toBeLessThan(30);
  const below = await page.getByRole("button", { name: "Test connection" }).boundingBox();
  expect(place?.y).toBeGreaterThan(below?.y ?? Number.POSITIVE_INFINITY);

  const keyId = await saved(page);
  await expect(page.getByText("“GBP Staging Store” is saved")).toBeVisible();
  const { body } = await stack.call("editor@acme.example", "GET", `/v1/keys/${keyId}`);
  expect(body).toMatchObject({ title: "GBP Staging Store", environment: "test", system_id: "dear", version: 1 });
  const { body: list } = await stack.call("editor@acme.example", "GET", "/v1/keys?system_id=dear&environment=test");
  expect(list.items.map(({ title }: { title: string }) => title)).toEqual(["GBP Staging Store"]);
});

test("what is missing or wrong is told at the field, and in a summary that leads there", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^Shopify(?! with)/);
  // The API takes a shop's name out of its address.
  await field(page, "Shop").fill("https://acme-store.myshopify.com");
  await field(page, "API version").fill("2026 10");
  await field(page, "API version").blur();
  await expect(page.getByText("API version is not in the expected form: it looks like 2026-10.")).toBeVisible();

  await save(page);
  await expect(problem(page)).toBeFocused();
  await expect(problem(page).getByRole("listitem")).toHaveText([
    /Title: is needed/,
    /API version: is not in the expected form/,
    /Client ID: is needed/,
    /Client secret: is needed/,
  ]);
  await problem(page).getByRole("link", { name: "Client secret:" }).click();
  await expect(field(page, "Client secret")).toBeFocused();
  await expect(field(page, "API version")).toHaveValue("2026 10");
});

test("what only the API can tell lands on its field, too, and nothing that was typed is lost", async ({
  page,
  signIn,
}) => {
  await signIn("owner@acme.example");
  await newKey(page, /^SFTP/);
  await field(page, "Title").fill("Files");
  await field(page, "Host").fill("sftp.example.com");
  await field(page, "Port").fill("25");
  await field(page, "User name").fill("acme");
  await field(page, "Password").fill("secret");
  await save(page);
  await expect(problem(page).getByRole("listitem")).toHaveText([/Port: is not allowed here/]);
  await expect(page.getByText("Port is not allowed here.")).toBeVisible();
  await field(page, "Port").fill("2222");
  await expect(page.getByText("Port is not allowed here.")).toHaveCount(0);
  await saved(page);
});

test("a key can have an end, with day and time, which can be cleared", async ({ page, signIn, stack }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Until 2031");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await page.getByLabel("Day of expiry").fill("2031/01/31");
  await page.getByLabel("Time of expiry").fill("09:30");
  const keyId = await saved(page);
  const expected = await page.evaluate(() => new Date("2031-01-31T09:30").getTime());
  const read = () => stack.call("owner@acme.example", "GET", `/v1/keys/${keyId}`);
  expect(Date.parse((await read()).body.expires_at)).toBe(expected);

  await page.evaluate((id) => {
    location.hash = `#/keys/${id}/edit`;
  }, keyId);
  await expect(page.getByLabel("Day of expiry")).toHaveValue("2031/01/31");
  await page.getByRole("button", { name: "Clear the expiry" }).click();
  await saved(page);
  expect((await read()).body.expires_at).toBeNull();
});

test("losing what was typed takes a question, by whatever way somebody leaves", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^Shopify(?! with)/);
  await field(page, "Title").fill("Half a key");
  const question = page.getByRole("dialog", { name: "Leave without saving?" });

  await page.goBack();
  await question.getByRole("button", { name: "Stay" }).click();
  await expect(field(page, "Title")).toHaveValue("Half a key");
  await page.getByRole("link", { name: "Keys", exact: true }).first().click();
  await expect(question).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field(page, "Title")).toHaveValue("Half a key");
  // An address that somebody types is a way to leave, too.
  await page.evaluate(() => {
    location.hash = "#/sources";
  });
  await question.getByRole("button", { name: "Stay" }).click();
  await expect(field(page, "Title")).toHaveValue("Half a key");
  await expect(page).toHaveURL(/#\/keys\/new$/);

  const closing = page.waitForEvent("dialog");
  const reload = page.reload().catch(() => undefined);
  const dialog = await closing;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await Promise.race([reload, field(page, "Title").waitFor()]);
  await expect(field(page, "Title")).toHaveValue("Half a key");

  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await question.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
});

test("a form in which nothing was typed is left without a question", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^Shopify(?! with)/);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
});

test("a link can say which system to begin with", async ({ page, signIn, stack }) => {
  await signIn("owner@acme.example");
  await page.goto(`${stack.origin}/#/keys/new?system=sftp`);
  await expect(field(page, "Host key fingerprint")).toBeVisible();
});

test("a lost answer loses nothing: saving again makes one key", async ({ page, signIn, stack }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Once");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  let lost = 0;
  await page.route("**/v1/keys", async (route) => {
    if (route.request().method() !== "POST" || lost === 4) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await save(page);
  await expect(problem(page)).toContainText("There is no answer", { timeout: 30_000 });
  await expect(field(page, "Title")).toHaveValue("Once");
  await problem(page).getByRole("button", { name: "Try again" }).click();
  await expect(page).toHaveURL(/#\/keys\/key_/);
  const { body } = await stack.call("owner@acme.example", "GET", "/v1/keys");
  expect(body.items).toHaveLength(1);
});

test("a viewer has no form", async ({ page, signIn, stack }) => {
  await signIn("viewer@acme.example");
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  await expect(page.getByRole("button", { name: "Create key" })).toHaveCount(0);
  await page.goto(`${stack.origin}/#/keys/new`);
  await expect(page.getByText("Your role does not let you create or change them.")).toBeVisible();
  await expect(field(page, "Title")).toHaveCount(0);
});

test("the lock beside a secret is closed while the secret is hidden, and open while it is shown", async ({
  page,
  signIn,
}) => {
  await signIn("owner@acme.example");
  await newKey(page, /^DEAR/);
  const secret = field(page, "Application key");
  /** Whether the lock's shackle stands over its body, and not beside it. */
  const isClosed = (name: string) =>
    page
      .getByRole("button", { name })
      .locator("svg")
      .evaluate((icon) => {
        const [body, shackle] = [...icon.querySelectorAll("path")].map((path) => path.getBBox());
        if (body === undefined || shackle === undefined) throw new Error("it is no lock");
        return shackle.x >= body.x && shackle.x + shackle.width <= body.x + body.width;
      });
  await expect(secret).toHaveCSS("-webkit-text-security", "disc");
  expect(await isClosed("Show Application key")).toBe(true);
  await page.getByRole("button", { name: "Show Application key" }).click();
  await expect(secret).toHaveCSS("-webkit-text-security", "none");
  expect(await isClosed("Hide Application key")).toBe(false);
});

test("the port follows how the connection is encrypted, unless another one was chosen", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^FTP/);
  const port = field(page, "Port");
  await choose(page, "TLS", /^Implicit/);
  await expect(port).toHaveValue("990");
  await choose(page, "TLS", /^Explicit/);
  await expect(port).toHaveValue("21");
  await port.fill("2121");
  await choose(page, "TLS", /^Implicit/);
  await expect(port).toHaveValue("2121");
});

test("the port of a mail server follows the security, unless another one was chosen", async ({ page, signIn }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^Email/);
  const port = field(page, "Port");
  await choose(page, "Security", "STARTTLS");
  await expect(port).toHaveValue("587");
  await choose(page, "Security", /^TLS/);
  await expect(port).toHaveValue("465");
  await port.fill("2465");
  await choose(page, "Security", "STARTTLS");
  await expect(port).toHaveValue("2465");
});

test("Enter in a text box saves, and in a box of several lines it begins another line", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn("owner@acme.example");
  await newKey(page, /^SFTP/);
  await choose(page, "Authentication type", /^Private key/);
  await field(page, "Title").fill("Files");
  await field(page, "Private key").fill("first");
  await field(page, "Private key").press("End");
  await field(page, "Private key").press("Enter");
  await expect(field(page, "Private key")).toHaveValue("first\n");
  await expect(problem(page)).toHaveCount(0);
  await field(page, "Title").press("Enter");
  await expect(problem(page)).toContainText("Host: is needed");
  expect((await stack.call("owner@acme.example", "GET", "/v1/keys")).body.items).toEqual([]);
});

test("a title that turns the text after it around is refused at Title", async ({ page, signIn, stack }) => {
  await signIn("owner@acme.example");
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock \u202eevil");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await save(page);
  const reason = "must not contain characters that change the direction of text";
  await expect(problem(page).getByRole("listitem")).toHaveText([`Title: ${reason}`]);
  await expect(page.getByText(`Title ${reason}.`)).toBeVisible();
  await problem(page).getByRole("link", { name: "Title:" }).click();
  await expect(field(page, "Title")).toBeFocused();
  expect((await stack.call("owner@acme.example", "GET", "/v1/keys")).body.items).toEqual([]);
});

test("what was pasted is stored without the spaces and line ends around it, and a shop without the rest of its address", async ({
  page,
  context,
  signIn,
  stack,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn("owner@acme.example");
  await newKey(page, /^Shopify(?! with)/);
  await choose(page, "Authentication type", /^Access token/);
  const token = `shpat_${"7".repeat(32)}`;
  for (const [name, text] of [
    ["Title", "  UK shop\n"],
    ["Shop", "https://acme-uk.myshopify.com\n"],
    ["Access token", `\n  ${token} \r\n`],
  ] as const) {
    await page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await field(page, name).focus();
    await page.keyboard.press("Control+V");
    await expect(field(page, name)).not.toHaveValue("");
  }
  const keyId = await saved(page);
  const { body } = await stack.call("owner@acme.example", "GET", `/v1/keys/${keyId}`);
  expect(body).toMatchObject({ title: "UK shop", entries: { default: { fields: { shop: "acme-uk" } } } });
  const request = { method: "GET", path: "/shop.json" };
  const signed = await stack.call("runtime", "POST", `/v1/keys/${keyId}/sign`, request);
  expect(signed.status).toBe(200);
  expect(signed.body.url).toBe("https://acme-uk.myshopify.com/admin/api/2026-10/shop.json");
  expect(Object.values(signed.body.headers)).toContain(token);
});
