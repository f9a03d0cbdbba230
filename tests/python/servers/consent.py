"""An authorization server with consent that is somebody else's: Authlib gives out codes and tokens, checks the proof key, rotates
refresh tokens and revokes them. Who uses a former refresh token ends the whole grant (RFC 9700 §4.14.2)."""

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, request

from .stand_in import Answer, Request, StandIn

BASIC = "client_secret_basic"


@dataclass
class ConsentClient(ClientMixin):
    """The only client."""

    client_id: str
    secret: str
    scope: str
    redirect_uris: set[str] = field(default_factory=set)

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(word for word in (scope or "").split() if word in self.scope.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == BASIC

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was given out."""

    code: str
    user: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Pair(TokenMixin):
    """An access token with its refresh token, of a family that ends as a whole."""

    family: list["Pair"]
    user: str
    access_token: str
    refresh_token: str
    scope: str
    ends_at: float
    used: bool = False
    revoked: bool = False

    def check_client(self, client: ConsentClient) -> bool:
        return True

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return time.time() >= self.ends_at

    def is_revoked(self) -> bool:
        return self.revoked


class Consent(StandIn):
    """The server, and an API that opens for its tokens."""

    def __init__(self, host: str, api: str, client: ConsentClient) -> None:
        super().__init__(f"{host}:443", f"{api}:443")
        self.client = client
        self.codes: dict[str, Code] = {}
        self.pairs: list[Pair] = []
        self.reused = 0
        #: Whether token answers are lost on their way, after they were given.
        self.loses_answers = False
        self._host = host
        self._app = Flask(__name__)
        server = self._server()
        self._app.add_url_rule("/token", "token", server.create_token_response, methods=["POST"])
        self._app.add_url_rule(
            "/revoke", "revoke", lambda: server.create_endpoint_response("revocation"), methods=["POST"]
        )
        self._app.add_url_rule("/authorize", "authorize", lambda: self._authorize(server))

    def consent(self, address: str, user: str) -> str:
        """Where the browser of somebody who consents is sent."""
        split = urlsplit(address)
        assert split.netloc == self._host, address
        headers = {"x-user": user}
        answer = self._app.test_client().get(f"{split.path}?{split.query}", base_url=f"https://{self._host}", headers=headers)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def answer(self, request: Request) -> Answer:
        if request.path not in ("/token", "/revoke"):
            return super().answer(request)
        self.requests.append(request)
        headers = [pair for pair in request.headers if pair[0].lower() in ("authorization", "content-type")]
        answer = self._app.test_client().post(
            request.path, base_url=f"https://{self._host}", headers=headers, data=request.body
        )
        if self.loses_answers:
            return Answer(502, b"<html>Bad gateway</html>", [("Content-Type", "text/html")])
        headers = [pair for pair in answer.headers.items() if pair[0] != "Content-Length"]
        return Answer(answer.status_code, answer.data, headers)

    def refusal(self, request: Request) -> Answer | None:
        shown = (request.header("authorization") or "").removeprefix("Bearer ")
        known = next((pair for pair in self.pairs if pair.access_token == shown), None)
        good = known and not known.is_revoked() and not known.is_expired()
        return None if good else Answer.json(401, {"error": "invalid_token"})

    def forget_access_tokens(self) -> None:
        """From now on the present access tokens open nothing; the refresh tokens stay."""
        for pair in self.pairs:
            pair.ends_at = 0

    @property
    def living(self) -> list[Pair]:
        return [pair for pair in self.pairs if not pair.revoked]

    def _authorize(self, server: AuthorizationServer):
        return server.create_authorization_response(grant_user=request.headers["x-user"])

    def _server(self) -> AuthorizationServer:
        system = self

        def save_token(token: dict, request) -> None:
            former = getattr(request, "refresh_token", None)
            family = former.family if isinstance(former, Pair) else []
            ends_at = time.time() + token["expires_in"]
            tokens = token["access_token"], token["refresh_token"]
            pair = Pair(family, request.user, *tokens, token.get("scope", ""), ends_at)
            family.append(pair)
            system.pairs.append(pair)

        class CodeGrant(AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = [BASIC]

            def save_authorization_code(self, code: str, request) -> None:
                data = request.payload.data
                challenge = data.get("code_challenge"), data.get("code_challenge_method")
                system.codes[code] = Code(code, request.user, request.payload.redirect_uri, request.payload.scope, *challenge)

            def query_authorization_code(self, code: str, client) -> Code | None:
                return system.codes.get(code)

            def delete_authorization_code(self, authorization_code: Code) -> None:
                del system.codes[authorization_code.code]

            def authenticate_user(self, authorization_code: Code) -> str:
                return authorization_code.user

        class RotatingGrant(RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = [BASIC]
            INCLUDE_NEW_REFRESH_TOKEN = True

            def authenticate_refresh_token(self, refresh_token: str) -> Pair | None:
                found = next((pair for pair in system.pairs if pair.refresh_token == refresh_token), None)
                if found and found.used:
                    system.reused += 1
                    for pair in found.family:
                        pair.revoked = True
                return found if found and not found.revoked else None

            def authenticate_user(self, refresh_token: Pair) -> str:
                return refresh_token.user

            def revoke_old_credential(self, refresh_token: Pair) -> None:
                refresh_token.used = True

        class Revocation(RevocationEndpoint):
            CLIENT_AUTH_METHODS = [BASIC]

            def query_token(self, token_string: str, token_type_hint: str | None) -> Pair | None:
                return next((pair for pair in system.pairs if token_string in (pair.access_token, pair.refresh_token)), None)

            def revoke_token(self, token: Pair, request) -> None:
                for pair in token.family:
                    pair.revoked = True

        server = AuthorizationServer(self._app, lambda client_id: self._known(client_id), save_token)
        generator = BearerTokenGenerator(
            lambda **_: generate_token(48), lambda **_: generate_token(48), lambda client, grant_type: 3600
        )
        server.register_token_generator("default", generator)
        server.register_grant(CodeGrant, [CodeChallenge(required=True)])
        server.register_grant(RotatingGrant)
        server.register_endpoint(Revocation)
        return server

    def _known(self, client_id: str) -> ConsentClient | None:
        return self.client if client_id == self.client.client_id else None
