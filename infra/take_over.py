"""Takes over tables, keys and user pool that exist without a stack: take_over.py, with deploy.sh's settings in the environment.

It imports them into the data stack, and changes nothing of them. `make deploy` then creates the rest. Beside AWS_REGION,
LOGIN_PREFIX, DEPLOYMENT and ROLE_PATH it takes WRAPPING_KEY, FINGERPRINT_KEY and USER_POOL, the ids of the two keys and of the pool, and
TABLE_KEY where a key of its own encrypts the tables. Where a second wrapping key is in use, it takes SECOND_WRAPPING_KEY, its id, and
WRAPPING_KEYS, which of them were in use. With TOKEN_SIGNING_KEY, tokens are signed by that key as before; without it, by a new one. Rows keep their
MACs by the key ROW_KEY; without it, they need new ones (authenticate_rows.py). It needs Python 3.9 and the AWS CLI.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "restore"))

from cli import Failed, Refused, aws  # noqa: E402

TEMPLATES = Path(os.environ.get("TEMPLATES", Path(__file__).parent))


def setting(name):
    """A variable that is needed."""
    value = os.environ.get(name)
    if not value:
        raise Failed(f"{name} is not set.")
    return value


def sections(text):
    """The template's sections, each with its lines. What stands before the first belongs to none."""
    found, current = [("", [])], None
    for line in text.splitlines(keepends=True):
        if line[:1].isalpha():
            current = line.split(":")[0]
            found.append((current, []))
        found[-1][1].append(line)
    return found


def blocks(lines):
    """The resources of a section by their names."""
    found, name = {}, None
    for line in lines[1:]:
        if line.startswith("  ") and line[2:3].isalpha():
            name = line.strip().rstrip(":")
        if name:
            found.setdefault(name, []).append(line)
    return found


def with_only(text, names):
    """The template with these resources and no other. An import may add neither another resource nor an output (CloudFormation user
    guide, "Resource import")."""
    kept = []
    for section, lines in sections(text):
        if section == "Resources":
            there = blocks(lines)
            kept += [lines[0], *(line for name in names for line in there.get(name, []))]
        elif section != "Outputs":
            kept += lines
    return "".join(kept)


def to_import(deployment):
    """What is imported: the name in the template, the type, and what AWS knows it by."""
    pool = setting("USER_POOL")
    found = [
        ("KeywardTable", "AWS::DynamoDB::Table", {"TableName": deployment}),
        ("VaultTable", "AWS::DynamoDB::Table", {"TableName": f"{deployment}-vault"}),
        ("WrappingKey", "AWS::KMS::Key", {"KeyId": setting("WRAPPING_KEY")}),
        ("FingerprintKey", "AWS::KMS::Key", {"KeyId": setting("FINGERPRINT_KEY")}),
        ("UserPool", "AWS::Cognito::UserPool", {"UserPoolId": pool}),
    ]
    if os.environ.get("SECOND_WRAPPING_KEY"):
        found.append(("SecondWrappingKey", "AWS::KMS::Key", {"KeyId": os.environ["SECOND_WRAPPING_KEY"]}))
    if os.environ.get("TOKEN_SIGNING_KEY"):
        found.append(("TokenSigningKey", "AWS::KMS::Key", {"KeyId": os.environ["TOKEN_SIGNING_KEY"]}))
    if os.environ.get("ROW_KEY"):
        found.append(("RowKey", "AWS::KMS::Key", {"KeyId": os.environ["ROW_KEY"]}))
    if os.environ.get("TABLE_KEY"):
        found.append(("TableKey", "AWS::KMS::Key", {"KeyId": os.environ["TABLE_KEY"]}))
    return found


def settled(stack, ongoing):
    """The stack's state when nothing is in progress any more."""
    while True:
        status = aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS") or status == ongoing:
            return status
        time.sleep(float(os.environ.get("POLL", "5")))


def main():
    region = os.environ.get("AWS_REGION") or setting("AWS_DEFAULT_REGION")
    deployment = os.environ.get("DEPLOYMENT") or f"keyward-{region}"
    stack = f"{deployment}-data"
    try:
        status = aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]["StackStatus"]
    except Refused as refused:
        if "does not exist" not in str(refused):
            raise
    else:
        if status != "REVIEW_IN_PROGRESS":
            raise Failed(f"The stack {stack} exists, so there is nothing to take over.")
    resources = to_import(deployment)
    names = [name for name, _, _ in resources]
    # The tables name it, whether it is there or not.
    names += [] if "TableKey" in names else ["TableKey"]
    parameters = {
        "Deployment": deployment,
        "RolePath": os.environ.get("ROLE_PATH", "/"),
        "LoginPrefix": setting("LOGIN_PREFIX"),
        "WrappingKeys": setting("WRAPPING_KEYS") if os.environ.get("SECOND_WRAPPING_KEY") else "FIRST",
        "TableEncryption": "OWN_KEY" if os.environ.get("TABLE_KEY") else "AWS_OWNED",
    }
    text = with_only((TEMPLATES / "data.yaml").read_text(encoding="utf-8"), names)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        aws(
            "cloudformation", "create-change-set", "--stack-name", stack, "--change-set-name", "take-over",
            "--change-set-type", "IMPORT", "--capabilities", "CAPABILITY_NAMED_IAM", "--template-body", f"file://{file.name}",
            parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            resources_to_import=[
                {"LogicalResourceId": name, "ResourceType": kind, "ResourceIdentifier": identifier}
                for name, kind, identifier in resources
            ],
        )
    while True:
        made = aws("cloudformation", "describe-change-set", "--stack-name", stack, "--change-set-name", "take-over")
        if made["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        time.sleep(float(os.environ.get("POLL", "5")))
    if made["Status"] != "CREATE_COMPLETE":
        raise Failed(f"CloudFormation refuses the import: {made.get('StatusReason')}")
    aws("cloudformation", "execute-change-set", "--stack-name", stack, "--change-set-name", "take-over")
    status = settled(stack, "")
    if status != "IMPORT_COMPLETE":
        raise Failed(f"The import ended in {status}: see the events of the stack {stack}. Nothing that was imported is changed.")
    print(f"{stack} has {', '.join(name for name, _, _ in resources)}.")
    print("Next: make deploy, which creates the rest.")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        print(f"take_over: {failed}", file=sys.stderr)
        sys.exit(1)
