"""deploy.sh against a stand-in that plays CloudFormation's documented states: whatever failed, the next run succeeds."""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import yaml
from program import ROOT
from row_macs import row_digest
from stand_in import public_key

STAND_IN = Path(__file__).with_name("stand_in.py")
DATA, APP = "keyward-eu-west-1-data", "keyward-eu-west-1-app"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/UserPoolId-of-{DATA}"
KEYS = """{"keys": [
  {"alg": "RS256", "e": "AQAB", "kid": "Zm9v=", "kty": "RSA", "n": "sQ", "use": "sig"}]}"""
# What macOS and Debian both have. Nothing else is in the path of the script.
TOOLS = ("awk", "bash", "cat", "cut", "date", "dirname", "grep", "head", "od", "sed", "sleep", "tr", "env", "wc")
# Each kind of resource that holds data or a name, in both templates.
FAILING = [
    "VaultTable", "WrappingKey", "FingerprintKeyAlias", "UserPool", "UserPoolDomain", "TokenSigningKey",
    "PanelClient", "CreateKeyRole", "SendRequestFunction", "TableChanges",
]
# What STS says of a caller (AWS STS API reference, GetCallerIdentity), and what IAM calls the same one.
ACCOUNT = "111122223333"
SIGNED_IN = "AWSReservedSSO_Admin_0123456789abcdef"
CALLERS = [
    {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/somebody", "name": "role/team/deployer"},
    {
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{SIGNED_IN}/ann@acme.example",
        "name": f"role/aws-reserved/sso.amazonaws.com/eu-west-1/{SIGNED_IN}",
    },
    {"arn": f"arn:aws:iam::{ACCOUNT}:user/team/ann", "name": "user/team/ann"},
    {"arn": f"arn:aws:iam::{ACCOUNT}:root", "name": "root"},
]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODE = os.environ.get("KEYWARD_DEPLOY", "two")
CHANGES = ("cloudformation execute-change-set", "cloudformation delete-stack", "cloudformation deploy", "s3 cp")


class Machine:
    """A computer with deploy.sh, and an AWS account as the stand-in plays it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.state = directory / "state.json"
        self.templates = directory / "templates"
        self.templates.mkdir()
        for name in ("data.yaml", "app.yaml"):
            (self.templates / name).write_text((ROOT / "infra" / name).read_text(encoding="utf-8"), encoding="utf-8")
        self.set(
            stacks={}, change_sets={}, names=[], failing=None, concurrency=1000, roles=10, uploaded=[], calls=[], epochs={},
            rewrap=None, ringing=[], roles_used={}, rows={}, caller=CALLERS[0],
        )
        programs = directory / "bin"
        programs.mkdir()
        for tool in TOOLS:
            found = subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip()
            (programs / tool).symlink_to(found)
        self.program("aws", f'exec "{sys.executable}" -I "{STAND_IN}" "$@"')
        # As on macOS, which has no sha256sum.
        self.program("shasum", f'exec "{sys.executable}" -I -c "{HASH}" "$@"')
        for name in ("zip", "trials", "panel"):
            (directory / name).write_text(name)
        # What infra/package.sh writes beside the zips, and what the functions then answer.
        self.built_from(COMMIT)
        # What Cognito shows of a user pool, which has white space in it.
        (directory / "keys").write_text(KEYS)
        self.program(
            "curl",
            f"""case "$*" in
  *' {ISSUER}/.well-known/jwks.json') cat {directory}/keys 2> /dev/null || exit 22 ;;
  *) echo "$@" >> {directory}/asked; cat {directory}/answer 2> /dev/null || exit 7 ;;
esac""",
        )

    def program(self, name: str, line: str) -> None:
        path = self.directory / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def built_from(self, commit: str) -> None:
        """The zips are of a commit, and so is what answers."""
        (self.directory / "commit").write_text(commit)
        self.answers(commit)

    def answers(self, commit: str) -> None:
        (self.directory / "answer").write_text(json.dumps({"commit": commit, "format": 2, "epoch": 1}, separators=(",", ":")))

    def world(self) -> dict:
        return json.loads(self.state.read_text())

    def set(self, **changed) -> None:
        world = self.world() if self.state.exists() else {}
        self.state.write_text(json.dumps(world | changed))

    def status(self, stack: str) -> str | None:
        return self.world()["stacks"].get(stack, {}).get("status")

    def put(self, stack: str, status: str) -> None:
        """Puts a stack into a state."""
        stacks = self.world()["stacks"]
        stacks.setdefault(stack, {"values": {}, "tags": {}})["status"] = status
        self.set(stacks=stacks)

    def edit(self, name: str, change) -> None:
        path = self.templates / name
        template = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(template)
        path.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")

    def deploy(self, *options: str, answer: str = "", **settings: str) -> subprocess.CompletedProcess:
        environment = {
            "PATH": str(self.directory / "bin"),
            "STAND_IN": str(self.state),
            "AWS_REGION": "eu-west-1",
            "BUCKET": "acme-code",
            "LOGIN_PREFIX": "acme-keyward",
            "TEMPLATES": str(self.templates),
            "POLL": "0",
            "START": "0",
            "TRIES": "2",
            **settings,
        }
        zips = [str(self.directory / name) for name in ("zip", "trials", "panel")]
        script = ROOT / "infra/deploy.sh"
        return subprocess.run(
            ["bash", str(script), *options, *zips],
            env=environment, input=answer, capture_output=True, text=True, timeout=600, check=False,
        )

    def succeed(self, *options: str, **settings: str) -> subprocess.CompletedProcess:
        ran = self.deploy(*options, **settings)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran

    def operator(self, table: str = "keyward-eu-west-1") -> dict | None:
        """The operator's row in a table."""
        return self.world()["rows"].get(table, {}).get("CLIENT#operator")

    def changed(self) -> list[str]:
        """The calls that change something, since the last look."""
        found = [call for call in self.world()["calls"] if call in CHANGES]
        self.set(calls=[])
        return found


HASH = """import hashlib, os, sys
name = sys.argv[-1]
content = open(name, 'rb').read() if os.path.isfile(name) else sys.stdin.buffer.read()
print(hashlib.sha256(content).hexdigest(), '-')"""


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def mac_of(row: dict) -> str:
    """The MAC of the operator's row, as the stand-in of KMS makes it."""
    key = f"RowKeyArn-of-{DATA}".encode()
    return base64.b64encode(hmac.digest(key, row_digest("keyward-eu-west-1", row), "sha256")).decode()


def is_whole(machine: Machine) -> None:
    """Both stacks are there, and what holds data is protected."""
    stacks = machine.world()["stacks"]
    assert stacks[DATA]["status"] in ("UPDATE_COMPLETE", "CREATE_COMPLETE")
    assert stacks[APP]["status"] in ("UPDATE_COMPLETE", "CREATE_COMPLETE")
    assert stacks[DATA]["values"]["DeletionProtection"] == "ON" and stacks[DATA]["protected"]
    assert "protected" not in stacks[APP]
    assert stacks[DATA]["values"]["PanelUrl"] == f"ApiUrl-of-{APP}"


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
