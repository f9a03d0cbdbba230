"""AWS Signature Version 4."""

import datetime
import hashlib
import hmac
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests import PreparedRequest, Session

from clients import Sign
from custom.row import custom, message
from row import Row, fields
from servers.stand_in import Request


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
        again = AWSRequest(request.method, url, headers=message(request, signed), data=request.body)
        again.context["timestamp"] = date
        canonical = signer.canonical_request(again)
        return hmac.compare_digest(signer.signature(signer.string_to_sign(again, canonical), again), signature)


def _is_now(date: str) -> bool:
    then = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    return abs(datetime.datetime.now(datetime.UTC) - then) < datetime.timedelta(minutes=5)


def in_header(signer: type[SigV4Auth]) -> Sign:
    def sign(session: Session, fields: dict, request: PreparedRequest) -> None:
        keys = Credentials(fields["access_key"], fields["secret_key"], fields.get("session_token"))
        asked = AWSRequest(request.method, request.url, headers=dict(request.headers), data=request.body or b"")
        signer(keys, fields["service"], fields["region"]).add_auth(asked)
        request.headers.update(dict(asked.headers.items()))

    return sign


def in_query(session: Session, fields: dict, request: PreparedRequest) -> None:
    signer = SigV4QueryAuth(
        Credentials(fields["access_key"], fields["secret_key"]), fields["service"], fields["region"]
    )
    # botocore moves a body into the query. This one stays where it is, and is signed.
    signer.payload = lambda _: hashlib.sha256(request.body or b"").hexdigest()
    asked = AWSRequest(request.method, request.url, headers=dict(request.headers))
    signer.add_auth(asked)
    request.url = asked.url


def custom_aws4(name: str, placement: str, service: str = "execute-api", token: str | None = None) -> Row:
    known = {
        "access_key": "AKIDEXAMPLE",
        "secret_key": f"wJalrXUtnFEMI/K7MDENG+bPxRfiCY{service}",
        "region": "eu-west-1",
        "service": service,
        "placement": placement,
    }
    aws4 = Aws4(known["access_key"], known["secret_key"], known["region"], service, token)
    wrong = fields(secret_key=known["secret_key"] + "x")
    secret = ("secret_key", "session_token") if token else ("secret_key",)
    fields_ = known | ({"session_token": token} if token else {})
    if placement == "query":
        return custom(name, "aws4", fields_, wrong, aws4.query, in_query, secret)
    sign = in_header(S3SigV4Auth if service == "s3" else SigV4Auth)
    return custom(name, "aws4", fields_, wrong, aws4.header, sign, secret)


ROWS = [
    custom_aws4("aws4", "header"),
    custom_aws4("aws4 query", "query"),
    custom_aws4("aws4 with a session", "header", token="FwoGZXIvYXdzEXAMPLE//token+of/a=session"),
    custom_aws4("aws4 s3", "header", service="s3"),
]
