"""deploy.sh makes the operator's client, and only then: in a first deployment, in a stack that was taken over, and in restored tables."""

import base64
import hashlib
import hmac
import json
import re
import uuid

import pytest
import yaml
from machine import ACCOUNT, APP, CALLERS, DATA, Machine, is_whole
from program import ROOT
from row_macs import row_digest


def mac_of(row: dict) -> str:
    """The MAC of the operator's row, as the stand-in of KMS makes it."""
    key = f"RowKeyArn-of-{DATA}".encode()
    return base64.b64encode(hmac.digest(key, row_digest("keyward-eu-west-1", row), "sha256")).decode()



def test_the_first_deployment_makes_the_operators_client_and_shows_its_secret_once(machine):
    shown = re.findall(r"client_secret  (kwsecret_([0-9a-f]{64})([0-9a-f]{8}))\n", machine.succeed().stdout)
    [(secret, digits, check)] = shown
    assert check == hashlib.sha256(f"check sum of kwsecret_{digits}".encode()).hexdigest()[:8]
    row = machine.operator()
    assert machine.world()["rows"] == {"keyward-eu-west-1": {"CLIENT#operator": row}}
    assert (row["PK"], row["SK"], row["state"]) == ({"S": "CLIENT#operator"}, {"S": "CLIENT"}, {"S": "active"})
    assert row["permissions"] == {"L": [{"S": "accounts:operate"}]}
    [kept] = row["secrets"]["L"]
    assert kept["M"]["sha256"] == {"S": hashlib.sha256(secret.encode()).hexdigest()}
    assert str(uuid.UUID(kept["M"]["id"]["S"].removeprefix("secret_"))) == kept["M"]["id"]["S"].removeprefix("secret_")
    assert digits not in json.dumps(machine.world()["calls"])
    # The policy of the key of rows named the caller while the row was made, and names nobody afterwards.
    assert row["mac"] == {"S": mac_of(row)}
    assert machine.world()["stacks"][DATA]["values"]["RowWriter"] == "role/"
    machine.changed()
    assert "kwsecret_" not in machine.succeed().stdout
    assert machine.operator() == row


@pytest.mark.parametrize("caller", CALLERS[1:])
def test_whoever_deploys_first_may_make_the_operator(machine, caller):
    machine.set(caller=caller)
    machine.succeed()
    assert machine.operator()["mac"] == {"S": mac_of(machine.operator())}


def test_every_caller_fits_the_parameter_and_no_name_that_means_several_does():
    template = yaml.safe_load((ROOT / "infra/data.yaml").read_text(encoding="utf-8"))
    pattern = template["Parameters"]["RowWriter"]["AllowedPattern"]
    fitting = [caller["name"] for caller in CALLERS] + ["role/"]
    assert [name for name in fitting if not re.fullmatch(pattern, name)] == []
    others = ["", "*", "role/*", "role/deploy?r", "user/*/ann", f"arn:aws:sts::{ACCOUNT}:federated-user/ann", "group/all"]
    assert [name for name in others if re.fullmatch(pattern, name)] == []


def test_a_caller_that_no_parameter_can_name_makes_nothing(machine):
    machine.set(caller={"arn": f"arn:aws:sts::{ACCOUNT}:federated-user/ann", "name": ""})
    ran = machine.deploy()
    assert ran.returncode == 1 and f"You are arn:aws:sts::{ACCOUNT}:federated-user/ann" in ran.stderr, ran.stderr
    assert machine.changed() == [] and machine.world()["stacks"] == {} and machine.operator() is None


def take_over(machine: Machine) -> None:
    """Both stacks are deleted, and what is left of the data stack is imported, as infra/take_over.py does."""
    stacks, names = machine.world()["stacks"], machine.world()["names"]
    del stacks[APP]
    kept = machine.directory / stacks[DATA]["template"]
    template = json.loads(kept.read_text())
    lasting = {name: each for name, each in template["Resources"].items() if each.get("DeletionPolicy") == "RetainExceptOnCreate"}
    del template["Outputs"]
    kept.write_text(json.dumps(template | {"Resources": lasting}))
    stacks[DATA] |= {"status": "IMPORT_COMPLETE", "outputs": {}}
    machine.set(stacks=stacks, names=[name for name in names if "DynamoDB" in name])


def test_a_stack_that_was_taken_over_keeps_its_operator(machine):
    machine.succeed()
    row = machine.operator()
    take_over(machine)
    ran = machine.succeed("--yes")
    is_whole(machine)
    assert machine.operator() == row and "client_secret" not in ran.stdout


def test_a_stack_that_was_taken_over_without_an_operator_gets_one(machine):
    machine.succeed()
    take_over(machine)
    machine.set(rows={})
    assert "client_secret" in machine.succeed("--yes").stdout
    is_whole(machine)
    row = machine.operator()
    assert row["mac"] == {"S": mac_of(row)}


@pytest.mark.parametrize("is_in_the_backup", [True, False])
def test_restored_tables_get_an_operator_unless_they_have_one(machine, is_in_the_backup):
    machine.succeed()
    former = machine.operator()
    restored = "keyward-eu-west-1-e2"
    names = [*machine.world()["names"], f"AWS::DynamoDB::Table {restored}"]
    rows = machine.world()["rows"] | ({restored: {"CLIENT#operator": former}} if is_in_the_backup else {})
    machine.set(names=names, rows=rows)
    stream = f"arn:aws:dynamodb:eu-west-1:111122223333:table/{restored}/stream/2026-11-29T12:00:00.000"
    given = f"RestoredTableName={restored} RestoredVaultName={restored}-vault RestoredTableStreamArn={stream}"
    ran = machine.succeed("--yes", PARAMETERS=given)
    row = machine.operator(restored)
    assert (row == former) == is_in_the_backup == ("client_secret" not in ran.stdout)
    assert row["mac"] == {"S": mac_of(row)} and machine.operator() == former
    assert machine.world()["stacks"][DATA]["values"]["RowWriter"] == "role/"
