"""One private key in every form that people paste: what `resolve` hands out is read by paramiko, asyncssh and OpenSSH.

The files are made by ssh-keygen, OpenSSL and PuTTYgen: see `shared/testdata/private-keys/make_forms.sh`.
"""

import io
import subprocess
from pathlib import Path

import asyncssh
import paramiko
import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from program import ROOT

KEYS = Path(ROOT) / "shared" / "testdata" / "private-keys"
FORMS = KEYS / "forms"
KINDS = ("ed25519", "rsa", "p256", "p384", "p521")
#: Opening a key takes time by design: one form of each way to lock it is enough here. The Rust tests open all.
NAMES = sorted(
    path.name
    for path in FORMS.iterdir()
    if not path.name.endswith(".pub") and (not path.name.endswith("-locked") or path.name.startswith(("rsa", "ed25519")))
)
PASTES = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "backslash n": lambda text: text.replace("\n", "\\n"),
    "one line": lambda text: text.replace("\n", ""),
    "spaces for breaks": lambda text: text.replace("\n", " "),
    "tabs": lambda text: text.replace("\n", "\n\t"),
    "no last break": lambda text: text.rstrip("\n"),
    "in quotation marks": lambda text: f'"{text}"',
    "byte order mark": lambda text: "\ufeff" + text,
    "text before": lambda text: "Here is the key:\n\n" + text,
}


def body(fields: dict, **changes) -> dict:
    return {
        "system_id": "sftp",
        "auth": "private-key",
        "title": "Orders",
        "environment": "live",
        "entries": {"default": {"fields": {"host": "sftp.acme.example", "username": "ann", **fields}}},
        **changes,
    }


@pytest.fixture(scope="module")
def tokens(stack):
    return {"user": stack.token("user", "owner@acme.example"), "client": stack.token("client", "runtime")}


@pytest.fixture(scope="module")
def call(stack, tokens):
    def run(method: str, path: str, who="user", **arguments):
        headers = {"authorization": f"Bearer {tokens[who]}"}
        return requests.request(method, stack.origin + path, headers=headers, timeout=60, **arguments)

    return run


@pytest.fixture(scope="module")
def handed_out(call):
    """What comes of a pasted key: saved, and handed out again."""

    def run(fields: dict, **changes) -> dict:
        made = call("POST", "/v1/keys", json=body(fields, **changes))
        assert made.status_code == 201, made.text
        resolved = call("POST", f"/v1/keys/{made.json()['key_id']}/resolve", "client", json={"environment": "live"})
        assert resolved.status_code == 200, resolved.text
        assert set(made.json()["entries"]["default"]["fields"]) >= {"private_key"}
        assert "passphrase" not in made.json()["entries"]["default"]["fields"]
        return resolved.json()["fields"]

    return run


def blob(line: str) -> str:
    """The public key itself in a line of a `.pub` file."""
    return line.split()[1]


def read_by_all(text: str, directory: Path) -> dict[str, str]:
    """The public half, as each of them finds it."""
    path = directory / "key"
    path.write_bytes(text.encode())
    path.chmod(0o600)
    shown = subprocess.run(["ssh-keygen", "-y", "-P", "", "-f", path], check=True, capture_output=True, text=True).stdout
    known = (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey)
    kinds = {"ssh-ed25519": known[0], "ssh-rsa": known[1]}
    kind = kinds.get(shown.split()[0], known[2])
    theirs = kind.from_private_key(io.StringIO(text))
    imported = asyncssh.import_private_key(text)
    return {
        "ssh-keygen": blob(shown),
        "paramiko": theirs.get_base64(),
        "asyncssh": blob(imported.export_public_key().decode()),
    }


def expected(kind: str) -> dict[str, str]:
    public = blob((FORMS / f"{kind}.pub").read_text())
    return dict.fromkeys(("ssh-keygen", "paramiko", "asyncssh"), public)


@pytest.mark.parametrize("name", NAMES)
def test_every_form_is_handed_out_as_a_key_that_all_read(handed_out, tmp_path, name):
    fields = {"private_key": (FORMS / name).read_text()}
    if name.endswith("-locked"):
        fields["passphrase"] = "open sesame"
    given = handed_out(fields)
    assert "passphrase" not in given
    assert read_by_all(given["private_key"], tmp_path) == expected(name.split("-")[0])


@pytest.mark.parametrize("paste", PASTES)
@pytest.mark.parametrize("name", ["ed25519-openssh", "rsa-pkcs1", "p384-ecparam", "rsa-pem-aes256-locked", "p256-putty2"])
def test_however_it_was_pasted(handed_out, tmp_path, name, paste):
    fields = {"private_key": PASTES[paste]((FORMS / name).read_text())}
    if name.endswith("-locked"):
        fields["passphrase"] = "open sesame"
    given = handed_out(fields)["private_key"]
    assert read_by_all(given, tmp_path) == expected(name.split("-")[0])
    plain = handed_out({"private_key": (FORMS / f"{name.split('-')[0]}-openssh").read_text()})["private_key"]
    assert given == plain, "one key has one text"


def test_a_key_that_cannot_be_used_is_not_saved(call):
    for fields, where, words in [
        ({"private_key": (KEYS / "openssh-dsa").read_text()}, "private_key", "make an Ed25519, ECDSA or RSA key"),
        ({"private_key": (KEYS / "putty-dsa").read_text()}, "private_key", "make an Ed25519, ECDSA or RSA key"),
        ({"private_key": (KEYS / "public-ed25519").read_text()}, "private_key", "this is a public key"),
        ({"private_key": (KEYS / "rsa-3072.pss.pem").read_text()}, "private_key", "RSASSA-PSS"),
        ({"private_key": (FORMS / "ed25519-openssh-locked").read_text()}, "passphrase", "is needed"),
        ({"private_key": (FORMS / "ed25519-putty3-locked").read_text(), "passphrase": "x"}, "passphrase", "does not open"),
    ]:
        before = call("GET", "/v1/keys").json()
        refused = call("POST", "/v1/keys", json=body(fields))
        assert refused.status_code == 422, refused.text
        [error] = refused.json()["errors"]
        assert error["field"] == f"entries.default.fields.{where}"
        assert words in error["reason"]
        assert call("GET", "/v1/keys").json() == before


#: https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_162790605110.html and
#: https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_162755332391.html
@pytest.mark.parametrize("name, taken", [
    ("rsa-3072.pss.pem", True), ("p-384.pkcs8.pem", True), ("p-521.pkcs8.pem", True), ("rsa-2048.pkcs8.pem", False),
])
def test_netsuite_takes_the_keys_of_its_list(call, name, taken):
    fields = {"account_id": "1234567-sb1", "client_id": "c", "certificate_id": "i", "private_key": (KEYS / name).read_text()}
    made = call("POST", "/v1/keys", json={
        "system_id": "netsuite", "auth": "client-credentials", "title": "ERP", "environment": "live",
        "entries": {"default": {"fields": fields}},
    })
    assert made.status_code == (201 if taken else 422), made.text
    if taken:
        fields = call("POST", f"/v1/keys/{made.json()['key_id']}/resolve", "client", json={"environment": "live"}).json()["fields"]
        assert fields["account_id"] == "1234567_SB1"
        theirs = load_pem_private_key(fields["private_key"].encode(), None)
        ours = load_pem_private_key((KEYS / name).read_bytes(), None)
        assert theirs.public_key() == ours.public_key()
