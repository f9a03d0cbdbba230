"""The running product as the tests of systems use it: whatever it answers or logs is searched for secrets."""

import base64
import json
import socket
import time
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

import requests

from conftest import Stack
from row import Row

HEALTH_SECONDS = 10
TOKENS: dict[tuple[str, str, str], str] = {}


def forms(secret: str) -> set[str]:
    """A secret as it may turn up: as it is, in JSON, in base64, percent-encoded, in a form."""
    raw = secret.encode()
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    in_json = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    quoted = {quote(secret, safe=""), quote_plus(secret), *in_json}
    # Base64 of something that ends with the secret, such as a login, has other padding and the same text before it.
    return {secret, *encoded, *quoted, *(text.rstrip("=") for text in encoded)}


def seen(text: str, secrets: list[str]) -> list[str]:
    return [form for secret in secrets for form in forms(secret) if form in text]


class Product:
    """The stack, with the secrets of a row that nothing of it may show."""

    def __init__(self, stack: Stack, secrets: list[str]) -> None:
        self._stack = stack
        self._secrets = secrets
        self._log_start = stack.log_bytes

    def call(self, method: str, path: str, user="owner@acme.example", client=None, headers=None, **arguments):
        """One request. Its answer shows no secret."""
        token = self.token("client", client) if client else self.token("user", user)
        headers = {"authorization": f"Bearer {token}", **(headers or {})}
        answer = requests.request(method, self._stack.origin + path, headers=headers, timeout=40, **arguments)
        shown = answer.text + "".join(answer.headers.values())
        assert seen(shown, self._secrets) == [], f"{method} {path} shows a secret"
        return answer

    def token(self, kind: str, name: str) -> str:
        """An access token, made once for each stack: the program is slow to start."""
        known = self._stack.origin, kind, name
        if known not in TOKENS:
            TOKENS[known] = self._stack.token(kind, name)
        return TOKENS[known]

    def check_log(self) -> None:
        """No line that was logged since this product was made shows a secret."""
        assert seen(self._stack.log_since(self._log_start), self._secrets) == [], "the log shows a secret"

    def create(self, body: dict) -> str:
        answer = self.call("POST", "/v1/keys", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["key_id"]

    def verify(self, key_id: str, row: Row, patch: dict | None = None) -> dict:
        path = f"/v1/keys/{key_id}/verify" + asked_path(row)
        return verified(self.call("POST", path, **({"json": patch} if patch else {})))

    def verify_draft(self, body: dict, row: Row) -> dict:
        return verified(self.call("POST", "/v1/verifications" + asked_path(row), json=body))

    def health(self, key_id: str, result: str) -> bool:
        """Whether the key's health comes to be this. It follows from the table's stream, so not at once."""
        deadline = time.monotonic() + HEALTH_SECONDS
        while time.monotonic() < deadline:
            health = self.call("GET", f"/v1/keys/{key_id}").json()["health"]
            if health and health["result"] == result:
                return True
            time.sleep(0.05)
        return False

    def send(self, key_id: str, ask: dict) -> dict:
        answer = self.call("POST", f"/v1/keys/{key_id}/send", client="runtime", json=ask)
        assert answer.status_code == 200, answer.text
        sent = answer.json()
        expected = {"status", "headers", "truncated", "withheld", "duration_ms", "key_version", "receipt_id"}
        assert sent.keys() - {"body", "body_base64", "removed"} == expected, sent
        assert ("removed" in sent) != sent["withheld"], sent
        return sent


def asked_path(row: Row) -> str:
    return f"?path={quote(row.verify_path, safe='')}" if row.verify_path else ""


def verified(answer: requests.Response) -> dict:
    assert answer.status_code == 200, answer.text
    found = answer.json()
    expected = {
        "result", "message", "proof", "status", "duration_ms", "upstream", "host_key", "certificate", "checked_at", "key_version",
    }
    assert found.keys() == expected | {"receipt_id"}, found
    # Whoever passes was proven. Not every refusal comes from the system: a key may be unusable before anything is sent.
    assert found["result"] != "passed" or found["proof"], found
    assert found["message"], found
    return found


@contextmanager
def closed_port():
    """A port of 127.0.0.1 that takes no connection and that nobody else can get."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
