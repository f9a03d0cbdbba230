/** The claims of the access token, which say which actions the panel shows. The API checks the token itself. */
export interface Claims {
  /** Who it is. */
  subject: string;
  email: string;
  /** The account; absent for somebody who is no member of any. */
  account: string | null;
  permissions: ReadonlySet<string>;
  /** When the person signed in, in milliseconds since 1970. Refreshing a token leaves it as it is. */
  signedInAt: number;
}

const SCOPE_PREFIX = "keyward/";

export function readClaims(accessToken: string, email: string): Claims {
  const payload = accessToken.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const scopes = String(claims.scope ?? "").split(" ");
  // As the API has it: in an account that does not manage its own keys there are none for its people, and all else stays.
  const managesKeys = claims.self_service_keys === "true" || claims.self_service_keys === true;
  const permissions = scopes
    .filter((scope) => scope.startsWith(SCOPE_PREFIX))
    .map((scope) => scope.slice(SCOPE_PREFIX.length))
    .filter((permission) => managesKeys || !permission.startsWith("keys:"));
  return {
    subject: String(claims.sub ?? ""),
    email,
    account: typeof claims.account === "string" ? claims.account : null,
    permissions: new Set(permissions),
    signedInAt: Number(claims.auth_time ?? 0) * 1000,
  };
}
