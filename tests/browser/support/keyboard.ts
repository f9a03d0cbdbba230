import { expect, type Locator, type Page } from "@playwright/test";

/** Goes on with Tab until something of this name and role has the focus. */
export async function tabTo(
  where: Page | Locator,
  role: "button" | "checkbox" | "link" | "radio" | "tab" | "textbox",
  name: string | RegExp,
): Promise<void> {
  const page = "page" in where ? where.page() : where;
  const target = where.getByRole(role, { name, exact: true }).first();
  await expect(target).toBeVisible();
  for (let steps = 0; steps < 120; steps += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${role} ${name}`);
}

type Target = Parameters<typeof tabTo>;

/** Goes on to something and presses it. */
export async function press(
  ...[where, role, name, key = "Enter"]: [...Target, key?: "Enter" | "Space"]
): Promise<void> {
  await tabTo(where, role, name);
  await ("page" in where ? where.page() : where).keyboard.press(key);
}

/** Goes on to an input and types into it. */
export async function typeInto(...[where, role, name, text]: [...Target, text: string]): Promise<void> {
  await tabTo(where, role, name);
  await ("page" in where ? where.page() : where).keyboard.type(text);
}

/** Goes to a row of a list by its link: Tab reaches the list, the arrows its rows. */
export async function walkTo(page: Page, list: string, title: string): Promise<void> {
  const grid = page.getByRole("grid", { name: list });
  const link = grid.getByRole("link", { name: title, exact: true });
  await expect(link).toBeVisible();
  await tabInto(grid);
  for (let rows = 0; rows < 10 && !(await link.evaluate((element) => element === document.activeElement)); rows += 1)
    await page.keyboard.press("ArrowDown");
  await expect(link).toBeFocused();
}

/** Goes to what can be done with a row of a list: Tab reaches the list, the arrows its rows and cells. */
export async function walkToAction(page: Page, list: string, name: string): Promise<void> {
  const grid = page.getByRole("grid", { name: list });
  const button = grid.getByRole("button", { name, exact: true });
  await expect(button).toBeVisible();
  await tabInto(grid);
  const isInRow = () => button.evaluate((element) => element.closest("tr")?.contains(document.activeElement) === true);
  for (let rows = 0; rows < 10 && !(await isInRow()); rows += 1) await page.keyboard.press("ArrowDown");
  for (
    let cells = 0;
    cells < 20 && !(await button.evaluate((element) => element === document.activeElement));
    cells += 1
  )
    await page.keyboard.press("ArrowRight");
  await expect(button).toBeFocused();
}

async function tabInto(grid: Locator): Promise<void> {
  const hasFocus = () => grid.evaluate((element) => element.contains(document.activeElement));
  for (let steps = 0; steps < 60 && !(await hasFocus()); steps += 1) await grid.page().keyboard.press("Tab");
}

/** Opens a drop-down that has the focus, and chooses by typing or by the arrows. */
export async function pick(page: Page, option: RegExp): Promise<void> {
  await page.keyboard.press("Enter");
  const wanted = page.getByRole("option", { name: option }).first();
  await expect(wanted).toBeVisible();
  for (let steps = 0; steps < 40; steps += 1) {
    if (
      await wanted.evaluate(
        (element) =>
          element.matches("[data-highlighted], [class*=highlighted]") ||
          element.closest("[class*=highlighted]") !== null,
      )
    )
      break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
}
