"""An OAuth 2.0 server that is somebody else's: Authlib decides who gets a token, and what a token opens."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable
from threading import Barrier, BrokenBarrierError

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError
from authlib.oauth2.rfc6749.grants import BaseGrant, ClientCredentialsGrant, ResourceOwnerPasswordCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from flask import Flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from .shopify import REFUSED, shop
from .stand_in import FORM, Answer, Request, StandIn

ASSERTION = JWTBearerClientAssertion.CLIENT_AUTH_METHOD


class Client(ClientMixin):
    """A registered client with one way to authenticate, by a secret or by a key."""

    def __init__(
        self,
        client_id: str,
        method: str,
        secret: str = "",
        scope: str = "",
        grant_type: str = ClientCredentialsGrant.GRANT_TYPE,
    ) -> None:
        self.client_id = client_id
        self.secret = secret
        self._method = method
        self._scope = scope.split()
        self._grant_type = grant_type

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(word for word in (scope or "").split() if word in self._scope)

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self._method

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == self._grant_type


class Token(TokenMixin):
    """A token that was given out."""

    def __init__(self, token: dict, clock: Callable[[], float]) -> None:
        self._scope = token.get("scope", "")
        self._clock = clock
        self._ends_at = clock() + token["expires_in"]

    def get_scope(self) -> str:
        return self._scope

    def is_expired(self) -> bool:
        return self._clock() >= self._ends_at

    def is_revoked(self) -> bool:
        return False


class ClientAssertion(JWTBearerClientAssertion):
    """A client's signed statement (RFC 7523 §3), for one client with one key and one algorithm."""

    def __init__(self, keys: KeySet, algorithm: str, audiences: list[str]) -> None:
        super().__init__()
        self._keys = keys
        self._algorithms = [algorithm]
        self._audiences = audiences
        self._seen: set[str] = set()

    def get_audiences(self) -> list[str]:
        return self._audiences

    def resolve_client_public_key(self, client: Client) -> KeySet:
        return self._keys

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict:
        """As Authlib's, with the one algorithm rather than those that joserfc takes by itself."""
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=self._algorithms)
        except (JoseError, ValueError) as error:
            raise InvalidClientError(description=str(error)) from error
        self.verify_claims(token.claims)
        return token.claims

    def validate_jti(self, claims: dict, jti: str) -> bool:
        fresh = jti not in self._seen
        self._seen.add(jti)
        return fresh


class NetSuiteAssertion(ClientAssertion):
    """NetSuite's own: no subject is asked for, the scope is a claim, and the key is named
    (docs.oracle.com, "The Request Token Structure", section_162755359851)."""

    def extract_assertion(self, assertion: str):
        headers, claims = super().extract_assertion(assertion)
        if headers.get("kid") not in [key.kid for key in self._keys.keys]:
            raise InvalidClientError(description="Unknown certificate")
        return headers, {"sub": claims.get("iss"), **claims}

    def verify_claims(self, claims: dict) -> None:
        options = {"iss": {"essential": True}, "aud": {"essential": True, "values": self.get_audiences()}}
        times = {"iat": {"essential": True}, "exp": {"essential": True}}
        try:
            jwt.JWTClaimsRegistry(**options, **times).validate(claims)
        except JoseError as error:
            raise InvalidClientError(description=str(error)) from error
        scope = claims.get("scope", "")
        words = scope if isinstance(scope, list) else scope.split()
        if not words or not set(words) <= {"restlets", "rest_webservices", "suite_analytics"}:
            raise InvalidClientError(description="The scope is missing")
        if claims["exp"] - claims["iat"] > 3600:
            raise InvalidClientError(description="It lasts longer than 60 minutes")


class EntraAssertion(ClientAssertion):
    """Microsoft Entra's own: the key is found by the thumbprint of its certificate
    (learn.microsoft.com/entra/identity-platform/certificate-credentials)."""

    def __init__(self, keys: KeySet, certificate: str, audiences: list[str]) -> None:
        super().__init__(keys, "PS256", audiences)
        self._thumbprint = thumbprint(certificate)

    def extract_assertion(self, assertion: str):
        headers, claims = super().extract_assertion(assertion)
        if headers.get("x5t#S256") != self._thumbprint:
            raise InvalidClientError(description="Unknown certificate")
        return headers, claims


