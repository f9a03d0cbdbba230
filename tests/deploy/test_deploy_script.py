"""deploy.sh against a stand-in that plays CloudFormation's documented states: whatever failed, the next run succeeds."""

import base64
import json
import os
import subprocess
import sys

import pytest
import yaml
from machine import APP, COMMIT, DATA, KEYS, STAND_IN, Machine, is_whole
from program import ROOT
from stand_in import public_key

# Each kind of resource that holds data or a name, in both templates.
FAILING = [
    "VaultTable", "WrappingKey", "FingerprintKeyAlias", "UserPool", "UserPoolDomain", "TokenSigningKey",
    "PanelClient", "CreateKeyRole", "SendRequestFunction", "TableChanges",
]
MODE = os.environ.get("KEYWARD_DEPLOY", "two")


def test_a_first_deployment_creates_both_stacks_and_says_what_is_next(machine):
    ran = machine.succeed()
    is_whole(machine)
    assert f"The control panel: ApiUrl-of-{APP}" in ran.stdout
    assert f"The code that answers is of commit {COMMIT}." in ran.stdout
    assert (machine.directory / "asked").read_text().split()[-1] == f"ApiUrl-of-{APP}/v1/version"
    assert "create the first account" in ran.stdout
    assert len(set(machine.world()["uploaded"])) == 3
    # It is asked nothing, because nothing held data before.
    assert "Answer yes" not in ran.stdout


def test_the_token_route_gets_the_public_keys_of_the_user_pool(machine):
    machine.succeed()
    given = machine.world()["stacks"][APP]["values"]["SignInKeys"]
    assert given == json.dumps(json.loads(KEYS), separators=(",", ":"))


def test_without_the_keys_of_the_user_pool_no_function_is_deployed(machine):
    (machine.directory / "keys").unlink()
    failed = machine.deploy()
    assert failed.returncode == 1 and "public keys of the user pool cannot be read" in failed.stderr, failed.stderr
    assert machine.status(APP) is None
    (machine.directory / "keys").write_text(KEYS)
    machine.succeed()
    is_whole(machine)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html><title>Sign in to the network</title></html>",
        "null",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": [{}]}',
        '{"message": "Forbidden"}',
        # Cut off, with something behind it, of another algorithm, without an id, one good key of two.
        KEYS[:-3],
        KEYS + "<!-- seen by the proxy -->",
        KEYS.replace("RSA", "EC"),
        KEYS.replace("kid", "kin"),
        KEYS.replace('"n": "sQ", ', ""),
        KEYS.replace("]}", ', {"kid": "YmFy", "kty": "RSA", "use": "sig"}]}'),
    ],
)
def test_what_is_no_key_set_is_not_deployed(machine, answer):
    (machine.directory / "keys").write_text(answer)
    failed = machine.deploy()
    assert failed.returncode == 1 and "sends no key set" in failed.stderr, failed.stderr
    assert machine.status(APP) is None
    (machine.directory / "keys").write_text(KEYS.replace("]}", ', {"kid": "YmFy", "kty": "RSA", "e": "AQAB", "n": "sQ", "x5c": ["a", "b"]}]}'))
    machine.succeed()
    is_whole(machine)


@pytest.mark.parametrize("failing", FAILING if MODE == "all" else ["UserPoolDomain", "SendRequestFunction"])
def test_a_first_deployment_that_failed_can_be_repeated(machine, failing):
    machine.set(failing=failing)
    failed = machine.deploy()
    assert failed.returncode == 1 and f"{failing}: Resource handler returned message" in failed.stderr, failed.stderr
    machine.set(failing=None)
    machine.succeed()
    is_whole(machine)
    tables = [name for name in machine.world()["names"] if "DynamoDB" in name]
    assert tables == ["AWS::DynamoDB::Table keyward-eu-west-1", "AWS::DynamoDB::Table keyward-eu-west-1-vault"]


def test_a_policy_that_retains_would_make_every_further_deployment_fail(machine):
    # What the templates had: the stand-in shows the fault that they were changed for.
    def retain(template):
        for resource in template["Resources"].values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"

    machine.edit("data.yaml", retain)
    machine.set(failing="UserPoolDomain")
    assert machine.deploy().returncode == 1
    machine.set(failing=None)
    again = machine.deploy()
    assert again.returncode == 1 and "exists without a stack: take it over" in again.stderr


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_was_never_whole_is_created_anew(machine, status):
    machine.put(DATA, status)
    machine.succeed()
    is_whole(machine)


