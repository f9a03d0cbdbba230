"""Clients of the stand-ins that are not Keyward: the libraries with which anybody else would call these systems."""

import time
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode

import jwt
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import JWTBearerGrant, private_key_jwt_sign
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from joserfc.jwk import ECKey, RSAKey
from oauthlib.oauth2 import LegacyApplicationClient
from requests import PreparedRequest, Session
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth1

from row import Row

Sign = Callable[[Session, dict, PreparedRequest], object]


def client(row: Row) -> Sign:
    """What puts credentials of this row onto a request."""
    return row.sign or CLIENTS[f"{row.system_id} {row.auth}"]


def headers(*names: tuple[str, str]) -> Sign:
    """Each of these headers has the value of this field."""
    return lambda session, fields, request: request.headers.update({name: fields[field] for name, field in names})


def basic(username: str, password: str) -> Sign:
    return lambda session, fields, request: HTTPBasicAuth(fields[username].encode(), fields[password].encode())(request)


def basic_key(field: str) -> Sign:
    """The key as the user name, without a password."""
    return lambda session, fields, request: HTTPBasicAuth(fields[field].encode(), b"")(request)


def bearer(field: str, prefix: str = "Bearer ") -> Sign:
    return lambda session, fields, request: request.headers.update({"Authorization": prefix + fields[field]})


def query(session: Session, fields: dict, request: PreparedRequest) -> None:
    request.prepare_url(request.url, {name: fields[name] for name in ("consumer_key", "consumer_secret")})


def form(session: Session, fields: dict, request: PreparedRequest) -> None:
    pairs = parse_qsl((request.body or b"").decode()) + [(name, fields[name]) for name in ("login", "api_key")]
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    request.prepare_body(urlencode(pairs), None)


def oauth1(key: str, secret: str, token: str = "", token_secret: str = "", realm: str = "") -> Sign:
    def sign(session: Session, fields: dict, request: PreparedRequest) -> None:
        parts = [fields.get(name) for name in (key, secret, token, token_secret)]
        OAuth1(*parts, signature_method="HMAC-SHA256", realm=fields.get(realm))(request)

    return sign


def token(session: Session, fields: dict) -> str:
    """A token for the client secret, in the form or as Basic."""
    method, known = fields.get("client_auth", "post"), (fields["client_id"], fields["client_secret"])
    # Authlib's client leaves out the encoding that RFC 6749 §2.3.1 asks for in Basic. Its server does not.
    known = [quote(part, safe="") for part in known] if method == "basic" else known
    with OAuth2Session(*known, f"client_secret_{method}", scope=fields.get("scope")) as oauth:
        oauth.verify, oauth.trust_env = session.verify, False
        return oauth.fetch_token(fields["token_url"], grant_type="client_credentials")["access_token"]


def oauth2_secret(session: Session, fields: dict, request: PreparedRequest) -> None:
    request.headers["Authorization"] = f"Bearer {token(session, fields)}"


def token_for(token_url: str, client_id: str, client_secret: str, scope: str | None = None) -> Sign:
    """A token for the client secret in these fields, in the form."""

    def sign(session: Session, fields: dict, request: PreparedRequest) -> None:
        known = {"client_id": fields[client_id], "client_secret": fields[client_secret], "client_auth": "post"}
        oauth2_secret(session, known | {"token_url": token_url, "scope": scope}, request)

    return sign


def assertion(fields: dict, audience: str, **more) -> dict:
    """What a client that has a key posts (RFC 7523 §2.2)."""
    kind = ECKey if fields["algorithm"] == "ES256" else RSAKey
    key = kind.import_key(fields["private_key"])
    signed = private_key_jwt_sign(key, fields["client_id"], audience, alg=fields["algorithm"], **more)
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def oauth2_key(session: Session, fields: dict, request: PreparedRequest) -> None:
    audience = fields.get("audience") or fields["token_url"]
    asked = assertion(fields, audience, header={"kid": fields["key_id"]})
    answer = session.post(fields["token_url"], data=asked).json()
    request.headers["Authorization"] = f"Bearer {answer.get('access_token')}"


