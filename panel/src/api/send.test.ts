import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type Session, SessionEnded } from "../session/session";
import { sender } from "./send";

const answers: Response[] = [];
const sent: string[] = [];

beforeEach(() => {
  answers.length = 0;
  sent.length = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request.headers.get("authorization") ?? "");
    return answers.shift() ?? new Response(null, { status: 204 });
  });
});

afterEach(() => vi.unstubAllGlobals());

/** A session whose token is another one after each new sign-in. */
function session(): { session: Session; asked: string[]; ask: (why: "fresh" | "ended") => Promise<void> } {
  const asked: string[] = [];
  const signedIn = { accessToken: async () => `token-${asked.length}` };
  return {
    session: signedIn as unknown as Session,
    asked,
    ask: async (why) => {
      asked.push(why);
    },
  };
}

const request = () => new Request("https://keys.example.com/v1/keys");

/** What API Gateway answers, or the function behind it. */
function refused(status: number, type?: string): Response {
  const body = type === undefined ? { message: "Unauthorized" } : { type: `urn:keyward:problem:${type}` };
  return new Response(JSON.stringify(body), { status });
}

test.each([
  ["the gateway's", undefined],
  ["the function's", "not-signed-in"],
])("the person signs in again after %s 401, and the request goes on", async (_, type) => {
  const { session: signedIn, asked, ask } = session();
  answers.push(refused(401, type));
  const response = await sender(signedIn, ask)(request());
  expect(response.status).toBe(204);
  expect(asked).toEqual(["ended"]);
  expect(sent).toEqual(["Bearer token-0", "Bearer token-1"]);
});

test("a 401 that asks for a fresh sign-in is told apart", async () => {
  const { session: signedIn, asked, ask } = session();
  answers.push(refused(401, "fresh-sign-in-needed"));
  expect((await sender(signedIn, ask)(request())).status).toBe(204);
  expect(asked).toEqual(["fresh"]);
});

test.each([
  ["the gateway's", undefined],
  ["the function's", "forbidden"],
])("after %s 403 nobody is asked to sign in, since another token would say the same", async (_, type) => {
  const { session: signedIn, asked, ask } = session();
  answers.push(refused(403, type));
  const response = await sender(signedIn, ask)(request());
  expect(response.status).toBe(403);
  expect(asked).toEqual([]);
  expect(sent).toEqual(["Bearer token-0"]);
});

test("a token that is refused again after a new sign-in is not asked about for ever", async () => {
  const { session: signedIn, asked, ask } = session();
  answers.push(refused(401), refused(401), refused(401));
  expect((await sender(signedIn, ask)(request())).status).toBe(401);
  expect(asked).toEqual(["ended"]);
});

test("a session that has ended asks before anything is sent", async () => {
  const { asked, ask } = session();
  const ended = {
    accessToken: async () => {
      if (asked.length === 0) throw new SessionEnded();
      return "new";
    },
  };
  expect((await sender(ended as unknown as Session, ask)(request())).status).toBe(204);
  expect([asked, sent]).toEqual([["ended"], ["Bearer new"]]);
});