@pytest.mark.parametrize("status", ["UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE"])
def test_an_update_that_failed_is_rolled_back_and_repeated(machine, status):
    machine.succeed()
    machine.put(APP, status)
    (machine.directory / "zip").write_text("another version")
    machine.succeed()
    is_whole(machine)
    assert machine.status(APP) == "UPDATE_COMPLETE"


def test_other_code_that_answers_is_a_failed_deployment(machine):
    machine.answers("fedcba9876543210fedcba9876543210fedcba98")
    ran = machine.deploy()
    assert ran.returncode == 1 and f"and not commit {COMMIT}" in ran.stderr, ran.stderr
    # Every try asked, because the first answers may come from the code before.
    assert len((machine.directory / "asked").read_text().splitlines()) == 2
    machine.answers(COMMIT)
    machine.succeed()


def test_code_that_does_not_answer_is_a_failed_deployment(machine):
    (machine.directory / "answer").unlink()
    ran = machine.deploy()
    assert ran.returncode == 1 and "/v1/version does not answer" in ran.stderr, ran.stderr


def test_a_domain_without_its_record_is_no_failed_deployment(machine):
    (machine.directory / "answer").unlink()
    certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-4000-8000-000000000002"
    ran = machine.succeed(PARAMETERS=f"DomainName=keys.example.com CertificateArn={certificate}")
    assert f"its DNS record has to lead to DomainTarget-of-{APP}" in ran.stdout


def test_zips_that_do_not_say_their_commit_are_deployed_and_the_answer_is_shown(machine):
    (machine.directory / "commit").unlink()
    ran = machine.succeed()
    assert f'The API answers: {{"commit":"{COMMIT}"' in ran.stdout


def test_an_update_that_fails_leaves_what_was_there_and_says_why(machine):
    machine.succeed()
    before = machine.world()["stacks"][APP]["values"]
    (machine.directory / "zip").write_text("another version")
    machine.set(failing="GetKeyFunction")
    failed = machine.deploy()
    assert failed.returncode == 1 and "GetKeyFunction" in failed.stderr
    assert machine.status(APP) == "UPDATE_ROLLBACK_COMPLETE"
    assert machine.world()["stacks"][APP]["values"] == before


def test_going_back_deploys_the_older_code_and_asks_nothing(machine):
    machine.succeed()
    first = machine.world()["stacks"][APP]["values"]["CodeKey"]
    (machine.directory / "zip").write_text("another version")
    machine.succeed()
    assert machine.world()["stacks"][APP]["values"]["CodeKey"] != first
    (machine.directory / "zip").write_text("zip")
    ran = machine.succeed()
    assert machine.world()["stacks"][APP]["values"]["CodeKey"] == first
    assert f"{DATA}: nothing to change." in ran.stdout and "Answer yes" not in ran.stdout


def test_a_change_of_what_holds_data_waits_for_an_answer(machine):
    machine.succeed()
    machine.changed()
    encrypted = {"PARAMETERS": "TableEncryption=OWN_KEY"}
    for answer in ("", "no\n"):
        refused = machine.deploy(answer=answer, **encrypted)
        assert refused.returncode == 1 and "the answer was not yes" in refused.stderr
        assert "This changes what holds data" in refused.stdout and "VaultTable" in refused.stdout
        assert "cloudformation execute-change-set" not in machine.changed()
    machine.succeed(answer="yes\n", **encrypted)
    assert machine.world()["stacks"][DATA]["values"]["TableEncryption"] == "OWN_KEY"


def test_a_deployment_without_protection_can_be_deleted(machine):
    machine.succeed(PARAMETERS="DeletionProtection=OFF")
    assert "protected" not in machine.world()["stacks"][DATA]


def test_yes_answers_for_automation(machine):
    machine.succeed()
    machine.succeed("--yes", PARAMETERS="TableEncryption=OWN_KEY")
    assert machine.world()["stacks"][DATA]["values"]["TableEncryption"] == "OWN_KEY"
    # A parameter that is not named keeps its value.
    machine.succeed()
    assert machine.world()["stacks"][DATA]["values"]["TableEncryption"] == "OWN_KEY"


