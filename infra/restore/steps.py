"""The steps of a restore, in their order. The first line of each says what it does.

Whoever adds what has to be carried over a restore, such as rows in a further table or tokens that must end, writes a step here
and puts it into STEPS. A step finds its work done when it is run a second time.
"""

import json
import os
import subprocess

from cli import Failed, Refused, aws
from restore import EPOCH, TABLES, moment_of

PAUSE = "paused-during-a-restore"
# Where a row stands in the index of what is due.
DUE = ("due_pk", "due_sk")


def check(restore):
    """Looks whether both tables can be restored to that moment."""
    if restore.is_switched:
        return
    for path in restore.zips:
        if not os.path.exists(path):
            raise Failed(f"There is no zip {path}: run make package, from the commit that is deployed.")
    for name in restore.former.values():
        described = aws("dynamodb", "describe-continuous-backups", "--table-name", name)
        recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
            raise Failed(f"The table {name} has no point-in-time recovery.")
        earliest = moment_of(recovery["EarliestRestorableDateTime"])
        latest = moment_of(recovery["LatestRestorableDateTime"])
        if not earliest <= restore.at <= latest:
            raise Failed(
                f"The table {name} can be restored to a time from {earliest.isoformat()} to {latest.isoformat()}, "
                f"and {restore.at.isoformat()} is not among them."
            )


