"""Puts the rows of a snapshot into a restored table: snapshot.py dynamodb restore-table-to-point-in-time OPTIONS."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from emulator import Emulator  # noqa: E402
from scripted import endpoint, from_json  # noqa: E402


def main(arguments):
    given = dict(zip(arguments, arguments[1:], strict=False))
    source, target = given["--source-table-name"], given["--target-table-name"]
    rows = json.loads(Path(os.environ["SNAPSHOT"]).read_text())[source]
    dynamodb = Emulator(endpoint()).client("dynamodb")
    for page in dynamodb.get_paginator("scan").paginate(TableName=target):
        for item in page["Items"]:
            dynamodb.delete_item(TableName=target, Key={"PK": item["PK"], "SK": item["SK"]})
    for row in rows:
        dynamodb.put_item(TableName=target, Item=from_json(row))


if __name__ == "__main__":
    main(sys.argv[1:])
