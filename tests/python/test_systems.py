"""Every system that Keyward knows, with the real product: verified and sent to, and checked by the other side."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qsl, quote

import pytest

import library
from conftest import start
from servers import free_port
from product import Product, closed_port
from row import Row
from servers.listener import Internet
from servers.oauth2 import OAuth2
from servers.stand_in import FORM, Answer, Request, StandIn
from systems import ROWS

BY_NAME = {row.name: row for row in ROWS}
SENDING = [row for row in ROWS if row.sends]
TOKENS = [row for row in SENDING if isinstance(row.stand_in, OAuth2)]
QUERY = "page=2&q=caf%C3%A9%20%26%2B&a=2&a=1"
TEXT = '{"name":"Zoë ☃"}'
FORM_TEXT = "request=%7B%7D&name=Zo%C3%AB+b"


def each(rows: list[Row]):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def internet(tmp_path_factory):
    served = [row.stand_in for row in ROWS if isinstance(row.stand_in, StandIn)]
    running = Internet(served, tmp_path_factory.mktemp("internet"))
    yield running
    running.stop()


def composed(program, directory, internet: Internet, upstreams: dict[str, int]):
    """A stack that finds these names on these ports of loopback."""
    redirected = ",".join(f"{name}=127.0.0.1:{port}" for name, port in upstreams.items())
    settings = {"UPSTREAMS": redirected, "UPSTREAM_CA": str(internet.ca_file), "RUST_LOG": "debug"}
    return start(program, directory / "data", free_port(), **settings)


@pytest.fixture(scope="module")
def world(program, internet, tmp_path_factory):
    """The product, and all systems where they should be."""
    own = [row.stand_in for row in ROWS if not isinstance(row.stand_in, StandIn)]
    upstreams = internet.upstreams | {name: stand_in.port for stand_in in own for name in stand_in.names}
    # A name whose certificate is somebody else's.
    upstreams["impostor.api.example.com:443"] = internet.upstreams["basic.api.example.com:443"]
    running = composed(program, tmp_path_factory.mktemp("world"), internet, upstreams)
    yield running
    running.process.terminate()
    running.process.wait(timeout=10)


@pytest.fixture(scope="module")
def dead_world(program, internet, tmp_path_factory):
    """The product, and no system that takes a connection."""
    with closed_port() as port:
        names = [name for row in ROWS for name in row.stand_in.names]
        running = composed(program, tmp_path_factory.mktemp("dead"), internet, dict.fromkeys(names, port))
        yield running
        running.process.terminate()
        running.process.wait(timeout=10)


@pytest.fixture
def product(world, row):
    watched = Product(world, row.secrets + row.wrong_secrets)
    yield watched
    watched.check_log()


@pytest.fixture
def dead_product(dead_world, row):
    watched = Product(dead_world, row.secrets + row.wrong_secrets)
    yield watched
    watched.check_log()


def test_every_stand_in_is_of_a_variant_of_the_library():
    library.check_rows(ROWS, "http")


@each(ROWS)
def test_a_right_key_passes(row, product):
    draft = product.verify_draft(row.body, row)
    assert (draft["result"], draft["key_version"], draft["receipt_id"]) == ("passed", None, None), draft
    kept = product.verify(product.create(row.body), row)
    assert (kept["result"], kept["upstream"], kept["key_version"]) == ("passed", row.upstream, 1), kept
    assert kept["receipt_id"].startswith("rcp_")


@each(ROWS)
def test_a_wrong_key_never_passes(row, product):
    draft = product.verify_draft(row.wrong_body, row)
    assert (draft["result"], draft["proof"] is None) == (row.wrong_result, False), draft
    assert product.verify(product.create(row.wrong_body), row)["result"] == row.wrong_result


@each(ROWS)
def test_an_edit_is_verified_and_not_kept(row, product):
    key_id = product.create(row.body)
    before = product.call("GET", f"/v1/keys/{key_id}").json()
    assert product.verify(key_id, row, row.wrong)["result"] == row.wrong_result
    after = product.call("GET", f"/v1/keys/{key_id}").json()
    assert (after["version"], after["entries"]) == (1, before["entries"])
    assert product.verify(key_id, row)["result"] == "passed"


@each(ROWS)
def test_a_dead_system_is_unreachable(row, dead_product):
    assert dead_product.verify_draft(row.body, row)["result"] == "unreachable"


@each([BY_NAME["custom-http basic"]])
def test_an_impostor_is_told_nothing(row, product):
    body = row.body | {"base_url": "https://impostor.api.example.com/v1"}
    asked = len(row.stand_in.requests)
    assert product.verify_draft(body, row)["result"] == "unreachable"
    assert len(row.stand_in.requests) == asked


@each([BY_NAME["custom-http basic"]])
def test_only_editors_and_owners_verify(row, product):
    key_id = product.create(row.body)
    for path, body in [(f"/v1/keys/{key_id}/verify", {}), ("/v1/verifications", row.body)]:
        for caller in ({"user": "viewer@acme.example"}, {"client": "runtime"}):
            assert product.call("POST", path, json=body, **caller).status_code == 403
        assert product.call("POST", path, json=body, user="editor@acme.example").status_code == 200
    stranger = product.call("POST", f"/v1/keys/{key_id}/verify", user="owner@globex.example")
    assert stranger.status_code == 404


def asking(row: Row, method: str, path: str) -> dict:
    """A request with a query, a repeated header and a body that is not ASCII."""
    ask = {"method": method, "path": path, "environment": "live", "headers": {"x-many": ["1", "2"], "x-one": "b"}}
    if method == "POST":
        ask["body"] = FORM_TEXT if row.form_only else TEXT
        if not row.headers:
            ask["headers"]["content-type"] = FORM if row.form_only else "application/json"
    return ask


@each(SENDING)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_sent_is_accepted(row, method, product):
    if row.form_only:
        method = "POST"
    sent = product.send(product.create(row.body), asking(row, method, f"/orders?{QUERY}"))
    assert (sent["status"], sent["truncated"], sent["key_version"]) == (200, False, 1), sent
    assert "error" not in json.loads(sent["body"]), sent
    request = row.stand_in.requests[-1]
    names = [name for name, _ in parse_qsl(QUERY)]
    assert request.method == method
    assert request.path.endswith("/orders")
    assert [pair for pair in request.query if pair[0] in names] == parse_qsl(QUERY)
    assert (request.header("x-many"), request.all("x-one")) == ("1, 2", ["b"])
    if method == "POST" and row.form_only:
        assert set(parse_qsl(FORM_TEXT)) <= set(request.form())
    elif method == "POST":
        assert request.body == TEXT.encode()


@each([row for row in SENDING if row.auth in ("oauth1", "tba")])
def test_a_form_is_signed_with_oauth1(row, product):
    ask = asking(row, "POST", "/orders?b=1") | {"body": FORM_TEXT}
    ask["headers"] = {"content-type": FORM}
    assert product.send(product.create(row.body), ask)["status"] == 200


@each(SENDING)
def test_a_redirect_is_returned_and_not_followed(row, product, monkeypatch):
    elsewhere = "https://basic.api.example.com/v1/orders"
    monkeypatch.setitem(row.stand_in.pages, "moved", lambda _: Answer(302, headers=[("Location", elsewhere)]))
    others = len(BY_NAME["custom-http basic"].stand_in.requests)
    sent = product.send(product.create(row.body), asking(row, "POST", "/moved"))
    assert (sent["status"], sent["headers"]["location"]) == (302, elsewhere)
    seen = BY_NAME["custom-http basic"].stand_in.requests[others:]
    assert [request for request in seen if request.path == "/v1/orders"] == []


def echo(row: Row, request: Request) -> Answer:
    """Everything that a server can give back: what it was sent, and the secrets in all their forms."""
    lines, headers = [request.target, request.body.decode()], []
    lines += [f"{name}: {value}" for name, value in request.headers]
    for number, secret in enumerate(row.secrets):
        encoded = base64.b64encode(secret.encode()).decode()
        lines += [secret, encoded, quote(secret, safe="")]
        headers += [(f"X-Base64-{number}", encoded), (f"X-Percent-{number}", quote(secret, safe=""))]
        if secret.isascii() and secret.isprintable():
            headers.append((f"X-Raw-{number}", secret))
    return Answer(200, "\n".join(lines).encode(), [("Content-Type", "text/plain; charset=utf-8"), *headers])


@each(SENDING)
def test_a_secret_that_the_system_repeats_is_removed(row, product, monkeypatch):
    monkeypatch.setitem(row.stand_in.pages, "echo", lambda request: echo(row, request))
    # That no secret is in it, `send` has looked.
    sent = product.send(product.create(row.body), asking(row, "POST", "/echo"))
    assert sent["status"] == 200
    assert "[removed]" in sent["body"]
    assert sent["headers"]["x-percent-0"] == sent["headers"]["x-base64-0"] == "[removed]"
    request = row.stand_in.requests[-1]
    scheme, _, credentials = (request.header("authorization") or "").partition(" ")
    if scheme == "Basic":
        assert credentials not in sent["body"]
    for token in getattr(row.stand_in, "tokens", ()):
        assert token not in json.dumps(sent)


@each([row for row in ROWS if row.name not in ("custom-http none",)])
def test_a_key_is_resolved_to_what_was_stored(row, world):
    product = Product(world, [])
    key_id = product.create(row.body)
    answer = product.call("POST", f"/v1/keys/{key_id}/resolve", client="runtime", json={"environment": "live"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found.keys() == {"fields", "base_url", "headers", "key_version", "receipt_id"}
    assert found["fields"].items() >= row.fields.items()


@pytest.fixture
def token_requests(row):
    """How many tokens were asked for since the test began."""
    before = row.stand_in.token_requests
    return lambda: row.stand_in.token_requests - before


@each(TOKENS)
def test_a_token_is_used_again(row, product, token_requests):
    key_id = product.create(row.body)
    for _ in range(2):
        assert product.send(key_id, asking(row, "GET", "/orders"))["status"] == 200
    assert token_requests() == 1


@each(TOKENS)
def test_a_token_of_one_second_is_not_kept(row, product, token_requests, monkeypatch):
    monkeypatch.setattr(row.stand_in, "token_seconds", 1)
    key_id = product.create(row.body)
    for _ in range(2):
        assert product.send(key_id, asking(row, "GET", "/orders"))["status"] == 200
    assert token_requests() == 2


@each([BY_NAME["oauth2 client-credentials basic"]])
def test_eight_requests_at_once_ask_for_one_token(row, product, token_requests, monkeypatch):
    key_id = product.create(row.body)
    # So that nothing but the requests themselves takes time.
    product.token("client", "runtime")
    # Whoever asks first is kept waiting, so that a second one would be seen.
    monkeypatch.setattr(row.stand_in, "crowd", Barrier(2))
    together = Barrier(8)

    def send(_: int) -> int:
        together.wait(timeout=10)
        return product.send(key_id, asking(row, "GET", "/orders"))["status"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(8))) == [200] * 8
    assert token_requests() == 1


@each([row for row in TOKENS if "client_secret" in row.wrong["entries"]["default"]["fields"]])
def test_a_changed_secret_gets_a_token_of_its_own(row, product, token_requests, monkeypatch):
    key_id = product.create(row.body)
    assert product.send(key_id, asking(row, "GET", "/orders"))["status"] == 200
    patch = product.call("PATCH", f"/v1/keys/{key_id}", json=row.wrong, headers={"If-Match": '"1"'})
    assert patch.status_code == 200, patch.text
    changed = row.wrong["entries"]["default"]["fields"]["client_secret"]
    monkeypatch.setattr(row.stand_in.client, "secret", changed)
    assert product.send(key_id, asking(row, "GET", "/orders"))["status"] == 200
    assert token_requests() == 2


@each(TOKENS)
@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client"])
def test_a_server_that_gives_no_token_refuses(row, error, product, monkeypatch):
    key_id = product.create(row.body)
    assert product.verify(key_id, row)["result"] == "passed"
    monkeypatch.setattr(row.stand_in, "error", error)
    assert product.verify(key_id, row)["result"] == "refused"
    assert product.health(key_id, "refused")
    monkeypatch.undo()
    assert product.verify(key_id, row)["result"] == "passed"
    assert product.health(key_id, "passed")