def oauth2_password(session: Session, fields: dict, request: PreparedRequest) -> None:
    """The form as oauthlib makes it, and the client's secret as `requests` sends it."""
    secret, method = fields.get("client_secret"), fields.get("client_auth", "none")
    as_user = LegacyApplicationClient(fields["client_id"]).prepare_request_body(
        fields["username"],
        fields["password"],
        include_client_id=not method.startswith("basic"),
        **({"client_secret": secret} if method == "post" else {}),
    )
    answer = session.post(
        fields["token_url"],
        data=as_user,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=HTTPBasicAuth(fields["client_id"], secret) if method.startswith("basic") else None,
    )
    request.headers["Authorization"] = f"Bearer {answer.json().get('access_token')}"


def oauth2_jwt_bearer(session: Session, fields: dict, request: PreparedRequest) -> None:
    """As Authlib signs it."""
    kind = ECKey if fields["algorithm"] == "ES256" else RSAKey
    header = {"alg": fields["algorithm"]} | ({"kid": fields["key_id"]} if "key_id" in fields else {})
    about = fields["issuer"], fields.get("audience", fields["token_url"]), fields["subject"]
    signed = JWTBearerGrant.sign(kind.import_key(fields["private_key"]), *about, header=header)
    asked = {"grant_type": JWTBearerGrant.GRANT_TYPE, "assertion": signed}
    answer = session.post(fields["token_url"], data=asked).json()
    request.headers["Authorization"] = f"Bearer {answer.get('access_token')}"


def signed_jwt(session: Session, fields: dict, request: PreparedRequest) -> None:
    """As PyJWT signs it."""
    now = int(time.time())
    claims = {"iss": fields["issuer"], "aud": fields["audience"], "iat": now, "exp": now + 300}
    header = {"kid": fields["key_id"]}
    signed = jwt.encode(claims, fields["private_key"], algorithm=fields["algorithm"], headers=header)
    request.headers["Authorization"] = f"Bearer {signed}"


def shopify_client_credentials(session: Session, fields: dict, request: PreparedRequest) -> None:
    address = f"https://{fields['shop']}.myshopify.com/admin/oauth/access_token"
    asked = {
        "grant_type": "client_credentials",
        "client_id": fields["client_id"],
        "client_secret": fields["client_secret"],
    }
    answer = session.post(address, data=asked).json()
    assert "token_type" not in answer
    request.headers["X-Shopify-Access-Token"] = answer.get("access_token", "none")


def netsuite_client_credentials(session: Session, fields: dict, request: PreparedRequest) -> None:
    address = f"https://{fields['account_id'].lower()}.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
    claims = {"scope": fields["scope"].split()}
    asked = assertion(fields, address, claims=claims, header={"kid": fields["certificate_id"]})
    answer = session.post(address, data=asked).json()
    request.headers["Authorization"] = f"Bearer {answer.get('access_token')}"


WOO = "consumer_key", "consumer_secret"
CLIENTS: dict[str, Sign] = {
    "dear api-key": headers(("api-auth-accountid", "account_id"), ("api-auth-applicationkey", "application_key")),
    "magento-2 oauth1": oauth1(*WOO, "access_token", "access_token_secret"),
    "magento-2 bearer": bearer("access_token"),
    "parcellab v2": headers(("user", "user_id"), ("token", "token")),
    "parcellab v4": bearer("token", "Parcellab-API-Token "),
    "rebound login": form,
    "rebound oauth2": oauth2_secret,
    "shopify access-token": headers(("X-Shopify-Access-Token", "access_token")),
    "shopify private-app": basic("api_key", "password"),
    "shopify client-credentials": shopify_client_credentials,
    "woocommerce basic": basic(*WOO),
    "woocommerce query": query,
    "woocommerce oauth1": oauth1(*WOO),
    "netsuite tba": oauth1(*WOO, "token_id", "token_secret", "account_id"),
    "netsuite client-credentials": netsuite_client_credentials,
    "oauth2 client-credentials": oauth2_secret,
    "oauth2 private-key-jwt": oauth2_key,
    "oauth2 jwt-bearer": oauth2_jwt_bearer,
    "oauth2 password": oauth2_password,
    "oauth2 signed-jwt": signed_jwt,
}
