"""Our signatures against those of other people's code: botocore for AWS, oauthlib for OAuth 1.0a, PyJWT and joserfc
for JWTs, oauthlib for the forms of OAuth 2.0.

Requests are made up from a seed, nasty on purpose, and signed by `sign_lines`, which calls the product's own code, and
by the other library. Not one may differ. What the two libraries cannot be asked is left out where it is made up, each
with its reason.
"""

import base64
import datetime
import hashlib
import json
import os
import random
import re
import string
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit
from xml.etree import ElementTree

import awssig
import botocore.auth
import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
import requests
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import SAFE_CHARS, percent_encode
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client
from oauthlib.oauth2 import LegacyApplicationClient

COUNT = int(os.environ.get("KEYWARD_DIFFERENTIAL", "2000"))
BATCH = 5000
KEYS = Path(__file__).resolve().parents[2] / "shared/testdata/private-keys"

FORM = "application/x-www-form-urlencoded"
UNRESERVED = string.ascii_letters + string.digits + "-._~"
NASTY = "!*'()/ +%&=;:@$,?#[]{}|\\^`\"<>~äéß€漢字🔑\u00a0\u0301\u200d%2F%%+"
S3_LIKE = ("s3", "s3express", "s3-object-lambda", "s3-outposts")
SERVICES = (*S3_LIKE, "execute-api", "sqs", "dynamodb", "es", "aoss", "lambda", "iam", "sts", "bedrock", "aps", "x")


# Making requests up


def text(r: random.Random, longest=8, alphabet=UNRESERVED + NASTY * 2) -> str:
    return "".join(r.choices(alphabet, k=r.randint(0, longest)))


def word(r: random.Random, longest=16, alphabet=string.ascii_letters + string.digits) -> str:
    return "".join(r.choices(alphabet, k=r.randint(1, longest)))


def encoded(r: random.Random, plain: str, may_stand: str, space="%20") -> str:
    """The text percent-encoded in one of its many ways: unreserved characters too, and digits of either case."""
    out = []
    for byte in plain.encode():
        character = chr(byte)
        if character == " ":
            out.append(r.choice([space, "%20"]))
        elif character in UNRESERVED and r.random() < 0.95 or character in may_stand and r.random() < 0.5:
            out.append(character)
        else:
            out.append(r.choice(["%{:02X}", "%{:02x}"]).format(byte))
    return "".join(out)


def is_sendable(plain: str) -> bool:
    """Whether Keyward sends a path with this segment: none that a server might take for one higher up after decoding
    it any number of times, and none that does not stay UTF-8 text without control characters on the way."""
    for _ in range(3):
        pieces = re.split(r"[/\\;?#]", plain)
        if any(piece.strip() in (".", "..") for piece in pieces) or any(unicodedata.category(c) == "Cc" for c in plain):
            return False
        try:
            decoded = unquote(plain, errors="strict")
        except UnicodeDecodeError:
            return False
        if decoded == plain:
            return True
        plain = decoded
    return False


def made_up_path(r: random.Random) -> str:
    path = ""
    for _ in range(r.randint(1, 5)):
        plain = text(r)
        # The first segment is not empty: `//` at the start is refused, since parsers take it for an authority.
        while not is_sendable(plain) or (not path and not plain):
            plain = text(r)
        path += "/" + encoded(r, plain, "!$&'()*+,;=:@")
    return path


def made_up_parameters(r: random.Random, repeated=True) -> list[tuple[str, str]]:
    names = [text(r, 5) for _ in range(r.randint(0, 6))]
    if repeated:
        names += r.choices(names, k=r.randint(0, 2)) if names else []
    else:
        names = list(dict.fromkeys(names))
    r.shuffle(names)
    return [(name, text(r)) for name in names]


def written(r: random.Random, parameters: list[tuple[str, str]], may_stand: str) -> str:
    """Parameters as a query or a form, with a missing `=` here and there, and `&` where none is needed."""
    parts = []
    for name, value in parameters:
        name, value = (encoded(r, half, may_stand, space="+") for half in (name, value))
        parts.append(name if name and not value and r.random() < 0.3 else f"{name}={value}")
        if r.random() < 0.05:
            parts.append("")
    return "&".join(parts)


def made_up_origin(r: random.Random) -> str:
    scheme = r.choice(["https", "https", "http"])
    host = ".".join(word(r, 10) for _ in range(r.randint(1, 3))) + r.choice([".example", ".Example.COM"])
    port = r.choice(["", "", ":443", ":80", ":8443", f":{r.randint(1, 65535)}"])
    return f"{scheme}://{host}{port}"