def thumbprint(certificate: str) -> str:
    """The SHA-256 thumbprint of a certificate in PEM, as `x5t#S256` has it (RFC 7515 §4.1.8)."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def public_keys(private_key: str, algorithm: str, key_id: str | None = None) -> KeySet:
    """The public half of a private key in PEM, as a client registers it."""
    kind = ECKey if algorithm.startswith("ES") else RSAKey
    public = kind.import_key(private_key).as_dict(private=False)
    return KeySet.import_key_set({"keys": [public | ({"kid": key_id} if key_id else {})]})


class OAuth2(StandIn):
    """A token endpoint, and an API that opens for its tokens."""

    def __init__(
        self,
        names: tuple[str, ...],
        token_path: str,
        client: Client,
        assertion: ClientAssertion | None = None,
        grant: type[BaseGrant] | None = None,
    ) -> None:
        super().__init__(*names)
        self.token_path = token_path
        self.client = client
        self.tokens: dict[str, Token] = {}
        self.token_seconds = 3600
        self.clock = time.time
        #: An error to answer every token request with, such as `invalid_grant`.
        self.error: str | None = None
        #: Where two token requests at once would meet.
        self.crowd: Barrier | None = None
        self._app = Flask(__name__)
        self._protector = ResourceProtector()
        self._protector.register_token_validator(self._validator())
        server = self._authorization_server(assertion, grant or (KeyGrant if assertion else SecretGrant))
        self._app.add_url_rule(token_path, "token", server.create_token_response, methods=["POST"])
        self._app.add_url_rule("/resource", "resource", self._resource)

    @property
    def token_requests(self) -> int:
        return sum(request.path == self.token_path for request in self.requests)

    def answer(self, request: Request) -> Answer:
        if request.path != self.token_path:
            return super().answer(request)
        self.requests.append(request)
        if self.crowd:
            self._wait()
        return self.token_answer(request)

    def token_answer(self, request: Request) -> Answer:
        if self.error:
            return Answer.json(401 if self.error == "invalid_client" else 400, {"error": self.error})
        headers = [pair for pair in request.headers if pair[0].lower() in ("authorization", "content-type")]
        return self._ask("POST", self.token_path, headers=headers, data=request.body)

    def refusal(self, request: Request) -> Answer | None:
        headers = [pair for pair in request.headers if pair[0].lower() == "authorization"]
        answer = self._ask("GET", "/resource", headers=headers)
        return None if answer.status == 200 else answer

    def _wait(self) -> None:
        """Until a second token request comes, or long enough to be sure that none does."""
        try:
            self.crowd.wait(timeout=1)
        except BrokenBarrierError:
            pass

    def _ask(self, method: str, path: str, **arguments) -> Answer:
        answer = self._app.test_client().open(path, method=method, base_url=f"https://{self.names[0]}", **arguments)
        headers = [pair for pair in answer.headers.items() if pair[0] != "Content-Length"]
        return Answer(answer.status_code, answer.data, headers)

    def _authorization_server(self, assertion: ClientAssertion | None, grant: type[BaseGrant]) -> AuthorizationServer:
        def query_client(client_id: str) -> Client | None:
            return self.client if client_id == self.client.client_id else None

        def save_token(token: dict, request) -> None:
            self.tokens[token["access_token"]] = Token(token, lambda: self.clock())

        server = AuthorizationServer(self._app, query_client, save_token)
        generator = BearerTokenGenerator(
            lambda **_: generate_token(48), expires_generator=lambda client, grant_type: self.token_seconds
        )
        server.register_token_generator("default", generator)
        if assertion:
            server.register_client_auth_method(ASSERTION, assertion)
        server.register_grant(grant)
        return server

    def _validator(self) -> BearerTokenValidator:
        tokens = self.tokens

        class Validator(BearerTokenValidator):
            def authenticate_token(self, token_string: str) -> Token | None:
                return tokens.get(token_string)

        return Validator()

    def _resource(self):
        with self._protector.acquire():
            return {}


class SecretGrant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class KeyGrant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [ASSERTION]


def password_grant(users: dict[str, str]) -> type[BaseGrant]:
    """Tokens for the names and passwords of these users (RFC 6749 §4.3)."""

    class PasswordGrant(ResourceOwnerPasswordCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

        def authenticate_user(self, username: str, password: str) -> str | None:
            known = users.get(username)
            if known and hmac.compare_digest(known.encode(), password.encode()):
                return username
            # Authlib itself says `invalid_request`; RFC 6749 §5.2 has `invalid_grant` for "resource owner credentials".
            raise InvalidGrantError

    return PasswordGrant


def jwt_bearer_grant(client: Client, keys: KeySet, audience: str, subjects: set[str]) -> type[BaseGrant]:
    """Tokens for what the client has signed about one of these users (RFC 7523 §2.1)."""

    class AssertionGrant(JWTBearerGrant):
        def get_audiences(self) -> list[str]:
            return [audience]

        def resolve_issuer_client(self, issuer: str) -> Client | None:
            return client if issuer == client.client_id else None

        def resolve_client_public_key(self, _: Client) -> KeySet:
            return keys

        def authenticate_user(self, subject: str) -> str | None:
            return subject if subject in subjects else None

        def has_granted_permission(self, _: Client, user: str) -> bool:
            return user in subjects

    return AssertionGrant


class ShopifyClientCredentials(OAuth2):
    """Shopify's: the form alone, no `token_type` in the answer, and a header of its own for the token."""

    def __init__(self, subdomain: str, client: Client, name: str) -> None:
        super().__init__((f"{subdomain}.myshopify.com:443",), "/admin/oauth/access_token", client)
        self._name = name

    def token_answer(self, request: Request) -> Answer:
        if request.header("content-type").split(";")[0] != FORM or request.header("authorization"):
            return Answer.json(400, {"error": "invalid_request"})
        answer = super().token_answer(request)
        document = json.loads(answer.body)
        document.pop("token_type", None)
        return Answer.json(answer.status, document)

    def refusal(self, request: Request) -> Answer | None:
        token = self.tokens.get(request.header("x-shopify-access-token") or "")
        return REFUSED if token is None or token.is_expired() else None

    def welcome(self, request: Request) -> Answer:
        return shop(request, self._name) or super().welcome(request)
