import { test as base, expect, type Locator, type Page } from "@playwright/test";

import { type Person, Stack } from "./stack";

export { expect, type Locator, type Page };

interface Fixtures {
  /** A stack of this test's own. */
  stack: Stack;
  /** What the page said that it should not have: errors of scripts, and violations of its policy. */
  complaints: string[];
  /** Signs somebody in and ends on the first page of the panel. */
  signIn: (person: Person, page?: Page) => Promise<void>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, even for no fixture.
  stack: async ({}, use) => {
    const stack = await Stack.start();
    await use(stack);
    await stack.stop();
  },
  baseURL: async ({ stack }, use) => use(stack.origin),
  complaints: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      context.on("weberror", (error) => complaints.push(`script error: ${error.error().message}`));
      context.on("console", (message) => {
        if (message.type() === "error" && !isStatus(message.text())) complaints.push(`console: ${message.text()}`);
        if (message.text().includes("Content Security Policy")) complaints.push(`policy: ${message.text()}`);
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  signIn: async ({ stack, page }, use) => {
    await use(async (person, where = page) => {
      await where.goto(stack.origin);
      await fillSignIn(where, stack, person);
      await expect(where.getByRole("navigation", { name: "Main" })).toBeAttached();
    });
  },
});

/** Fills in the provider's form, on whatever page shows it. */
export async function fillSignIn(page: Page, stack: Stack, person: string): Promise<void> {
  const { email, password, code } = await stack.credentials(person);
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Answers the question to sign in again, in the window that it opens. */
export async function signInAgain(page: Page, question: Locator, stack: Stack, person: string): Promise<void> {
  const opened = page.waitForEvent("popup");
  await question.getByRole("button", { name: "Sign in again" }).click();
  const popup = await opened;
  const closed = popup.waitForEvent("close");
  await fillSignIn(popup, stack, person);
  await closed;
}

/** What the API answers where a sign-in was too long ago. */
export const TOO_LONG_AGO = {
  status: 401,
  contentType: "application/problem+json",
  body: JSON.stringify({
    type: "urn:keyward:problem:fresh-sign-in-needed",
    title: "A fresh sign-in is needed",
    status: 401,
    detail: "Sign in again.",
    instance: "request",
  }),
};

/** The browser itself tells of every refused request; what the panel makes of it is what counts. */
function isStatus(text: string): boolean {
  return text.startsWith("Failed to load resource");
}