def test_the_functions_are_deleted_and_made_anew_beside_the_same_data(machine):
    machine.succeed()
    before = machine.world()["stacks"][DATA]["outputs"]
    stacks = machine.world()["stacks"]
    names = machine.world()["names"]
    gone = stacks.pop(APP)
    machine.set(stacks=stacks, names=[name for name in names if "DynamoDB" in name or "KMS" in name or "Cognito" in name])
    machine.succeed()
    assert machine.world()["stacks"][DATA]["outputs"] == before
    # What data.yaml puts out is what the functions are told, as before.
    told = machine.world()["stacks"][APP]["values"]
    assert {name: told[name] for name in before} == {name: gone["values"][name] for name in before}


def test_tags_that_nobody_names_stay(machine):
    machine.succeed(TAGS="team=platform cost-center=42")
    tagged = {"team": "platform", "cost-center": "42"}
    (machine.directory / "zip").write_text("another version")
    machine.succeed()
    assert [machine.world()["stacks"][stack]["tags"] for stack in (DATA, APP)] == [tagged, tagged]


def test_cloudformation_works_by_the_role_that_is_named(machine):
    role = "arn:aws:iam::111122223333:role/deployer"
    machine.succeed(ROLE_ARN=role)
    assert machine.world()["roles_used"] == {DATA: role, APP: role}


