#!/usr/bin/env python3
"""Opens one secret field of an exported Keyward key, without Keyward.

Needs `pip install boto3 cryptography`, AWS credentials that may call kms:Decrypt on the wrapping key, and two
files as `aws dynamodb get-item` prints them:

    aws dynamodb get-item --table-name keyward-vault \\
        --key '{"PK": {"S": "acme#key_..."}, "SK": {"S": "default#CURRENT"}}' > vault.json
    aws dynamodb get-item --table-name keyward \\
        --key '{"PK": {"S": "KEY#acme#key_..."}, "SK": {"S": "KEY#key_..."}}' > key.json
    python open_item.py --vault vault.json --key key.json --field secret_key

For an older version take the vault item `default#000007` and, as the key's row, the snapshot
`{"PK": {"S": "KEY#acme#key_..."}, "SK": {"S": "VERSION#000007"}}` of a version that had it. For a secret header take
`#headers#CURRENT`, and as field the header's name in lower case.

It prints the value of that field and nothing else (and a line break only on a terminal). AWS_ENDPOINT_URL_KMS
points it to another KMS. docs/sealing.md says what each step is for.

    python open_item.py --self-test ../shared/testdata/sealing-v2.json

checks this program against the test vectors, and needs neither AWS nor boto3.
"""

import argparse
import base64
import copy
import hmac
import json
import sys
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT_VERSION, SUITE = 2, 1
MESSAGE_ID_LENGTH, COMMITMENT_LENGTH, TAG_LENGTH = 32, 32, 16
HEADER_LENGTH = 2 + MESSAGE_ID_LENGTH + COMMITMENT_LENGTH
NONCE = bytes(12)
# A secret may be older than these pairs of its binding: docs/sealing.md, "A fingerprint may follow the secret".
MAY_FOLLOW = ("field:host_key",)

# Takes a wrapped data key and its encryption context, and gives the data key.
Unwrap = Callable[[bytes, dict[str, str]], bytes]


class DoesNotOpen(Exception):
    """The item cannot be opened; the text says why, as far as that can be told."""


def derive(data_key: bytes, salt: bytes | None, label: bytes) -> bytes:
    info = bytes([FORMAT_VERSION, SUITE]) + label
    return HKDF(algorithm=hashes.SHA512(), length=32, salt=salt, info=info).derive(data_key)


