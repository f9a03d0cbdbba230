/**
 * Signing in again in a window of its own.
 *
 * The window goes to the provider's sign-out first and comes back to the panel's address, which then asks this window
 * where to go on: to the sign-in page. Its answer comes back the same way. The two talk over a channel whose name only
 * they know, since the provider's pages may cut the tie between a window and its opener.
 */

const MARK = "keyward-sign-in-again";

/** How long the window waits for the one that opened it, in milliseconds. Nobody else can have marked it for good. */
const WAIT_MS = 3_000;

type Message = { kind: "ready" } | { kind: "go"; url: string } | { kind: "answer"; url: string };

/** No window could be opened, or nobody wants to wait for it any more. */
export class NoWindow extends Error {}

/** Opens the window and waits for the address that the provider sends it back to. */
export async function popUpForSignIn(logoutUrl: string, signInUrl: string, given: AbortSignal): Promise<string> {
  const name = crypto.randomUUID();
  const popup = window.open(`/#${MARK}=${name}`, "_blank", "popup,width=480,height=720");
  if (popup === null) throw new NoWindow("The browser did not open a window: allow pop-ups for this page.");
  const channel = new BroadcastChannel(name);
  try {
    return await new Promise<string>((resolve, reject) => {
      let signedOut = false;
      channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (data.kind === "answer") resolve(data.url);
        if (data.kind === "ready") {
          channel.postMessage({ kind: "go", url: signedOut ? signInUrl : logoutUrl } satisfies Message);
          signedOut = true;
        }
      };
      given.addEventListener("abort", () => reject(new NoWindow("You did not sign in again.")), { once: true });
    });
  } finally {
    channel.close();
    popup.close();
  }
}

/** In that window: does its part, and says whether this is it. */
export function isSignInWindow(): boolean {
  const marked = new URLSearchParams(location.hash.slice(1)).get(MARK);
  if (marked !== null) sessionStorage.setItem(MARK, marked);
  const name = sessionStorage.getItem(MARK);
  if (name === null) return false;
  const channel = new BroadcastChannel(name);
  if (new URLSearchParams(location.search).has("state")) {
    sessionStorage.removeItem(MARK);
    channel.postMessage({ kind: "answer", url: location.href } satisfies Message);
    // Whoever opened this window may have lost hold of it on the way through the provider's pages.
    window.close();
    return true;
  }
  const alone = setTimeout(() => {
    sessionStorage.removeItem(MARK);
    location.replace("/");
  }, WAIT_MS);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind !== "go") return;
    clearTimeout(alone);
    location.replace(data.url);
  };
  channel.postMessage({ kind: "ready" } satisfies Message);
  return true;
}
