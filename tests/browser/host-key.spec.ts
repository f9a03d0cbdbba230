import { choose, field, newKey, saved } from "./support/key-form";
import { bodies, recordSent } from "./support/sent";
import { SshServer } from "./support/ssh";
import { Stack } from "./support/stack";
import { test as base, expect } from "./support/test";

/* An SFTP key has the server's fingerprint before it is saved for the first time. */

const OWNER = "owner@acme.example";

const test = base.extend<{ server: SshServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, even for no fixture.
  server: async ({}, use) => {
    const server = await SshServer.open();
    await use(server);
    await server.close();
  },
  stack: async ({ server }, use) => {
    const stack = await Stack.start({ UPSTREAMS: server.upstream });
    await use(stack);
    await stack.stop();
  },
});

test("the fingerprint is fetched once the host is typed, and nothing is logged in with", async ({
  page,
  signIn,
  stack,
  server,
}) => {
  const sent = await recordSent(page);
  await signIn(OWNER);
  await newKey(page, /^SFTP/);
  await field(page, "Title").fill("Files");
  await field(page, "User name").fill("orders");
  await field(page, "Password").fill("typed-password");
  await field(page, "Host").fill("sftp.example.com");
  await expect(page.getByText(`sftp.example.com:22 shows the key ${server.fingerprint}`)).toBeVisible();
  const asked = JSON.stringify(bodies(sent, "POST"));
  expect(asked).toContain("sftp.example.com");
  for (const typed of ["typed-password", "orders"]) expect(asked).not.toContain(typed);
  // The server has heard of nobody.
  expect(server.log).toContain("Connection");
  expect(server.log).not.toMatch(/nobody|Failed|Accepted|Invalid user/);
  await page.getByRole("button", { name: "Use the server’s fingerprint" }).click();
  await expect(field(page, "Host key fingerprint")).toHaveValue(server.fingerprint);
  await expect(field(page, "Host key fingerprint")).toBeFocused();
  await expect(page.getByRole("button", { name: "Use the server’s fingerprint" })).toHaveCount(0);
  const id = await saved(page);
  await expect(page.getByText("“Files” is saved, and can be used from now on")).toBeVisible();
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${id}`);
  expect(body.entries.default.fields.host_key).toBe(server.fingerprint);
});

test("a server that cannot be asked is said to show no key, and the key can be saved all the same", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^SFTP/);
  await field(page, "Title").fill("Files");
  await field(page, "Host").fill("nowhere.invalid");
  await field(page, "User name").fill("orders");
  await field(page, "Password").fill("pass of files");
  await expect(page.getByText("nowhere.invalid:22 shows no key.")).toBeVisible();
  // A private key may come from a file. It is typed into no request before the form is saved.
  await choose(page, "Authentication type", /^Private key/);
  const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  const chooser = page.locator("input[type=file]");
  await chooser.setInputFiles(file("empty", ""));
  await expect(page.getByText("This file is empty.")).toBeVisible();
  await chooser.setInputFiles(file("id_ed25519", "from a file"));
  await expect(field(page, "Private key")).toHaveValue("from a file");
  await expect(field(page, "Private key")).toBeFocused();
  await choose(page, "Authentication type", /^Password/);
  await field(page, "Password").fill("pass of files");
  await saved(page);
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toHaveLength(1);
});
