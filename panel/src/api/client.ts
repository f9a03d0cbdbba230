import createClient, { type Client } from "openapi-fetch";
import { createContext, useContext } from "react";

import type { Session } from "../session/session";
import { Problem } from "./problem";
import type { components, paths } from "./schema";
import { type AskToSignIn, sender } from "./send";

export type Schemas = components["schemas"];
export type Api = Client<paths>;

export function makeApi(session: Session, ask: AskToSignIn): Api {
  return createClient<paths>({ baseUrl: location.origin, fetch: sender(session, ask) });
}

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext.Provider;

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error("there is no API here");
  return api;
}

/** The body of an answer; a `Problem` is thrown for whatever is none. */
export async function dataOf<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw Problem.of(response.status, error);
}

/** The header that names the version a change is based on. */
export function ifMatch(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

/** The header under which a request has its effect once. Keep it for as long as the request is the same. */
export function idempotencyKey(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": crypto.randomUUID() };
}
