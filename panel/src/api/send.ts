import { type Session, SessionEnded } from "../session/session";
import { NoAnswer } from "./problem";

/** How often a request is made that can be made again without harm. */
const TRIES = 4;
/** The wait before the second try, in milliseconds; it doubles. */
const FIRST_WAIT_MS = 400;
/** The longest wait, in milliseconds, whatever the API asks for: longer ones are for people to decide. */
const LONGEST_WAIT_MS = 8_000;

/** Brings up the question to sign in again; resolves when that has happened, and rejects when it has not. */
export type AskToSignIn = (why: "fresh" | "ended") => Promise<void>;

/**
 * A `fetch` that knows who is signed in.
 *
 * It repeats what may be repeated (reads, and requests with an `Idempotency-Key`) after 429, 503 and a lost answer, no
 * sooner than the API asks for. It has the person sign in again where the API wants that, and then goes on.
 */
export function sender(session: Session, ask: AskToSignIn): (request: Request) => Promise<Response> {
  return async (request) => {
    const repeatable = request.method === "GET" || request.headers.has("idempotency-key");
    for (let tried = 1; ; tried += 1) {
      const response = await once(session, ask, request.clone());
      const again =
        repeatable && tried < TRIES && (response === null || response.status === 429 || response.status === 503);
      if (!again) {
        if (response === null) throw new NoAnswer();
        return response;
      }
      await pause(waitMs(tried, response?.headers.get("retry-after")), request.signal);
    }
  };
}

/** One try, with a token that is good; null for no answer. */
async function once(session: Session, ask: AskToSignIn, request: Request): Promise<Response | null> {
  for (let askedFor: string | null = null; ; ) {
    const token = await goodToken(session, ask);
    if (token === null) return null;
    const authorized = new Request(request.clone());
    authorized.headers.set("authorization", `Bearer ${token}`);
    const response = await fetch(authorized).catch((error: unknown) => {
      if (request.signal.aborted) throw error;
      return null;
    });
    if (response?.status !== 401) return response;
    const why = (await isAboutFreshness(response)) ? "fresh" : "ended";
    if (askedFor === why) return response;
    askedFor = why;
    await ask(why);
  }
}

/** A token that is good, after signing in again if the session has ended; null if the provider did not answer. */
async function goodToken(session: Session, ask: AskToSignIn): Promise<string | null> {
  try {
    return await session.accessToken();
  } catch (error) {
    if (!(error instanceof SessionEnded)) return null;
  }
  await ask("ended");
  return session.accessToken();
}

async function isAboutFreshness(response: Response): Promise<boolean> {
  const body = (await response
    .clone()
    .json()
    .catch(() => ({}))) as { type?: string };
  return body.type === "urn:keyward:problem:fresh-sign-in-needed";
}

export function waitMs(tried: number, retryAfter: string | null | undefined): number {
  const asked = Number(retryAfter ?? 0) * 1000;
  const own = FIRST_WAIT_MS * 2 ** (tried - 1) * (1 + Math.random() / 2);
  return Math.min(Math.max(own, Number.isFinite(asked) ? asked : 0), LONGEST_WAIT_MS);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}
