"""HMAC-SHA256 under each of its schemes."""

import base64
import datetime
import hashlib
import hmac
from email.utils import format_datetime, parsedate_to_datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256
from requests import PreparedRequest, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from clients import Sign
from custom.row import custom, message
from row import Row, fields
from servers.custom_http import Check
from servers.stand_in import Request


def rfc9421(client_id: str, client_secret: str) -> Check:
    """HTTP Message Signatures, by http-message-signatures: it must cover all that decides what a request does."""
    secrets = {client_id: client_secret.encode()}
    resolver = MappingKeyResolver(public_keys=secrets, private_keys=secrets)
    verifier = HTTPMessageVerifier(signature_algorithm=HMAC_SHA256, key_resolver=resolver)
    covered = ("@method", "@authority", "@path", "@query", "content-digest")

    def check(request: Request) -> bool:
        asked = SimpleNamespace(method=request.method, url=request.url, headers=message(request, _names(request)))
        try:
            verifier.verify(
                asked,
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


def sign_rfc9421(session: Session, fields: dict, request: PreparedRequest) -> None:
    key = {fields["client_id"]: fields["client_secret"].encode()}
    resolver = MappingKeyResolver(public_keys=key, private_keys=key)
    signer = HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=resolver)
    covered = ("@method", "@authority", "@path", "@query", "content-type")
    signer.sign(request, key_id=fields["client_id"], covered_component_ids=covered, body=request.body or b"")


def sign_azure(session: Session, fields: dict, request: PreparedRequest) -> None:
    """The example of Azure's page, in Python."""
    date = format_datetime(datetime.datetime.now(datetime.UTC), usegmt=True)
    digest = base64.b64encode(hashlib.sha256(request.body or b"").digest()).decode()
    text = f"{request.method}\n{request.path_url}\n{date};{urlsplit(request.url).netloc};{digest}"
    key = base64.b64decode(fields["client_secret"])
    signature = base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()
    credential = f"Credential={fields['client_id']}&SignedHeaders=x-ms-date;host;x-ms-content-sha256"
    request.headers["x-ms-date"] = date
    request.headers["x-ms-content-sha256"] = digest
    request.headers["Authorization"] = f"HMAC-SHA256 {credential}&Signature={signature}"


def sign_standard_webhooks(session: Session, fields: dict, request: PreparedRequest) -> None:
    now = datetime.datetime.now(datetime.UTC)
    id = f"msg_{now.timestamp()}"
    signature = Webhook(fields["client_secret"]).sign(id, now, (request.body or b"").decode())
    own = {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    request.headers.update(own)


def sign_body(session: Session, fields: dict, request: PreparedRequest) -> None:
    signature = hmac.new(fields["client_secret"].encode(), request.body or b"", "sha256").hexdigest()
    request.headers[fields["header_name"]] = fields["prefix"] + signature


def custom_hmac(scheme: str, known: dict[str, str], other_secret: str, check: Check, sign: Sign) -> Row:
    wrong = fields(client_secret=other_secret)
    return custom(f"hmac {scheme}", "hmac-sha256", {"scheme": scheme} | known, wrong, check, sign, ("client_secret",))


def custom_rfc9421() -> Row:
    known = {"client_id": "keyward-integration", "client_secret": "9421 s+cret/with%49 signs="}
    return custom_hmac("rfc9421", known, "9421 s+cret/with%50 signs=", rfc9421(**known), sign_rfc9421)


def custom_azure() -> Row:
    known = {"client_id": "keyward-l9-s0:azure", "client_secret": "YXp1cmUgc2VjcmV0IG9mIDMyIGJ5dGVzIG9yIHNvLi4="}
    return custom_hmac("azure", known, "YXp1cmUgc2VjcmV0IG9mIDMyIGJ5dGVzIG9yIHNvLi8=", azure(**known), sign_azure)


def custom_standard_webhooks() -> Row:
    known = {"client_id": "keyward", "client_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    check = standard_webhooks(known["client_secret"])
    return custom_hmac("standard-webhooks", known, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", check, sign_standard_webhooks)


def custom_body() -> Row:
    known = {
        "client_id": "keyward",
        "client_secret": "It's a Secret to Everybody",
        "header_name": "X-Hub-Signature-256",
        "encoding": "hex",
        "prefix": "sha256=",
    }
    check = body(known["header_name"], known["client_secret"], known["prefix"])
    return custom_hmac("body", known, "It's a Secret to Nobody", check, sign_body)


ROWS = [custom_rfc9421(), custom_azure(), custom_standard_webhooks(), custom_body()]
