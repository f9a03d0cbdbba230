"""deploy.sh and infra/restore on the emulator, by the real AWS CLI.

What the emulator does not do, and a real account has to show (infra/README.md, "After the first deployment"): it restores a
table as it is now, so that the test keeps a snapshot and puts it in; its CloudFormation turns no backups on; it lets API Gateway invoke without a role, so that the
pause of a restore stops nobody; it has no deletion window of KMS keys, and its stacks change at once.
"""

import json
import sys
import time

import pytest
from conftest import set_up
from deployment import APP, DATA, DEPLOYMENT, template
from emulator import running
from scripted import Scripted
from signing_in import OPERATOR
from steps import signed_in_again, signs, store
from test_deployed import KEY, PURGE_SECONDS, sealed

@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """An emulator for these tests."""
    with running(tmp_path_factory.mktemp("scripted")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def computer(emulator, tmp_path_factory):
    """A deployment that deploy.sh made."""
    computer = Scripted(tmp_path_factory.mktemp("computer"), emulator, sys.executable)
    ran = computer.succeed()
    assert 'The API answers: {"commit":null,"format":3,"epoch":1}' in ran.stdout, ran.stdout
    return computer


@pytest.fixture(scope="module")
def deployed(computer):
    """Its account, its owner and its runtime."""
    return set_up(computer.emulator, computer.outputs(), {OPERATOR: computer.operator_secret})


def code_of(computer) -> str:
    """The zip that the functions are from."""
    parameters = computer.emulator.client("cloudformation").describe_stacks(StackName=APP)["Stacks"][0]["Parameters"]
    return next(each["ParameterValue"] for each in parameters if each["ParameterKey"] == "CodeKey")


def test_an_update_changes_code_and_template_and_going_back_both_again(computer, deployed):
    key = store(deployed)
    first, zip_before = code_of(computer), computer.zips[0].read_bytes()
    # A later version has another function's description, and other code.
    later = template("app")
    later["Resources"]["GetKeyFunction"]["Properties"]["Description"] = "Another description."
    computer.write("app", later)
    computer.edit_zip("another version")
    computer.succeed(parameters=json.dumps({"LogRetentionInDays": "90"}))

    def described() -> str:
        functions = computer.emulator.client("lambda")
        return functions.get_function_configuration(FunctionName=f"{DEPLOYMENT}-get_key")["Description"]

    assert code_of(computer) != first and described() == "Another description."
    assert signs(deployed, key) == 200

    computer.write("app", template("app"))
    computer.zips[0].write_bytes(zip_before)
    ran = computer.succeed()
    assert code_of(computer) == first and described() != "Another description."
    assert f"{DATA}: nothing to change." in ran.stdout
    assert signs(deployed, key) == 200


def test_the_functions_deleted_and_made_anew_open_old_secrets(computer, deployed):
    key = store(deployed)
    cloudformation = computer.emulator.client("cloudformation")
    cloudformation.delete_stack(StackName=APP)
    computer.succeed()
    signed_in_again(computer, deployed)
    assert signs(deployed, key) == 200


def test_both_tables_are_restored_to_a_moment(computer, deployed):
    kept, deleted_later, disabled_later = store(deployed), store(deployed), store(deployed)
    set_aside_later, back_later = store(deployed), store(deployed)
    assert deployed.call(deployed.owner, "DELETE", f"/v1/keys/{back_later}", if_match='"1"').status_code == 204
    computer.take_snapshot()
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    # After that moment: a key is made, one is deleted, and the title of one is changed.
    made_later = store(deployed)
    removed = deployed.call(deployed.owner, "DELETE", f"/v1/keys/{deleted_later}?purge=now", if_match='"1"')
    assert removed.status_code == 204, removed.text
    changed = deployed.call(deployed.owner, "PATCH", f"/v1/keys/{kept}", {"title": "Changed later"}, if_match='"1"')
    assert changed.status_code == 200, changed.text
    disabled = deployed.call(deployed.owner, "POST", f"/v1/keys/{disabled_later}/disable")
    assert disabled.status_code == 200, disabled.text
    assert deployed.call(deployed.owner, "DELETE", f"/v1/keys/{set_aside_later}", if_match='"1"').status_code == 204
    assert deployed.call(deployed.owner, "POST", f"/v1/keys/{back_later}/undelete").status_code == 200
    former = computer.outputs()

    ran = computer.restore(moment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "keys that were deleted after that moment: 1" in ran.stdout, ran.stdout

    assert "keys that were disabled after that moment: 1" in ran.stdout, ran.stdout
    assert "keys that were deleted after that moment, and can be brought back: 1" in ran.stdout, ran.stdout
    assert "keys that were brought back after that moment: 1" in ran.stdout, ran.stdout

    deployed.outputs.update(computer.outputs())
    restored = f"{DEPLOYMENT}-e2"
    assert (deployed.outputs["TableName"], deployed.outputs["VaultName"]) == (restored, f"{restored}-vault")
    assert deployed.call(None, "GET", "/v1/version").json()["epoch"] == 2
    # What was there is there, and opens; what was made later is gone; what was deleted later stays deleted.
    shown = deployed.call(deployed.owner, "GET", f"/v1/keys/{kept}")
    assert (shown.json()["title"], shown.headers["etag"]) == (KEY["title"], '"1"')
    assert signs(deployed, kept) == 200
    assert deployed.call(deployed.owner, "GET", f"/v1/keys/{made_later}").status_code == 404
    assert deployed.call(deployed.owner, "GET", f"/v1/keys/{deleted_later}").status_code == 404
    assert sealed(deployed, deleted_later) == [] and sealed(deployed, kept)
    # What was disabled later stays disabled, until somebody enables it.
    shown = deployed.call(deployed.owner, "GET", f"/v1/keys/{disabled_later}").json()
    assert (shown["state"], shown["disabled"]) == ("disabled", disabled.json()["disabled"])
    assert signs(deployed, disabled_later) == 409
    assert deployed.call(deployed.owner, "POST", f"/v1/keys/{disabled_later}/enable").status_code == 200
    assert signs(deployed, disabled_later) == 200
    # What was deleted later within its seven days is deleted, and comes back; what came back later is there.
    assert deployed.call(deployed.owner, "GET", f"/v1/keys/{set_aside_later}").status_code == 404
    assert deployed.call(deployed.owner, "POST", f"/v1/keys/{set_aside_later}/undelete").status_code == 200
    assert (signs(deployed, set_aside_later), signs(deployed, back_later)) == (200, 200)
    # Later entries of the trail are of the new epoch.
    again = deployed.call(deployed.owner, "PATCH", f"/v1/keys/{kept}", {"title": "After it"}, if_match='"1"')
    assert again.status_code == 200, again.text
    trail = deployed.call(deployed.owner, "GET", f"/v1/keys/{kept}/audit").json()["items"]
    assert [entry["change"]["epoch"] for entry in trail if entry["change"]] == [2, 1]

    has_the_settings_of(computer, former)
    # The new stream calls the function, as the old one did.
    gone = store(deployed)
    assert deployed.call(deployed.owner, "DELETE", f"/v1/keys/{gone}?purge=now", if_match='"1"').status_code == 204
    deadline = time.monotonic() + PURGE_SECONDS
    while sealed(deployed, gone):
        assert time.monotonic() < deadline, "the sealed values of a deleted key are still there"
        time.sleep(0.1)
    # The restored tables stay in use, and nobody has to name them again.
    computer.succeed()
    assert computer.outputs()["TableName"] == restored
    assert deployed.call(None, "GET", "/v1/version").json()["epoch"] == 2


def has_the_settings_of(computer, former: dict[str, str]) -> None:
    """The restored tables have what a restore forgets."""
    dynamodb, outputs = computer.emulator.client("dynamodb"), computer.outputs()
    for name in ("TableName", "VaultName"):
        table = dynamodb.describe_table(TableName=outputs[name])["Table"]
        assert table["DeletionProtectionEnabled"]
        expiry = dynamodb.describe_time_to_live(TableName=outputs[name])["TimeToLiveDescription"]
        assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "ttl")
        backups = dynamodb.describe_continuous_backups(TableName=outputs[name])["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        # The former table is still there.
        assert dynamodb.describe_table(TableName=former[name])["Table"]["TableStatus"] == "ACTIVE"
    table = dynamodb.describe_table(TableName=outputs["TableName"])["Table"]
    assert table["LatestStreamArn"] == outputs["TableStreamArn"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    mappings = computer.emulator.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    streams = {mapping["EventSourceArn"] for mapping in mappings if ":dynamodb:" in mapping["EventSourceArn"]}
    assert streams == {outputs["TableStreamArn"]}


def test_another_wrapping_key_takes_over_by_one_parameter(computer, deployed):
    # The emulator's KMS cannot re-encrypt. Asked to decrypt by a key that did not encrypt, it answers other bytes, where KMS refuses
    # with IncorrectKeyException (KMS API reference, Decrypt). So the Rust tests show that old secrets open beside the second key,
    # and that rewrap takes everything over.
    kms = computer.emulator.client("kms")
    first = computer.outputs()["WrappingKeyArn"]
    computer.succeed(parameters=json.dumps({"WrappingKeys": "SECOND_AND_FIRST"}))
    outputs = computer.outputs()
    second = outputs["WrappingKeyArn"]
    assert second != first and outputs["FormerWrappingKeyArn"] == first
    assert kms.describe_key(KeyId=f"alias/{DEPLOYMENT}-wrapping")["KeyMetadata"]["Arn"] == second
    assert kms.get_key_policy(KeyId=second)["Policy"] == kms.get_key_policy(KeyId=first)["Policy"]
    told = {
        name: computer.emulator.client("lambda").get_function_configuration(FunctionName=f"{DEPLOYMENT}-{name}")
        for name in ("create_key", "sign_request", "rewrap")
    }
    told = {name: function["Environment"]["Variables"] for name, function in told.items()}
    assert {variables["KEYWARD_WRAPPING_KEY"] for variables in told.values()} == {second}
    assert told["sign_request"]["KEYWARD_FORMER_WRAPPING_KEY"] == told["rewrap"]["KEYWARD_FORMER_WRAPPING_KEY"] == first
    assert "KEYWARD_FORMER_WRAPPING_KEY" not in told["create_key"]
    rule = computer.emulator.client("events").list_rules(NamePrefix=f"{APP}-RewrapEveryWeek")["Rules"]
    assert [each["State"] for each in rule] in ([], ["ENABLED"])
    # New secrets are stored and open.
    new = store(deployed)
    assert signs(deployed, new) == 200

    # The former key stays in use until rewrap has kept that nothing is left.
    refused = computer.deploy(parameters=json.dumps({"WrappingKeys": "SECOND"}))
    assert refused.returncode == 1 and "rewrap has not kept" in refused.stderr, refused.stderr
    place = {"S": "DEPLOYMENT#REWRAP"}
    row = {"PK": place, "SK": place, "under": {"S": second}, "nothing_left": {"BOOL": True}}
    computer.emulator.client("dynamodb").put_item(TableName=outputs["VaultName"], Item=row)
    computer.succeed(parameters=json.dumps({"WrappingKeys": "SECOND"}))
    outputs = computer.outputs()
    assert (outputs["WrappingKeyArn"], outputs["FormerWrappingKeyArn"]) == (second, "")
    assert signs(deployed, new) == 200


def test_a_moment_that_no_backup_has_changes_nothing(computer, deployed):
    before = computer.emulator.client("dynamodb").list_tables()["TableNames"]
    for at, sentence in [("yesterday", "is no time with a zone"), ("2026-11-29T12:00:00", "is no time with a zone"),
                         ("2200-01-01T00:00:00Z", "can be restored to a time from")]:
        ran = computer.restore(at)
        assert ran.returncode == 1 and sentence in ran.stderr, ran.stdout + ran.stderr
    assert computer.emulator.client("dynamodb").list_tables()["TableNames"] == before
