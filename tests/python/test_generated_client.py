"""The API document, tried by a client that somebody else's generator makes of it: models are typed, and the whole of it works."""

import importlib
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from conftest import AWS4_KEY
from program import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
PACKAGE = "keyward_client"
UNKNOWN_KEY = "key_00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The client, made anew. A part of the document that the generator cannot use is a warning, and warnings fail."""
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.json"
    # Without its formatter, which no test needs.
    config.write_text(json.dumps({"post_hooks": []}))
    command = [
        *(sys.executable, "-m", "openapi_python_client", "generate", "--path", DOCUMENT, "--config", config),
        *("--output-path", folder / PACKAGE, "--meta", "none", "--fail-on-warning"),
    ]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert run.returncode == 0, run.stdout
    sys.path.insert(0, str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def api(generated, stack):
    """The client's operations by name, its models, and a person and a machine to call it as."""
    client = importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient
    operations = {path.stem: module_of(path) for path in (generated / "api").glob("*/[a-z]*.py")}
    return SimpleNamespace(
        **{name: importlib.import_module(module) for name, module in operations.items()},
        models=importlib.import_module(f"{PACKAGE}.models"),
        person=client(base_url=stack.origin, token=stack.token("user", "owner@acme.example")),
        machine=client(base_url=stack.origin, token=stack.token("client", "runtime")),
    )


def module_of(path):
    return f"{PACKAGE}.api.{path.parent.name}.{path.stem}"


def store(api):
    ask = api.models.CreateKeyRequest(
        system_id="custom-http",
        auth="aws4",
        title="Live UK ERP",
        environment=api.models.Environment.LIVE,
        base_url="https://api.example.com/v1",
        headers=[api.models.HeaderInput(name="Content-Type", value="application/json")],
        entries=api.models.CreateKeyRequestEntries.from_dict(AWS4_KEY["entries"]),
    )
    key = api.create_key.sync(client=api.person, body=ask)
    assert isinstance(key, api.models.Key), key
    return key


def stored_ids(api):
    return [row.key_id for row in api.list_keys.sync(client=api.person, limit=100).items]


def test_each_operation_of_the_document_is_in_the_client(generated):
    paths = json.loads(DOCUMENT.read_text())["paths"]
    named = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    assert {path.stem for path in (generated / "api").glob("*/[a-z]*.py")} == named


def test_a_key_that_is_stored_is_read_back_masked(api):
    stored = store(api)
    read = api.get_key.sync(stored.key_id, client=api.person)
    assert read == stored
    assert read.environment is api.models.Environment.LIVE
    mark = read.entries["default"].fields["secret_key"]
    assert isinstance(mark, api.models.SecretMark)
    secret = AWS4_KEY["entries"]["default"]["fields"]["secret_key"]
    assert secret not in json.dumps(read.to_dict())
    assert read.entries["default"].fields["access_key"] == "AKIDEXAMPLE"


def test_a_page_holds_as_many_rows_as_a_number_says(api):
    for _ in range(2):
        store(api)
    page = api.list_keys.sync(client=api.person, limit=1)
    assert isinstance(page, api.models.KeyList)
    assert len(page.items) == 1
    rest = api.list_keys.sync(client=api.person, limit=1, cursor=page.next_cursor)
    assert rest.items[0].key_id != page.items[0].key_id


def test_a_request_is_signed_with_a_key_that_was_stored(api):
    ask = api.models.SignRequest(method="GET", path="/orders?page=2")
    signed = api.sign_request.sync(store(api).key_id, client=api.machine, body=ask)
    assert isinstance(signed, api.models.SignedRequest), signed
    assert signed.url == "https://api.example.com/v1/orders?page=2"
    assert signed.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_a_problem_is_a_typed_model(api):
    unknown = api.get_key.sync_detailed(UNKNOWN_KEY, client=api.person)
    assert unknown.status_code == 404
    assert isinstance(unknown.parsed, api.models.Problem)
    assert unknown.parsed.type_ == "urn:keyward:problem:not-found"


def test_a_refused_key_names_its_fields_and_is_not_stored(api):
    before = stored_ids(api)
    ask = api.models.CreateKeyRequest(system_id="custom-http", title="", auth="aws4", environment=api.models.Environment.TEST)
    refused = api.create_key.sync_detailed(client=api.person, body=ask)
    assert refused.status_code == 422
    assert isinstance(refused.parsed, api.models.Problem)
    assert "title" in [error.field for error in refused.parsed.errors]
    assert stored_ids(api) == before
