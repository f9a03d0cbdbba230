"""Keys that are connected by consent, with the real program and an authorization server that is somebody else's (Authlib): it checks the
proof key, gives each refresh token once, and ends the whole grant when a former one comes again."""

import time

import pytest
import requests

from conftest import start
from product import Product
from servers import free_port
from servers.consent import Consent, ConsentClient
from servers.listener import Internet

HOST, API = "consent.example.com", "consent-api.example.com"
SECRET = "c0nsent~app s3cret"
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def world(program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("connect")
    system = Consent(HOST, API, ConsentClient("keyward", SECRET, "read offline_access"))
    internet = Internet([system], directory)
    upstreams = ",".join(f"{name}=127.0.0.1:{port}" for name, port in internet.upstreams.items())
    stack = start(program, directory / "data", free_port(), UPSTREAMS=upstreams, UPSTREAM_CA=str(internet.ca_file))
    yield stack, system
    stack.process.terminate()
    assert stack.process.wait(timeout=10) == 0
    internet.stop()


def app(product: Product, system: Consent) -> dict:
    answer = product.call(
        "POST",
        "/v1/apps",
        json={
            "system_id": "oauth2-consent",
            "environment": "live",
            "title": "Authlib",
            "client_id": "keyward",
            "client_secret": SECRET,
            "authorize_url": f"https://{HOST}/authorize",
            "token_url": f"https://{HOST}/token",
            "revocation_url": f"https://{HOST}/revoke",
        },
    )
    assert answer.status_code == 201, answer.text
    system.client.redirect_uris.add(answer.json()["redirect_uri"])
    return answer.json()


def key_of(product: Product, app: dict) -> str:
    return product.create(
        {
            "system_id": "oauth2-consent",
            "auth": "authorization-code",
            "title": "Connected",
            "environment": "live",
            "base_url": f"https://{API}/v1",
            "entries": {"default": {"fields": {"app": app["app_id"]}}},
        }
    )


def connect(stack, product: Product, system: Consent, key: str, user: str) -> str:
    """The whole way of a browser. How it ended, as the last address says."""
    browser = requests.Session()
    token = product.token("user", "owner@acme.example")
    begun = browser.post(
        f"{stack.origin}/v1/keys/{key}/connections",
        headers={"authorization": f"Bearer {token}"},
        json={"scopes": ["read", "offline_access"]},
        timeout=30,
    )
    assert begun.status_code == 201, begun.text
    back = system.consent(begun.json()["authorize_url"], user)
    ended = browser.get(back, allow_redirects=False, timeout=40)
    assert ended.status_code == 303, ended.text
    return ended.headers["location"].removeprefix("/#/connection/").split("?")[0]


def send(product: Product, key: str) -> int:
    return product.send(key, {"method": "GET", "path": "/orders"})["status"]


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
    state = lambda: product.call("GET", f"/v1/keys/{key}").json()["connections"][0]["grant"]["state"]  # noqa: E731
    until(lambda: state() == "needs-reconnect")
    system.loses_answers = False
    assert (refreshes(system) - before, system.reused) == (1, 0), "the former token was used again"
    # Somebody connects it again, in place: another person than before has to be confirmed.
    assert connect(stack, product, system, key, "ann") == "connected"
    assert send(product, key) == 200
    assert state() == "connected"


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
