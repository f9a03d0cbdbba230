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
