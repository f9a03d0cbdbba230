#!/usr/bin/env python3
"""Looks into the queue of records of the table's stream that failed, and tries them again: failed_changes.py DEPLOYMENT COMMAND.

list    shows what is in the queue and changes nothing
retry   hands each record to its function again, and takes its message out of the queue when the function has dealt with it
sweep   runs the function that finds sealed values that nothing names, and has the values of each key purged

DEPLOYMENT is what the deployment is called, such as keyward-eu-west-1. Account and region are those that the AWS CLI is signed in
to. Handing a record over twice does no harm. docs/operations.md says when to do what.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

# A message that is being tried is hidden from others for so many seconds.
HIDDEN = 300


class Failed(Exception):
    """What could not be done, in a sentence."""


def aws(*arguments):
    """What the AWS CLI answers."""
    ran = subprocess.run(["aws", *arguments, "--output", "json"], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Failed(ran.stderr.strip())
    return json.loads(ran.stdout) if ran.stdout.strip() else {}


def invoke(function, event):
    """What a function answers to an event."""
    with tempfile.TemporaryDirectory() as directory:
        asked, told = Path(directory, "asked.json"), Path(directory, "told.json")
        asked.write_text(json.dumps(event))
        outcome = aws(
            "lambda", "invoke", "--function-name", function, "--cli-read-timeout", "910",
            # Both versions of the AWS CLI send the bytes of a fileb:// as they are.
            "--payload", f"fileb://{asked}", str(told),
        )
        answer = told.read_text()
        if outcome.get("FunctionError"):
            raise Failed(f"{function} failed: {answer}")
        return json.loads(answer)


def follows(number, other):
    """Whether a sequence number comes after another. They are numbers of up to 40 digits."""
    return int(number) > int(other)


def in_stream(batch):
    """The records of a batch that Lambda gave up, as long as the stream still has them.

    Lambda names the place of the batch and not its records ("Retaining records for a failed batch" in its developer guide).
    """
    start = ("--shard-iterator-type", "AT_SEQUENCE_NUMBER", "--sequence-number", batch["startSequenceNumber"])
    stream = ("--stream-arn", batch["streamArn"], "--shard-id", batch["shardId"])
    iterator = aws("dynamodbstreams", "get-shard-iterator", *stream, *start)["ShardIterator"]
    while iterator:
        page = aws("dynamodbstreams", "get-records", "--shard-iterator", iterator)
        for record in page["Records"]:
            if follows(record["dynamodb"]["SequenceNumber"], batch["endSequenceNumber"]):
                return
            yield record
        # An open shard has no end: an empty page is the end of what it has.
        iterator = page.get("NextShardIterator") if page["Records"] else None


def work_of(message):
    """The function that a message is for, and the records to hand to it."""
    body = json.loads(message["Body"])
    if "record" in body:
        return body["function"], [body["record"]]
    function = body["requestContext"]["functionArn"].split(":")[6].rsplit("-", 1)[-1]
    return function, list(in_stream(body["DDBStreamBatchInfo"]))


def described(message):
    """A message in a line."""
    body = json.loads(message["Body"])
    if "record" in body:
        keys = body["record"]["dynamodb"].get("Keys")
        return f"{body['function']}: {body['reason']}: {json.dumps(keys)}"
    batch = body["DDBStreamBatchInfo"]
    function = body["requestContext"]["functionArn"].split(":")[6]
    return f"{function}: {body['requestContext']['condition']}: {batch['batchSize']} records from {batch['startSequenceNumber']}"


class Queue:
    """The queue of a deployment."""

    def __init__(self, deployment):
        name = f"{deployment}-table-change-failures"
        self.url = aws("sqs", "get-queue-url", "--queue-name", name)["QueueUrl"]

    def messages(self, hidden):
        """Every message once, each hidden for so many seconds."""
        seen = set()
        while True:
            received = aws(
                "sqs", "receive-message", "--queue-url", self.url, "--max-number-of-messages", "10",
                "--visibility-timeout", str(hidden), "--wait-time-seconds", "1",
            )
            new = [message for message in received.get("Messages", []) if message["MessageId"] not in seen]
            if not new:
                return
            for message in new:
                seen.add(message["MessageId"])
                yield message

    def delete(self, message):
        """Takes a message out."""
        aws("sqs", "delete-message", "--queue-url", self.url, "--receipt-handle", message["ReceiptHandle"])


def hand_over(deployment, function, records):
    """Hands records to a function. Returns whether it has dealt with all of them."""
    if not records:
        return False
    return invoke(f"{deployment}-{function}", {"Records": records}) == {"batchItemFailures": []}


def show(deployment):
    """Shows what is in the queue."""
    messages = list(Queue(deployment).messages(30))
    for message in messages:
        print(described(message))
    print(f"{len(messages)} messages. They are hidden from other readers for 30 seconds.")
    return 0


def retry(deployment):
    """Tries everything that is in the queue now. What fails for good again is put into the queue anew, and waits there."""
    queue, left = Queue(deployment), 0
    for message in list(queue.messages(HIDDEN)):
        function, records = work_of(message)
        if hand_over(deployment, function, records):
            queue.delete(message)
            print(f"done: {described(message)}")
        else:
            left += 1
            why = "it failed again" if records else "the stream does not have its records any more: run sweep"
            print(f"left: {described(message)}: {why}")
    print(f"{left} messages are left. The function puts those into the queue anew that failed for good again: run list.")
    return 1 if left else 0


def sweep(deployment):
    """Has everything purged that the sweep finds."""
    left = 0
    found = invoke(f"{deployment}-sweep", {})
    for unnamed in found["unnamed"]:
        partition = f"AUDIT#{unnamed['account_id']}#{unnamed['key_id']}"
        keys = {"PK": {"S": partition}, "SK": {"S": "000000000001"}}
        record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "Keys": keys}}
        if hand_over(deployment, "on_table_change", [record]):
            print(f"purged: {unnamed['values']} values of {unnamed['key_id']}")
        else:
            left += 1
            print(f"left: {unnamed['key_id']}")
    for key in found["without_row"]:
        print(f"the row of {key['key_id']} of the account {key['account_id']} is missing: restore it, or delete its values by hand")
    for key in found["unreadable"]:
        print(f"the row or a version of {key['key_id']} of the account {key['account_id']} cannot be read")
    if not found["finished"]:
        print("The time was not enough for the whole vault: run this again when the purged values are gone.")
    return 1 if left or found["without_row"] or found["unreadable"] else 0


COMMANDS = {"list": show, "retry": retry, "sweep": sweep}


def main():
    """Runs a command."""
    if len(sys.argv) != 3 or sys.argv[2] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return COMMANDS[sys.argv[2]](sys.argv[1])
    except Failed as failed:
        print(f"failed_changes.py: {failed}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