def with_length(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(8, "big") + encoded


def associated_data(message_id: bytes, place: dict) -> bytes:
    data = bytes([FORMAT_VERSION, SUITE]) + message_id
    for attribute in ("account", "key", "entry", "field", "system"):
        data += with_length(place[attribute])
    data += place["template_version"].to_bytes(8, "big")
    for attribute in ("auth", "environment"):
        data += with_length(place[attribute])
    binding = sorted(place["binding"], key=lambda pair: pair[0].encode())
    data += len(binding).to_bytes(8, "big")
    for role, value in binding:
        data += with_length(role) + with_length(value)
    return data


def field_hash(data_key: bytes, place: dict, value: bytes) -> str:
    hash_key = derive(data_key, None, b"keyward:hash-key")
    message = with_length(place["entry"]) + with_length(place["field"]) + value
    return hmac.digest(hash_key, message, "sha256")[:8].hex()


def open_field(data_key: bytes, place: dict, sealed: bytes, expected_hash: str) -> str:
    """The value of one sealed field, if it is the one that belongs to this place and this hash."""
    if sealed[:2] != bytes([FORMAT_VERSION, SUITE]) or len(sealed) < HEADER_LENGTH + TAG_LENGTH:
        raise DoesNotOpen("the sealed value has a format that this program does not know")
    message_id = sealed[2 : 2 + MESSAGE_ID_LENGTH]
    commitment = sealed[2 + MESSAGE_ID_LENGTH : HEADER_LENGTH]
    if not hmac.compare_digest(commitment, derive(data_key, message_id, b"keyward:commitment")):
        raise DoesNotOpen("the value was sealed under another data key")
    encryption_key = derive(data_key, message_id, b"keyward:encryption-key")
    try:
        value = AESGCM(encryption_key).decrypt(
            NONCE, sealed[HEADER_LENGTH:], associated_data(message_id, place)
        )
    except InvalidTag:
        raise DoesNotOpen(
            "not authentic: the bytes, or what the key's row says about system, template, auth, environment or binding, "
            "are not those of the day when it was sealed"
        ) from None
    if not hmac.compare_digest(field_hash(data_key, place, value).encode(), expected_hash.encode()):
        raise DoesNotOpen("authentic, but not the value that the key's row stands for")
    return value.decode()


def plain(attribute: dict):
    """A DynamoDB attribute value without its type."""
    ((kind, value),) = attribute.items()
    if kind == "M":
        return {name: plain(inner) for name, inner in value.items()}
    if kind == "L":
        return [plain(inner) for inner in value]
    if kind == "B":
        return base64.b64decode(value, validate=True)
    if kind == "NULL":
        return None
    return value


def read_item(document: dict) -> dict:
    return plain({"M": document.get("Item", document)})


def find(item: dict, what: str, *path: str):
    for name in path:
        if not isinstance(item, dict) or name not in item:
            raise DoesNotOpen(f"the {what} has no {'.'.join(path)}")
        item = item[name]
    return item


def find_shown(key_row: dict, entry: str, field: str):
    """What the key's row has of a field: the value of a public one, the hash and more of a secret one."""
    if entry != "#headers":
        # A row with secret headers has its entries under another name.
        entries = "joined_entries" if "joined_entries" in key_row else "entries"
        return find(key_row, "key's row", entries, entry, "fields", field)
    for header in find(key_row, "key's row", "headers"):
        if header["name"].lower() == field:
            return header["value"]
    raise DoesNotOpen(f"the key's row has no header {field}")


def open_item(vault: dict, key_row: dict, field: str, unwrap: Unwrap) -> str:
    """The value of one field of a vault item, both items as DynamoDB JSON."""
    vault, key_row = read_item(vault), read_item(key_row)
    account, _, key = find(vault, "vault item", "PK").partition("#")
    entry, _, _ = find(vault, "vault item", "SK").rpartition("#")
    partition, row = find(key_row, "key's row", "PK"), find(key_row, "key's row", "SK")
    current = (partition, row) == (f"KEY#{account}#{key}", f"KEY#{key}")
    snapshot = partition == f"KEY#{account}#{key}" and row.startswith("VERSION#")
    if not (current or snapshot):
        raise DoesNotOpen("the vault item and the key's row belong to different keys")

    shown = find_shown(key_row, entry, field)
    if not isinstance(shown, dict):
        raise DoesNotOpen("this field is public: its value stands in the key's row")
    stored = find(vault, "vault item", "fields", field)
    seal = find(stored, "sealed field", "seal")
    context = {"keyward:account": account, "keyward:key": key, "keyward:kind": "field", "keyward:seal": seal}
    data_key = unwrap(find(vault, "vault item", "seals", seal), context)
    place = {
        "account": account,
        "key": key,
        "entry": entry,
        "field": field,
        "system": find(key_row, "key's row", "system_id"),
        "template_version": int(find(key_row, "key's row", "template_version")),
        "auth": find(key_row, "key's row", "auth"),
        "environment": find(key_row, "key's row", "environment"),
        "binding": [(pair["role"], pair["value"]) for pair in find(key_row, "key's row", "binding", entry)],
    }
    sealed, hashed = find(stored, "sealed field", "sealed"), find(shown, "key's row", "hashed")
    earlier = place | {"binding": [pair for pair in place["binding"] if pair[0] not in MAY_FOLLOW]}
    try:
        return open_field(data_key, place, sealed, hashed)
    except DoesNotOpen:
        if earlier == place:
            raise
        return open_field(data_key, earlier, sealed, hashed)


def unwrap_with_kms(wrapped: bytes, context: dict[str, str]) -> bytes:
    import boto3

    return boto3.client("kms").decrypt(CiphertextBlob=wrapped, EncryptionContext=context)["Plaintext"]


def check(holds: bool, what: str) -> None:
    if not holds:
        sys.exit(f"self-test failed: {what}")


def check_refused(attempt: Callable[[], str], what: str) -> None:
    try:
        attempt()
    except DoesNotOpen:
        return
    sys.exit(f"self-test failed: opened in spite of {what}")


def check_vector(vector: dict) -> None:
    data_key, sealed = bytes.fromhex(vector["data_key"]), bytes.fromhex(vector["sealed"])
    message_id, place, hashed = bytes.fromhex(vector["message_id"]), vector["place"], vector["hash"]
    encryption_key = derive(data_key, message_id, b"keyward:encryption-key")
    check(encryption_key.hex() == vector["encryption_key"], "encryption key")
    check(derive(data_key, message_id, b"keyward:commitment").hex() == vector["commitment"], "commitment")
    check(derive(data_key, None, b"keyward:hash-key").hex() == vector["hash_key"], "hash key")
    check(associated_data(message_id, place).hex() == vector["associated_data"], "associated data")
    check(field_hash(data_key, place, vector["value"].encode()) == hashed, "hash")
    check(open_field(data_key, place, sealed, hashed) == vector["value"], "value")

    check_refused(lambda: open_field(data_key, place, sealed, "0" * 16), "another hash")
    check_refused(lambda: open_field(bytes(32), place, sealed, hashed), "another data key")
    for attribute in place.keys() - {"binding"}:
        value = place[attribute]
        moved = place | {attribute: value + 1 if isinstance(value, int) else value + "x"}
        check_refused(lambda: open_field(data_key, moved, sealed, hashed), f"another {attribute}")
    rebound = place | {"binding": [*place["binding"], ["z", "z"]]}
    check_refused(lambda: open_field(data_key, rebound, sealed, hashed), "another binding")
    for at in range(len(sealed)):
        flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        check_refused(lambda: open_field(data_key, place, flipped, hashed), f"another byte {at}")


def check_item(item: dict, vector: dict) -> None:
    def unwrap(wrapped: bytes, context: dict[str, str]) -> bytes:
        check(wrapped.hex() == item["wrapped_data_key"], "wrapped data key")
        check(context == item["encryption_context"], "encryption context")
        return bytes.fromhex(vector["data_key"])

    vault, key_row, place = item["vault_item"], item["key_row"], vector["place"]
    field = place["field"]
    check(open_item(vault, key_row, field, unwrap) == vector["value"], "stored item")
    check(open_item(vault["Item"], key_row["Item"], field, unwrap) == vector["value"], "bare stored item")
    snapshot = copy.deepcopy(key_row)
    snapshot["Item"]["PK"]["S"] = f"KEY#{place['account']}#{place['key']}"
    snapshot["Item"]["SK"]["S"] = "VERSION#000003"
    check(open_item(vault, snapshot, field, unwrap) == vector["value"], "snapshot")

    for other in ("access_key", "content-type", "no-such-field"):
        check_refused(lambda: open_item(vault, key_row, other, unwrap), f"the field being {other}")
    for attribute in ("PK", "SK", "system_id", "auth", "environment"):
        edited = copy.deepcopy(key_row)
        edited["Item"][attribute]["S"] += "x"
        check_refused(lambda: open_item(vault, edited, field, unwrap), f"an edited {attribute}")
    edited = copy.deepcopy(key_row)
    edited["Item"]["template_version"]["N"] += "0"
    check_refused(lambda: open_item(vault, edited, field, unwrap), "an edited template version")
    edited = copy.deepcopy(key_row)
    edited["Item"]["binding"]["M"][place["entry"]]["L"][0]["M"]["value"]["S"] = "https://evil.example"
    check_refused(lambda: open_item(vault, edited, field, unwrap), "an edited origin")


def self_test(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    first, two_faced = document["vectors"][0], document["two_faced"]
    for vector in document["vectors"]:
        check_vector(vector)
    other_key, sealed = bytes.fromhex(two_faced["other_data_key"]), bytes.fromhex(two_faced["sealed"])
    check_refused(lambda: open_field(other_key, first["place"], sealed, first["hash"]), "the commitment")
    for item in document["items"]:
        check_item(item, document["vectors"][item["vector"]])
    return f"{len(document['vectors'])} vectors and {len(document['items'])} stored items are as they should be"


def main() -> None:
    parser = argparse.ArgumentParser(description="Opens one secret field of an exported Keyward key.")
    parser.add_argument("--vault", help="the vault item, as `aws dynamodb get-item` prints it")
    parser.add_argument("--key", help="the key's row, as `aws dynamodb get-item` prints it")
    parser.add_argument("--field", help="the field to open; for a secret header its name in lower case")
    parser.add_argument("--self-test", metavar="VECTORS", help="check this program against sealing-v2.json")
    arguments = parser.parse_args()
    if arguments.self_test:
        print(self_test(arguments.self_test))
        return
    if not (arguments.vault and arguments.key and arguments.field):
        parser.error("--vault, --key and --field are needed")
    with open(arguments.vault, encoding="utf-8") as vault, open(arguments.key, encoding="utf-8") as key_row:
        documents = json.load(vault), json.load(key_row)
    try:
        value = open_item(*documents, arguments.field, unwrap_with_kms)
    except DoesNotOpen as reason:
        sys.exit(f"does not open: {reason}")
    sys.stdout.buffer.write(value.encode())
    if sys.stdout.isatty():
        print()


if __name__ == "__main__":
    main()
