"""An API of somebody's own, with each of the ways to authenticate that Custom HTTP knows."""

import base64
import datetime
import hashlib
import hmac
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from .stand_in import Answer, Request, StandIn

Check = Callable[[Request], bool]


class CustomHttp(StandIn):
    """An API that answers every path below `/v1`, and for which JSON is named in each request."""

    def __init__(self, host: str, check: Check, knows_head: bool = True) -> None:
        super().__init__(f"{host}:443")
        self._check = check
        self._knows_head = knows_head

    def refusal(self, request: Request) -> Answer | None:
        if request.method == "HEAD" and not self._knows_head:
            return Answer(405, headers=[("Allow", "GET, POST")])
        if not self._check(request):
            return Answer.json(401, {"error": "unauthorized"})
        # A request without a body has no content to name the type of (RFC 9110 §8.3).
        if request.body and request.all("content-type") != ["application/json"]:
            return Answer.json(415, {"error": "unsupported media type"})
        return None


def header(name: str, value: str) -> Check:
    return lambda request: request.all(name) == [value]


def basic(username: str, password: str) -> Check:
    """RFC 7617, in UTF-8 (§2.1)."""
    return header("authorization", "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode())


def nothing(_: Request) -> bool:
    return True


class Aws4:
    """AWS Signature Version 4, made anew by botocore from the parts that the request says were signed."""

    def __init__(self, access_key: str, secret_key: str, region: str, service: str, token: str | None = None) -> None:
        self._access_key = access_key
        self._credentials = Credentials(access_key, secret_key)
        self._scope = region, service
        self._token = token

    def header(self, request: Request) -> bool:
        scheme, _, rest = (request.header("authorization") or "").partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        date = request.header("x-amz-date") or ""
        if scheme != "AWS4-HMAC-SHA256" or parts.keys() != {"Credential", "SignedHeaders", "Signature"}:
            return False
        signed = parts["SignedHeaders"].split(";")
        if not {"host", "x-amz-date"} <= set(signed) or not self._token_is_right(request, signed):
            return False
        if not self._digest_is_right(request):
            return False
        # S3 takes the path as it is sent.
        kind = S3SigV4Auth if self._scope[1] == "s3" else SigV4Auth
        signer = kind(self._credentials, self._scope[1], self._scope[0])
        return self._is_right(signer, request, request.url, signed, date, parts["Credential"], parts["Signature"])

    def query(self, request: Request) -> bool:
        given = dict(request.query)
        signature = given.pop("X-Amz-Signature", "")
        if given.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" or request.all("authorization"):
            return False
        if given.get("X-Amz-Security-Token") != self._token or not 0 < int(given.get("X-Amz-Expires", 0)) <= 604800:
            return False
        parts = urlsplit(request.url)
        rest = "&".join(part for part in parts.query.split("&") if not part.startswith("X-Amz-Signature="))
        signer = SigV4QueryAuth(self._credentials, self._scope[1], self._scope[0])
        signed = given["X-Amz-SignedHeaders"].split(";")
        url = parts._replace(query=rest).geturl()
        return self._is_right(signer, request, url, signed, given["X-Amz-Date"], given["X-Amz-Credential"], signature)

    def _digest_is_right(self, request: Request) -> bool:
        """botocore believes this header. S3 demands it."""
        digest = request.header("x-amz-content-sha256")
        return (digest is None and self._scope[1] != "s3") or digest == hashlib.sha256(request.body).hexdigest()

    def _token_is_right(self, request: Request, signed: list[str]) -> bool:
        name = "x-amz-security-token"
        return request.header(name) == self._token and (self._token is None or name in signed)

    def _is_right(
        self, signer, request: Request, url: str, signed: list[str], date: str, credential: str, signature: str
    ) -> bool:
        region, service = self._scope
        if credential != f"{self._access_key}/{date[:8]}/{region}/{service}/aws4_request" or not _is_now(date):
            return False
        again = AWSRequest(request.method, url, headers=_message(request, signed), data=request.body)
        again.context["timestamp"] = date
        canonical = signer.canonical_request(again)
        return hmac.compare_digest(signer.signature(signer.string_to_sign(again, canonical), again), signature)


def _message(request: Request, names: list[str]) -> Message:
    message = Message()
    for name, value in request.headers:
        if name.lower() in names:
            message[name] = value
    return message


def _is_now(date: str) -> bool:
    then = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    return abs(datetime.datetime.now(datetime.UTC) - then) < datetime.timedelta(minutes=5)


def rfc9421(client_id: str, client_secret: str) -> Check:
    """HTTP Message Signatures, by http-message-signatures: it must cover all that decides what a request does."""
    secrets = {client_id: client_secret.encode()}
    resolver = MappingKeyResolver(public_keys=secrets, private_keys=secrets)
    verifier = HTTPMessageVerifier(signature_algorithm=HMAC_SHA256, key_resolver=resolver)
    covered = ("@method", "@authority", "@path", "@query", "content-digest")

    def check(request: Request) -> bool:
        message = SimpleNamespace(method=request.method, url=request.url, headers=_message(request, _names(request)))
        try:
            verifier.verify(
                message,
                max_age=datetime.timedelta(minutes=5),
                require_components=covered,
                body=request.body,
            )
        except InvalidSignature:
            return False
        return True

    return check


def _names(request: Request) -> list[str]:
    return [name.lower() for name, _ in request.headers]


def azure(client_id: str, client_secret: str) -> Check:
    """learn.microsoft.com/azure/azure-app-configuration/rest-api-authentication-hmac, straight from the page."""
    key = base64.b64decode(client_secret)

    def check(request: Request) -> bool:
        date, digest = request.header("x-ms-date"), request.header("x-ms-content-sha256")
        scheme, _, rest = (request.header("authorization") or "").partition(" ")
        parts = dict(part.partition("=")[::2] for part in rest.split("&"))
        if scheme != "HMAC-SHA256" or not date or parts.keys() != {"Credential", "SignedHeaders", "Signature"}:
            return False
        if parts["SignedHeaders"].split(";") != ["x-ms-date", "host", "x-ms-content-sha256"]:
            return False
        age = datetime.datetime.now(datetime.UTC) - parsedate_to_datetime(date)
        if abs(age) > datetime.timedelta(minutes=15) or parts["Credential"] != client_id:
            return False
        text = f"{request.method}\n{request.target}\n{date};{request.host};{digest}"
        signature = base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()
        body = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        return digest == body and hmac.compare_digest(signature, parts["Signature"])

    return check


def standard_webhooks(client_secret: str) -> Check:
    """By the standardwebhooks package."""
    webhook = Webhook(client_secret)
    ids: set[str] = set()

    def check(request: Request) -> bool:
        try:
            webhook.verify(request.body, dict(request.headers), json_parse=False)
        except WebhookVerificationError:
            return False
        fresh = request.header("webhook-id") not in ids
        ids.add(request.header("webhook-id") or "")
        return fresh

    return check


def body(header_name: str, client_secret: str, prefix: str) -> Check:
    """As docs.github.com, "Validating webhook deliveries", has it."""

    def check(request: Request) -> bool:
        signature = hmac.new(client_secret.encode(), request.body, "sha256").hexdigest()
        return request.all(header_name) == [prefix + signature]

    return check
