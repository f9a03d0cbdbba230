"""Checks the template with other people's rules: check.py [TEMPLATE].

cfn-lint holds it against the schemas of CloudFormation, warnings included; parliament holds each policy against the
actions, resources and condition keys that AWS documents. The table of rights in README.md has exactly the rights of the
template. Our own rules, and the comparison with the code, are Rust tests.
"""

import json
import subprocess
import sys
from pathlib import Path

import parliament
import yaml

TEMPLATE = Path(__file__).with_name("template.yaml")
README = Path(__file__).with_name("README.md")
# A stack ends at 500 resources; whoever comes near it has time to split it.
MOST_RESOURCES = 400
# What a template that is deployed by way of S3 may have.
MOST_BYTES = 1_000_000

STACK = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "keyward",
    "AWS::URLSuffix": "amazonaws.com",
}
ARNS = {
    "KeywardTable": "arn:aws:dynamodb:eu-west-1:123456789012:table/keyward",
    "VaultTable": "arn:aws:dynamodb:eu-west-1:123456789012:table/keyward-vault",
    "WrappingKey": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000001",
    "FingerprintKey": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000002",
    "UserPool": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Example01",
    "TableChangeFailures": "arn:aws:sqs:eu-west-1:123456789012:keyward-table-change-failures",
}


def arn(resource, attribute="Arn"):
    """An ARN as AWS would make it."""
    if resource.endswith("LogGroup"):
        return f"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/keyward-{resource}:*"
    found = ARNS[resource]
    # A real one ends in a time with colons, over which parliament stumbles.
    return f"{found}/stream/2026-11-22" if attribute == "StreamArn" else found


def resolved(value):
    """A part of the template with its intrinsic functions replaced by what they stand for."""
    if isinstance(value, list):
        return [resolved(member) for member in value]
    if not isinstance(value, dict):
        return value
    if "Fn::GetAtt" in value:
        return arn(*value["Fn::GetAtt"])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"]
        for name, meaning in STACK.items():
            text = text.replace(f"${{{name}}}", meaning)
        for name in ARNS:
            text = text.replace(f"${{{name}.Arn}}", arn(name))
        return text
    return {name: resolved(member) for name, member in value.items()}


def policies(resources):
    """Every policy of a role, and what the keys' policies say of functions, in the form that parliament reads."""
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::RolePolicy":
            yield name, resolved(resource["Properties"]["PolicyDocument"])
        if resource["Type"] == "AWS::KMS::Key":
            statements = []
            for statement in resource["Properties"]["KeyPolicy"]["Statement"]:
                principals = statement["Principal"]["AWS"]
                if isinstance(principals, list):
                    kept = {member: part for member, part in statement.items() if member != "Principal"}
                    statements.append({**kept, "Resource": arn(name)})
            yield name, resolved({"Version": "2012-10-17", "Statement": statements})


def is_known(finding):
    """Whether this is no fault. Lambda asks that a role may list "on your stream"; parliament knows of no such resource."""
    if finding.issue != "RESOURCE_MISMATCH":
        return False
    return [mismatch["action"] for mismatch in finding.detail] == ["dynamodb:ListStreams"]


PLACES = {
    "KeywardTable": "keyward",
    "VaultTable": "vault",
    "WrappingKey": "wrapping key",
    "FingerprintKey": "fingerprint key",
    "UserPool": "user pool",
    "TableChangeFailures": "queue of failures",
}


HEADER = "| function | may | on | items | why |\n|---|---|---|---|---|\n"


def place(resource):
    """A resource as README names it."""
    if "Fn::Sub" in resource:
        return f"keyward, {resource['Fn::Sub'].rsplit('/')[-1]}"
    name, attribute = resource["Fn::GetAtt"]
    return f"{PLACES[name]} stream" if attribute == "StreamArn" else PLACES[name]


def rights(resources):
    """What each function may do, as the rows of README's table without their last column. Logs are not in it."""
    for resource in resources.values():
        if resource["Type"] != "AWS::IAM::RolePolicy":
            continue
        function = resource["Properties"]["PolicyName"]
        statements = resource["Properties"]["PolicyDocument"]["Statement"]
        others = [statement for statement in statements if statement["Sid"] != "WriteItsOwnLog"]
        if not others:
            yield f"`{function}`", "", "", ""
        for statement in others:
            patterns = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
            items = " ".join(f"`{pattern}`" for pattern in patterns)
            yield f"`{function}`", ", ".join(statement["Action"]), place(statement["Resource"]), items


def documented():
    """The rows of that table, and what is wrong with them."""
    _, table = README.read_text(encoding="utf-8").split(HEADER)
    for line in table.splitlines():
        *right, why = (cell.strip() for cell in line.strip("|").split("|"))
        yield tuple(right), bool(why)


def findings(path):
    """Everything that is wrong with the template, one line each."""
    lint = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I3011", "--format", "parseable", "--", path],
        capture_output=True,
        text=True,
        check=False,
    )
    yield from (lint.stdout + lint.stderr).splitlines()
    if lint.returncode and not lint.stdout + lint.stderr:
        yield f"cfn-lint ended with {lint.returncode}"

    text = path.read_text(encoding="utf-8")
    resources = yaml.safe_load(text)["Resources"]
    if len(resources) > MOST_RESOURCES:
        yield f"{len(resources)} resources are more than {MOST_RESOURCES}"
    if len(text.encode()) > MOST_BYTES:
        yield f"the template has more than {MOST_BYTES} bytes"
    told = list(documented())
    allowed = set(rights(resources))
    yield from (f"README.md says nothing of {right}" for right in sorted(allowed - {right for right, _ in told}))
    yield from (f"README.md has what the template has not: {right}" for right, _ in told if right not in allowed)
    yield from (f"README.md does not say why: {right}" for right, why in told if not why)
    for name, document in policies(resources):
        analyzed = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True)
        for finding in analyzed.findings:
            if is_known(finding):
                continue
            yield f"{name}: {finding.issue}: {finding.detail} {finding.location.get('string', '')}"


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATE
    found = list(findings(path))
    for finding in found:
        print(finding, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
