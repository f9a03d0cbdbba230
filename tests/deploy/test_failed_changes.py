"""infra/failed_changes.py against a stand-in of the AWS CLI: what it takes out of the queue, and what it leaves there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from program import ROOT

SCRIPT = ROOT / "infra/failed_changes.py"
KEY = "key_019aa9a0-0000-7000-8000-000000000001"
RECORD = {
    "eventName": "INSERT",
    "dynamodb": {"SequenceNumber": "7", "Keys": {"PK": {"S": f"AUDIT#acme#{KEY}"}, "SK": {"S": "000000000002"}}},
}
OURS = {"function": "on_table_change", "reason": "the stored key cannot be read", "record": RECORD}
# "Retaining records for a failed batch" in the AWS Lambda developer guide has such a record, with other values.
LAMBDAS = {
    "requestContext": {
        "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
        "functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:keyward-eu-west-1-on_key_use",
        "condition": "RecordAgeExceeded",
        "approximateInvokeCount": 1,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2026-11-29T00:13:49.717Z",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001573689847184-864758bb",
        "startSequenceNumber": "800000000003126276362",
        "endSequenceNumber": "1800000000003126276363",
        "approximateArrivalOfFirstRecord": "2026-11-29T00:13:19Z",
        "approximateArrivalOfLastRecord": "2026-11-29T00:13:19Z",
        "batchSize": 2,
        "streamArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/keyward/stream/2026-11-14T22:26:31.885",
    },
}
STAND_IN = r'''
import json, os, sys
from pathlib import Path
path = Path(os.environ["WORLD"])
world = json.loads(path.read_text())
a = sys.argv[1:]
option = lambda name: a[a.index(name) + 1]
world["calls"].append(" ".join(a[:2]))
answer = None
match a[:2]:
    case ["sqs", "get-queue-url"]:
        assert option("--queue-name") == "keyward-eu-west-1-table-change-failures"
        answer = {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/failures"}
    case ["sqs", "receive-message"]:
        shown = [m for m in world["queue"] if not m.get("hidden")][: int(option("--max-number-of-messages"))]
        for m in shown:
            m["hidden"] = True
        answer = {"Messages": [{"MessageId": m["id"], "ReceiptHandle": m["id"], "Body": m["body"]} for m in shown]} if shown else None
    case ["sqs", "delete-message"]:
        world["queue"] = [m for m in world["queue"] if m["id"] != option("--receipt-handle")]
    case ["lambda", "invoke"]:
        # Version 1 of the CLI has no option for the form of bytes, and version 2 reads the content of a file:// as base64.
        assert "--cli-binary-format" not in a and option("--payload").startswith("fileb://")
        event = json.loads(Path(option("--payload").removeprefix("fileb://")).read_bytes())
        world["invoked"].append([option("--function-name"), event])
        told = world["answers"].get(option("--function-name"), {"batchItemFailures": []})
        Path(a[-3]).write_text(json.dumps(told))
        answer = {"StatusCode": 200, **({"FunctionError": "Unhandled"} if "errorMessage" in told else {})}
    case ["dynamodbstreams", "get-shard-iterator"]:
        assert option("--shard-iterator-type") == "AT_SEQUENCE_NUMBER"
        answer = {"ShardIterator": option("--sequence-number")}
    case ["dynamodbstreams", "get-records"]:
        page = world["stream"].pop(0) if world["stream"] else []
        answer = {"Records": page, "NextShardIterator": "next"}
    case _:
        sys.exit(f"the stand-in does not know {a[:2]}")
path.write_text(json.dumps(world))
if answer is not None:
    print(json.dumps(answer))
'''


def numbered(number: str) -> dict:
    """A record of the stream."""
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": number, "Keys": {"PK": {"S": "RECEIPT#acme#x#0"}}}}


class World:
    """A deployment, as the stand-in plays it."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.path = directory, directory / "world.json"
        program = directory / "bin" / "aws"
        program.parent.mkdir()
        (directory / "aws.py").write_text(STAND_IN)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{directory}/aws.py" "$@"\n')
        program.chmod(0o755)
        self.set(queue=[], invoked=[], calls=[], answers={}, stream=[])

    def set(self, **changed) -> None:
        world = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.path.write_text(json.dumps(world | changed))

    def queue(self, *bodies: dict) -> None:
        self.set(queue=[{"id": str(number), "body": json.dumps(body)} for number, body in enumerate(bodies)])

    def get(self, name: str):
        return json.loads(self.path.read_text())[name]

    def run(self, command: str) -> subprocess.CompletedProcess:
        environment = {"PATH": f"{self.directory}/bin:{os.environ['PATH']}", "WORLD": str(self.path)}
        arguments = [sys.executable, str(SCRIPT), "keyward-eu-west-1", command]
        return subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world of its own."""
    return World(tmp_path)


def test_a_record_of_our_own_is_handed_over_again_and_then_taken_out(world: World) -> None:
    world.queue(OURS)
    ran = world.run("retry")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert world.get("invoked") == [["keyward-eu-west-1-on_table_change", {"Records": [RECORD]}]]
    assert world.get("queue") == []


def test_records_that_lambda_gave_up_are_read_from_the_stream(world: World) -> None:
    first, last, after = "800000000003126276362", "1800000000003126276363", "1800000000003126276364"
    world.queue(LAMBDAS)
    world.set(stream=[[numbered(first)], [numbered(last), numbered(after)]])
    ran = world.run("retry")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert world.get("invoked") == [["keyward-eu-west-1-on_key_use", {"Records": [numbered(first), numbered(last)]}]]
    assert world.get("queue") == []


@pytest.mark.parametrize("answer", [{"batchItemFailures": [{"itemIdentifier": "7"}]}, {"errorMessage": "no"}])
def test_a_message_stays_if_its_record_fails_again(world: World, answer: dict) -> None:
    world.queue(OURS)
    world.set(answers={"keyward-eu-west-1-on_table_change": answer})
    assert world.run("retry").returncode == 1
    assert len(world.get("queue")) == 1


def test_a_message_stays_if_the_stream_does_not_have_its_records_any_more(world: World) -> None:
    world.queue(LAMBDAS)
    ran = world.run("retry")
    assert ran.returncode == 1
    assert "run sweep" in ran.stdout
    assert (world.get("invoked"), len(world.get("queue"))) == ([], 1)


def test_listing_shows_both_kinds_and_changes_nothing(world: World) -> None:
    world.queue(OURS, LAMBDAS)
    ran = world.run("list")
    assert ran.returncode == 0, ran.stderr
    assert f"AUDIT#acme#{KEY}" in ran.stdout and "RecordAgeExceeded: 2 records" in ran.stdout
    assert (world.get("invoked"), len(world.get("queue"))) == ([], 2)


def test_what_the_sweep_finds_is_purged(world: World) -> None:
    found = {
        "looked_at": 9, "finished": True, "oldest_seconds": 90_000, "without_row": [], "unreadable": [],
        "unnamed": [{"account_id": "acme", "key_id": KEY, "values": 2, "since": "2026-11-28T10:00:00Z"}],
    }
    world.set(answers={"keyward-eu-west-1-sweep": found})
    ran = world.run("sweep")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (_, asked), (function, event) = world.get("invoked")
    assert (asked, function) == ({}, "keyward-eu-west-1-on_table_change")
    assert event["Records"][0]["dynamodb"]["Keys"]["PK"] == {"S": f"AUDIT#acme#{KEY}"}


def test_a_key_that_cannot_be_read_is_named_and_is_no_success(world: World) -> None:
    lost = {"account_id": "acme", "key_id": KEY}
    found = {"looked_at": 1, "finished": False, "oldest_seconds": None, "unnamed": [], "without_row": [lost], "unreadable": [lost]}
    world.set(answers={"keyward-eu-west-1-sweep": found})
    ran = world.run("sweep")
    assert ran.returncode == 1
    assert ran.stdout.count(KEY) == 2 and "run this again" in ran.stdout
