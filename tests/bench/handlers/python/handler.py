"""Using a key, with boto3. The clients are made once, outside the handler (AWS Lambda developer guide, "Best practices for
working with AWS Lambda functions"). Lambda's own runtime client calls it."""

import hashlib
import hmac
import json
import time
import uuid
from datetime import datetime, timezone
from urllib.parse import parse_qsl, quote, urlsplit

import boto3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TABLE = "compared"
SCOPE = ("eu-west-1", "execute-api", "aws4_request")
YEAR_IN_SECONDS = 31_536_000

dynamodb = boto3.client("dynamodb")
kms = boto3.client("kms")
data_keys = {}


def data_key(wrapped, key_id):
    """The data key, which KMS unwraps once."""
    if wrapped not in data_keys:
        answer = kms.decrypt(CiphertextBlob=wrapped, EncryptionContext={"id": key_id})
        data_keys[wrapped] = answer["Plaintext"]
    return data_keys[wrapped]


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sign(secret, ask):
    """AWS Signature Version 4 of the request that is asked for."""
    url = urlsplit("https://api.example.com/v1" + ask["path"])
    now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    day = now[:8]
    pairs = ["=".join(quote(part, safe="-_.~") for part in pair) for pair in parse_qsl(url.query)]
    headers = {**ask.get("headers", {}), "host": url.netloc, "x-amz-date": now}
    names = sorted(headers)
    lines = [ask["method"], url.path, "&".join(sorted(pairs))]
    lines += [f"{name}:{headers[name]}" for name in names]
    lines += ["", ";".join(names), sha256(ask.get("body") or "")]
    scope = "/".join((day, *SCOPE))
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, sha256("\n".join(lines))])
    key = mac(("AWS4" + secret).encode(), day)
    for part in SCOPE:
        key = mac(key, part)
    signature = mac(key, to_sign).hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    signed = {**ask.get("headers", {}), "x-amz-date": now, "authorization": authorization}
    return {"method": ask["method"], "url": url.geturl(), "headers": signed}


def handler(event, _context):
    key_id = event["pathParameters"]["key_id"]
    ask = json.loads(event["body"])
    key = {"PK": {"S": key_id}, "SK": {"S": "KEY"}}
    item = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]
    cipher = AESGCM(data_key(item["wrapped"]["B"], key_id))
    secret = cipher.decrypt(item["nonce"]["B"], item["sealed"]["B"], key_id.encode()).decode()
    signed = sign(secret, ask)
    receipt = f"rcp_{uuid.uuid4()}"
    written = {
        "PK": {"S": f"RECEIPT#{key_id}"},
        "SK": {"S": receipt},
        "at": {"S": datetime.now(timezone.utc).isoformat()},
        "by": {"S": "runtime"},
        "method": {"S": ask["method"]},
        "target": {"S": ask["path"]},
        "ttl": {"N": str(int(time.time()) + YEAR_IN_SECONDS)},
    }
    dynamodb.put_item(TableName=TABLE, Item=written)
    body = json.dumps({**signed, "receipt_id": receipt})
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}
