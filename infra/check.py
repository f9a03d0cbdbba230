"""Checks the templates with other people's rules, with each parameter set alone and with all of them.

cfn-lint holds them against the schemas of CloudFormation, warnings included; parliament holds each policy against the
actions, resources and condition keys that AWS documents. Our own rules, and the comparison with the code, are Rust tests,
which take their parameters from the same samples.json.
"""

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import parliament
import watched
import yaml

HERE = Path(__file__).parent
STACKS = ("data", "app")
# What a template that is deployed by way of S3 may have.
MOST_BYTES = 1_000_000

ARNS = {
    "FormerWrappingKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000004",
    "SecondWrappingKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000004",
    "WrappingKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000001",
    "FingerprintKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000002",
    "RowKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000006",
    "TokenSigningKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000005",
    "TokenSigningKey": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000005",
    "TableKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000003",
    # A real one ends in a time with colons, over which parliament stumbles.
    "TableStreamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/keyward/stream/2026-11-22",
    "TableChangeFailures": "arn:aws:sqs:eu-west-1:123456789012:keyward-table-change-failures",
    "Deliveries": "arn:aws:sqs:eu-west-1:123456789012:keyward-deliveries",
}
NAMES = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
    "Deployment": "keyward",
    "RolePath": "/",
    "TableName": "keyward",
    "VaultName": "keyward-vault",
    "UserPoolId": "eu-west-1_Example01",
    "BreakGlassRole": "security/break-glass",
}
# Outputs of data.yaml that are empty in most deployments, and that app.yaml has conditions on.
FROM_DATA = ("FormerWrappingKeyArn", "TableKeyArn")
# What CloudFormation leaves out.
NOTHING = object()


def holds(condition, template, values):
    """Whether a condition of a template holds with these values of parameters."""
    ((name, argument),) = condition.items()
    each = partial(holds, template=template, values=values)
    match name:
        case "Condition":
            return each(template["Conditions"][argument])
        case "Fn::Equals":
            left, right = (values[part["Ref"]] if isinstance(part, dict) else part for part in argument)
            return str(left) == str(right)
        case "Fn::Not":
            return not each(argument[0])
        case "Fn::And":
            return all(map(each, argument))
        case "Fn::Or":
            return any(map(each, argument))
    raise ValueError(name)


def decided(value, conditions):
    """A part of a template without `Fn::If`."""
    if isinstance(value, list):
        members = (decided(member, conditions) for member in value)
        return [member for member in members if member is not NOTHING]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return decided(yes if conditions[name] else no, conditions)
    if value.get("Ref") == "AWS::NoValue":
        return NOTHING
    members = ((name, decided(member, conditions)) for name, member in value.items())
    return {name: member for name, member in members if member is not NOTHING}


def as_default(parameter, value):
    """A value as a parameter's default is written."""
    return int(value) if parameter["Type"] == "Number" else value


def given(template, sample):
    """A template as CloudFormation reads it with these parameters, and the defaults of all others."""
    parameters = template["Parameters"]
    values = {name: sample.get(name, parameter.get("Default", "")) for name, parameter in parameters.items()}
    conditions = {name: holds(condition, template, values) for name, condition in template["Conditions"].items()}
    kept = dict(template)
    for section in ("Resources", "Outputs"):
        there = {name: part for name, part in template[section].items() if conditions.get(part.get("Condition"), True)}
        without = {name: {k: v for k, v in part.items() if k != "Condition"} for name, part in there.items()}
        kept[section] = decided(without, conditions)
    kept["Parameters"] = {
        name: {**parameter, "Default": as_default(parameter, sample[name])} if name in sample else parameter
        for name, parameter in parameters.items()
    }
    return kept


def samples(stack):
    """The parameters to try: those that are needed, each other by itself, and all of them."""
    own = [sample[stack] for sample in json.loads((HERE / "samples.json").read_text()) if stack in sample]
    if stack == "app":
        own += [{name: ARNS[name]} for name in FROM_DATA]
    together = {name: value for sample in own for name, value in sample.items()}
    return [{}, *own, together]


