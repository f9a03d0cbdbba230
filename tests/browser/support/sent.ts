import type { Page } from "@playwright/test";

export interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Everything that the page asks for by `fetch` from now on, with bodies. The browser does not tell the bodies of `Request`
 * objects, so the page's own `fetch` is listened to. Begin before the page is opened.
 */
export async function recordSent(page: Page): Promise<Sent[]> {
  const sent: Sent[] = [];
  await page.exposeBinding("tellSent", (_, request: Sent) => {
    sent.push(request);
  });
  await page.addInitScript(() => {
    const original = window.fetch;
    window.fetch = async (input, init) => {
      const request = new Request(input, init);
      const body = await request.clone().text();
      const tell = (window as unknown as { tellSent: (request: Sent) => Promise<void> }).tellSent;
      await tell({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body });
      return original(request);
    };
  });
  return sent;
}

/** The bodies of the requests to the API of one method. That for a token is a form, and not among them. */
export function bodies(sent: readonly Sent[], method: string): unknown[] {
  const isJson = ({ pathname }: URL) => pathname.startsWith("/v1/") && pathname !== "/v1/token";
  return sent
    .filter((request) => request.method === method && isJson(new URL(request.url)))
    .map(({ body }) => JSON.parse(body) as unknown);
}
