"""A computer with deploy.sh, and the AWS account that stand_in.py plays for it."""

import json
import subprocess
import sys
from pathlib import Path

import yaml
from program import ROOT

STAND_IN = Path(__file__).with_name("stand_in.py")
DATA, APP = "keyward-eu-west-1-data", "keyward-eu-west-1-app"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/UserPoolId-of-{DATA}"
KEYS = """{"keys": [
  {"alg": "RS256", "e": "AQAB", "kid": "Zm9v=", "kty": "RSA", "n": "sQ", "use": "sig"}]}"""
# What macOS and Debian both have. Nothing else is in the path of the script.
TOOLS = ("awk", "bash", "cat", "cut", "date", "dirname", "grep", "head", "od", "sed", "sleep", "tr", "env", "wc")
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
        (self.directory / "answer").write_text(json.dumps({"commit": commit, "format": 3, "epoch": 1}, separators=(",", ":")))

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


def is_whole(machine: Machine) -> None:
    """Both stacks are there, and what holds data is protected."""
    stacks = machine.world()["stacks"]
    assert stacks[DATA]["status"] in ("UPDATE_COMPLETE", "CREATE_COMPLETE")
    assert stacks[APP]["status"] in ("UPDATE_COMPLETE", "CREATE_COMPLETE")
    assert stacks[DATA]["values"]["DeletionProtection"] == "ON" and stacks[DATA]["protected"]
    assert "protected" not in stacks[APP]
    assert stacks[DATA]["values"]["PanelUrl"] == f"ApiUrl-of-{APP}"
