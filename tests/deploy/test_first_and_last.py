"""A first deployment that fails, and the deletion of everything: by deploy.sh on an emulator of each test's own.

They are apart from the tests of what lies between, so that both run at the same time.
"""

import os
import sys

import pytest
from botocore.exceptions import ClientError
from conftest import set_up
from deployment import APP, DATA, DEPLOYMENT, template
from emulator import running
from program import ROOT
from scripted import Scripted
from signing_in import OPERATOR
from steps import signed_in_again, signs, store

ALL = os.environ.get("KEYWARD_DEPLOY") == "all"
# One of each kind that holds data, and of those that are made late.
FAILING = [
    ("data", "VaultTable"), ("data", "WrappingKey"), ("data", "FingerprintKeyAlias"), ("data", "UserPool"),
    ("data", "UserPoolDomain"), ("data", "TokenSigningKey"), ("app", "PanelClient"), ("app", "CreateKeyRole"),
    ("app", "SendRequestFunction"), ("app", "TableChanges"),
]
IN_CI = [FAILING[4], FAILING[8]]


def failing_after(name: str, resource: str) -> dict:
    """A template whose creation fails when this resource was made: a resource that needs it calls a function that is none."""
    whole = template(name)
    token = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:nobodys"}
    broken = {"Type": "Custom::Refused", "DependsOn": resource, "Properties": {"ServiceToken": token}}
    return {**whole, "Resources": {**whole["Resources"], "Refused": broken}}


@pytest.mark.parametrize(("name", "resource"), FAILING if ALL else IN_CI)
def test_a_first_deployment_that_failed_is_followed_by_a_good_one(tmp_path, name, resource):
    with running(tmp_path) as emulator:
        computer = Scripted(tmp_path, emulator, sys.executable)
        computer.write(name, failing_after(name, resource))
        failed = computer.deploy()
        assert failed.returncode == 1 and "Refused" in failed.stderr, failed.stdout + failed.stderr
        computer.write(name, template(name))
        computer.succeed()
        tables = emulator.client("dynamodb").list_tables()["TableNames"]
        assert sorted(tables) == [DEPLOYMENT, f"{DEPLOYMENT}-vault"]
        table = emulator.client("dynamodb").describe_table(TableName=DEPLOYMENT)["Table"]
        assert table["DeletionProtectionEnabled"]


def test_everything_deleted_leaves_the_data_which_can_be_taken_over(tmp_path):
    with running(tmp_path) as emulator:
        computer = Scripted(tmp_path, emulator, sys.executable)
        computer.succeed()
        is_taken_over(computer, set_up(emulator, computer.outputs(), {OPERATOR: computer.operator_secret}))


def is_taken_over(computer, deployed) -> None:
    """Deletes both stacks, and takes over what is left."""
    key, before = store(deployed), computer.outputs()
    cloudformation = computer.emulator.client("cloudformation")
    with pytest.raises(ClientError, match="TerminationProtection"):
        cloudformation.delete_stack(StackName=DATA)
    cloudformation.update_termination_protection(StackName=DATA, EnableTerminationProtection=False)
    for stack in (APP, DATA):
        cloudformation.delete_stack(StackName=stack)
    tables = computer.emulator.client("dynamodb").list_tables()["TableNames"]
    assert sorted(tables) == [DEPLOYMENT, f"{DEPLOYMENT}-vault"]
    ran = computer.deploy()
    assert ran.returncode == 1 and "exists without a stack: take it over" in ran.stderr, ran.stderr

    taken = {
        "WRAPPING_KEY": before["WrappingKeyArn"].split("/")[-1],
        "FINGERPRINT_KEY": before["FingerprintKeyArn"].split("/")[-1],
        # The MACs of rows are this key's.
        "ROW_KEY": before["RowKeyArn"].split("/")[-1],
        "USER_POOL": before["UserPoolId"],
    }
    ran = computer.run("python3", str(ROOT / "infra/take_over.py"), **taken)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    computer.succeed()
    after = computer.outputs()
    lasting = ("TableName", "VaultName", "WrappingKeyArn", "FingerprintKeyArn", "RowKeyArn", "UserPoolId")
    assert {name: after[name] for name in lasting} == {name: before[name] for name in lasting}
    signed_in_again(computer, deployed)
    assert signs(deployed, key) == 200
    # What was taken over is part of the stack, and a second time there is nothing to take over.
    ran = computer.run("python3", str(ROOT / "infra/take_over.py"), **taken)
    assert ran.returncode == 1 and "there is nothing to take over" in ran.stderr, ran.stderr