def pause(restore):
    """Stops the API: what is written now would be lost."""
    # The stage's throttle is "best effort" (API Gateway developer guide, "Throttle requests to your HTTP APIs"). Without the
    # right to invoke, API Gateway answers 500 and no function runs.
    deny = {"Version": "2012-10-17", "Statement": [
        {"Sid": "PauseDuringARestore", "Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}
    ]}
    aws("iam", "put-role-policy", "--role-name", f"{restore.deployment}-gateway", "--policy-name", PAUSE, policy_document=deny)


def restore_tables(restore):
    """Restores both tables to that moment, under new names."""
    if restore.is_switched:
        return
    for output, name in restore.restored.items():
        if not restore.is_there(name):
            aws(
                "dynamodb", "restore-table-to-point-in-time", "--source-table-name", restore.former[output],
                "--target-table-name", name, "--restore-date-time", restore.at.isoformat(),
            )
    for name in restore.restored.values():
        restore.wait_for(f"the table {name}", lambda name=name: restore.table(name)["TableStatus"] == "ACTIVE")


def give_settings(restore):
    """Gives the restored tables what a restore forgets: stream, expiry, recovery, tags, protection."""
    # DynamoDB API reference, RestoreTableToPointInTime: "You must manually set up the following on the restored table".
    for output, name in restore.restored.items():
        _, days = TABLES[output]
        if output == "TableName" and not restore.table(name).get("StreamSpecification", {}).get("StreamEnabled"):
            stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
            aws("dynamodb", "update-table", "--table-name", name, stream_specification=stream)
            restore.wait_for("the stream", lambda name=name: restore.table(name)["TableStatus"] == "ACTIVE")
        described = aws("dynamodb", "describe-time-to-live", "--table-name", name)["TimeToLiveDescription"]
        if described["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
            expiry = {"Enabled": True, "AttributeName": "ttl"}
            aws("dynamodb", "update-time-to-live", "--table-name", name, time_to_live_specification=expiry)
        recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days}
        aws(
            "dynamodb", "update-continuous-backups", "--table-name", name,
            point_in_time_recovery_specification=recovery,
        )
        former, new = restore.table(restore.former[output])["TableArn"], restore.table(name)["TableArn"]
        tags = aws("dynamodb", "list-tags-of-resource", "--resource-arn", former).get("Tags", [])
        # Names that begin so are AWS's own, and nobody else may give them.
        tags = [tag for tag in tags if not tag["Key"].startswith("aws:")]
        if tags:
            aws("dynamodb", "tag-resource", "--resource-arn", new, tags=tags)
        aws("dynamodb", "update-table", "--table-name", name, "--deletion-protection-enabled")


def enter_epoch(restore):
    """Writes the new epoch into both restored tables."""
    if restore.is_switched:
        return
    row = {
        **EPOCH,
        "epoch": {"N": str(restore.epoch)},
        "restored_to": {"S": restore.at.isoformat()},
        "former_table": {"S": restore.former["TableName"]},
        "former_vault": {"S": restore.former["VaultName"]},
        "finished": {"BOOL": False},
    }
    for name in restore.restored.values():
        aws("dynamodb", "put-item", "--table-name", name, item=row)


def in_state(restore, table, state):
    """The rows of keys in a state, by their places."""
    rows = restore.rows(
        table, "begins_with(PK, :keys) AND begins_with(SK, :keys) AND #state = :state",
        {":keys": {"S": "KEY#"}, ":state": {"S": state}},
        names={"#state": "state"},
    )
    return {(row["PK"]["S"], row["SK"]["S"]): row for row in rows}


def tombstones(restore, table):
    """The rows of deleted keys, by their places."""
    return in_state(restore, table, "deleted")


def keep_deletions(restore):
    """Deletes again what was deleted after that moment: copies the tombstones of keys, and their trails."""
    former = tombstones(restore, restore.former["TableName"])
    restored = tombstones(restore, restore.restored["TableName"])
    later = [row for place, row in former.items() if place not in restored]
    for row in later:
        account, key = key_of(row["PK"]["S"])
        trail = aws(
            "dynamodb", "query", "--table-name", restore.former["TableName"], "--consistent-read",
            "--key-condition-expression", "PK = :trail",
            expression_attribute_values={":trail": {"S": f"AUDIT#{account}#{key}"}},
        )["Items"]
        # The tombstone comes last: without it, the next run copies the trail again.
        restore.put(restore.restored["TableName"], trail)
        restore.put(restore.restored["TableName"], [row])
    print(f"  keys that were deleted after that moment: {len(later)}")


def keep_disabled(restore):
    """Disables again what was disabled after that moment: such a key may have leaked."""
    # Afterwards, people may enable one again, and a further run must not take that back.
    if restore.is_switched:
        return
    former = in_state(restore, restore.former["TableName"], "disabled")
    restored = in_state(restore, restore.restored["TableName"], "active")
    later = [row for place, row in former.items() if place in restored]
    for row in later:
        aws(
            "dynamodb", "update-item", "--table-name", restore.restored["TableName"],
            "--update-expression", "SET #state = :state, disabled = :disabled",
            key={"PK": row["PK"], "SK": row["SK"]},
            expression_attribute_names={"#state": "state"},
            expression_attribute_values={":state": row["state"], ":disabled": row["disabled"]},
        )
    print(f"  keys that were disabled after that moment: {len(later)}")


def keep_recoverable(restore):
    """Deletes again, and lets come back again, what was deleted or brought back after that moment within its seven days."""
    if restore.is_switched:
        return
    former, restored = restore.former["TableName"], restore.restored["TableName"]
    there = {**in_state(restore, restored, "active"), **in_state(restore, restored, "disabled")}
    deleted = [row for place, row in in_state(restore, former, "recoverable").items() if place in there]
    for row in deleted:
        set_in_row(restore, row, ("state", "recoverable_until", *DUE, "title_pk"), ("system_pk", "system_sk"))
    waiting = in_state(restore, restored, "recoverable")
    now_there = {**in_state(restore, former, "active"), **in_state(restore, former, "disabled")}
    back = [row for place, row in now_there.items() if place in waiting]
    for row in back:
        given = ("state", "title_pk", "title_sk", "system_pk", "system_sk")
        disabled = ("disabled",) if "disabled" in row else ()
        # A key that expires has the place of its next notice there, where a deleted one has that of its burial.
        due = tuple(name for name in DUE if name in row)
        removed = ("recoverable_until", *(name for name in (*DUE, "disabled") if name not in due + disabled))
        set_in_row(restore, row, given + due + disabled, removed)
    print(f"  keys that were deleted after that moment, and can be brought back: {len(deleted)}")
    print(f"  keys that were brought back after that moment: {len(back)}")


def set_in_row(restore, row, given, removed):
    """Copies attributes of a row into the restored table, and takes others away."""
    sets = ", ".join(f"#{name} = :{name}" for name in given)
    removes = ", ".join(f"#{name}" for name in removed)
    aws(
        "dynamodb", "update-item", "--table-name", restore.restored["TableName"],
        "--update-expression", f"SET {sets} REMOVE {removes}",
        key={"PK": row["PK"], "SK": row["SK"]},
        expression_attribute_names={f"#{name}": name for name in given + removed},
        expression_attribute_values={f":{name}": row[name] for name in given},
    )


def show_rights(restore):
    """Shows which rights are back that were taken away or changed after that moment."""
    values = {":members": {"S": "MEMBER#"}, ":clients": {"S": "CLIENT#"}}

    def rights(table):
        rows = restore.rows(table, "begins_with(SK, :members) OR begins_with(PK, :clients)", values)
        content = ("state", "role", "permissions")
        return {f"{row['PK']['S']} {row['SK']['S']}": [row.get(name) for name in content] for row in rows}

    before, now = rights(restore.former["TableName"]), rights(restore.restored["TableName"])
    for place in sorted(now):
        if now[place] != before.get(place):
            what = "was removed after that moment" if place not in before else "had other rights after that moment"
            print(f"  look at {place}: it {what}")


def switch(restore):
    """Deploys the functions with the restored tables, and with their stream."""
    names = [f"{TABLES[output][0]}={name}" for output, name in restore.restored.items()]
    stream = restore.table(restore.restored["TableName"])["LatestStreamArn"]
    # As in deploy.sh: one a line, or with spaces between them.
    given = restore.settings.get("PARAMETERS", "")
    further = given.split("\n" if "\n" in given else " ")
    parameters = [*names, f"RestoredTableStreamArn={stream}", *filter(None, further)]
    script = os.path.join(os.path.dirname(__file__), "../deploy.sh")
    settings = {**restore.settings, "PARAMETERS": "\n".join(parameters) + "\n", "UNSEEN": "1"}
    ran = subprocess.run(["bash", script, "--yes", *restore.zips], env=settings, check=False)
    if ran.returncode:
        raise Failed("The functions could not be switched over: see above. The former tables are as they were.")


def purge(restore):
    """Purges the sealed values of deleted keys, and looks whether they are gone."""
    left = []
    for account, key in sorted(keys_of(tombstones(restore, restore.restored["TableName"]))):
        if sealed(restore, account, key):
            left.append((account, key))
    for start in range(0, len(left), 100):
        records = [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "SequenceNumber": str(number),
                    "Keys": {"PK": {"S": f"AUDIT#{account}#{key}"}, "SK": {"S": "000000000001"}},
                },
            }
            for number, (account, key) in enumerate(left[start : start + 100], start=1)
        ]
        invoke(restore, "on_table_change", {"Records": records})
    still = [key for account, key in left if sealed(restore, account, key)]
    if still:
        raise Failed(f"Sealed values of deleted keys are still there, of {still[0]} for one: see the log of on_table_change.")
    print(f"  deleted keys whose values came back and are purged: {len(left)}")


