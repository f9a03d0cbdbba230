import { hold } from "./support/hold";
import { expect, test } from "./support/test";

/** The most JavaScript that the first page may take, in bytes as they are transferred. */
const MOST_BYTES = 400 * 1024;

test("the list of keys comes with at most 400 kB of JavaScript, compressed", async ({ page, signIn }) => {
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (request.resourceType() === "script")
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await signIn("owner@acme.example");
  await expect(page.getByText("No keys yet")).toBeVisible();
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`JavaScript of the list page: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

/** The most that HTML and styles may take that show the frame before any script has come, compressed, in bytes. */
const MOST_FRAME_BYTES = 60 * 1024;

test("the frame of the panel is there before any script, with at most 60 kB of HTML and styles", async ({
  page,
  stack,
}) => {
  const { release } = await hold(page, /\.js$/);
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (["document", "stylesheet"].includes(request.resourceType()))
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await page.goto(stack.origin, { waitUntil: "commit" });
  await expect(page.getByText("Keyward", { exact: true })).toBeVisible();
  await expect(page.getByRole("status")).toHaveText("Loading the control panel");
  // Its styles have come, too.
  await expect(page.locator(".shell-bar")).toHaveCSS("background-color", "rgb(15, 27, 42)");
  await expect(page.locator(".shell-bar")).toHaveCSS("height", "49px");
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`HTML and styles of the frame: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(200);
  expect(bytes).toBeLessThanOrEqual(MOST_FRAME_BYTES);
  await release();
  await expect(page.getByLabel("Password")).toBeVisible();
});
