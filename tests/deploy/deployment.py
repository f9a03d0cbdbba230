"""The template as it is deployed to the emulator: with the real `bootstrap`, and without what the emulator cannot do."""

import io
import json
import time
import zipfile
from pathlib import Path

import yaml
from emulator import Emulator
from program import ROOT

STACK = "keyward"
# A few files of the kinds that the control panel has.
PANEL = ROOT / "tests/testdata/panel"
BUCKET = "keyward-code"
PARAMETERS = {
    "CodeBucket": BUCKET,
    "CodeKey": "bootstrap.zip",
    "PanelCodeKey": "panel.zip",
    # What the tests were built for, not what AWS gets.
    "Architecture": "x86_64",
    "CertificateBundle": "/etc/ssl/certs/ca-certificates.crt",
    "LoginPrefix": "keyward-test",
    # Nobody's: what the authorizer takes because of it is looked at.
    "FurtherMachineClients": "reports,exports",
}
DEPLOY_SECONDS = 60
# What the emulator does not know while it evaluates a policy. `ForAllValues` holds without the keys; these do not.
UNKNOWN = [
    ("Null", "dynamodb:LeadingKeys"),
    ("Null", "kms:EncryptionContextKeys"),
    ("StringEquals", "kms:MacAlgorithm"),
]


def template() -> dict:
    """The template as it is."""
    return yaml.safe_load((ROOT / "infra/template.yaml").read_text(encoding="utf-8"))


def with_known(statement: dict) -> dict:
    """A statement without the conditions that the emulator would never find fulfilled."""
    conditions = {
        operator: keys
        for operator, keys in statement.get("Condition", {}).items()
        if [(operator, key) for key in keys if (operator, key) not in UNKNOWN]
    }
    kept = {name: part for name, part in statement.items() if name != "Condition"}
    return {**kept, "Condition": conditions} if conditions else kept


def for_its_evaluation(document: dict) -> dict:
    """The same of a policy."""
    return {**document, "Statement": [with_known(statement) for statement in document["Statement"]]}


def for_the_emulator(resource: dict) -> dict | None:
    """A resource as the emulator takes it; `None` for one that it does not know. Everything else goes through as it is."""
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::Cognito::ManagedLoginBranding":
            return None
        case "AWS::Cognito::UserPool":
            # It makes passwords for those who are invited that are shorter than the pool asks for.
            return {**resource, "Properties": {name: value for name, value in properties.items() if name != "Policies"}}
        case "AWS::CloudWatch::Alarm" if "Metrics" in properties:
            return None
        case "AWS::IAM::RolePolicy":
            # The older form of the same thing.
            document = for_its_evaluation(properties["PolicyDocument"])
            policy = {
                "PolicyName": properties["PolicyName"],
                "PolicyDocument": document,
                "Roles": [properties["RoleName"]],
            }
            return {**resource, "Type": "AWS::IAM::Policy", "Properties": policy}
        case "AWS::KMS::Key":
            return {**resource, "Properties": {**properties, "KeyPolicy": for_its_evaluation(properties["KeyPolicy"])}}
        case _:
            return resource


def zipped(bootstrap: Path, panel: Path | None = None) -> bytes:
    """The zip of the functions, or of the one that serves a panel."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, bootstrap.read_bytes())
        for path in sorted(panel.rglob("*")) if panel else []:
            if path.is_file():
                archive.writestr(f"panel/{path.relative_to(panel)}", path.read_bytes())
    return file.getvalue()


def deploy(emulator: Emulator, bootstrap: Path) -> dict[str, str]:
    """Creates the stack, by way of S3 since the template is too long for a request. Returns its outputs."""
    whole = template()
    edited = {name: for_the_emulator(resource) for name, resource in whole["Resources"].items()}
    resources = {name: resource for name, resource in edited.items() if resource}
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=BUCKET, Key=PARAMETERS["CodeKey"], Body=zipped(bootstrap))
    s3.put_object(Bucket=BUCKET, Key=PARAMETERS["PanelCodeKey"], Body=zipped(bootstrap, PANEL))
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps({**whole, "Resources": resources}).encode())
    cloudformation = emulator.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{emulator.url}/{BUCKET}/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()],
    )
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        assert stack["StackStatus"] == "CREATE_IN_PROGRESS" and time.monotonic() < deadline, failures(cloudformation)
        time.sleep(0.1)


def failures(cloudformation) -> list[str]:
    """Which resources could not be made, and why."""
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in events
        if event["ResourceStatus"].endswith("FAILED")
    ]
