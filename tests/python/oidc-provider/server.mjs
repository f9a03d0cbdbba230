// node-oidc-provider, unchanged, with one client whose refresh tokens rotate: `node server.mjs ISSUER CLIENT_ID SECRET REDIRECT_URI`.
// It prints its port. People consent at once; who they are, the header `x-user` says. `/test/…` tells the tests what it did.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const [issuer, clientId, secret, redirectUri] = process.argv.slice(2);
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: secret,
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      id_token_signed_response_alg: "ES256",
    },
  ],
  cookies: { keys: [randomBytes(32).toString("hex")] },
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  jwks: { keys: [{ ...key, use: "sig", alg: "ES256" }] },
  pkce: { required: () => true },
  // RFC 9700 §4.14.2: each is used once, and a former one ends the whole grant.
  rotateRefreshToken: true,
  scopes: ["openid", "offline_access"],
  ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 60, RefreshToken: 3600, Session: 60 },
});
provider.proxy = true;

const seen = { refreshTokens: [], refreshes: 0, reused: 0, living: [] };
const accessTokens = [];
const living = new Set();
provider.on("access_token.saved", (token) => accessTokens.push(token));
provider.on("refresh_token.saved", (token) => {
  if (!token.consumed) seen.refreshTokens.push(token.jti);
  living.add(token.grantId);
});
provider.on("refresh_token.consumed", () => (seen.refreshes += 1));
provider.on("grant.revoked", (_, grantId) => living.delete(grantId));
provider.on("grant.error", (_, error) => (seen.reused += error.error_detail === "refresh token already used"));

/** Signs in and consents, without a page. */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    const result = { login: { accountId: request.headers["x-user"] } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const { accountId } = session;
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

async function tell(path, response) {
  if (path === "/test/forget") await Promise.all(accessTokens.splice(0).map((token) => token.destroy()));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ ...seen, living: [...living] }));
}

const handle = provider.callback();
const server = createServer((request, response) => {
  const path = request.url.split("?")[0];
  if (path.startsWith("/interaction/")) return interact(request, response);
  return path.startsWith("/test/") ? tell(path, response) : handle(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
