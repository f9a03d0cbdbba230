"""Makes sealing-v2.json, the test vectors of docs/sealing.md, without using any code that they test.

Written from the specification alone: HKDF from RFC 5869 with the standard library's HMAC, AES-256-GCM from the
package `cryptography`. The Rust code and docs/open_item.py must both agree with what comes out.

    python make_sealing_v2.py > sealing-v2.json
"""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION_AND_SUITE = bytes([2, 1])


def hkdf_sha512(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 section 2.2 and 2.3."""
    pseudorandom_key = hmac.new(salt or bytes(64), secret, hashlib.sha512).digest()
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.new(pseudorandom_key, block + info + bytes([counter]), hashlib.sha512).digest()
        output, counter = output + block, counter + 1
    return output[:length]


def derive(data_key: bytes, salt: bytes, label: bytes) -> bytes:
    return hkdf_sha512(data_key, salt, VERSION_AND_SUITE + label, 32)


def count(number: int) -> bytes:
    return number.to_bytes(8, "big")


def text(value: str) -> bytes:
    encoded = value.encode()
    return count(len(encoded)) + encoded


def make(name: str, data_key: bytes, message_id: bytes, place: dict, value: str) -> dict:
    associated_data = VERSION_AND_SUITE + message_id
    for attribute in ("account", "key", "entry", "field", "system"):
        associated_data += text(place[attribute])
    associated_data += count(place["template_version"])
    for attribute in ("auth", "environment"):
        associated_data += text(place[attribute])
    pairs = sorted(place["binding"], key=lambda pair: pair[0].encode())
    associated_data += count(len(pairs))
    for role, bound in pairs:
        associated_data += text(role) + text(bound)

    encryption_key = derive(data_key, message_id, b"keyward:encryption-key")
    commitment = derive(data_key, message_id, b"keyward:commitment")
    ciphertext_and_tag = AESGCM(encryption_key).encrypt(bytes(12), value.encode(), associated_data)

    hash_key = derive(data_key, b"", b"keyward:hash-key")
    hashed = text(place["entry"]) + text(place["field"]) + value.encode()
    return {
        "name": name,
        "data_key": data_key.hex(),
        "message_id": message_id.hex(),
        "place": place,
        "value": value,
        "associated_data": associated_data.hex(),
        "encryption_key": encryption_key.hex(),
        "commitment": commitment.hex(),
        "sealed": (VERSION_AND_SUITE + message_id + commitment + ciphertext_and_tag).hex(),
        "hash_key": hash_key.hex(),
        "hash": hmac.new(hash_key, hashed, hashlib.sha256).hexdigest()[:16],
    }


def field_multiply(left: int, right: int) -> int:
    """The product of two blocks in the field of GHASH: NIST SP 800-38D section 6.3."""
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (0xE1 << 120 if right & 1 else 0)
    return product


def field_invert(block: int) -> int:
    """The power 2^128 - 2, which is the inverse."""
    inverse, square = 1 << 127, block
    for _ in range(127):
        square = field_multiply(square, square)
        inverse = field_multiply(inverse, square)
    return inverse


def ghash(subkey: int, blocks: list[int]) -> int:
    state = 0
    for block in blocks:
        state = field_multiply(state ^ block, subkey)
    return state


def aes_block(key: bytes, block: int) -> int:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(encryptor.update(block.to_bytes(16, "big")), "big")


def make_two_faced(vector: dict, other_data_key: bytes) -> dict:
    """A ciphertext of one block that AES-GCM finds authentic under the keys of two data keys.

    GHASH is linear in the ciphertext, so the block can be solved for: its weight is the square of each subkey,
    and all else that goes into either tag is known.
    """
    message_id, associated_data = bytes.fromhex(vector["message_id"]), bytes.fromhex(vector["associated_data"])
    padded = associated_data + bytes(-len(associated_data) % 16)
    data_blocks = [int.from_bytes(padded[at : at + 16], "big") for at in range(0, len(padded), 16)]
    lengths = len(associated_data) * 8 << 64 | 16 * 8
    keys = [bytes.fromhex(vector["encryption_key"]), derive(other_data_key, message_id, b"keyward:encryption-key")]
    subkeys = [aes_block(key, 0) for key in keys]
    masks = [aes_block(key, 1) for key in keys]  # the nonce is zero, and the counter starts at 1

    def tag(which: int, block: int) -> int:
        return ghash(subkeys[which], [*data_blocks, block, lengths]) ^ masks[which]

    weights = [field_multiply(subkey, subkey) for subkey in subkeys]
    block = field_multiply(tag(0, 0) ^ tag(1, 0), field_invert(weights[0] ^ weights[1]))
    ciphertext_and_tag = block.to_bytes(16, "big") + tag(0, block).to_bytes(16, "big")
    for key in keys:  # raises unless both find it authentic
        AESGCM(key).decrypt(bytes(12), ciphertext_and_tag, associated_data)
    header = VERSION_AND_SUITE + message_id + bytes.fromhex(vector["commitment"])
    return {"other_data_key": other_data_key.hex(), "sealed": (header + ciphertext_and_tag).hex()}


KEY = "key_0190f3c1-7f00-7000-8000-0123456789ab"
SEAL = "seal_0190f3c1-7f01-7000-8000-0123456789ab"
DATA_KEY = bytes(range(0x20, 0x40))
AWS4 = {
    "account": "acme",
    "key": KEY,
    "entry": "default",
    "field": "secret_key",
    "system": "custom-http",
    "template_version": 1,
    "auth": "aws4",
    "environment": "live",
    # Out of order: the binding is sorted by role before it is authenticated.
    "binding": [
        ["field:service", "execute-api"],
        ["field:region", "eu-west-1"],
        ["base", "https://api.example.com"],
    ],
}


def plain_to_dynamodb(value) -> dict:
    """A value as DynamoDB's JSON has it."""
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": base64.b64encode(value).decode()}
        case list():
            return {"L": [plain_to_dynamodb(inner) for inner in value]}
        case dict():
            return {"M": {name: plain_to_dynamodb(inner) for name, inner in value.items()}}


def item_example(number: int, vector: dict, public_fields: dict, headers: list) -> dict:
    """The vault item and the key's row that hold one vector, as `aws dynamodb get-item` prints them."""
    place = vector["place"]
    account, key, entry, field = place["account"], place["key"], place["entry"], place["field"]
    wrapped = b"what KMS answered: opaque"
    shown = {"hashed": vector["hash"], "set_at": "2024-07-28T00:00:00Z", "seal": SEAL}
    entries = {"default": {"fields": public_fields}}
    if entry == "#headers":
        headers = [*headers, {"name": "X-Tenant", "value": shown}]
    else:
        entries[entry]["fields"][field] = shown
    vault_item = {
        "PK": f"{account}#{key}",
        "SK": f"{entry}#CURRENT",
        "version": 3,
        "fields": {field: {"sealed": bytes.fromhex(vector["sealed"]), "seal": SEAL}},
        "seals": {SEAL: wrapped},
    }
    key_row = {
        "PK": f"KEY#{account}#{key}",
        "SK": f"KEY#{key}",
        "system_id": place["system"],
        "template_version": place["template_version"],
        "auth": place["auth"],
        "environment": place["environment"],
        "headers": headers,
        "entries": entries,
        "binding": {entry: [{"role": role, "value": value} for role, value in sorted(place["binding"])]},
    }
    return {
        "vector": number,
        "wrapped_data_key": wrapped.hex(),
        "encryption_context": {
            "keyward:account": account,
            "keyward:key": key,
            "keyward:kind": "field",
            "keyward:seal": SEAL,
        },
        "vault_item": {"Item": plain_to_dynamodb(vault_item)["M"]},
        "key_row": {"Item": plain_to_dynamodb(key_row)["M"]},
    }


VECTORS = [
    make("a secret key with a binding", DATA_KEY, bytes(range(32)), AWS4, "not a real key, but as long as one is"),
    make(
        "an empty value, nothing bound, an organization",
        bytes(range(0x40, 0x60)),
        bytes(range(0xE0, 0x100)),
        {
            "account": "globex",
            "key": "key_0190f3c1-7f02-7000-8000-0123456789ab",
            "entry": "org_1",
            "field": "token",
            "system": "parcellab",
            "template_version": 2,
            "auth": "v4",
            "environment": "test",
            "binding": [],
        },
        "",
    ),
    make(
        "a secret header, text outside ASCII",
        bytes(range(0x60, 0x80)),
        bytes(reversed(range(32))),
        AWS4
        | {
            "entry": "#headers",
            "field": "x-tenant",
            "auth": "none",
            "binding": [["base:default", "https://xn--bcher-kva.example:8443"]],
        },
        "Schlüssel 🗝",
    ),
]

FILE = {
    "vectors": VECTORS,
    "two_faced": make_two_faced(VECTORS[0], bytes(range(0xA0, 0xC0))),
    "items": [
        item_example(
            0,
            VECTORS[0],
            {"access_key": "AKIDEXAMPLE", "region": "eu-west-1", "service": "execute-api"},
            [{"name": "Content-Type", "value": "application/json"}],
        ),
        item_example(2, VECTORS[2], {}, [{"name": "Content-Type", "value": "application/json"}]),
    ],
}
print(json.dumps(FILE, indent=2, ensure_ascii=False))