def keys_of(places):
    """Accounts and keys of rows."""
    return {key_of(partition) for partition, _ in places}


def key_of(partition):
    """Account and key of a row's partition."""
    _, account, key = partition.split("#")
    return account, key


def sealed(restore, account, key):
    """How many sealed values the vault has of a key."""
    return aws(
        "dynamodb", "query", "--table-name", restore.restored["VaultName"], "--consistent-read", "--select", "COUNT",
        "--key-condition-expression", "PK = :key", expression_attribute_values={":key": {"S": f"{account}#{key}"}},
    )["Count"]


def invoke(restore, function, event):
    """Calls a function, which may have begun a moment ago to take its new settings."""
    answer = aws(
        "lambda", "invoke", "--function-name", f"{restore.deployment}-{function}", "/dev/null",
        payload=json.dumps(event).encode(),
    )
    if "FunctionError" in answer:
        raise Failed(f"The function {function} failed: see its log.")


def resume(restore):
    """Lets the API answer again."""
    for name in restore.restored.values():
        aws(
            "dynamodb", "update-item", "--table-name", name, "--update-expression", "SET finished = :yes",
            key=EPOCH, expression_attribute_values={":yes": {"BOOL": True}},
        )
    try:
        aws("iam", "delete-role-policy", "--role-name", f"{restore.deployment}-gateway", "--policy-name", PAUSE)
    except Refused as refused:
        if not refused.is_because("NoSuchEntity"):
            raise
    restore.wait_for("the API", lambda: is_answered(restore))


def is_answered(restore):
    """Whether the API answers in the new epoch."""
    stack = aws("cloudformation", "describe-stacks", "--stack-name", f"{restore.deployment}-app")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    url = f"{outputs['ApiUrl']}/v1/version"
    asked = subprocess.run(
        ["curl", "--silent", "--fail", "--max-time", "30", url], capture_output=True, text=True, check=False
    )
    return f'"epoch":{restore.epoch}' in asked.stdout


def tell(restore):
    """Says what is left to do."""
    print(f"  The tables are those of {restore.at.isoformat()}, in epoch {restore.epoch}.")
    print(f"  The former tables {' and '.join(restore.former.values())} stay. Delete them when nobody needs them any more.")


STEPS = [
    check,
    pause,
    restore_tables,
    give_settings,
    enter_epoch,
    keep_deletions,
    keep_disabled,
    keep_recoverable,
    show_rights,
    switch,
    purge,
    resume,
    tell,
]
