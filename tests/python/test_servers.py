"""The stand-ins bite: they accept what other people's clients send with the right credentials, and nothing else."""

import json
import time
from urllib.parse import urlencode

import pytest
import requests
import urllib3
from authlib.integrations.base_client import OAuthError

from clients import client, token
from row import Row
from servers.listener import Internet
from systems import HTTP_ROWS

BY_NAME = {row.name: row for row in HTTP_ROWS}
every_row = pytest.mark.parametrize("row", HTTP_ROWS, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def internet(tmp_path_factory):
    running = Internet([row.stand_in for row in HTTP_ROWS], tmp_path_factory.mktemp("internet"))
    yield running
    running.stop()


@pytest.fixture
def session(internet, monkeypatch):
    """A session that finds the stand-ins by the names of the systems."""
    connect = urllib3.util.connection.create_connection

    def redirected(address, *arguments, **options):
        return connect(("127.0.0.1", internet.upstreams["{}:{}".format(*address)]), *arguments, **options)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", redirected)
    with requests.Session() as session:
        session.verify = str(internet.ca_file)
        session.trust_env = False
        yield session


def address(row: Row) -> str:
    """Some address of the API, below the one that Keyward derives for the key."""
    below = {
        "dear": "/ExternalApi/v2",
        "magento-2": f"/rest/{row.fields.get('store_code')}/V1",
        "shopify": "/admin/api/2026-10",
        "woocommerce": "/wp-json/wc/v3",
        "netsuite": "/services/rest",
    }.get(row.system_id, "/v1") if row.below is None else row.below
    name, port = row.stand_in.names[-1].split(":")
    return f"{'https' if port == '443' else 'http'}://{name}{below}/orders?page=2&q=caf%C3%A9%20%26%2B&a=2&a=1"


def send(session: requests.Session, row: Row, body: dict, method: str) -> requests.Response:
    plain = {header["name"]: header["value"] for header in body["headers"]}
    data = '{"name":"Zoë ☃"}'.encode() if method == "POST" and not row.form_only else None
    request = requests.Request(method, address(row), data=data, headers=plain).prepare()
    client(row)(session, body["entries"]["default"]["fields"], request)
    return session.send(request, verify=session.verify, allow_redirects=False)


def refused(answer: requests.Response) -> bool:
    return answer.status_code in (401, 403) or "error" in answer.json()


@every_row
def test_the_right_credentials_are_accepted(row, session):
    for method in ("POST",) if row.form_only else ("GET", "POST"):
        answer = send(session, row, row.body, method)
        assert answer.status_code == 200, answer.text
        assert not refused(answer), answer.text
        assert row.stand_in.requests[-1].method == method


@every_row
def test_wrong_credentials_are_refused(row, session):
    try:
        answer = send(session, row, row.wrong_body, "POST")
    except OAuthError:
        return
    assert refused(answer), answer.text


@every_row
def test_no_credentials_are_refused(row, session):
    data = {"json": {}} if not row.form_only else {"data": {}}
    assert refused(session.post(address(row), **data))


def signed(session, name: str) -> requests.PreparedRequest:
    row = BY_NAME[name]
    plain = {"Content-Type": "application/json"}
    request = requests.Request("POST", address(row), data=b'{"a":1}', headers=plain).prepare()
    client(row)(session, row.fields, request)
    return request


SIGNING = ["magento-2 oauth1", "woocommerce oauth1", "netsuite tba", "custom-http aws4", "custom-http aws4 query"]
SIGNING += ["custom-http hmac rfc9421", "custom-http hmac azure"]


@pytest.mark.parametrize("name", SIGNING)
@pytest.mark.parametrize("change", ["method", "path", "query"])
def test_a_signature_holds_for_one_request_only(name, change, session):
    request = signed(session, name)
    match change:
        case "method":
            request.method = "PUT"
        case "path":
            request.url = request.url.replace("/orders", "/refunds")
        case "query":
            request.url = request.url.replace("page=2", "page=3")
    assert session.send(request).status_code == 401


BODY_SIGNING = [name for name in BY_NAME if name.startswith("custom-http hmac") or name.startswith("custom-http aws4")]


@pytest.mark.parametrize("name", BODY_SIGNING)
def test_a_signature_holds_for_one_body_only(name, session):
    request = signed(session, name)
    request.body = b'{"a":2}'
    assert session.send(request).status_code == 401


ONCE = ["magento-2 oauth1", "woocommerce oauth1", "netsuite tba", "custom-http hmac standard-webhooks"]


@pytest.mark.parametrize("name", ONCE)
def test_a_request_is_accepted_once(name, session):
    request = signed(session, name)
    assert session.send(request).status_code == 200
    again = session.send(request)
    assert again.status_code == 401, again.text


@pytest.mark.parametrize(("changed", "status"), [("b c", 200), ("b d", 401)])
def test_a_form_is_part_of_an_oauth1_signature(changed, status, session):
    row = BY_NAME["magento-2 oauth1"]
    form = {"name": "Zoë", "a": "b c"}
    request = requests.Request("POST", address(row), data=form).prepare()
    client(row)(session, row.fields, request)
    request.body = urlencode(form | {"a": changed})
    assert session.send(request).status_code == status


def test_another_realm_is_refused(session):
    row = BY_NAME["netsuite tba"]
    request = requests.Request("GET", address(row)).prepare()
    client(row)(session, row.fields | {"account_id": "1234567"}, request)
    assert session.send(request).status_code == 401


def test_a_token_runs_out(session, monkeypatch):
    row = BY_NAME["oauth2 client-credentials basic"]
    monkeypatch.setattr(row.stand_in, "token_seconds", 1)
    now = time.time()
    monkeypatch.setattr(row.stand_in, "clock", lambda: now)
    headers = {"Authorization": f"Bearer {token(session, row.fields)}"}
    assert session.get(address(row), headers=headers).status_code == 200
    monkeypatch.setattr(row.stand_in, "clock", lambda: now + 1)
    assert session.get(address(row), headers=headers).status_code == 401


@pytest.mark.parametrize("method", ["basic", "post"])
def test_the_other_way_to_authenticate_a_client_is_refused(method, session):
    row = BY_NAME[f"oauth2 client-credentials {method}"]
    other = row.fields | {"client_auth": "post" if method == "basic" else "basic"}
    with pytest.raises(OAuthError, match="invalid_client"):
        token(session, other)


@pytest.mark.parametrize("name", [name for name in BY_NAME if "private-key-jwt" in name])
def test_an_assertion_for_somebody_else_is_refused(name, session):
    row = BY_NAME[name]
    request = requests.Request("GET", address(row)).prepare()
    client(row)(session, row.fields | {"audience": "https://elsewhere.example.com"}, request)
    assert session.send(request).status_code == 401


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client"])
def test_a_token_server_can_be_told_to_refuse(error, session, monkeypatch):
    row = BY_NAME["oauth2 client-credentials basic"]
    monkeypatch.setattr(row.stand_in, "error", error)
    with pytest.raises(OAuthError, match=error):
        token(session, row.fields)


@pytest.mark.parametrize("row", [row for row in HTTP_ROWS if row.upstream], ids=lambda row: row.name)
def test_an_account_says_its_name(row, session):
    """The template's own check, made by hand: what it reads is there."""
    base = address(row).split("/orders")[0]
    asked = {
        "dear": ("GET", "/me", None),
        "magento-2": ("GET", "/store/storeConfigs", None),
        "shopify": ("POST", "/graphql.json", {"query": "{ shop { name myshopifyDomain } }"}),
    }
    if row.named_at:
        method, path, document = "GET", row.named_at, None
    else:
        method, path, document = asked[row.system_id] if row.auth != "private-app" else ("GET", "/shop.json", None)
    request = requests.Request(method, base + path, json=document).prepare()
    client(row)(session, row.fields, request)
    answer = session.send(request)
    assert json.dumps(row.upstream) in answer.text


def test_every_certificate_is_checked(internet):
    port = internet.upstreams["inventory.dearsystems.com:443"]
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://127.0.0.1:{port}/", timeout=5)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://127.0.0.1:{port}/", timeout=5, verify=str(internet.ca_file))