def made_up_headers(r: random.Random) -> list[tuple[str, str]]:
    """Headers of any name. Those that either signer leaves out, or that botocore sets itself (`Date`), do not occur:
    all start with `x-`, but for the content type."""
    headers = []
    for _ in range(r.randint(0, 4)):
        name = r.choice(["X-", "x-", "X-Amz-Meta-"]) + word(r, 3) + r.choice(["", "-b", "_c", ".d"])
        # Visible ASCII with runs of spaces within, which both collapse.
        value = " ".join(word(r, 6, string.punctuation + string.ascii_letters + " ") for _ in range(r.randint(0, 3)))
        headers.append((name, value.strip()))
        if r.random() < 0.2:
            headers.append((r.choice([name, name.upper(), name.lower()]), word(r)))
    if r.random() < 0.5:
        headers.append(("Content-Type", r.choice(["application/json", "text/plain;  charset=utf-8", FORM])))
    r.shuffle(headers)
    return headers


def made_up_body(r: random.Random) -> bytes:
    return r.choice([b"", r.randbytes(r.randint(1, 100)), text(r, 60).encode(), b'{"a": 1}'])


# Asking our code


def signed(program: Path, lines: list[dict]) -> list[dict]:
    run = subprocess.run(
        [program], input="\n".join(map(json.dumps, lines)), check=True, stdout=subprocess.PIPE, text=True
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


def compare(program: Path, name: str, seed: int, make):
    """Signs made-up requests with both, in batches, and counts what differs. `make` gives a line and its comparison."""
    r = random.Random(seed)
    differing, seen = [], Counter()
    for start in range(0, COUNT, BATCH):
        made = [make(r, seen) for _ in range(min(BATCH, COUNT - start))]
        answers = signed(program, [line for line, _ in made])
        for (line, expected), answer in zip(made, answers, strict=True):
            assert "error" not in answer, (answer, line)
            ours, theirs = expected(answer)
            assert any("ignature" in str(part) for part in theirs), line
            if ours != theirs:
                differing.append((line, ours, theirs))
    print(f"\n{name}: {COUNT} signed, {len(differing)} differ; {dict(sorted(seen.items()))}")
    assert not differing, f"{len(differing)} differ: {differing[:3]}"


# AWS Signature Version 4


def aws4_line(r: random.Random, in_query: bool) -> tuple[dict, dict]:
    # Python's `parse_qs` and our reading agree on all of this; botocore itself takes parameters decoded.
    parameters = made_up_parameters(r, repeated=not in_query)
    fields = {
        "access_key": "AKIA" + word(r).upper(),
        "secret_key": word(r, 40, string.ascii_letters + string.digits + "/+="),
        "session_token": r.choice([None, word(r, 200, string.ascii_letters + string.digits + "/+=%&")]),
        "region": r.choice(["eu-west-1", "us-east-1", "cn-north-1", word(r)]),
        "service": r.choice(SERVICES),
        "in_query": in_query,
    }
    query = written(r, parameters, "!$()*,;:@/?")
    line = {
        "scheme": "aws4",
        "fields": fields,
        "method": r.choice(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
        "url": made_up_origin(r) + made_up_path(r) + (f"?{query}" if query or r.random() < 0.1 else ""),
        "headers": made_up_headers(r),
        "body": base64.b64encode(made_up_body(r)).decode(),
        "timestamp": r.randint(0, 4_102_444_800),
        "nonce": "",
    }
    return line, dict(parameters=parameters)


def botocores(line: dict, signer, **arguments) -> AWSRequest:
    request = AWSRequest(method=line["method"], **arguments)
    for name, value in line["headers"]:
        request.headers.add_header(name, value)
    now = datetime.datetime.fromtimestamp(line["timestamp"], datetime.UTC)
    botocore.auth.get_current_datetime = lambda: now
    signer.add_auth(request)
    return request


def with_own_path(line: dict) -> str:
    """The address as botocore's own client of the service would write it. That of S3 encodes the object's name by
    `percent_encode(key, safe=SAFE_CHARS + '/~')` before it signs (botocore/serialize.py); signers take what they get."""
    if line["fields"]["service"] not in S3_LIKE:
        return line["url"]
    address, _, query = line["url"].partition("?")
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    encoded_path = percent_encode("/" + unquote(path), safe=SAFE_CHARS + "/~")
    return f"{scheme}://{host}{encoded_path}" + line["url"][len(address) :]


def credentials(line: dict) -> Credentials:
    fields = line["fields"]
    return Credentials(fields["access_key"], fields["secret_key"], fields["session_token"])


@pytest.fixture(autouse=True)
def restored_clock(monkeypatch):
    """Puts botocore's clock back, which each signature is given anew."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", botocore.auth.get_current_datetime)


def aws4_in_headers(r: random.Random, seen: Counter):
    line, made = aws4_line(r, in_query=False)
    service, region = line["fields"]["service"], line["fields"]["region"]
    kind = S3SigV4Auth if service in S3_LIKE else SigV4Auth
    request = botocores(
        line,
        kind(credentials(line), service, region),
        # Parameters go to botocore decoded: from an address it would take them as they are written, while it is for
        # the signer to bring them into the one form that is signed.
        url=with_own_path(line).split("?")[0],
        params=made["parameters"],
        data=base64.b64decode(line["body"]),
    )
    seen[kind.__name__] += 1
    seen["session tokens"] += line["fields"]["session_token"] is not None
    own = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
    theirs = sorted((name.lower(), value) for name, value in request.headers.items() if name.lower() in own)

    def expected(answer):
        ours = sorted((name, value) for name, value in answer["headers"] if name.lower() in own)
        # What botocore signed is what is sent.
        assert urlsplit(answer["url"])[2:] == urlsplit(with_own_path(line))[2:]
        return ours, theirs

    return line, expected


def aws4_in_query(r: random.Random, seen: Counter):
    line, _ = aws4_line(r, in_query=True)
    service, region = line["fields"]["service"], line["fields"]["region"]
    is_s3 = service in S3_LIKE
    if not is_s3:
        # botocore moves a body into the query. For S3 no body is signed there, so ours may be anything.
        line["body"] = ""
    # botocore leaves out just this content type, in this spelling only.
    assert all(value != f"{FORM}; charset=utf-8" for _, value in line["headers"])
    kind = S3SigV4QueryAuth if is_s3 else SigV4QueryAuth
    request = botocores(line, kind(credentials(line), service, region, expires=300), url=with_own_path(line))
    seen[kind.__name__] += 1
    seen["session tokens"] += line["fields"]["session_token"] is not None

    def expected(answer):
        given, sent = urlsplit(with_own_path(line)), urlsplit(answer["url"])
        assert sent.path == given.path and sent.query.startswith(given.query)
        parameters = (urlsplit(url).query for url in (answer["url"], request.url))
        ours, theirs = (sorted(parse_qsl(query, keep_blank_values=True)) for query in parameters)
        return ours, theirs

    return line, expected


def test_aws4_in_headers_agrees_with_botocore(sign_lines):
    compare(sign_lines, "AWS4 in headers", 1, aws4_in_headers)


def test_aws4_in_the_query_agrees_with_botocore(sign_lines):
    compare(sign_lines, "AWS4 in the query", 2, aws4_in_query)


def aws4_accepted(r: random.Random, seen: Counter):
    """A server's own check of the signature: awssig, which shares no code with botocore."""
    line, made = aws4_line(r, in_query=False)
    # awssig sorts `name=value` where AWS sorts names, so none of them may begin with another one.
    names = {percent_encode(name) for name, _ in made["parameters"]}
    if any(other != name and other.startswith(name) for name in names for other in names):
        line["url"] = line["url"].partition("?")[0]
    line["fields"] |= {"service": r.choice(["s3", "execute-api", "sqs", "dynamodb", "es", "lambda"]), "session_token": None}
    # A header that is there twice is no matter of paths and queries, and awssig joins it in another order.
    line["headers"] = list({name.lower(): (name, value) for name, value in line["headers"]}.values())
    line["headers"] = [(name, value) for name, value in line["headers"] if name.lower() != "content-type"]
    fields = line["fields"]
    seen[fields["service"]] += 1
    kind = awssig.AWSSigV4S3Verifier if fields["service"] == "s3" else awssig.AWSSigV4Verifier

    def expected(answer):
        # The path is taken from the text: `urlsplit` knows parameters behind `;` for some schemes.
        address, _, query = answer["url"].partition("?")
        host, _, path = address.partition("://")[2].partition("/")
        verifier = kind(
            request_method=line["method"],
            # "Each path segment must be URI-encoded twice, except for Amazon S3" (AWS, "Create a signed AWS API request").
            # awssig encodes once, so it gets the path of the others encoded.
            uri_path="/" + (path if fields["service"] == "s3" else percent_encode(path, safe=SAFE_CHARS + "/~")),
            query_string=query,
            headers={"host": [host.lower()]} | {name.lower(): [value] for name, value in answer["headers"]},
            body=base64.b64decode(line["body"]),
            region=fields["region"],
            service=fields["service"],
            key_mapping=lambda *_, **__: fields["secret_key"],
            timestamp_mismatch=None,
        )
        signature = verifier.request_signature
        return ["Signature", signature], ["Signature", verifier.expected_signature]

    return line, expected


def test_aws4_is_accepted_by_a_server(sign_lines):
    compare(sign_lines, "AWS4 before awssig", 9, aws4_accepted)


# OAuth 1.0a


class ClientWithoutVersion(Client):
    """oauthlib always sends `oauth_version`; this leaves out nothing else."""

    def get_oauth_params(self, request):
        return [(name, value) for name, value in super().get_oauth_params(request) if name != "oauth_version"]


def oauth1(r: random.Random, seen: Counter):
    # Keys and secrets of any characters but control characters. An empty one is refused.
    key, secret, token, token_secret = (text(r, 20) + word(r) for _ in range(4))
    realm = r.choice([None, word(r), "1234567_SB1", "a b/c,d=e"])
    legs = r.choice(["token and secret", "token alone", "no token"])
    token = token if legs != "no token" else None
    token_secret = token_secret if legs == "token and secret" else None
    version = r.random() < 0.5
    method = r.choice(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
    # oauthlib refuses a query with characters outside its own list, and a form in a GET or HEAD request.
    form = written(r, made_up_parameters(r), "!$()*,;:@/?~") if r.random() < 0.5 else ""
    has_form = form != "" and method not in ("GET", "HEAD")
    body, headers = (form.encode(), {"Content-Type": FORM}) if has_form else (made_up_body(r), {})
    query = written(r, made_up_parameters(r), "!$()*,;:@/?~")
    # `urlparse` loses an empty parameter part at the path's end.
    url = made_up_origin(r) + made_up_path(r).rstrip(";") + (f"?{query}" if query or r.random() < 0.1 else "")
    nonce, timestamp = r.randbytes(16).hex(), r.randint(0, 4_102_444_800)
    fields = {
        "consumer_key": key,
        "consumer_secret": secret,
        "token": token,
        "token_secret": token_secret,
        "realm": realm,
        "version": version,
    }
    line = {
        "scheme": "oauth1",
        "fields": fields,
        "method": method,
        "url": url,
        # A body that is no form has a content type that says so; oauthlib need not see it, since it is not signed.
        "headers": list(headers.items()) or [("Content-Type", "application/octet-stream")],
        "body": base64.b64encode(body).decode(),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    client = (Client if version else ClientWithoutVersion)(
        key,
        client_secret=secret,
        resource_owner_key=token,
        resource_owner_secret=token_secret,
        signature_method=SIGNATURE_HMAC_SHA256,
        realm=realm,
        nonce=nonce,
        timestamp=str(timestamp),
    )
    _, signed_headers, _ = client.sign(url, method, body=form if has_form else None, headers=headers)
    seen[legs] += 1
    seen["forms"] += has_form
    seen["realms"] += realm is not None
    seen["versions"] += version

    def expected(answer):
        assert urlsplit(answer["url"])[2:] == urlsplit(url)[2:]
        ours = dict(answer["headers"])["authorization"]
        return oauth_parameters(ours), oauth_parameters(signed_headers["Authorization"])

    return line, expected


def oauth_parameters(header: str) -> list[tuple[str, str]]:
    """The header's parameters, of which the order is free."""
    scheme, _, rest = header.partition(" ")
    assert scheme == "OAuth"
    parameters = re.findall(r'(\w+)="([^"]*)"(?:, |$)', rest)
    assert ", ".join(f'{name}="{value}"' for name, value in parameters) == rest
    return sorted(parameters)


def test_oauth1_agrees_with_oauthlib(sign_lines):
    compare(sign_lines, "OAuth 1.0a", 3, oauth1)


@pytest.mark.parametrize(
    ("make", "secret"),
    [(aws4_in_headers, "secret_key"), (aws4_in_query, "secret_key"), (oauth1, "consumer_secret")],
)
def test_the_comparison_notices_another_secret(sign_lines, monkeypatch, make, secret):
    monkeypatch.setattr(f"{__name__}.COUNT", 1)

    def make_wrong(r, seen):
        line, expected = make(r, seen)
        line["fields"][secret] += "x"
        return line, expected

    with pytest.raises(AssertionError, match="^1 differ"):
        compare(sign_lines, "another secret", 4, make_wrong)


# Tokens of OAuth 2.0


def token_request(binary, strategy, values, url):
    """Headers and form of the request for a token."""
    line = {"scheme": "token", "fields": {"strategy": strategy, "values": values}, "url": url}
    line |= {"method": "POST", "headers": [], "body": "", "timestamp": ISSUED, "nonce": NONCE}
    [answer] = signed(binary, [line])
    sent = parse_qsl(base64.b64decode(answer["body"]).decode(), strict_parsing=True, keep_blank_values=True)
    form = dict(sent)
    assert len(form) == len(sent)
    headers = dict(answer["headers"])
    assert len(headers) == len(answer["headers"])
    return headers, form


ISSUED, NONCE = 1_700_000_000, bytes(range(16)).hex()
THEN = {"header": "Authorization", "prefix": "Bearer "}


def read_jwt(token, public, algorithm, audience):
    """Header and claims of a JWT, read by PyJWT and by joserfc. Only the time is not checked: it is the test's."""
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims = jwt.decode(token, public, algorithms=[algorithm], audience=audience, options=options)
    header = jwt.get_unverified_header(token)
    # joserfc's registry of algorithms is closed by default, and its keys are imported as the kind that they are.
    key = joserfc.jwk.import_key(public, {"EC": "EC", "RSA": "RSA"}.get(kind_of(public), "OKP"))
    also = joserfc.jwt.decode(token, key, algorithms=[algorithm])
    assert (also.header, also.claims) == (header, claims)
    other = token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(other, public, algorithms=[algorithm], audience=audience, options=options)
    return header, claims


def kind_of(public):
    key = load_pem_public_key(public.encode())
    return {"RSAPublicKey": "RSA", "ECPublicKey": "EC"}.get(type(key).__name__.removeprefix("_"), "OKP")


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
@pytest.mark.parametrize("form", ["pkcs8", "traditional", "escaped"])
def test_an_assertion_verifies_elsewhere(sign_lines, algorithm, form):
    kind, traditional = ("p-256", "sec1") if algorithm == "ES256" else ("rsa-2048", "pkcs1")
    pem = (KEYS / f"{kind}.{traditional if form == 'traditional' else 'pkcs8'}.pem").read_text()
    for in_assertion in (False, True):
        strategy = {
            "type": "oauth2-private-key-jwt",
            "token_url": "{token_url}",
            "client_id": "{client_id}",
            "signer": {"private_key": "{private_key}", "key_id": "{key_id}", "algorithm": algorithm},
            "scope": "{scope}",
            "scope_place": "assertion" if in_assertion else "request",
            "then": THEN,
        }
        values = {
            "client_id": "clïent",
            "private_key": pem.replace("\n", "\\n") if form == "escaped" else pem,
            "key_id": "cert 1",
            "scope": "restlets rest_webservices",
        }
        url = "https://1234567-sb1.suitetalk.api.netsuite.example/services/rest/auth/oauth2/v1/token"
        _, body = token_request(sign_lines, strategy, values, url)
        assertion = body.pop("client_assertion")
        expected = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }
        claims = {"iss": "clïent", "sub": "clïent", "aud": url, "iat": ISSUED, "exp": ISSUED + 300, "jti": NONCE}
        if in_assertion:
            claims["scope"] = ["restlets", "rest_webservices"]
        else:
            expected["scope"] = "restlets rest_webservices"
        assert body == expected
        public = (KEYS / f"{kind}.public.pem").read_text()
        read = read_jwt(assertion, public, algorithm, url)
        assert read == ({"alg": algorithm, "typ": "JWT", "kid": "cert 1"}, claims)


# https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials: PS256 and `x5t#S256`, the thumbprint
# of the certificate's DER. Older pages, and AD FS, have RS256 and `x5t`.
@pytest.mark.parametrize("thumbprint", ["x5t#S256", "x5t"])
@pytest.mark.parametrize("algorithm", ["PS256", "RS256", "ES256"])
def test_an_assertion_names_the_certificate_as_microsoft_wants_it(sign_lines, algorithm, thumbprint):
    kind = "p-256" if algorithm == "ES256" else "rsa-2048"
    pem = (KEYS / f"{kind}.certificate.pem").read_text()
    signer = {"private_key": "{private_key}", "certificate": "{certificate}", "algorithm": algorithm}
    strategy = {
        "type": "oauth2-private-key-jwt",
        "token_url": "{token_url}",
        "client_id": "{client_id}",
        "signer": signer | {"thumbprint": thumbprint},
        "scope_place": "request",
        "then": THEN,
    }
    values = {
        "client_id": "11112222-bbbb-3333-cccc-4444dddd5555",
        "private_key": (KEYS / f"{kind}.pkcs8.pem").read_text(),
        "certificate": pem,
    }
    url = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/oauth2/v2.0/token"
    _, body = token_request(sign_lines, strategy, values, url)
    certificate = load_pem_x509_certificate(pem.encode())
    digest = certificate.fingerprint(SHA256() if thumbprint == "x5t#S256" else SHA1())
    expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    public = (KEYS / f"{kind}.public.pem").read_text()
    header, claims = read_jwt(body["client_assertion"], public, algorithm, url)
    assert header == {"alg": algorithm, "typ": "JWT", thumbprint: expected}
    assert set(claims) == {"aud", "exp", "iat", "iss", "jti", "sub"}


# What each vendor's documentation has in the JWT, and how long it may hold.
JWT_BEARERS = {
    # https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm: RS256, `exp` within 3 minutes.
    "salesforce": (
        {"iss": "{client_id}", "sub": "{user}", "aud": "https://login.salesforce.com"},
        {"generated": [], "lifetime_seconds": 180},
        {"iss": "3MVG9", "sub": "my@email.com", "aud": "https://login.salesforce.com", "exp": ISSUED + 180},
    ),
    # https://developers.google.com/identity/protocols/oauth2/service-account: the scope is a text, `exp` within an hour.
    "google": (
        {"iss": "{client_id}", "scope": "{scope}", "aud": "https://oauth2.googleapis.com/token", "sub": "{user}"},
        {"lifetime_seconds": 3600},
        {
            "iss": "3MVG9",
            "scope": "https://www.googleapis.com/auth/devstorage.read_only https://www.googleapis.com/auth/prediction",
            "aud": "https://oauth2.googleapis.com/token",
            "sub": "my@email.com",
            "iat": ISSUED,
            "exp": ISSUED + 3600,
        },
    ),
    # https://developers.docusign.com/platform/auth/jwt/jwt-get-token/: the audience is a host name.
    "docusign": (
        {"iss": "{client_id}", "sub": "{user}", "aud": "account-d.docusign.com", "scope": "signature impersonation"},
        {"lifetime_seconds": 3600},
        {
            "iss": "3MVG9",
            "sub": "my@email.com",
            "aud": "account-d.docusign.com",
            "scope": "signature impersonation",
            "iat": ISSUED,
            "exp": ISSUED + 3600,
        },
    ),
    # https://developer.box.com/guides/authentication/jwt/without-sdk/: `exp` within a minute, a `jti`, and the client's secret.
    "box": (
        {"iss": "{client_id}", "sub": "{user}", "box_sub_type": "enterprise", "aud": "https://api.box.com/oauth2/token"},
        {"lifetime_seconds": 45, "generated": ["jti"]},
        {
            "iss": "3MVG9",
            "sub": "my@email.com",
            "box_sub_type": "enterprise",
            "aud": "https://api.box.com/oauth2/token",
            "jti": NONCE,
            "exp": ISSUED + 45,
        },
    ),
}


@pytest.mark.parametrize("vendor", JWT_BEARERS)
def test_a_jwt_is_a_grant_as_its_vendor_wants_it(sign_lines, vendor):
    claims, settings, expected = JWT_BEARERS[vendor]
    signer = {"private_key": "{private_key}", "key_id": "{key_id}", "algorithm": "RS256"}
    client = {"client_id": "{client_id}", "client_secret": "{secret}"} if vendor == "box" else {}
    strategy = {
        "type": "oauth2-jwt-bearer",
        "token_url": "{token_url}",
        "signer": signer,
        "jwt": {"claims": claims} | settings,
        "then": THEN,
    }
    values = {
        "client_id": "3MVG9",
        "user": "my@email.com",
        "scope": "https://www.googleapis.com/auth/devstorage.read_only https://www.googleapis.com/auth/prediction",
        "secret": "s3cret",
        "key_id": "370ab79b4513eb9bad7c9bd16a95cb76b5b2a56a",
        "private_key": (KEYS / "rsa-2048.pkcs8.pem").read_text(),
    }
    headers, body = token_request(sign_lines, strategy | client, values, "https://login.example/token")
    assert headers == {"accept": "application/json", "content-type": FORM}
    assertion = body.pop("assertion")
    sent = {"client_id": "3MVG9", "client_secret": "s3cret"} if vendor == "box" else {}
    assert body == {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"} | sent
    public = (KEYS / "rsa-2048.public.pem").read_text()
    header, claims = read_jwt(assertion, public, "RS256", expected["aud"])
    assert header == {"alg": "RS256", "typ": "JWT", "kid": values["key_id"]}
    assert claims == expected


@pytest.mark.parametrize("method", ["basic", "basic-unencoded", "post"])
def test_a_client_shows_its_secret_as_the_setting_says(sign_lines, method):
    strategy = {
        "type": "oauth2-client-credentials",
        "token_url": "{token_url}",
        "client_id": "{client_id}",
        "client_secret": "{client_secret}",
        "client_auth": method,
        "resource": "{resource}",
        "request": {
            "parameters": [["account_id", "{account}"], ["site", "{none}"], ["env", "live"]],
            "headers": [["X-Tenant", "{account}"], ["Accept", "application/vnd.acme+json"]],
        },
        "then": THEN,
    }
    # https://github.com/openid/AppAuth-Android/issues/337: what RFC 6749 §2.3.1 asks for changes these.
    known = {"client_id": "id with /", "client_secret": "s+/=~.%:", "account": "a&b", "resource": "urn:x:y"}
    headers, form = token_request(sign_lines, strategy, known, "https://login.example/token")
    expected = {
        "grant_type": "client_credentials",
        "resource": "urn:x:y",
        "account_id": "a&b",
        "env": "live",
    }
    pair = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    assert form == (expected | pair if method == "post" else expected)
    sent = {"content-type": FORM, "X-Tenant": "a&b", "Accept": "application/vnd.acme+json"}
    if method == "basic-unencoded":
        # As `requests` and Python's own libraries write it.
        sent["authorization"] = requests.auth._basic_auth_str(*pair.values())
    elif method == "basic":
        # RFC 6749 §2.3.1 leaves open which characters are encoded: what counts is what a server reads.
        scheme, encoded = headers.pop("authorization").split(" ")
        halves = base64.b64decode(encoded).decode().split(":")
        assert scheme == "Basic" and [unquote_plus(half) for half in halves] == list(pair.values())
    assert headers == sent


def test_a_password_is_granted_as_oauthlib_asks(sign_lines):
    """https://api.akeneo.com/documentation/authentication.html: a user's name and password, and the client as Basic."""
    strategy = {
        "type": "oauth2-password",
        "token_url": "{token_url}",
        "username": "{username}",
        "password": "{password}",
        "client_id": "{client_id}",
        "client_secret": "{client_secret}",
        "scope": "{scope}",
        "then": THEN,
    }
    known = {"username": "magento_0768", "password": "d3a&b=c +é", "client_id": "4gm4rn", "scope": "a b"}
    url = "https://demo.akeneo.example/api/oauth/v1/token"
    made = LegacyApplicationClient("4gm4rn").prepare_request_body(
        known["username"], known["password"], scope="a b", include_client_id=False
    )
    headers, form = token_request(sign_lines, strategy, known | {"client_secret": "5dyvo1"}, url)
    assert form == dict(parse_qsl(made))
    assert headers["authorization"] == requests.auth._basic_auth_str("4gm4rn", "5dyvo1")
    # A public client is named in the form (RFC 6749 §3.2.1), and some servers know no clients.
    headers, form = token_request(sign_lines, strategy, known, url)
    assert form == dict(parse_qsl(made)) | {"client_id": "4gm4rn"} and "authorization" not in headers
    headers, form = token_request(sign_lines, strategy, {k: v for k, v in known.items() if k != "client_id"}, url)
    assert form == dict(parse_qsl(made)) and "authorization" not in headers


# JWTs that are tokens themselves


# What each vendor's documentation has in the header and the claims.
SIGNED_JWTS = {
    # https://docs.snowflake.com/en/developer-guide/sql-api/authenticating: RS256, the fingerprint of the key in `iss`, `exp`
    # within an hour.
    "snowflake": (
        "RS256",
        {},
        {"iss": {"fingerprint_after": "{account}.{user}.SHA256:"}, "sub": "{account}.{user}"},
        {"lifetime_seconds": 3540},
        {"iss": "MYORGANIZATION-MYACCOUNT.MYUSER.SHA256:{fingerprint}", "sub": "MYORGANIZATION-MYACCOUNT.MYUSER"},
    ),
    # https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests: ES256, `kid`, 20 minutes.
    "app store connect": (
        "ES256",
        {"key_id": "2X9R4HXF34"},
        {"iss": "57246542-96fe-1a63-e053-0824d011072a", "aud": "appstoreconnect-v1", "scope": ["GET /v1/apps"]},
        {"lifetime_seconds": 1140},
        {"iss": "57246542-96fe-1a63-e053-0824d011072a", "aud": "appstoreconnect-v1", "scope": ["GET /v1/apps"]},
    ),
    # https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app:
    # RS256, `iat`, `exp` within 10 minutes.
    "github app": ("RS256", {}, {"iss": "{user}"}, {"lifetime_seconds": 540}, {"iss": "MYUSER"}),
    # https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth: `kid`, issuer and subject, `aud`.
    "google": (
        "RS256",
        {"key_id": "{user}"},
        {"iss": "a@b.iam.example", "sub": "a@b.iam.example", "aud": "https://firestore.googleapis.com/"},
        {"lifetime_seconds": 3600},
        {"iss": "a@b.iam.example", "sub": "a@b.iam.example", "aud": "https://firestore.googleapis.com/"},
    ),
    "pss": ("PS384", {}, {"iss": "{user}", "flag": True}, {"generated": ["jti", "nbf"]}, {"iss": "MYUSER", "flag": True}),
    "ed25519": ("EdDSA", {}, {"iss": "{user}"}, {}, {"iss": "MYUSER"}),
}


@pytest.mark.parametrize("vendor", SIGNED_JWTS)
def test_a_jwt_is_a_token_as_its_vendor_wants_it(sign_lines, vendor):
    algorithm, signer, claims, settings, expected = SIGNED_JWTS[vendor]
    kind = {"ES256": "p-256", "EdDSA": "ed25519"}.get(algorithm, "rsa-2048")
    private, public = (KEYS / name for name in (f"{kind}.pkcs8.pem", f"{kind}.public.pem"))
    private = KEYS / "pkcs8-ed25519" if algorithm == "EdDSA" else private
    strategy = {
        "type": "signed-jwt",
        "signer": {"private_key": "{private_key}", "algorithm": algorithm} | signer,
        "jwt": {"claims": claims} | settings,
        "then": THEN,
    }
    values = {"private_key": private.read_text(), "account": "MYORGANIZATION-MYACCOUNT", "user": "MYUSER"}
    line = {"scheme": "signed", "fields": {"strategy": strategy, "values": values}, "url": "https://api.example/v1?a=b"}
    line |= {"method": "GET", "headers": [["X-A", "1"]], "body": "", "timestamp": ISSUED, "nonce": NONCE}
    [answer] = signed(sign_lines, [line])
    assert answer["url"] == line["url"] and answer["headers"][0] == ["X-A", "1"]
    [[name, value]] = answer["headers"][1:]
    assert name == "Authorization" and value.startswith("Bearer ")
    header, said = read_jwt(value.removeprefix("Bearer "), public.read_text(), algorithm, expected.get("aud"))
    assert header == {"alg": algorithm, "typ": "JWT"} | ({"kid": signer["key_id"].format(**values)} if signer else {})
    info = load_pem_public_key(public.read_bytes()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fingerprint = base64.b64encode(hashlib.sha256(info).digest()).decode()
    times = {"jti": NONCE, "nbf": ISSUED} if vendor == "pss" else {"iat": ISSUED}
    expected = expected | {"exp": ISSUED + settings.get("lifetime_seconds", 300)} | times
    assert said == expected | {"iss": expected["iss"].format(fingerprint=fingerprint)}


# Logins that a template describes


def login(binary, strategy, values):
    line = {"scheme": "token", "fields": {"strategy": strategy, "values": values}, "url": "https://a.example/login"}
    line |= {"method": "POST", "headers": [], "body": "", "timestamp": ISSUED, "nonce": NONCE}
    [answer] = signed(binary, [line])
    return dict(answer["headers"]), base64.b64decode(answer["body"])


NASTY_PASSWORDS = ['"}', "a&b=c+d %2F", "<p>&amp;</p>]]>", "\\\"\\u0000", "é漢🔑", "'--", "\t tab"]


@pytest.mark.parametrize("password", NASTY_PASSWORDS)
def test_a_login_says_what_other_peoples_parsers_read(sign_lines, password):
    """JSON as SAP Business One, a form as Linnworks, XML as Sage Intacct want their logins."""
    base = {"type": "login-request", "url": "./login", "then": {"cookie": "B1SESSION"}}
    answer = {"answer": {"token": {"json": "/SessionId"}}}
    values = {"company": "SBODEMO", "user": "manager", "password": password}
    # https://learning.sap.com/learning-journeys/developing-extensions-for-sap-business-one-and-the-web-client
    named = {"CompanyDB": "{company}", "UserName": "{user}", "Password": "{password}"}
    headers, body = login(sign_lines, base | answer | {"body": {"json": named}}, values)
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"CompanyDB": "SBODEMO", "UserName": "manager", "Password": password}
    # https://apps.linnworks.net/Api/Method/Auth-AuthorizeByApplication
    form = [["ApplicationId", "{company}"], ["ApplicationSecret", "{password}"], ["Token", "{user}"]]
    headers, body = login(sign_lines, base | answer | {"body": {"form": form}}, values)
    assert headers["content-type"] == FORM
    assert parse_qsl(body.decode(), strict_parsing=True) == [
        ("ApplicationId", "SBODEMO"),
        ("ApplicationSecret", password),
        ("Token", "manager"),
    ]
    document = "<?xml version='1.0'?><login u='{user}'><password x='{password}'>{password}</password></login>"
    headers, body = login(sign_lines, base | answer | {"body": {"xml": document}}, values)
    assert headers["content-type"] == "text/xml; charset=utf-8"
    [read] = ElementTree.fromstring(body)
    assert (read.text, read.attrib) == (password, {"x": password})
