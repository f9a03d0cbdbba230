"""schemathesis sends what the API document allows and what it does not, and holds the answers to it."""

import os

import pytest
import schemathesis
from conftest import AWS4_KEY
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "40"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="session")
def api(stack):
    return schemathesis.openapi.from_url(stack.origin + "/v1/openapi.json")


@pytest.fixture(scope="session")
def tokens(stack):
    return {
        "person": stack.token("user", "owner@acme.example"),
        "leaver": stack.token("user", "owner@globex.example"),
        "machine": stack.token("client", "runtime"),
    }


@pytest.fixture(scope="session")
def key_id(stack):
    """A key to aim at: an id made up is a 404 and tries nothing else."""
    return stack.call("POST", "/v1/keys", json=AWS4_KEY).json()["key_id"]


@pytest.fixture(scope="session")
def endpoint_ids(stack, key_id):
    """A source, a destination and a webhook that use the key."""
    common = {"title": "Orders", "system_id": "custom-http", "function": "orders", "environment": "live", "key_id": key_id}
    source = stack.call("POST", "/v1/sources", json={**common, "trigger": {"type": "manual"}}).json()
    destination = stack.call("POST", "/v1/destinations", json={**common, "trigger": {"type": "real_time"}}).json()
    webhook = {"name": "Orders", "event_types": ["order.created"], "path": "/hooks", "environment": "live", "key_id": key_id}
    webhook = stack.call("POST", "/v1/webhooks", json=webhook).json()
    return {
        "source_id": source["source_id"],
        "destination_id": destination["destination_id"],
        "webhook_id": webhook["webhook_id"],
    }


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_what_the_document_says(case, tokens, key_id, endpoint_ids):
    # Whoever signs out everywhere is told nothing more.
    callers = {"sign": "machine", "sign-out": "leaver"}
    who = callers.get(case.operation.path.rsplit("/")[-1], "person")
    if case.method != "DELETE":
        known = {"key_id": key_id, "version": "1", **endpoint_ids}
        named = case.path_parameters or {}
        named.update({name: known[name] for name in named if name in known})
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {tokens[who]}"}
    case.call_and_validate(checks=CHECKS)
