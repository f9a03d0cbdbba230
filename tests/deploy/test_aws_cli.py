"""What the AWS CLI of the tests sends of the bytes that the scripts give it, to a server that keeps the requests.

The CLI is version 1. Version 2 sends the content of a `fileb://` in the same way, and takes any other form of bytes for base64 (AWS CLI
user guide, "Loading a parameter from a file in the AWS CLI", under "Binary files").
"""

import base64
import hashlib
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from emulator import PROGRAM
from program import ROOT
from row_macs import row_digest
from scripts import script

MAC = base64.b64encode(hashlib.sha256(b"a mac").digest()).decode()


class Service:
    """What answers in the place of AWS, and the requests that it got."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                name = self.headers.get("x-amz-target") or self.path
                service.asked.append((name, body))
                answer = {"Mac": MAC} if name.endswith("GenerateMac") else {}
                self.send_response(200)
                self.send_header("content-type", "application/x-amz-json-1.1")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, name: str) -> list[bytes]:
        """The bodies of the requests of one kind."""
        return [body for target, body in self.asked if target.endswith(name)]


@pytest.fixture
def service(monkeypatch):
    """A server, and an environment in which the CLI finds it."""
    service = Service()
    for name, value in {
        "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{service.server.server_address[1]}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield service
    service.server.shutdown()
    service.server.server_close()


def shell(text: str) -> subprocess.CompletedProcess:
    """Runs a text with the functions of deploy.sh that make the operator."""
    script = f"set -euo pipefail; . infra/deploy/words.sh; . infra/deploy/operator.sh; hash=sha256sum deployment=keyward; {text}"
    return subprocess.run(["bash", "-c", script], cwd=ROOT, env=dict(os.environ), capture_output=True, timeout=60, check=False)


def test_every_byte_is_written_as_it_is():
    every = bytes(range(256))
    assert shell(f"bytes_of {every.hex()}").stdout == every


def test_the_operators_row_is_sent_with_the_mac_that_kms_made_over_its_digest(service):
    ran = shell("first_operator keyward rows")
    assert ran.returncode == 0, ran.stderr
    [put] = [json.loads(body) for body in service.of("PutItem")]
    [asked] = [json.loads(body) for body in service.of("GenerateMac")]
    assert put["Item"]["mac"] == {"S": MAC}
    assert base64.b64decode(asked["Message"]) == row_digest("keyward", put["Item"])


def test_rows_that_are_authenticated_by_hand_are_sent_in_the_same_way(service):
    by_hand = script("authenticate_rows.py")
    row = {"PK": {"S": "MEMBER#acme"}, "SK": {"S": "MEMBER#ann"}, "role": {"S": "owner"}}
    by_hand.authenticate("keyward", row, by_hand.mac("rows", "keyward", row))
    [asked] = [json.loads(body) for body in service.of("GenerateMac")]
    assert base64.b64decode(asked["Message"]) == row_digest("keyward", row)
    [updated] = [json.loads(body) for body in service.of("UpdateItem")]
    assert updated["ExpressionAttributeValues"][":mac"] == {"S": MAC}


def test_functions_get_the_events_of_a_restore_and_of_failed_changes(service):
    event = {"Records": [{"eventName": "INSERT"}]}
    script("restore/steps.py").invoke(SimpleNamespace(deployment="keyward"), "on_table_change", event)
    assert script("failed_changes.py").invoke("keyward-on_table_change", event) == {}
    sent = [json.loads(body) for body in service.of("/functions/keyward-on_table_change/invocations")]
    assert sent == [event, event]
