"""The templates as they are deployed to the emulator: with the real `bootstrap`, and without what the emulator cannot do."""

import base64
import io
import json
import time
import zipfile
from pathlib import Path

import requests
import yaml
from emulator import Emulator
from program import ROOT, built

DEPLOYMENT = "keyward-test"
DATA, APP = f"{DEPLOYMENT}-data", f"{DEPLOYMENT}-app"
# A few files of the kinds that the control panel has.
PANEL = ROOT / "tests/testdata/panel"
BUCKET = "keyward-code"
# A path, so that the keys have to know it.
DATA_PARAMETERS = {"Deployment": DEPLOYMENT, "RolePath": "/keyward/", "LoginPrefix": "keyward-test"}
PARAMETERS = {
    "CodeBucket": BUCKET,
    "CodeKey": "bootstrap.zip",
    "TrialsCodeKey": "trials.zip",
    "PanelCodeKey": "panel.zip",
    # What the tests were built for, not what AWS gets.
    "Architecture": "x86_64",
    "CertificateBundle": "/etc/ssl/certs/ca-certificates.crt",
}
DEPLOY_SECONDS = 60
# What the emulator does not know while it evaluates a policy. `ForAllValues` holds without the keys; these do not.
UNKNOWN = [
    ("Null", "dynamodb:LeadingKeys"),
    ("StringEquals", "kms:EncryptionContext:keyward:kind"),
    ("StringLike", "kms:EncryptionContext:keyward:account"),
    ("StringLike", "kms:EncryptionContext:keyward:key"),
    ("StringLike", "kms:EncryptionContext:keyward:seal"),
    ("StringEquals", "kms:MacAlgorithm"),
    ("StringEquals", "kms:MessageType"),
    ("StringEquals", "kms:SigningAlgorithm"),
]


def template(name: str) -> dict:
    """A template as it is: `data` or `app`."""
    return yaml.safe_load((ROOT / f"infra/{name}.yaml").read_text(encoding="utf-8"))


def session_of(role: dict) -> dict:
    """What the emulator says of a process that has a role: its session, which has no path. AWS says the role's ARN."""
    name = role["Fn::Sub"].removeprefix("arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}")
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:sts::${{AWS::AccountId}}:assumed-role/{name}/*"}


def with_known(statement: dict) -> dict:
    """A statement without the conditions that the emulator would never find fulfilled."""
    conditions = {
        operator: keys
        for operator, keys in statement.get("Condition", {}).items()
        if [(operator, key) for key in keys if (operator, key) not in UNKNOWN]
    }
    roles = conditions.get("ArnEquals", {}).get("aws:PrincipalArn")
    if isinstance(roles, list):
        conditions["ArnEquals"] = {"aws:PrincipalArn": [session_of(role) for role in roles]}
    kept = {name: part for name, part in statement.items() if name != "Condition"}
    if "sqs:SendMessage" in kept.get("Action", []):
        # Whoever may send one message may send several (Amazon SQS API reference, AddPermission: "SendMessage" covers its batch
        # version, which is no action of its own). The emulator asks for a right of the operation's own name.
        kept = {**kept, "Action": [*kept["Action"], "sqs:SendMessageBatch"]}
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
        case "AWS::ApiGatewayV2::Deployment":
            return None
        case "AWS::ApiGatewayV2::Stage" if "DeploymentId" in properties:
            kept = {name: value for name, value in properties.items() if name != "DeploymentId"}
            return {**resource, "Properties": {**kept, "AutoDeploy": True}}
        case "AWS::CloudWatch::Alarm" if "Metrics" in properties:
            return None
        case "AWS::IAM::Role":
            own, *of_the_network = properties["Policies"]
            own = {**own, "PolicyDocument": for_its_evaluation(own["PolicyDocument"])}
            policies = [own, *of_the_network]
            return {**resource, "Properties": {**properties, "Policies": policies}}
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


def upload(emulator: Emulator) -> None:
    """Puts the zips where the stacks take them from."""
    bootstrap = built("bootstrap")
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=BUCKET, Key=PARAMETERS["CodeKey"], Body=zipped(bootstrap))
    s3.put_object(Bucket=BUCKET, Key=PARAMETERS["TrialsCodeKey"], Body=zipped(built("trials")))
    s3.put_object(Bucket=BUCKET, Key=PARAMETERS["PanelCodeKey"], Body=zipped(bootstrap, PANEL))


def create(emulator: Emulator, stack: str, parameters: dict[str, str]) -> dict[str, str]:
    """Creates one of the stacks, by way of S3 since a template is too long for a request. Returns its outputs."""
    name = stack.removeprefix(f"{DEPLOYMENT}-")
    whole = template(name)
    edited = {name: for_the_emulator(resource) for name, resource in whole["Resources"].items()}
    resources = {name: resource for name, resource in edited.items() if resource}
    body = json.dumps({**whole, "Resources": resources}).encode()
    emulator.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.json", Body=body)
    cloudformation = emulator.client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"{emulator.url}/{BUCKET}/{name}.json",
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    return wait(cloudformation, stack, "CREATE")


def create_data(emulator: Emulator) -> dict[str, str]:
    """Creates what lasts. Returns its outputs."""
    return create(emulator, DATA, DATA_PARAMETERS)


def create_app(emulator: Emulator, data: dict[str, str]) -> dict[str, str]:
    """Creates the rest with the outputs of what lasts as its parameters, and returns the outputs of both."""
    keys = requests.get(f"{emulator.url}/{data['UserPoolId']}/.well-known/jwks.json", timeout=30).json()
    given = {"SignInKeys": json.dumps(keys, separators=(",", ":")), "TokenKeys": own_keys(emulator, data)}
    return data | create(emulator, APP, data | PARAMETERS | given)


def own_keys(emulator: Emulator, data: dict[str, str]) -> str:
    """The public half of the key that signs tokens, as a JWK Set."""
    arn = data["TokenSigningKeyArn"]
    public = emulator.client("kms").get_public_key(KeyId=arn)["PublicKey"]
    # 33 bytes that are always the same, the modulus, and the exponent 65537.
    modulus = base64.urlsafe_b64encode(public[33:289]).rstrip(b"=").decode()
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": arn.rsplit("/")[-1], "n": modulus, "e": "AQAB"}
    return json.dumps({"keys": [key]}, separators=(",", ":"))


def delete_app(emulator: Emulator) -> None:
    """Deletes all but what lasts."""
    cloudformation = emulator.client("cloudformation")
    # By its id: by its name a deleted stack cannot be asked about.
    stack = cloudformation.describe_stacks(StackName=APP)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack)
    wait(cloudformation, stack, "DELETE")


def wait(cloudformation, stack: str, operation: str) -> dict[str, str]:
    """Waits until a stack is created or deleted. Returns its outputs."""
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if found["StackStatus"] == f"{operation}_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        in_time = found["StackStatus"] == f"{operation}_IN_PROGRESS" and time.monotonic() < deadline
        assert in_time, failures(cloudformation, stack)
        time.sleep(0.1)


def failures(cloudformation, stack: str) -> list[str]:
    """Which resources could not be made or deleted, and why."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in events
        if event["ResourceStatus"].endswith("FAILED")
    ]
