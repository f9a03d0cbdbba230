"""Custom HTTP with each of its ways to authenticate, as rows of the table of systems."""

from row import Row, fields
from servers import custom_http
from servers.custom_http import CustomHttp

JSON_HEADER = [{"name": "Content-Type", "value": "application/json"}]


def custom(
    name: str,
    auth: str,
    known: dict[str, str],
    wrong: dict,
    check: custom_http.Check,
    secret: tuple[str, ...],
    headers: tuple[dict, ...] = (),
    knows_head: bool = True,
) -> Row:
    host = f"{name.replace(' ', '-')}.api.example.com"
    return Row(
        f"custom-http {name}",
        "custom-http",
        auth,
        known,
        secret,
        wrong,
        CustomHttp(host, check, knows_head),
        base_url=f"https://{host}/v1",
        headers=(*JSON_HEADER, *headers),
        verify_path="/ping",
    )


def custom_header() -> Row:
    known = {"name": "X-Api-Key", "value": "k-93 5f&1+c7/a%45=="}
    wrong = fields(value="k-93 5f&1+c7/a%46==")
    return custom("headers", "headers", known, wrong, custom_http.header(*known.values()), ("value",))


def custom_basic() -> Row:
    known = {"username": "jürgen", "password": "pä:ss wörd/+%47&"}
    wrong = fields(password="pä:ss wörd/+%48&")
    return custom("basic", "basic", known, wrong, custom_http.basic(**known), ("password",))


def custom_token() -> Row:
    known = {"value": "mF_9.B5f-4.1JqM~+/=="}
    check = custom_http.header("authorization", f"Bearer {known['value']}")
    return custom("token", "token", known, fields(value="mF_9.B5f-4.1JqM~+/="), check, ("value",), knows_head=False)


def custom_token_header() -> Row:
    known = {"header_name": "X-Auth-Token", "value": "0b5d7c1e-token-4f2a"}
    check = custom_http.header(*known.values())
    return custom("token in a header", "token", known, fields(value="0b5d7c1e-token-4f2b"), check, ("value",))


def custom_aws4(name: str, placement: str, service: str = "execute-api", token: str | None = None) -> Row:
    known = {
        "access_key": "AKIDEXAMPLE",
        "secret_key": f"wJalrXUtnFEMI/K7MDENG+bPxRfiCY{service}",
        "region": "eu-west-1",
        "service": service,
        "placement": placement,
    }
    aws4 = custom_http.Aws4(known["access_key"], known["secret_key"], known["region"], service, token)
    wrong = fields(secret_key=known["secret_key"] + "x")
    secret = ("secret_key", "session_token") if token else ("secret_key",)
    fields_ = known | ({"session_token": token} if token else {})
    return custom(name, "aws4", fields_, wrong, aws4.query if placement == "query" else aws4.header, secret)


def custom_hmac(scheme: str, known: dict[str, str], other_secret: str, check: custom_http.Check) -> Row:
    wrong = fields(client_secret=other_secret)
    return custom(f"hmac {scheme}", "hmac-sha256", {"scheme": scheme} | known, wrong, check, ("client_secret",))


def custom_rfc9421() -> Row:
    known = {"client_id": "keyward-integration", "client_secret": "9421 s+cret/with%49 signs="}
    return custom_hmac("rfc9421", known, "9421 s+cret/with%50 signs=", custom_http.rfc9421(**known))


def custom_azure() -> Row:
    known = {"client_id": "keyward-l9-s0:azure", "client_secret": "YXp1cmUgc2VjcmV0IG9mIDMyIGJ5dGVzIG9yIHNvLi4="}
    return custom_hmac("azure", known, "YXp1cmUgc2VjcmV0IG9mIDMyIGJ5dGVzIG9yIHNvLi8=", custom_http.azure(**known))


def custom_standard_webhooks() -> Row:
    known = {"client_id": "keyward", "client_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    check = custom_http.standard_webhooks(known["client_secret"])
    return custom_hmac("standard-webhooks", known, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", check)


def custom_body() -> Row:
    known = {
        "client_id": "keyward",
        "client_secret": "It's a Secret to Everybody",
        "header_name": "X-Hub-Signature-256",
        "encoding": "hex",
        "prefix": "sha256=",
    }
    check = custom_http.body(known["header_name"], known["client_secret"], known["prefix"])
    return custom_hmac("body", known, "It's a Secret to Nobody", check)


def custom_none() -> Row:
    """No authentication but a secret header of the key."""
    header = {"name": "X-Tenant", "value": "t3nant&of+acme%51", "secret": True}
    wrong = {"headers": [*JSON_HEADER, header | {"value": "t3nant&of+acme%52"}]}
    return custom("none", "none", {}, wrong, custom_http.header("x-tenant", header["value"]), (), headers=(header,))


CUSTOM_ROWS = [
    custom_header(),
    custom_basic(),
    custom_token(),
    custom_token_header(),
    custom_aws4("aws4", "header"),
    custom_aws4("aws4 query", "query"),
    custom_aws4("aws4 with a session", "header", token="FwoGZXIvYXdzEXAMPLE//token+of/a=session"),
    custom_aws4("aws4 s3", "header", service="s3"),
    custom_rfc9421(),
    custom_azure(),
    custom_standard_webhooks(),
    custom_body(),
    custom_none(),
]
