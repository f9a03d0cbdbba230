"""Checks the templates with other people's rules.

cfn-lint holds them against the schemas of CloudFormation, warnings included; parliament holds each policy against the
actions, resources and condition keys that AWS documents. Our own rules, and the comparison with the code, are Rust tests.
"""

import json
import subprocess
import sys
from pathlib import Path

import parliament
import yaml

TEMPLATES = [Path(__file__).with_name(name) for name in ("data.yaml", "app.yaml")]
# What a template that is deployed by way of S3 may have.
MOST_BYTES = 1_000_000

ARNS = {
    "WrappingKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000001",
    "FingerprintKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000002",
    # A real one ends in a time with colons, over which parliament stumbles.
    "TableStreamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/keyward/stream/2026-11-22",
    "TableChangeFailures": "arn:aws:sqs:eu-west-1:123456789012:keyward-table-change-failures",
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
}


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
        return ARNS[value["Ref"]]
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


def is_known(finding):
    """Whether this is no fault. Lambda asks that a role may list "on your stream"; parliament knows of no such resource."""
    if finding.issue != "RESOURCE_MISMATCH":
        return False
    return [mismatch["action"] for mismatch in finding.detail] == ["dynamodb:ListStreams"]


def findings(path):
    """Everything that is wrong with a template, one line each."""
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
    if len(text.encode()) > MOST_BYTES:
        yield f"{path.name} has more than {MOST_BYTES} bytes"
    for name, document in policies(resources):
        analyzed = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True)
        for finding in analyzed.findings:
            if is_known(finding):
                continue
            yield f"{name}: {finding.issue}: {finding.detail} {finding.location.get('string', '')}"


def main():
    found = [finding for path in TEMPLATES for finding in findings(path)]
    for finding in found:
        print(finding, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
