import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { ERP, edit, field, saved } from "./support/key-form";
import { Shop } from "./support/shop";
import { Stack } from "./support/stack";
import { test as base, expect, fillSignIn, type Page } from "./support/test";

/* From a stored key to its use: the code that its page shows, and the test that is offered once it is saved. */

const OWNER = "owner@acme.example";

interface Fixtures {
  shop: Shop;
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, even for no fixture.
  shop: async ({}, use) => {
    const shop = await Shop.open();
    await use(shop);
    await shop.close();
  },
  stack: async ({ shop }, use) => {
    const stack = await Stack.start({ UPSTREAMS: shop.upstream });
    await use(stack);
    await stack.stop();
  },
});

const run = promisify(execFile);
const PROGRAMS: [language: string, program: string, options: string[]][] = [
  ["curl", "bash", ["-c"]],
  ["Python", "python3", ["-c"]],
  ["Node.js", "node", ["--input-type=module", "--eval"]],
];

async function openKey(page: Page, origin: string, keyId: string, tab: string): Promise<void> {
  await page.goto(`${origin}/#/keys/${keyId}?tab=${tab}`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

test("the code that a key's page shows for curl, Python and Node.js runs as it is, and uses this key", async ({
  page,
  shop,
  signIn,
  stack,
}) => {
  test.setTimeout(300_000);
  const { body: send } = await stack.call(OWNER, "POST", "/v1/keys", shop.key(shop.consumerKey));
  const { body: sign } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  const { body: resolve } = await stack.call(OWNER, "POST", "/v1/keys", {
    system_id: "ftp",
    auth: "password",
    title: "Files",
    environment: "live",
    entries: { default: { fields: { host: "ftp.example.com", username: "orders", password: "pass-of-files" } } },
  });
  await signIn(OWNER);
  const env = { ...process.env, KEYWARD_TOKEN: await stack.token("runtime") };
  const cases: [keyId: string, deed: string | null, answer: RegExp][] = [
    [send.key_id, "Send", /"status": 200/],
    [sign.key_id, "Sign", /AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/],
    [resolve.key_id, null, /pass-of-files/],
  ];
  for (const [keyId, deed, answer] of cases) {
    await openKey(page, stack.origin, keyId, "use");
    if (deed !== null) await page.getByRole("button", { name: deed, exact: true }).click();
    for (const [language, program, options] of PROGRAMS) {
      await page.getByRole("button", { name: language, exact: true }).click();
      const code = await page.getByRole("region", { name: "Code" }).locator("pre").textContent();
      expect(code).toContain(keyId);
      const { stdout } = await run(program, [...options, code ?? ""], { env });
      expect(stdout.replaceAll(/":\s*/g, '": '), `${language}, ${deed}`).toMatch(answer);
    }
    await page.getByRole("button", { name: "Rust", exact: true }).click();
    await expect(page.getByRole("region", { name: "Code" })).toContainText(`/v1/keys/${keyId}/`);
  }
  expect(shop.asked).toHaveLength(PROGRAMS.length);
});

test("the key id and the code are copied with a button", async ({ page, context, signIn, stack }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await signIn(OWNER);
  await openKey(page, stack.origin, key.key_id, "use");
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy the key id" }).click();
  await expect.poll(copied).toBe(key.key_id);
  await page.getByRole("button", { name: "Copy the code" }).click();
  await expect.poll(copied).toContain(`curl --silent --fail-with-body '${stack.origin}/v1/keys/${key.key_id}/send'`);
});

test("a test is offered once a key is saved, and tells what was answered, how long it took and what to do next", async ({
  page,
  shop,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", shop.key(shop.consumerKey));
  await signIn(OWNER);
  await edit(page, key.key_id);
  await field(page, "Title").fill("Shop 2");
  await saved(page);
  expect(shop.asked).toEqual([]);
  const notice = page.getByRole("status").filter({ hasText: "“Shop 2” is saved" });
  await notice.getByRole("button", { name: "Test connection" }).click();
  const dialog = page.getByRole("dialog", { name: "Test “Shop 2”" });
  await expect(dialog).toContainText("The credentials work");
  await expect(dialog).toContainText(/The answer has status 200\. It took \d/);
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(dialog).toHaveCount(0);
  await expect(page).toHaveURL(new RegExp(`#/keys/${key.key_id}$`));

  await stack.call(
    OWNER,
    "PATCH",
    `/v1/keys/${key.key_id}`,
    { entries: { default: { fields: { consumer_key: `ck_${"0".repeat(40)}` } } } },
    { "if-match": '"2"' },
  );
  await page.reload();
  await page.getByRole("button", { name: "Test connection" }).click();
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog).toContainText("The credentials are refused");
  await expect(dialog).toContainText("The answer has status 401.");
  await expect(dialog).toContainText("Next: get new credentials at the system");
});

test("what a test came to counts no more once the key has changed, on its page and in the list", async ({
  page,
  shop,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", shop.key(`ck_${"0".repeat(40)}`));
  await stack.call(OWNER, "POST", `/v1/keys/${key.key_id}/verify`);
  await signIn(OWNER);
  const row = page.getByRole("row", { name: /Shop/ });
  await expect(row).toContainText("Refused");
  await page.getByRole("link", { name: "Shop", exact: true }).click();
  const main = page.getByRole("main");
  await expect(main.getByText("Refused", { exact: true })).toBeVisible();
  const changed = await stack.call(
    OWNER,
    "PATCH",
    `/v1/keys/${key.key_id}`,
    { entries: { default: { fields: { consumer_key: shop.consumerKey } } } },
    { "if-match": '"1"' },
  );
  expect(changed.status).toBe(200);
  for (let visits = 0; visits < 2; visits += 1) {
    await page.reload();
    await expect(main.getByText("Not tried since the last change", { exact: true })).toBeVisible();
    await expect(main.getByText("Refused", { exact: true })).toHaveCount(0);
  }
  // The list follows a change by a moment.
  await expect(async () => {
    const { body } = await stack.call(OWNER, "GET", "/v1/keys");
    expect(body.items[0].health).toBeNull();
  }).toPass({ timeout: 30_000 });
  await page.goto(`${stack.origin}/#/keys`);
  for (let visits = 0; visits < 2; visits += 1) {
    await page.reload();
    await expect(row).toContainText("Not tried");
    await expect(row).not.toContainText("Refused");
  }
});

test("the list shows what needs attention, for any reason or for one, and the address keeps that", async ({
  page,
  shop,
  stack,
}) => {
  const make = (title: string, change: object = {}) =>
    stack.call(OWNER, "POST", "/v1/keys", { ...shop.key(shop.consumerKey), title, ...change });
  const { body: good } = await make("Good");
  const { body: refused } = await stack.call(OWNER, "POST", "/v1/keys", {
    ...shop.key(`ck_${"0".repeat(40)}`),
    title: "Refused",
  });
  for (const { key_id } of [good, refused]) await stack.call(OWNER, "POST", `/v1/keys/${key_id}/verify`);
  await make("Untried");
  const { body: ending } = await make("Ending", { expires_at: new Date(Date.now() + 5 * 86_400_000).toISOString() });
  await stack.call(OWNER, "POST", `/v1/keys/${ending.key_id}/verify`);
  await page.goto(stack.origin);
  await fillSignIn(page, stack, OWNER);
  const titles = page.getByRole("grid", { name: "Keys" }).getByRole("rowheader");
  await expect(titles).toHaveCount(4);
  const choose = async (option: string) => {
    await page.getByRole("button", { name: /^Attention/ }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  };
  await choose("Needs attention");
  await expect(titles).toHaveText(["Ending", "Refused", "Untried"]);
  await choose("Refused");
  await expect(titles).toHaveText(["Refused"]);
  await choose("Expires within 14 days");
  await expect(titles).toHaveText(["Ending"]);
  await choose("Not tried");
  await expect(titles).toHaveText(["Untried"]);
  await expect(page).toHaveURL(/attention=untried/);
  await page.reload();
  await expect(titles).toHaveText(["Untried"]);
  await choose("Not used for 90 days");
  await expect(page.getByText("No key is like that")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(titles).toHaveCount(4);
});
