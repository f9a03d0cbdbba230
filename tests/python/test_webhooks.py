"""Events go out to webhooks, authenticated with every kind of key, and receivers check them with other people's code.

The receivers are the stand-ins of the systems: they know requests by botocore, oauthlib, http-message-signatures and, for Standard Webhooks,
by the package standardwebhooks that its authors publish.
"""

import json
import time

import pytest

from product import Product
from row import Row
from servers.listener import Internet
from systems import HTTP_ROWS
from test_systems import composed

OWNER = "owner@acme.example"
SECONDS = 15
# A form as a body belongs to requests of the customer's own, and an event is JSON.
SENDING = [row for row in HTTP_ROWS if row.sends and not row.form_only]
SIGNING = [row for row in SENDING if row.name.startswith(("custom-http hmac", "custom-http aws4"))]


def each(rows: list[Row]):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def world(program, tmp_path_factory):
    internet = Internet([row.stand_in for row in HTTP_ROWS], tmp_path_factory.mktemp("internet"))
    running = composed(program, tmp_path_factory.mktemp("world"), internet, internet.upstreams)
    yield running
    running.process.terminate()
    running.process.wait(timeout=10)
    internet.stop()


@pytest.fixture
def product(world, row):
    watched = Product(world, row.secrets + row.wrong_secrets)
    yield watched
    watched.check_log()


def delivered(product: Product, key_id: str) -> dict:
    """An event on its way to a webhook with this key: its delivery once an attempt was made or it waits."""
    webhook = {
        "name": "A receiver", "event_types": ["order.created"], "path": "/orders", "environment": "live", "key_id": key_id,
    }
    answer = product.call("POST", "/v1/webhooks", json=webhook)
    assert answer.status_code == 201, answer.text
    path = f"/v1/webhooks/{answer.json()['webhook_id']}"
    event = {"type": "order.created", "environment": "live", "data": {"name": "Zoë ☃"}}
    assert product.call("POST", "/v1/events", client="runtime", json=event).status_code == 201
    deadline = time.monotonic() + SECONDS
    while True:
        found = product.call("GET", f"{path}/deliveries").json()["items"]
        if found and (found[0]["attempts"] or found[0]["state"] != "pending"):
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    assert product.call("DELETE", path, headers={"if-match": '"1"'}).status_code == 204
    return found[0]


@each(SENDING)
def test_a_receiver_takes_an_event(row, product):
    delivery = delivered(product, product.create(row.body))
    assert delivery["state"] == "delivered", delivery
    arrived = row.stand_in.requests[-1]
    assert arrived.method == "POST"
    assert json.loads(arrived.body)["data"] == {"name": "Zoë ☃"}


@each(SIGNING)
def test_a_receiver_with_another_secret_refuses_an_event(row, product):
    delivery = delivered(product, product.create(row.wrong_body))
    assert delivery["state"] != "delivered", delivery
    assert delivery["attempts"][0]["status"] in (401, 403), delivery