def arn(resource):
    """The ARN of a resource, as AWS would make it."""
    if resource.endswith("LogGroup"):
        return f"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/keyward-{resource}:*"
    if resource.endswith("Function"):
        return f"arn:aws:lambda:eu-west-1:123456789012:function:keyward-{resource}"
    return ARNS[resource]


def resolved(value):
    """A part of a template with its intrinsic functions replaced by what they stand for."""
    if isinstance(value, list):
        return [resolved(member) for member in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return (ARNS | NAMES)[value["Ref"]]
    if "Fn::GetAtt" in value:
        return arn(value["Fn::GetAtt"][0])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"]
        for name, meaning in NAMES.items():
            text = text.replace(f"${{{name}}}", meaning)
        return text
    return {name: resolved(member) for name, member in value.items()}


def policies(resources):
    """Every policy of a role, and what the keys' policies say, in the form that parliament reads."""
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                yield name, resolved(policy["PolicyDocument"])
        if resource["Type"] == "AWS::KMS::Key":
            statements = []
            for statement in resource["Properties"]["KeyPolicy"]["Statement"]:
                # What administers a key is on actions that take no key at all, too. What uses it has a condition.
                if "Condition" in statement:
                    kept = {member: part for member, part in statement.items() if member != "Principal"}
                    statements.append({**kept, "Resource": ARNS[f"{name}Arn"]})
            yield name, resolved({"Version": "2012-10-17", "Statement": statements})


# What Lambda does with the roles of functions in a network. These actions are on what does not exist yet.
NETWORK = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
}


def is_known(name, finding):
    """Whether this is no fault."""
    match finding.issue:
        # Lambda asks that a role may list "on your stream"; parliament knows of no such resource.
        case "RESOURCE_MISMATCH":
            return [mismatch["action"] for mismatch in finding.detail] == ["dynamodb:ListStreams"]
        # Younger than parliament's list: Cognito has it since August 2026 ("AdminDeleteSoftwareToken" in its API reference).
        case "UNKNOWN_ACTION":
            return "AdminDeleteSoftwareToken" in f"{finding.detail}{finding.location}"
        case "RESOURCE_STAR":
            return set(finding.detail) == NETWORK
        # DynamoDB makes grants with the key of the tables. No caller can without DynamoDB.
        case "PERMISSIONS_MANAGEMENT_ACTIONS":
            return name == "TableKey"
    return False


# Parameters and conditions without use: decided templates have them, and of the text it is looked at by itself.
DECIDED = ("W2001", "W8001")


def unused(template):
    """The conditions of a template that nothing depends on."""
    written = json.dumps(template)
    return [name for name in template["Conditions"] if written.count(f'"{name}"') < 2]


def linted(paths):
    """What cfn-lint has against templates, one line each."""
    lint = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--include-checks", "I3011", "--ignore-checks", *DECIDED, "--format", "parseable", "--", *paths),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    yield from (lint.stdout + lint.stderr).splitlines()
    if lint.returncode and not lint.stdout + lint.stderr:
        yield f"cfn-lint ended with {lint.returncode}"


def main():
    found, documents = [], {}
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for stack in STACKS:
            text = (HERE / f"{stack}.yaml").read_text(encoding="utf-8")
            if len(text.encode()) > MOST_BYTES:
                found.append(f"{stack}.yaml has more than {MOST_BYTES} bytes")
            whole = yaml.safe_load(text)
            found += [f"{stack}.yaml: nothing depends on the condition {name}" for name in unused(whole)]
            found += [f"{stack}.yaml: {fault}" for fault in watched.faults(whole)]
            for sample in samples(stack):
                template = given(whole, sample)
                paths.append(Path(directory) / f"{stack}-{'-'.join(sample) or 'plain'}"[:200])
                paths[-1].write_text(json.dumps(template), encoding="utf-8")
                for name, document in policies(template["Resources"]):
                    documents[json.dumps(document)] = name
        # In these the conditions are decided. In the text itself, cfn-lint takes each default for a value that is used.
        found += linted(paths)
    for document, name in documents.items():
        for finding in parliament.analyze_policy_string(document, include_community_auditors=True).findings:
            if not is_known(name, finding):
                found.append(f"{name}: {finding.issue}: {finding.detail} {finding.location.get('string', '')}")
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
