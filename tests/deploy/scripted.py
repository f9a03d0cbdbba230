"""The project's own scripts against the emulator, by the real AWS CLI: `deploy.sh` and `infra/restore`."""

import json
import os
import subprocess
from pathlib import Path

import yaml
from deployment import APP, BUCKET, DATA, DATA_PARAMETERS, DEPLOYMENT, PANEL, PARAMETERS, for_the_emulator, template, zipped
from emulator import PROGRAM, REGION, Emulator
from program import ROOT, built

RUN_SECONDS = 1800
# What the AWS CLI finds on the way to the emulator, and what the emulator's API Gateway goes by: the host.
CURL = """#!/bin/sh
for url; do :; done
host=${url#*://}
exec /usr/bin/curl --silent --fail --max-time 30 --header "host: ${host%%/*}" "$AWS_ENDPOINT_URL/${host#*/}"
"""
# The emulator restores a table as it is now, and says that no other moment is possible. With a snapshot, the CLI then puts the
# rows of the snapshot into the restored table.
AWS = """#!/bin/sh
case "$1 $2" in
  "dynamodb describe-continuous-backups")
    {aws} "$@" | sed 's/"EarliestRestorableDateTime": [^,]*/"EarliestRestorableDateTime": 0/; s/"LatestRestorableDateTime": [^,}}]*/"LatestRestorableDateTime": 4102444800/'
    exit
    ;;
  "dynamodb restore-table-to-point-in-time")
    {aws} "$@" || exit
    exec {python} {here}/snapshot.py "$@"
    ;;
esac
exec {aws} "$@"
"""


class Scripted:
    """A computer with the scripts, the templates as the emulator takes them, and zips."""

    def __init__(self, directory: Path, emulator: Emulator, python: str) -> None:
        self.directory, self.emulator = directory, emulator
        self.operator_secret = ""
        self.templates = directory / "templates"
        self.templates.mkdir()
        for name in ("data", "app"):
            self.write(name, template(name))
        programs = directory / "bin"
        programs.mkdir()
        self.snapshot = directory / "snapshot.json"
        texts = {
            "aws": AWS.format(aws=PROGRAM.with_name("aws"), python=python, here=Path(__file__).parent),
            "curl": CURL,
        }
        for name, text in texts.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        bootstrap = built("bootstrap")
        self.zips = [directory / name for name in ("bootstrap.zip", "trials.zip", "panel.zip")]
        for path, content in zip(
            self.zips, (zipped(bootstrap), zipped(built("trials")), zipped(bootstrap, PANEL)), strict=True
        ):
            path.write_bytes(content)
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def write(self, name: str, whole: dict) -> None:
        """A template for the next deployment."""
        whole = without_table_key(whole)
        edited = {key: for_the_emulator(resource) for key, resource in whole["Resources"].items()}
        kept = {**whole, "Resources": {key: resource for key, resource in edited.items() if resource}}
        if name == "data":
            # The address of the emulator's API has a port.
            panel = {key: value for key, value in whole["Parameters"]["PanelUrl"].items() if key != "AllowedPattern"}
            kept["Parameters"] = {**whole["Parameters"], "PanelUrl": panel}
        (self.templates / f"{name}.yaml").write_text(yaml.safe_dump(kept, sort_keys=False, width=1000), encoding="utf-8")

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess:
        """Runs a script with the settings of this deployment."""
        further = {
            "Architecture": PARAMETERS["Architecture"],
            "CertificateBundle": PARAMETERS["CertificateBundle"],
            **json.loads(settings.pop("parameters", "{}")),
        }
        environment = {
            "PATH": f"{self.directory / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.directory),
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "BUCKET": BUCKET,
            "DEPLOYMENT": DEPLOYMENT,
            "ROLE_PATH": DATA_PARAMETERS["RolePath"],
            "LOGIN_PREFIX": DATA_PARAMETERS["LoginPrefix"],
            "PARAMETERS": "\n".join(f"{name}={value}" for name, value in further.items()) + "\n",
            "TEMPLATES": str(self.templates),
            "POLL": "0.2",
            "START": "0.2",
            "SNAPSHOT": str(self.snapshot),
            **settings,
        }
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS, check=False, stdin=subprocess.DEVNULL
        )

    def deploy(self, **settings: str) -> subprocess.CompletedProcess:
        """deploy.sh."""
        return self.run("bash", str(ROOT / "infra/deploy.sh"), "--yes", *map(str, self.zips), **settings)

    def succeed(self, **settings: str) -> subprocess.CompletedProcess:
        """deploy.sh, which has to succeed."""
        ran = self.deploy(**settings)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        shown = [line.split()[1] for line in ran.stdout.splitlines() if line.strip().startswith("client_secret ")]
        # Only the run that makes the operator's client shows its secret.
        assert len(shown) == (0 if self.operator_secret else 1), ran.stdout
        self.operator_secret = self.operator_secret or shown[0]
        return ran

    def restore(self, at: str, **settings: str) -> subprocess.CompletedProcess:
        """infra/restore."""
        return self.run("python3", str(ROOT / "infra/restore"), at, *map(str, self.zips), **settings)

    def outputs(self) -> dict[str, str]:
        """The outputs of both stacks."""
        cloudformation = self.emulator.client("cloudformation")
        found = [cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"] for stack in (DATA, APP)]
        return {output["OutputKey"]: output["OutputValue"] for outputs in found for output in outputs}

    def take_snapshot(self) -> None:
        """Keeps every row of both tables, as a backup would. The emulator's CloudFormation turns no backups on, so this does."""
        outputs, dynamodb = self.outputs(), self.emulator.client("dynamodb")
        rows = {}
        for name in (outputs["TableName"], outputs["VaultName"]):
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
            pages = dynamodb.get_paginator("scan").paginate(TableName=name)
            rows[name] = [as_json(item) for page in pages for item in page["Items"]]
        self.snapshot.write_text(json.dumps(rows))

    def edit_zip(self, text: str) -> None:
        """Makes the zip of the functions another one, as another version is: with a file that nothing reads."""
        import zipfile

        with zipfile.ZipFile(self.zips[0], "a") as archive:
            archive.writestr("version", text)


def without_table_key(value):
    """A template without the tables' own key, which these deployments have not. The emulator's import asks for resources that a
    condition leaves out."""
    condition = "HasTableKey"
    if isinstance(value, dict):
        if list(value) == ["Fn::If"] and value["Fn::If"][0] == condition:
            return without_table_key(value["Fn::If"][2])
        return {
            name: without_table_key(part)
            for name, part in value.items()
            if not (isinstance(part, dict) and part.get("Condition") == condition)
        }
    return [without_table_key(part) for part in value] if isinstance(value, list) else value


def as_json(value):
    """A row with its bytes in a form that JSON has."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return value


def from_json(value):
    """What `as_json` was given."""
    if isinstance(value, dict):
        if set(value) == {"bytes"}:
            return bytes.fromhex(value["bytes"])
        return {name: from_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [from_json(part) for part in value]
    return value


def endpoint() -> str:
    """Where the emulator is, for programs that a script starts."""
    return os.environ["AWS_ENDPOINT_URL"]
