import { ERP, field, newKey, problem, save } from "./support/key-form";
import { expect, fillSignIn, type Page, signInAgain, test } from "./support/test";

const OWNER = "owner@acme.example";

/** Fills in a new key that could be saved. */
async function halfSaved(page: Page): Promise<void> {
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
}

for (const status of [429, 503]) {
  test(`after ${status} the same request is made again, no sooner than it was asked to`, async ({
    page,
    signIn,
    stack,
  }) => {
    await signIn(OWNER);
    await halfSaved(page);
    const at: number[] = [];
    const keys = new Set<string | undefined>();
    await page.route("**/v1/keys", (route) => {
      if (route.request().method() !== "POST") return route.continue();
      at.push(Date.now());
      keys.add(route.request().headers()["idempotency-key"]);
      // What the gateway says by itself has no document.
      return at.length === 1 ? route.fulfill({ status, headers: { "retry-after": "2" }, body: "" }) : route.continue();
    });
    await save(page);
    await expect(page.getByText("“Stock” is saved")).toBeVisible();
    expect(at).toHaveLength(2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_900);
    expect(keys.size).toBe(1);
    expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toHaveLength(1);
  });
}

test("a list that cannot be loaded says so, and can be asked for again", async ({ page, signIn, stack }) => {
  await stack.call(OWNER, "POST", "/v1/keys", ERP);
  let isDown = true;
  await page.route("**/v1/keys?*", (route) =>
    isDown
      ? route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify(INTERNAL) })
      : route.continue(),
  );
  await signIn(OWNER);
  await expect(problem(page)).toContainText("Something failed");
  // What to look for in the logs.
  await expect(problem(page)).toContainText("Request 7f3a");
  isDown = false;
  await problem(page).getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("link", { name: "Live UK ERP" })).toBeVisible();
});

const INTERNAL = {
  type: "urn:keyward:problem:internal",
  title: "Something failed",
  status: 500,
  detail: "It is being looked at.",
  instance: "7f3a",
};

test("without a network what was typed stays, and saving works once there is one again", async ({
  page,
  context,
  signIn,
}) => {
  await signIn(OWNER);
  await halfSaved(page);
  await context.setOffline(true);
  await save(page);
  await expect(problem(page)).toContainText("There is no answer");
  await expect(field(page, "Application key")).toHaveValue("0342a546-e0c2-0dff-f0be-6a5e17154033");
  await context.setOffline(false);
  await problem(page).getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("“Stock” is saved")).toBeVisible();
});

test("a token that is about to end is renewed without a word", async ({ page, signIn, stack }) => {
  await page.clock.install();
  await signIn(OWNER);
  // What the first page asks for has the first token.
  await page.waitForLoadState("networkidle");
  const tokens = new Set<string>();
  page.on("request", (request) => {
    const { authorization } = request.headers();
    if (request.url().startsWith(`${stack.origin}/v1/`) && authorization !== undefined) tokens.add(authorization);
  });
  await page.clock.fastForward("14:30");
  await page.getByRole("link", { name: "Sources" }).click();
  await expect(page.getByText("No sources yet")).toBeVisible();
  await page.clock.fastForward("14:30");
  await page.getByRole("link", { name: "Destinations" }).click();
  await expect(page.getByText("No destinations yet")).toBeVisible();
  expect(tokens.size).toBe(2);
  await expect(page.getByRole("dialog", { name: "Your session has ended" })).toHaveCount(0);
});

test("a session that has ended is begun again in a window, and nothing that was typed is lost", async ({
  page,
  signIn,
  stack,
}) => {
  await page.clock.install();
  await signIn(OWNER);
  await halfSaved(page);
  await page.route("**/oauth2/token", (route) => {
    const isRefresh = route.request().postData()?.includes("grant_type=refresh_token") === true;
    return isRefresh ? route.fulfill({ status: 400, json: { error: "invalid_grant" } }) : route.continue();
  });
  await page.clock.fastForward("15:00");
  await save(page);
  const question = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(question).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
  await signInAgain(page, question, stack, OWNER);
  await expect(page.getByText("“Stock” is saved")).toBeVisible();
});

test("a token that is refused asks to sign in again, and a missing permission does not", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await halfSaved(page);
  const viewers = await stack.token("viewer@acme.example");
  let token = viewers;
  await page.route("**/v1/keys", (route) =>
    route.request().method() === "POST"
      ? route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${token}` } })
      : route.continue(),
  );
  const question = page.getByRole("dialog", { name: "Your session has ended" });
  await Promise.all([page.waitForResponse((response) => response.status() === 403), save(page)]);
  await expect(problem(page)).toBeVisible();
  await expect(question).toHaveCount(0);
  // The same token with another signature.
  token = `${viewers.slice(0, -8)}AAAAAAAA`;
  const refused = page.waitForResponse((response) => response.status() === 401);
  await save(page);
  expect((await refused).headers()["www-authenticate"]).toContain('error="invalid_token"');
  await expect(question).toBeVisible();
  expect((await stack.call(OWNER, "GET", "/v1/keys")).body.items).toEqual([]);
});

test("somebody without a membership is told so, and can sign out", async ({ page, stack }) => {
  const { body } = await stack.call(OWNER, "GET", "/v1/members");
  const viewer = body.items.find(({ email }: { email: string }) => email === "viewer@acme.example");
  const suspended = await stack.call(
    OWNER,
    "PATCH",
    `/v1/members/${viewer.member_id}`,
    { state: "suspended" },
    { "if-match": `"${viewer.version}"` },
  );
  expect(suspended.status).toBe(200);
  await page.goto(stack.origin);
  await fillSignIn(page, stack, "viewer@acme.example");
  await expect(page.getByRole("heading", { name: "You are not a member of an account" })).toBeVisible();
  await expect(page.getByText("viewer@acme.example")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
});

test("a key that somebody changed is not deleted by what was seen before", async ({ page, signIn, stack }) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", { ...ERP, environment: "test" });
  await signIn(OWNER);
  await page.getByRole("button", { name: "Delete Live UK ERP" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true })).toBeVisible();
  await stack.call(OWNER, "PATCH", `/v1/keys/${key.key_id}`, { title: "Theirs" }, { "if-match": '"1"' });
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await expect(problem(page)).toBeVisible();
  expect((await stack.call(OWNER, "GET", `/v1/keys/${key.key_id}`)).status).toBe(200);
});
