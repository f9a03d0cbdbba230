import { expect, type Locator, type Page } from "@playwright/test";

/** Chooses from a drop-down by its label. One that a page closes while it still loads is opened again. */
export async function choose(where: Page | Locator, label: string | RegExp, option: string | RegExp): Promise<void> {
  const name = typeof label === "string" ? new RegExp(`^${label}\\b`) : label;
  const button = where.getByRole("button", { name });
  const page = "page" in where ? where.page() : where;
  await expect(async () => {
    if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
    const found = page.getByRole("option", { name: option });
    await found.click({ timeout: 5_000 });
    // A busy browser may lose a click while the list opens.
    await expect(found).toHaveCount(0, { timeout: 3_000 });
  }).toPass();
}

/** An input by its label, whether it is optional or not. */
export function field(where: Page | Locator, name: string): Locator {
  const text = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return where.getByRole("textbox", { name: new RegExp(`^${text}( - (optional|needed to log in))?$`) });
}

/** Goes to the form of a new key, the way people do, and chooses the system. */
export async function newKey(page: Page, system: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("heading", { name: "Create key", level: 1 })).toBeVisible();
  await choose(page, "System", system);
  await expect(page.getByRole("heading", { name: "Credentials" })).toBeVisible();
}

export async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save", exact: true }).click();
}

/** Saves, and gives the id of the key that the panel shows from then on. */
export async function saved(page: Page): Promise<string> {
  await save(page);
  await expect(page).toHaveURL(/#\/keys\/key_[0-9a-f-]{36}$/);
  // The address changes before the page does.
  await expect(page.getByRole("button", { name: "Save", exact: true })).toHaveCount(0);
  return page.url().split("/").at(-1) ?? "";
}

export async function edit(page: Page, keyId: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/keys/${keyId}/edit`);
  await expect(page.getByRole("heading", { name: /^Edit / })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Credentials" })).toBeVisible();
}

/** What the page says is wrong. */
export function problem(page: Page): Locator {
  return page.getByTestId("problem");
}

/** A Custom HTTP key that signs with AWS4 and has a secret header. */
export const ERP = {
  system_id: "custom-http",
  auth: "aws4",
  title: "Live UK ERP",
  environment: "live",
  base_url: "https://api.example.com/v1",
  headers: [
    { name: "Content-Type", value: "application/json" },
    { name: "X-Tenant", value: "tenant-secret-of-erp", secret: true },
  ],
  entries: {
    default: {
      fields: { access_key: "AKIDEXAMPLE", secret_key: "erp-secret-key", region: "eu-west-1", service: "execute-api" },
    },
  },
};
