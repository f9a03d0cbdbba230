import { InMemoryWebStorage, OidcClient, type SigninResponse, WebStorageStateStore } from "oidc-client-ts";

import type { Config } from "../config";
import { type Claims, readClaims } from "./claims";
import { exchange, type Issued } from "./exchange";
import { popUpForSignIn } from "./popup";

/** Where the tabs of a browser tell each other that somebody has signed out. */
const SIGNED_OUT = "keyward-signed-out";
/** A token this close to its end is renewed before it is used, in milliseconds. */
const RENEW_BEFORE_MS = 60_000;
/** The longest that anybody stays signed in, in milliseconds. */
const LONGEST_MS = 10 * 60 * 60 * 1000;
/** The API wants sign-ins of less than five minutes; half a minute is left for what comes after the question. */
const FRESH_MS = 4.5 * 60 * 1000;

/** There is no session any more; signing in again makes one. */
export class SessionEnded extends Error {}

/** Somebody else than before signed in again. */
export class SomebodyElse extends Error {
  constructor(readonly email: string) {
    super(`you signed in as ${email}`);
  }
}

interface Tokens {
  access: string;
  refresh: string | undefined;
  id: string | undefined;
  /** In milliseconds since 1970. */
  endsAt: number;
}

/**
 * Somebody who is signed in.
 *
 * Tokens live in this object and nowhere else: no storage, no cookie, no URL. A reload asks the provider again.
 */
export class Session {
  readonly #client: OidcClient;
  readonly #config: Config;
  #tokens: Tokens;
  #claims: Claims;
  #renewing: Promise<void> | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #tabs = new BroadcastChannel(SIGNED_OUT);

  private constructor(client: OidcClient, config: Config, answer: SigninResponse, issued: Issued) {
    this.#client = client;
    this.#config = config;
    this.#tokens = tokensOf(answer, issued);
    this.#claims = readClaims(issued.token, String(answer.profile.email ?? ""));
    this.#tabs.onmessage = () => void this.#end();
  }

  /** The session of the answer in the address, if the provider has just sent the browser back with one. */
  static async fromAddress(config: Config): Promise<{ session: Session; goTo: string } | null> {
    const query = new URLSearchParams(location.search);
    if (!query.has("state")) return null;
    const client = oidcClient(config);
    const address = location.href;
    history.replaceState(null, "", "/");
    const answer = await client.processSigninResponse(address);
    const goTo = typeof answer.userState === "string" ? answer.userState : "";
    return { session: new Session(client, config, answer, await issuedFor(answer)), goTo };
  }

  get claims(): Claims {
    return this.#claims;
  }

  may(permission: string): boolean {
    return this.#claims.permissions.has(permission);
  }

  /** Whether the API will believe that it is still the same person who does something that matters. */
  get isFresh(): boolean {
    return Date.now() - this.#claims.signedInAt < FRESH_MS;
  }

  /** Where somebody changes their password: a page of the provider, which leads back here. */
  get passwordUrl(): string {
    const url = new URL("/forgotPassword", this.#config.logout_url);
    url.searchParams.set("client_id", this.#config.client_id);
    url.searchParams.set("response_type", "code");
    url.searchParams.set("redirect_uri", `${location.origin}/`);
    return url.href;
  }

  /** An access token that is good for a moment yet. */
  async accessToken(): Promise<string> {
    if (Date.now() > this.#tokens.endsAt - RENEW_BEFORE_MS) await this.renew();
    return this.#tokens.access;
  }

  /** Gets new tokens of the same sign-in, with what the person may do now. */
  async renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const { refresh, id } = this.#tokens;
    if (refresh === undefined || Date.now() - this.#claims.signedInAt > LONGEST_MS) throw new SessionEnded();
    const state = { refresh_token: refresh, id_token: id, profile: { sub: this.#claims.subject } };
    // biome-ignore lint/correctness/useHookAtTopLevel: The library calls it that; it is no hook of React.
    const answer = await this.#client
      .useRefreshToken({ state: state as never })
      .catch((error: unknown) => Promise.reject(isRefusal(error) ? new SessionEnded() : error));
    answer.refresh_token ??= refresh;
    this.#take(answer, await issuedFor(answer), this.#claims.email);
  }

  /**
   * Signs the same person in again, in a window of its own, so that what was typed stays.
   *
   * The provider's session is ended first: a cookie of its could answer without asking for anything.
   */
  async signInAgain(waiting: AbortSignal): Promise<void> {
    const request = await this.#client.createSigninRequest({ login_hint: this.#claims.email });
    const logout = logoutUrl(this.#config);
    const answer = await this.#client.processSigninResponse(await popUpForSignIn(logout, request.url, waiting));
    if (answer.profile.sub !== this.#claims.subject) throw new SomebodyElse(String(answer.profile.email ?? ""));
    this.#take(answer, await issuedFor(answer), String(answer.profile.email ?? ""));
  }

  /** Ends the session here, in the browser's other tabs, and at the provider. */
  async signOut(): Promise<void> {
    this.#tabs.postMessage(null);
    await this.#end();
  }

  /** Whoever has typed something here that is not saved is asked by the browser whether to leave, and signs in again to go on. */
  async #end(): Promise<void> {
    const { refresh } = this.#tokens;
    this.#tokens = { access: "", refresh: undefined, id: undefined, endsAt: 0 };
    if (refresh !== undefined) await this.#client.revokeToken(refresh, "refresh_token").catch(() => undefined);
    location.assign(logoutUrl(this.#config));
  }

  #take(answer: SigninResponse, issued: Issued, email: string): void {
    this.#tokens = tokensOf(answer, issued);
    this.#claims = readClaims(issued.token, email);
    for (const listener of this.#listeners) listener();
  }

  /** For React's `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** Leaves for the provider; it sends the browser back with a code. */
export async function leaveToSignIn(config: Config): Promise<void> {
  const request = await oidcClient(config).createSigninRequest({ state: location.hash });
  location.assign(request.url);
}

export function logoutUrl(config: Config): string {
  const url = new URL(config.logout_url);
  url.searchParams.set("client_id", config.client_id);
  url.searchParams.set("logout_uri", `${location.origin}/`);
  return url.href;
}

function oidcClient(config: Config): OidcClient {
  return new OidcClient({
    authority: config.authority,
    client_id: config.client_id,
    redirect_uri: `${location.origin}/`,
    response_type: "code",
    scope: "openid email",
    // State and PKCE verifier of a request that is under way. Both are worth nothing once it is answered.
    stateStore: new WebStorageStateStore({ store: globalThis.sessionStorage ?? new InMemoryWebStorage() }),
  });
}

/** Keyward's access token for the ID token of a sign-in. */
async function issuedFor(answer: SigninResponse): Promise<Issued> {
  const issued = await exchange(answer.id_token ?? "");
  if (issued === null) throw new SessionEnded();
  return issued;
}

function tokensOf(answer: SigninResponse, issued: Issued): Tokens {
  return { access: issued.token, refresh: answer.refresh_token, id: answer.id_token, endsAt: issued.endsAt };
}

/** Whether the provider said no, rather than nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === "ErrorResponse";
}
