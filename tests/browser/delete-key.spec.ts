import { busyAccount } from "./support/account";
import { expect, fillSignIn, test } from "./support/test";

test("a key that is in use is not deleted, and what uses it is named", async ({ page, stack, signIn }) => {
  const account = await busyAccount(stack);
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Delete Live UK ERP" }).click();
  const dialog = page.getByRole("dialog", { name: "“Live UK ERP” is in use" });
  await expect(dialog.getByText("Orders of the UK ERP")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Delete" })).toHaveCount(0);
  expect((await stack.call("owner@acme.example", "GET", `/v1/keys/${account.key}`)).status).toBe(200);
});

test("a key that nothing uses is deleted after a question that names it", async ({ page, stack, signIn }) => {
  const account = await busyAccount(stack);
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Delete Staging stores" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete “Staging stores”?" });
  await dialog.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText("“Staging stores” is deleted. It can be brought back for seven days.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Staging stores" })).toHaveCount(0);
  expect((await stack.call("owner@acme.example", "GET", `/v1/keys/${account.organizationKey}`)).status).toBe(404);
});

test("an editor has a pen and no bin, a viewer neither", async ({ browser, stack }) => {
  await busyAccount(stack);
  for (const [person, pens] of [
    ["editor@acme.example", 1],
    ["viewer@acme.example", 0],
  ] as const) {
    const page = await (await browser.newContext()).newPage();
    await page.goto(stack.origin);
    await fillSignIn(page, stack, person);
    await expect(page.getByRole("link", { name: "Live UK ERP" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Edit Live UK ERP" })).toHaveCount(pens);
    await expect(page.getByRole("button", { name: "Delete Live UK ERP" })).toHaveCount(0);
    await page.context().close();
  }
});

test("a deleted key is brought back from the list of deleted keys", async ({ page, stack, signIn }) => {
  const account = await busyAccount(stack);
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Delete Staging stores" }).click();
  const question = page.getByRole("dialog", { name: "Delete “Staging stores”?" });
  await question.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await question.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Deleted keys" }).click();
  await expect(page.getByRole("heading", { name: "Deleted keys (2)" })).toBeFocused();
  await page.getByRole("button", { name: "Bring back Staging stores" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Bring back" }).click();
  await expect(page.getByRole("heading", { name: "Staging stores" })).toBeVisible();
  await expect(page.getByText("“Staging stores” is back.")).toBeVisible();
  const key = await stack.call("owner@acme.example", "GET", `/v1/keys/${account.organizationKey}`);
  expect([key.status, key.body.state]).toEqual([200, "active"]);
  await page.goto(`${stack.origin}/#/keys/deleted`);
  await expect(page.getByRole("heading", { name: "Deleted keys (1)" })).toBeVisible();
});

test("the secrets of a key are destroyed at once where that is chosen", async ({ page, stack, signIn }) => {
  const account = await busyAccount(stack);
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Delete Staging stores" }).click();
  const question = page.getByRole("dialog", { name: "Delete “Staging stores”?" });
  await question.getByRole("checkbox", { name: "Destroy its secrets at once" }).check();
  await question.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await question.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText("Its sealed values are being destroyed")).toBeVisible();
  const { body } = await stack.call("owner@acme.example", "GET", "/v1/keys?state=deleted");
  expect(body.items.map(({ title }: { title: string }) => title)).toEqual(["Old ERP"]);
  const back = await stack.call("owner@acme.example", "POST", `/v1/keys/${account.organizationKey}/undelete`);
  expect(back.status).toBe(404);
});

test("what is inactive and names the key is named, and asks for a second step", async ({ page, stack, signIn }) => {
  const account = await busyAccount(stack);
  const ask = { method: "GET", path: "/admin/api/2026-10/orders.json", organization: "org_uk" };
  await stack.call("runtime-test", "POST", `/v1/keys/${account.organizationKey}/resolve`, { organization: "org_uk" });
  await stack.call("runtime-test", "POST", `/v1/keys/${account.organizationKey}/sign`, ask);
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Delete Staging stores" }).click();
  const question = page.getByRole("dialog", { name: "Delete “Staging stores”?" });
  await expect(question.getByText(/^client:runtime-test \(\d times?\)$/)).toBeVisible();
  await expect(question.getByText("Something inactive names it")).toBeVisible();
  const named = question.getByRole("link", { name: "Stock of the staging stores (destination)" });
  await expect(named).toHaveAttribute("href", `#/destinations/${account.destination}`);
  const remove = question.getByRole("button", { name: "Delete", exact: true });
  await expect(remove).toBeDisabled();
  await question.getByRole("checkbox", { name: "Delete the key all the same" }).check();
  await remove.click();
  await expect(page.getByText("“Staging stores” is deleted.")).toBeVisible();
});

test("who used a key in the last 30 days is counted over more than one page of its trail", async ({
  page,
  stack,
  signIn,
}) => {
  const account = await busyAccount(stack);
  const { body: first } = await stack.call("owner@acme.example", "GET", `/v1/keys/${account.organizationKey}/audit`);
  const [created] = first.items;
  const use = {
    receipt_id: "rcp_1",
    purpose: "sign",
    environment: "test",
    method: "GET",
    target: "https://shop.invalid/",
  };
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const used = (by: string, days: number) => ({ ...created, by, at: daysAgo(days), change: null, use });
  const pages = [
    Array.from({ length: 100 }, () => used("client:runtime-test", 1)),
    Array.from({ length: 100 }, (_, index) => used(index < 50 ? "client:runtime-test" : "client:jobs", 20)),
    [used("client:jobs", 31)],
    [used("client:jobs", 40)],
  ];
  const asked: string[] = [];
  let isEndless = false;
  await page.route(/\/audit(\?|$)/, (route) => {
    const cursor = new URL(route.request().url()).searchParams.get("cursor") ?? "0";
    asked.push(cursor);
    const items = isEndless ? pages[0] : pages[Number(cursor)];
    return route.fulfill({ json: { items, next_cursor: String(Number(cursor) + 1), unreadable: [] } });
  });
  await signIn("owner@acme.example");
  await page.getByRole("button", { name: "Delete Staging stores" }).click();
  const question = page.getByRole("dialog", { name: "Delete “Staging stores”?" });
  await expect(question.getByText(/^client:runtime-test \(150 times\), client:jobs \(50 times\)$/)).toBeVisible();
  // It reads no further than it has to.
  expect(asked).toEqual(["0", "1", "2"]);
  await page.keyboard.press("Escape");
  isEndless = true;
  await page.reload();
  await page.getByRole("button", { name: "Delete Staging stores" }).click();
  await expect(
    question.getByText("client:runtime-test (1000 times), among the newest 1000 entries of its trail"),
  ).toBeVisible();
});