def test_an_update_by_hand_cannot_remove_or_replace_what_holds_data(machine):
    machine.succeed()
    statements = machine.world()["stacks"][DATA]["policy"]["Statement"]
    assert statements[0] == {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    held = statements[1]["Condition"]["StringEquals"]["ResourceType"]
    assert {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Cognito::UserPool"} <= set(held)

    def without_a_table(template):
        del template["Resources"]["VaultTable"]
        text = json.dumps(template).replace('{"Ref": "VaultTable"}', '"vault"').replace("VaultTable", "Table")
        template.clear()
        template.update(json.loads(text))

    machine.edit("data.yaml", without_a_table)
    # Who says no changes nothing, and the policy stays.
    refused = machine.deploy(answer="no\n")
    assert refused.returncode == 1 and "This removes or replaces what holds data: VaultTable" in refused.stdout
    assert machine.world()["stacks"][DATA]["policy"]["Statement"] == statements
    # Past deploy.sh, CloudFormation refuses.
    change_set = list(machine.world()["change_sets"])[-1]
    run_aws(machine, "cloudformation", "execute-change-set", "--change-set-name", change_set)
    assert machine.world()["stacks"][DATA]["events"][0]["ResourceStatusReason"].startswith("Action denied by stack policy")
    run_aws(machine, "cloudformation", "describe-stacks", "--stack-name", DATA)
    # Who says yes lifts the policy for this one change.
    machine.succeed("--yes")
    assert machine.world()["stacks"][DATA]["policy"]["Statement"] == statements


def run_aws(machine: Machine, *arguments: str) -> None:
    """A call of the stand-in, as a person makes it."""
    environment = {"STAND_IN": str(machine.state), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-I", STAND_IN, *arguments], env=environment, check=True)


@pytest.mark.parametrize(
    ("ringing", "status"),
    [
        # It rang before.
        ([["keyward-eu-west-1-mail"], ["keyward-eu-west-1-mail"], ["keyward-eu-west-1-mail"]], 0),
        ([[], [], []], 0),
        ([["keyward-eu-west-1-mail"], [], ["keyward-eu-west-1-mail", "keyward-eu-west-1-our-errors"]], 1),
        ([[], ["keyward-eu-west-1-our-errors"]], 1),
    ],
)
def test_an_alarm_that_begins_to_ring_after_a_deployment_fails_it(machine, ringing, status):
    machine.set(ringing=ringing)
    ran = machine.deploy("--yes", WATCH="10")
    assert ran.returncode == status, ran.stdout + ran.stderr
    assert ("an alarm has begun to ring: keyward-eu-west-1-our-errors." in ran.stderr) == bool(status)
    # Nobody looks unless asked.
    machine.changed()
    machine.succeed()
    assert "cloudwatch describe-alarms" not in machine.world()["calls"]


def test_the_functions_are_told_the_public_half_of_the_key_of_tokens(machine):
    machine.succeed()
    told = machine.world()["stacks"][APP]["values"]
    [key] = json.loads(told["TokenKeys"])["keys"]
    arn = told["TokenSigningKeyArn"]
    assert (key["kid"], key["e"]) == (arn.rsplit("/")[-1], "AQAB")
    # Another program reads the same numbers from what KMS shows.
    shown = base64.b64decode(public_key(arn))
    modulus = base64.urlsafe_b64decode(key["n"] + "==")
    assert len(modulus) == 256 and modulus == shown[33:289] and shown[289:] == bytes([2, 3, 1, 0, 1])
    assert " " not in told["TokenKeys"]


@pytest.mark.parametrize("shown", ["None", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", public_key("x")[:-4], public_key("x") + "AAAA"])
def test_a_public_half_of_another_kind_is_given_to_no_function(machine, shown):
    machine.set(public_key=shown)
    failed = machine.deploy()
    assert failed.returncode == 1 and "no RSA key of 2,048 bits" in failed.stderr, failed.stderr
    assert machine.status(APP) is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"BUCKET": ""}, "BUCKET is not set"),
        ({"LOGIN_PREFIX": ""}, "LOGIN_PREFIX is not set"),
        ({"BUCKET": "nobodys"}, "The bucket nobodys does not exist"),
        ({"DEPLOYMENT": "keyward-" + "x" * 33}, "has more than 40 characters"),
        ({"DEPLOYMENT": "Keyward"}, "may only have lower-case letters"),
        ({"LOGIN_PREFIX": "acme-cognito"}, "which Cognito reserves"),
        ({"LOGIN_PREFIX": "my-aws-keys"}, "which Cognito reserves"),
        ({"LOGIN_PREFIX": "amazonas"}, "which Cognito reserves"),
        ({"LOGIN_PREFIX": "-acme"}, "may only have up to 63"),
        ({"PARAMETERS": "AlarmMail=ops@example.com"}, "names AlarmMail, which neither template has"),
        ({"PARAMETERS": "AlarmEmail"}, "which is not NAME=VALUE"),
        ({"PARAMETERS": "DomainName=keys.example.com"}, "DomainName needs CertificateArn"),
        ({"PARAMETERS": "RestoredVaultName=keyward-e2-vault"}, "RestoredVaultName needs RestoredTableName"),
        ({"PARAMETERS": "SubnetIds=subnet-0a1b2c3d"}, "SubnetIds needs SecurityGroupIds"),
        ({"PARAMETERS": "MailFrom=Keyward <keys@example.com>\n"}, "MailFrom needs MailIdentityArn"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_changed(machine, settings, sentence):
    ran = machine.deploy(**settings)
    assert ran.returncode == 1 and sentence in ran.stderr, ran.stderr
    assert ran.stderr.strip().splitlines()[-1].startswith("deploy.sh: ")
    assert machine.changed() == [] and machine.world()["stacks"] == {}


@pytest.mark.parametrize(
    ("world", "sentence"),
    [
        ({"concurrency": 10}, "Lambda may run 10 functions at once"),
        ({"roles": 990}, "The account has 990 of 1000 roles"),
        ({"names": ["AWS::Cognito::UserPoolDomain acme-keyward"]}, "is taken by another user pool"),
        ({"names": ["AWS::DynamoDB::Table keyward-eu-west-1-vault"]}, "exists without a stack"),
    ],
)
def test_what_an_account_lacks_is_said_before_anything_is_changed(machine, world, sentence):
    machine.set(**world)
    ran = machine.deploy()
    assert ran.returncode == 1 and sentence in ran.stderr, ran.stderr
    assert machine.changed() == [] and machine.world()["stacks"] == {}


def reserved() -> int:
    """How many executions at once the functions reserve for themselves."""
    resources = yaml.safe_load((ROOT / "infra/app.yaml").read_text(encoding="utf-8"))["Resources"].values()
    return sum(each["Properties"].get("ReservedConcurrentExecutions", 0) for each in resources if each["Type"] == "AWS::Lambda::Function")


def test_a_first_deployment_needs_what_the_functions_reserve_and_100_that_nobody_does(machine):
    assert reserved() > 0
    enough = reserved() + 100
    machine.set(concurrency=enough - 1)
    ran = machine.deploy()
    assert ran.returncode == 1 and f"may run {enough - 1} functions" in ran.stderr and f"and {enough} are needed" in ran.stderr, ran.stderr
    assert machine.changed() == [] and machine.world()["stacks"] == {}
    machine.set(concurrency=enough)
    machine.succeed()
    is_whole(machine)


def test_the_functions_are_told_the_epoch_that_both_tables_are_of(machine):
    machine.succeed()
    assert machine.world()["stacks"][APP]["values"]["Epoch"] == "1"
    tables = [f"{name}-of-{DATA}" for name in ("TableName", "VaultName")]
    machine.set(epochs=dict.fromkeys(tables, "3"))
    machine.succeed()
    assert machine.world()["stacks"][APP]["values"]["Epoch"] == "3"


def test_tables_that_were_not_restored_together_are_not_deployed(machine):
    machine.set(epochs={f"VaultName-of-{DATA}": "2"})
    ran = machine.deploy()
    assert ran.returncode == 1 and "are of different epochs" in ran.stderr, ran.stderr
    assert machine.status(APP) is None


def keys_in_use(machine: Machine) -> str:
    return machine.world()["stacks"][DATA]["values"]["WrappingKeys"]


def test_another_wrapping_key_takes_over_by_one_parameter_and_the_former_one_goes_when_nothing_is_left(machine):
    machine.succeed()
    machine.succeed("--yes", PARAMETERS="WrappingKeys=SECOND_AND_FIRST")
    assert keys_in_use(machine) == "SECOND_AND_FIRST"
    # It stays so, whoever deploys next.
    machine.succeed()
    assert keys_in_use(machine) == "SECOND_AND_FIRST"
    current = f"WrappingKeyArn-of-{DATA}"
    for kept in (None, [current, False], ["arn:aws:kms:eu-west-1:111122223333:key/former", True]):
        machine.set(rewrap=kept)
        machine.changed()
        refused = machine.deploy("--yes", PARAMETERS="WrappingKeys=SECOND")
        assert refused.returncode == 1 and "rewrap has not kept" in refused.stderr, refused.stderr
        assert machine.changed() == [] and keys_in_use(machine) == "SECOND_AND_FIRST"
    machine.set(rewrap=[current, True])
    machine.succeed("--yes", PARAMETERS="WrappingKeys=SECOND")
    assert keys_in_use(machine) == "SECOND"


@pytest.mark.parametrize(
    ("now", "wanted", "first"),
    [
        ("FIRST", "SECOND", "SECOND_AND_FIRST"),
        ("SECOND", "FIRST", "FIRST_AND_SECOND"),
        ("SECOND_AND_FIRST", "FIRST", "FIRST_AND_SECOND"),
        ("FIRST_AND_SECOND", "SECOND", "SECOND_AND_FIRST"),
    ],
)
def test_a_step_between_wrapping_keys_that_would_lose_secrets_is_refused(machine, now, wanted, first):
    machine.succeed()
    stacks = machine.world()["stacks"]
    stacks[DATA]["values"]["WrappingKeys"] = now
    machine.set(stacks=stacks, rewrap=[f"WrappingKeyArn-of-{DATA}", True])
    machine.changed()
    refused = machine.deploy("--yes", PARAMETERS=f"WrappingKeys={wanted}")
    assert refused.returncode == 1 and f"set it to {first} first" in refused.stderr, refused.stderr
    assert machine.changed() == [] and keys_in_use(machine) == now
    # Turning round is possible at any time.
    machine.succeed("--yes", PARAMETERS=f"WrappingKeys={first}")
    assert keys_in_use(machine) == first


def test_a_missing_program_is_named(machine):
    (machine.directory / "bin/aws").unlink()
    ran = machine.deploy()
    assert ran.returncode == 1 and "The program aws is missing." in ran.stderr
    assert machine.changed() == []


def test_the_scripts_use_nothing_that_bash_on_macos_does_not_have():
    # macOS has bash 3.2: these came with 4.0 (bash's CHANGES), and the options are GNU's.
    absent = ("mapfile", "readarray", "declare -A", "local -A", "${!", ",,}", "^^}", "&>>", "|&", "coproc", "stat --", "sed -i")
    scripts = [*(ROOT / "infra").glob("*.sh"), *(ROOT / "infra/deploy").glob("*.sh")]
    assert len(scripts) == 7
    found = [(path.name, word) for path in scripts for word in absent if word in path.read_text(encoding="utf-8")]
    assert found == []
