"""Keys that are connected by consent, with the real program and authorization servers that are somebody else's (Authlib and
node-oidc-provider): both check the proof key, give each refresh token once, and end the whole grant when a former one comes again."""

import time

import pytest
import requests

from conftest import start
from product import Product
from servers import free_port
from servers.consent import Consent, ConsentClient
from servers.listener import Internet
from servers.oidc_provider import OidcProvider
from servers.stand_in import Request

OIDC = "oidc.example.com"
HOST, API = "consent.example.com", "consent-api.example.com"
SECRET = "c0nsent~app s3cret"
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def both(program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("connect")
    authlib = Consent(HOST, API, ConsentClient("keyward", SECRET, "read offline_access"))
    oidc = OidcProvider(OIDC)
    internet = Internet([authlib, oidc], directory)
    upstreams = ",".join(f"{name}=127.0.0.1:{port}" for name, port in internet.upstreams.items())
    stack = start(program, directory / "data", free_port(), UPSTREAMS=upstreams, UPSTREAM_CA=str(internet.ca_file))
    yield stack, authlib, oidc
    oidc.stop()
    stack.process.terminate()
    assert stack.process.wait(timeout=10) == 0
    internet.stop()


@pytest.fixture
def world(both):
    stack, authlib, _ = both
    return stack, authlib


def app_of(product: Product, **addresses: str) -> dict:
    answer = product.call(
        "POST",
        "/v1/apps",
        json={
            "system_id": "oauth2-consent",
            "environment": "live",
            "title": "Somebody else's",
            "client_id": "keyward",
            "client_secret": SECRET,
            **addresses,
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def app(product: Product, system: Consent) -> dict:
    at = f"https://{HOST}"
    made = app_of(product, authorize_url=f"{at}/authorize", token_url=f"{at}/token", revocation_url=f"{at}/revoke")
    system.client.redirect_uris.add(made["redirect_uri"])
    return made


def key_of(product: Product, app: dict, base_url: str = f"https://{API}/v1") -> str:
    return product.create(
        {
            "system_id": "oauth2-consent",
            "auth": "authorization-code",
            "title": "Connected",
            "environment": "live",
            "base_url": base_url,
            "entries": {"default": {"fields": {"app": app["app_id"]}}},
        }
    )


def connect(
    stack, product: Product, system: Consent | OidcProvider, key: str, user: str, scopes: str = "read offline_access"
) -> str:
    """The whole way of a browser. How it ended, as the last address says."""
    browser = requests.Session()
    token = product.token("user", "owner@acme.example")
    begun = browser.post(
        f"{stack.origin}/v1/keys/{key}/connections",
        headers={"authorization": f"Bearer {token}"},
        json={"scopes": scopes.split()},
        timeout=30,
    )
    assert begun.status_code == 201, begun.text
    back = system.consent(begun.json()["authorize_url"], user)
    ended = browser.get(back, allow_redirects=False, timeout=40)
    assert ended.status_code == 303, ended.text
    return ended.headers["location"].removeprefix("/#/connection/").split("?")[0]


def send(product: Product, key: str, path: str = "/orders") -> int:
    return product.send(key, {"method": "GET", "path": path})["status"]


def grant_of(product: Product, key: str) -> dict:
    return product.call("GET", f"/v1/keys/{key}").json()["connections"][0]["grant"]


def until(what) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def refreshes(system: Consent) -> int:
    return sum(("grant_type", "refresh_token") in request.form() for request in system.requests)


def test_a_key_is_connected_used_refreshed_and_revoked(world):
    stack, system = world
    product = Product(stack, [SECRET])
    key = key_of(product, app(product, system))
    assert connect(stack, product, system, key, "ann") == "connected"
    assert send(product, key) == 200
    # Each refresh token is used once: the next one comes of it.
    for done in (1, 2):
        system.forget_access_tokens()
        assert send(product, key) == 200
        assert (refreshes(system), system.reused) == (done, 0)
    connected = product.call("GET", f"/v1/keys/{key}").json()
    grant = connected["connections"][0]["grant"]
    assert (grant["state"], connected["version"]) == ("connected", 2), grant
    # A deleted key's grant is revoked at the system, and nothing of it is left there.
    deleted = product.call("DELETE", f"/v1/keys/{key}?purge=now", headers={"if-match": '"2"'})
    assert deleted.status_code == 204, deleted.text
    until(lambda: system.living == [])
    tokens = [token for pair in system.pairs for token in (pair.access_token, pair.refresh_token)]
    searched = Product(stack, [SECRET, *tokens])
    searched._log_start = 0
    searched.check_log()


def test_a_refresh_whose_answer_was_lost_is_not_tried_again_where_that_would_end_the_grant(world):
    stack, system = world
    product = Product(stack, [SECRET])
    key = key_of(product, app(product, system))
    assert connect(stack, product, system, key, "ann") == "connected"
    before, system.loses_answers = refreshes(system), True
    system.forget_access_tokens()
    asked = product.call("POST", f"/v1/keys/{key}/send", client="runtime", json={"method": "GET", "path": "/orders"})
    assert asked.status_code in (200, 409, 503), asked.text
    until(lambda: grant_of(product, key)["state"] == "needs-reconnect")
    system.loses_answers = False
    assert (refreshes(system) - before, system.reused) == (1, 0), "the former token was used again"
    # Somebody connects it again, in place: another person than before has to be confirmed.
    assert connect(stack, product, system, key, "ann") == "connected"
    assert send(product, key) == 200
    assert grant_of(product, key)["state"] == "connected"


def test_a_code_of_somebody_elses_browser_connects_nothing(world):
    stack, system = world
    product = Product(stack, [SECRET])
    key = key_of(product, app(product, system))
    token = product.token("user", "owner@acme.example")
    begun = requests.post(
        f"{stack.origin}/v1/keys/{key}/connections",
        headers={"authorization": f"Bearer {token}"},
        json={"scopes": ["read"]},
        timeout=30,
    )
    back = system.consent(begun.json()["authorize_url"], "mallory")
    thief = requests.get(back, allow_redirects=False, timeout=30)
    assert (thief.status_code, "other-browser" in thief.headers["location"]) == (303, True)
    assert product.call("GET", f"/v1/keys/{key}").json()["connections"] == []


def test_a_second_server_agrees_on_consent_rotation_reuse_and_revocation(both):
    stack, _, oidc = both
    product = Product(stack, [SECRET])
    at = f"https://{OIDC}"
    addresses = {
        # OpenID Connect Core §11: without this word there is no refresh token.
        "authorize_url": f"{at}/auth?prompt=consent",
        "token_url": f"{at}/token",
        "revocation_url": f"{at}/token/revocation",
        "issuer": at,
    }
    made = app_of(product, **addresses)
    oidc.start("keyward", SECRET, made["redirect_uri"])
    found = product.call("POST", "/v1/apps/discovery", json={"issuer": at})
    assert found.status_code == 200, found.text
    told = {name: found.json()[name] for name in addresses}
    assert told == {**addresses, "authorize_url": f"{at}/auth"}
    key = key_of(product, made, base_url=at)
    assert connect(stack, product, oidc, key, "ann", "openid offline_access") == "connected"
    granted = grant_of(product, key)
    assert (granted["identity"], granted["scopes"]) == ("ann", ["offline_access", "openid"])
    assert send(product, key, "/me") == 200
    for done in (1, 2):
        oidc.forget_access_tokens()
        assert send(product, key, "/me") == 200
        assert (oidc.state["refreshes"], oidc.state["reused"]) == (done, 0)
    # Another account by mistake: what was granted is given back, and the former grant goes on.
    assert connect(stack, product, oidc, key, "mallory", "openid offline_access") == "other-identity"
    assert (len(oidc.state["living"]), send(product, key, "/me")) == (1, 200)
    # A thief uses a former refresh token: the server ends the grant, and a person is asked to connect again.
    thief = requests.auth.HTTPBasicAuth("keyward", SECRET.replace(" ", "%20"))
    stolen = {"grant_type": "refresh_token", "refresh_token": oidc.state["refreshTokens"][0]}
    request = requests.Request("POST", f"{at}/token", data=stolen, auth=thief).prepare()
    body = request.body.encode()
    assert oidc.answer(Request("https", "POST", "/token", list(request.headers.items()), body)).status == 400
    assert (oidc.state["reused"], oidc.state["living"]) == (1, [])
    asked = product.call("POST", f"/v1/keys/{key}/send", client="runtime", json={"method": "GET", "path": "/me"})
    assert asked.status_code == 409 or asked.json()["status"] == 401, asked.text
    until(lambda: grant_of(product, key)["state"] == "needs-reconnect")
    assert connect(stack, product, oidc, key, "ann", "openid offline_access") == "connected"
    assert (send(product, key, "/me"), len(oidc.state["living"])) == (200, 1)
    version = product.call("GET", f"/v1/keys/{key}").json()["version"]
    deleted = product.call("DELETE", f"/v1/keys/{key}?purge=now", headers={"if-match": f'"{version}"'})
    assert deleted.status_code == 204, deleted.text
    until(lambda: oidc.state["living"] == [])
    # None of all these tokens was logged.
    searched = Product(stack, [SECRET, *oidc.state["refreshTokens"]])
    searched._log_start = 0
    searched.check_log()
