"""docs/open_item.py opens what Keyward stored, with boto3 and cryptography and none of Keyward's code."""

import os
import subprocess
import sys

from conftest import AWS4_KEY, ROOT

SCRIPT = ROOT / "docs" / "open_item.py"


def exported(stack, table, partition, row):
    """An item as `aws dynamodb get-item` prints it."""
    import base64
    import json

    item = stack.aws("dynamodb").get_item(TableName=table, Key={"PK": {"S": partition}, "SK": {"S": row}})["Item"]
    return json.dumps({"Item": item}, default=lambda value: base64.b64encode(value).decode())


def test_an_exported_item_opens_without_keyward(stack, tmp_path):
    body = {**AWS4_KEY, "headers": [*AWS4_KEY["headers"], {"name": "X-Tenant", "value": "s3cret", "secret": True}]}
    key = stack.call("POST", "/v1/keys", json=body).json()["key_id"]
    (tmp_path / "key.json").write_text(exported(stack, "keyward", f"KEY#acme#{key}", f"KEY#{key}"))
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL_KMS": stack.service_url("KMS"),
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    secret = AWS4_KEY["entries"]["default"]["fields"]["secret_key"]
    for entry, field, value in [("default", "secret_key", secret), ("#headers", "x-tenant", "s3cret")]:
        vault = exported(stack, "keyward-vault", f"acme#{key}", f"{entry}#CURRENT")
        (tmp_path / "vault.json").write_text(vault)
        command = [sys.executable, SCRIPT, "--vault", "vault.json", "--key", "key.json", "--field", field]
        run = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        assert run.stdout.strip() == value


def test_the_script_agrees_with_the_test_vectors():
    vectors = ROOT / "shared" / "testdata" / "sealing-v2.json"
    subprocess.run([sys.executable, SCRIPT, "--self-test", vectors], check=True, stdout=subprocess.DEVNULL)
