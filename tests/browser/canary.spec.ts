import { choose, ERP, edit, field, saved } from "./support/key-form";
import { recordSent, type Sent } from "./support/sent";
import { canary, type Json } from "./support/stack";
import { expect, type Page, test } from "./support/test";

const OWNER = "owner@acme.example";

/** Everything that a page keeps or shows where a secret could be left behind. */
async function everythingKept(page: Page): Promise<string> {
  const kept = await page.evaluate(async () => {
    const values = [...document.querySelectorAll("input, textarea")].map(
      (control) => (control as HTMLInputElement).value,
    );
    const names = "databases" in indexedDB ? (await indexedDB.databases()).map(({ name }) => name) : [];
    const cached = await caches.keys().catch(() => []);
    return [
      document.documentElement.outerHTML,
      values,
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      history.state,
      document.title,
      names,
      cached,
    ];
  });
  const cookies = await page.context().cookies();
  return JSON.stringify([kept, cookies, await page.context().storageState()]);
}

test("a canary in every secret field is nowhere but in the request that sets it", async ({ page, signIn, stack }) => {
  test.setTimeout(600_000);
  const console: string[] = [];
  page.on("console", (message) => console.push(message.text()));
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  const sent = await recordSent(page);
  await signIn(OWNER);
  const { body: systems } = await stack.call(OWNER, "GET", "/v1/systems");
  let [fields, keys] = [0, 0];
  for (const { system_id: systemId } of systems.items as { system_id: string }[]) {
    const { body: system } = await stack.call(OWNER, "GET", `/v1/systems/${systemId}`);
    for (const auth of system.auth) {
      const secrets = system.fields.filter(
        (field: Json) => field.secret && (field.auth.length === 0 || field.auth.includes(auth.id)),
      );
      await page.evaluate((hash) => {
        location.hash = hash;
      }, "#/keys");
      await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/keys/new?system=${systemId}`);
      await expect(page.getByRole("heading", { name: "Credentials" })).toBeVisible();
      if (system.auth.length > 1)
        await choose(page, "Authentication type", new RegExp(`^${escaped(`${auth.label} ${auth.help}`.slice(0, 40))}`));
      const typed: string[] = [];
      for (const { id, label, kind } of secrets as { id: string; label: string; kind: string }[]) {
        const control = field(page.getByRole("region", { name: "Authentication" }), label);
        if ((await control.count()) === 0) continue;
        const value = kind === "multiline" ? `-----BEGIN ${canary(id)}-----` : canary(id);
        await control.fill(value);
        typed.push(value);
      }
      fields += typed.length;
      const header = system.headers.allowed ? canary("header") : null;
      if (header !== null) {
        await page.getByRole("button", { name: "+ Header" }).click();
        await field(page.getByRole("group", { name: /^Header \d$/ }), "Name").fill("X-Canary");
        const row = page.getByRole("group", { name: "Header X-Canary" });
        await row.getByRole("checkbox", { name: "Secret" }).check();
        await field(row, "Value").fill(header);
        typed.push(header);
      }
      await fillTheRest(page, system, auth.id);
      const before = sent.length;
      await page.getByRole("button", { name: "Save", exact: true }).click();
      // Saved, or refused for a value that is not one: the request was made in either case, or held back for good.
      const isSaved = await Promise.race([
        page.waitForURL(/#\/keys\/key_/).then(() => true),
        page
          .getByTestId("problem")
          .waitFor()
          .then(() => false),
      ]);
      checkRequests(sent, sent.slice(before), typed);
      if (isSaved) {
        keys += 1;
        await expect(page.getByRole("tab", { name: "Details" })).toBeVisible();
      } else {
        // What was typed stays in its inputs until somebody leaves.
        await page.evaluate(() => {
          location.hash = "#/keys";
        });
        await page
          .getByRole("dialog", { name: "Leave without saving?" })
          .getByRole("button", { name: "Leave" })
          .click();
        await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
      }
      const kept = await everythingKept(page);
      for (const value of typed) {
        expect(kept.includes(value), `${systemId} ${auth.id}: a secret is left behind`).toBe(false);
        expect(
          urls.some((url) => decodeURIComponent(url).includes(value)),
          `${systemId}: a secret in an address`,
        ).toBe(false);
        expect(
          console.some((text) => text.includes(value)),
          `${systemId}: a secret in the console`,
        ).toBe(false);
      }
      await page
        .getByRole("button", { name: "Dismiss" })
        .first()
        .click({ timeout: 1_000 })
        .catch(() => undefined);
    }
  }
  globalThis.console.log(`Canaries in ${fields} secret fields; ${keys} keys were saved with them`);
  expect(fields).toBeGreaterThan(20);
  expect(keys).toBeGreaterThan(10);
});

test("neither is one that replaces a stored secret: in the form, in JSON, or in the dialog of a credential", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, environment: "test" });
  const console: string[] = [];
  page.on("console", (message) => console.push(message.text()));
  const sent = await recordSent(page);
  await signIn(OWNER);
  const check = async (value: string) => {
    const kept = await everythingKept(page);
    expect(kept.includes(value), "a secret is left behind").toBe(false);
    const having = sent.filter(({ body, url, headers }) => `${body} ${url} ${JSON.stringify(headers)}`.includes(value));
    expect(having.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      `PATCH /v1/keys/${key.key_id}`,
    ]);
    expect(console.join("\n").includes(value), "a secret in the console").toBe(false);
  };

  const inForm = canary("form");
  await edit(page, key.key_id);
  await page.getByRole("button", { name: "Replace Secret key" }).click();
  await field(page, "Secret key").fill(inForm);
  await saved(page);
  await expect(page.getByRole("tab", { name: "Details" })).toBeVisible();
  await check(inForm);

  const inJson = canary("json");
  await edit(page, key.key_id);
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  const editor = page.getByRole("textbox", { name: "Credentials as JSON" });
  const shown = JSON.parse(await editor.inputValue());
  shown.entries.default.fields.secret_key = inJson;
  await editor.fill(JSON.stringify(shown, null, 2));
  await saved(page);
  await expect(page.getByRole("tab", { name: "Details" })).toBeVisible();
  await check(inJson);

  const inDialog = canary("dialog");
  await page.getByRole("link", { name: "Integrations" }).click();
  await page.getByRole("tab", { name: "Credentials and Webhooks" }).click();
  await page.getByRole("button", { name: "Edit Live UK ERP" }).click();
  const modal = page.getByRole("dialog", { name: "Edit Credentials" });
  await modal.getByRole("button", { name: "Replace Secret key" }).click();
  await field(modal, "Secret key").fill(inDialog);
  await modal.getByRole("button", { name: "Save", exact: true }).click();
  await expect(modal).toHaveCount(0);
  await check(inDialog);
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Values for what must be there and is no secret: by example, or something short. */
async function fillTheRest(page: Page, system: Json, auth: string): Promise<void> {
  await field(page, "Title").fill(`Canary of ${system.name} ${auth}`);
  const baseUrl = field(page, "Base URL");
  if ((await baseUrl.count()) > 0) await baseUrl.fill(system.base_url.example ?? "https://api.example.com");
  for (const { label, secret, required, default: preset, kind, example, auth: only } of system.fields) {
    if (secret || !required || preset != null || kind === "choice" || (only.length > 0 && !only.includes(auth)))
      continue;
    const control = field(page, label);
    if ((await control.count()) > 0 && (await control.first().inputValue()) === "")
      await control.first().fill(example ?? "x");
  }
}

/** A secret is in the body of a request that creates a key, and in no other part of any request. */
function checkRequests(all: readonly Sent[], now: readonly Sent[], typed: readonly string[]): void {
  const creates = ({ method, url }: Sent) => method === "POST" && new URL(url).pathname === "/v1/keys";
  for (const value of typed) {
    const json = JSON.stringify(value).slice(1, -1);
    expect(all.filter(({ body }) => body.includes(json)).every(creates), "a secret in another request").toBe(true);
    expect(now.filter((request) => creates(request) && request.body.includes(json)).length).toBeLessThanOrEqual(1);
    expect(
      all.some(({ headers }) => JSON.stringify(headers).includes(value)),
      "a secret in a header",
    ).toBe(false);
  }
}
