import { busyAccount } from "./support/account";
import { ERP, edit, field, newKey, saved } from "./support/key-form";
import { expect, test } from "./support/test";

/* Times are those of whoever reads them, and words are English, whatever the browser speaks. */

const OWNER = "owner@acme.example";

test.use({ locale: "de-DE", timezoneId: "America/New_York" });

test("an expiry is typed and shown in New York's time with a German browser, and stored in UTC", async ({
  page,
  signIn,
  stack,
}) => {
  await signIn(OWNER);
  await newKey(page, /^DEAR/);
  await field(page, "Title").fill("Stock");
  await expect(page.getByText("in the time of America/New_York.")).toBeVisible();
  await page.getByLabel("Day of expiry").fill("2027/07/01");
  await page.getByLabel("Time of expiry").fill("09:30");
  await field(page, "Account ID").fill("704ef231-cd93-49c9-a201-26b4b5d0d35b");
  await field(page, "Application key").fill("0342a546-e0c2-0dff-f0be-6a5e17154033");
  const id = await saved(page);
  const { body } = await stack.call(OWNER, "GET", `/v1/keys/${id}`);
  // It is summer there: four hours behind.
  expect(body.expires_at).toBe("2027-07-01T13:30:00Z");
  await expect(page.locator("time[title='1 Jul 2027, 09:30']")).toBeVisible();
  await edit(page, id);
  await expect(page.getByLabel("Day of expiry")).toHaveValue("2027/07/01");
  await expect(page.getByLabel("Time of expiry")).toHaveValue("09:30");
  await page.getByRole("button", { name: /^Choose the day/ }).click();
  const calendar = page.getByRole("dialog").filter({ has: page.getByRole("button", { name: "Next month" }) });
  await expect(calendar.getByRole("heading", { name: "July 2027" })).toBeVisible();
  await expect(calendar).not.toContainText(/Juli|Mo\b.*Di\b/);
});

test("times of the trail and of versions are in the reader's time, with a German browser in New York", async ({
  page,
  signIn,
  stack,
}) => {
  const { body: key } = await stack.call(OWNER, "POST", "/v1/keys", ERP);
  await busyAccount(stack);
  await signIn(OWNER);
  const made = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "America/New_York",
  }).format(new Date(key.created_at));
  for (const tab of ["details", "versions", "activity"]) {
    await page.goto(`${stack.origin}/#/keys/${key.key_id}?tab=${tab}`);
    const times = page.getByRole("main").locator(`time[datetime='${key.created_at}']`);
    await expect(times.first(), tab).toBeVisible();
    const texts = await times.evaluateAll((all) =>
      all.map((time) => `${time.textContent} ${time.getAttribute("title")}`),
    );
    expect(
      texts.some((text) => text.includes(made)),
      `${tab}: ${texts.join("; ")}`,
    ).toBe(true);
  }
  // No word of the browser's language is anywhere.
  for (const address of ["#/keys", `#/keys/${key.key_id}`, "#/sources", "#/settings/members"]) {
    await page.goto(`${stack.origin}/${address}`);
    await expect(page.getByRole("main").locator("time").or(page.getByRole("grid")).first()).toBeVisible();
    await expect(page.getByRole("main")).not.toContainText(
      /\bvor \d|\bin \d+ (Tagen|Monaten)|gestern|morgen|Dez\b|März/,
    );
  }
});
