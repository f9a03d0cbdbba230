"""A stand-in for the AWS CLI that plays CloudFormation: `stand_in.py STATE ARGUMENTS…` keeps its world in a file.

It knows what deploy.sh asks for and nothing else. Which state a stack is in after what, and what each state allows, is as the
CloudFormation API reference ("Stack", "RollbackStack", "ContinueUpdateRollback", "DeleteStack") and the CloudFormation user
guide ("DeletionPolicy attribute", "Troubleshooting CloudFormation") say. The changes of a change set are those of resources
whose text, or whose parameters, differ.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
from pathlib import Path

import jmespath

UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")


def public_key(key_id: str) -> str:
    """The public half of an RSA key of 2,048 bits as KMS shows it: a SubjectPublicKeyInfo in base64. The modulus is the key's own."""
    before = "30820122300d06092a864886f70d01010105000382010f003082010a0282010100"
    modulus = bytes([0xC3]) + hashlib.sha512(key_id.encode()).digest() * 4
    return base64.b64encode(bytes.fromhex(before) + modulus[:256] + bytes.fromhex("0203010001")).decode()


class Refused(Exception):
    """What the CLI answers with an error."""


def option(arguments, name, default=None):
    """The value after an option."""
    return arguments[arguments.index(name) + 1] if name in arguments else default


def many(arguments, name):
    """All values after an option, as pairs."""
    if name not in arguments:
        return {}
    rest = arguments[arguments.index(name) + 1 :]
    pairs = {}
    for argument in rest:
        if argument.startswith("--"):
            break
        key, _, value = argument.partition("=")
        pairs[key] = value
    return pairs


def text(value):
    """A value as `--output text` prints it."""
    if isinstance(value, list):
        rows = [row if isinstance(row, list) else None for row in value]
        if value and all(row is not None for row in rows):
            return "\n".join("\t".join(map(text, row)) for row in rows)
        return "\t".join(map(text, value))
    return "None" if value is None else str(value)


def protected(template, values, resource):
    """Whether a resource refuses to be deleted."""
    written = resource["Properties"].get("DeletionProtectionEnabled", resource["Properties"].get("DeletionProtection"))
    if isinstance(written, dict):
        assert written["Fn::If"][0] == "IsProtected", written
        return values["DeletionProtection"] == "ON"
    return written in (True, "ACTIVE")


def named(resource, values):
    """The name that nobody else may have; `None` where AWS makes one up."""
    properties = resource.get("Properties", {})
    for name in ("TableName", "RoleName", "FunctionName", "LogGroupName", "QueueName", "AliasName", "Domain", "TopicName"):
        if name not in properties or resource["Type"].endswith(("Permission", "Mapping", "InvokeConfig", "MetricFilter")):
            continue
        value = properties[name]
        if isinstance(value, dict):
            value = values.get(value["Ref"]) if "Ref" in value else value.get("Fn::Sub", "")
        for parameter, given in values.items():
            value = str(value).replace(f"${{{parameter}}}", str(given))
        return f"{resource['Type']} {value}"
    return None


def is_there(template, values, resource):
    """Whether a resource's condition holds; only those are known that leave a resource out."""
    needed = {
        "HasTableKey": values.get("TableEncryption") == "OWN_KEY",
        "HasSecondWrappingKey": values.get("WrappingKeys", "FIRST") != "FIRST",
        "HasLoginDomain": bool(values.get("LoginDomain")),
        "HasDomain": bool(values.get("DomainName")),
        "SendsAlarms": bool(values.get("AlarmEmail")),
    }
    return needed[resource["Condition"]] if "Condition" in resource else True


def denied(policy, deed, kind):
    """Whether a stack's policy refuses an update of a resource. It knows the form that deploy.sh writes."""
    statements = policy["Statement"] if policy else []
    return any(
        each["Effect"] == "Deny" and deed in each["Action"] and kind in each["Condition"]["StringEquals"]["ResourceType"]
        for each in statements
    )


def mentions(value, names, conditions):
    """Whether a part of a template depends on one of these parameters."""
    written = json.dumps(value)
    through = [name for name, condition in conditions.items() if any(f'"{one}"' in json.dumps(condition) for one in names)]
    return any(f'"{name}"' in written or f"${{{name}}}" in written for name in [*names, *through])


class World:
    """Everything that is there, and the calls that were made."""

    def mac(self, key, message):
        """The MAC of a row, if the policy of its key lets the caller make it. The key's bytes are its ARN's.

        Bytes have to come from a file: the two versions of the CLI read other forms differently.
        """
        assert message.startswith("fileb://"), message
        values = self.state["stacks"]["keyward-eu-west-1-data"]["values"]
        if values["RowWriter"] != self.state["caller"]["name"]:
            raise Refused("An error occurred (AccessDeniedException)")
        return base64.b64encode(hmac.digest(key.encode(), Path(message.removeprefix("fileb://")).read_bytes(), "sha256")).decode()

    def __init__(self, path):
        self.path = path
        self.state = json.loads(path.read_text())

    def save(self):
        self.path.write_text(json.dumps(self.state))

    def stack(self, name):
        if name not in self.state["stacks"]:
            raise Refused(f"An error occurred (ValidationError): Stack with id {name} does not exist")
        return self.state["stacks"][name]

    def rows(self, arguments):
        """The rows of a table, by their partitions. The first table of a stack is known by its output, too."""
        table = option(arguments, "--table-name").removeprefix("TableName-of-").removesuffix("-data")
        if f"AWS::DynamoDB::Table {table}" not in self.state["names"]:
            raise Refused(f"An error occurred (ResourceNotFoundException): Requested resource not found: {table}")
        return self.state["rows"].setdefault(table, {})

    def find_change_set(self, arn):
        return self.state["change_sets"][arn]

    def parsed(self, path):
        """A template, which is parsed once."""
        kept = self.path.with_name(f"{path.name}-{path.stat().st_mtime_ns}.json")
        if not kept.exists():
            import yaml

            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            kept.write_text(json.dumps(yaml.load(path.read_text(encoding="utf-8"), loader)))
        return json.loads(kept.read_text())

    def keep(self, template):
        """Puts a template beside the world, which is read and written at each call."""
        kept = self.path.with_name(f"template-{len(self.state['change_sets'])}.json")
        kept.write_text(json.dumps(template))
        return kept.name

    def kept(self, name):
        return json.loads(self.path.with_name(name).read_text()) if name else {"Resources": {}}

    # ---- the calls

    def deploy(self, arguments):
        name = option(arguments, "--stack-name")
        stack = self.state["stacks"].get(name)
        creates = stack is None or stack["status"] == "REVIEW_IN_PROGRESS"
        if not creates and stack["status"] not in UPDATABLE:
            raise Refused(f"Stack:{name} is in {stack['status']} state and can not be updated.")
        template = self.parsed(Path(option(arguments, "--template-file")))
        given, values = many(arguments, "--parameter-overrides"), {}
        old = {} if creates else stack["values"]
        for parameter, written in template["Parameters"].items():
            value = given.get(parameter, old.get(parameter, written.get("Default")))
            if value is None:
                raise Refused(f"Parameters: [{parameter}] must have values")
            values[parameter] = str(value)
        resources = {k: v for k, v in template["Resources"].items() if is_there(template, values, v)}
        before = {} if creates else self.kept(stack.get("template"))["Resources"]
        differing = [key for key in values if old.get(key) != values[key]]
        changes = []
        for resource_id, resource in resources.items():
            change = {"ResourceType": resource["Type"], "LogicalResourceId": resource_id}
            if resource_id not in before:
                changes.append({"Action": "Add", **change})
            elif before[resource_id] != resource or mentions(resource, differing, template.get("Conditions", {})):
                renamed = named(before[resource_id], old) != named(resource, values)
                changes.append({"Action": "Modify", "Replacement": "True" if renamed else "False", **change})
        for resource_id in before.keys() - resources.keys():
            kind = before[resource_id]["Type"]
            changes.append({"Action": "Remove", "ResourceType": kind, "LogicalResourceId": resource_id})
        tags = many(arguments, "--tags")
        if not changes and (creates or tags == stack["tags"]):
            print(f"No changes to deploy. Stack {name} is up to date")
            return
        if option(arguments, "--role-arn"):
            self.state["roles_used"][name] = option(arguments, "--role-arn")
        arn = f"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/deploy/{len(self.state['change_sets'])}"
        template["Resources"] = resources
        self.state["change_sets"][arn] = {
            "stack": name,
            "creates": creates,
            "template": self.keep(template),
            "values": values,
            "changes": changes,
            "tags": tags,
        }
        if creates:
            self.state["stacks"][name] = {"status": "REVIEW_IN_PROGRESS", "values": {}, "tags": {}}
        print(f"Changeset created successfully.\naws cloudformation describe-change-set --change-set-name {arn}")

    def execute(self, change_set):
        name, values = change_set["stack"], change_set["values"]
        template = self.kept(change_set["template"])
        stack, creates = self.state["stacks"][name], change_set["creates"]
        stack["tags"] = change_set["tags"]
        failing = self.state["failing"]
        made, events = [], []
        for change in change_set["changes"]:
            resource_id = change["LogicalResourceId"]
            resource = template["Resources"].get(resource_id)
            reason = None
            if change["Action"] == "Remove" or change.get("Replacement") == "True":
                deed = "Update:Delete" if change["Action"] == "Remove" else "Update:Replace"
                if denied(stack.get("policy"), deed, change["ResourceType"]):
                    reason = f"Action denied by stack policy: Statement 1 does not allow [{deed}]"
            taken = named(resource, values) if resource else None
            if resource_id == failing:
                reason = "Resource handler returned message: refused for this test"
            elif change["Action"] == "Add" and taken in self.state["names"]:
                reason = f"{taken} already exists"
            if reason:
                events.append({
                    "LogicalResourceId": resource_id, "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": reason,
                })
                break
            if resource and change["Action"] == "Add":
                made.append((resource_id, resource, taken))
                if taken:
                    self.state["names"].append(taken)
        stack["events"] = events
        if not events:
            outputs = template.get("Outputs", {})
            stack.update(template=change_set["template"], values=values, next="CREATE_COMPLETE" if creates else "UPDATE_COMPLETE")
            stack["outputs"] = {
                key: values.get(f"Restored{key}") or values.get(key, f"{key}-of-{name}")
                for key, output in outputs.items()
                if is_there(template, values, output)
            }
            stack["status"] = "CREATE_IN_PROGRESS" if creates else "UPDATE_IN_PROGRESS"
            return
        # What this operation created is deleted again, unless its policy retains it; and what is protected cannot be.
        stuck = False
        for resource_id, resource, taken in made:
            if resource.get("DeletionPolicy") == "Retain":
                continue
            if protected(template, values, resource) if "Properties" in resource else False:
                stuck = True
                continue
            if taken:
                self.state["names"].remove(taken)
        stack["status"] = "ROLLBACK_IN_PROGRESS" if creates else "UPDATE_ROLLBACK_IN_PROGRESS"
        ended = "ROLLBACK" if creates else "UPDATE_ROLLBACK"
        stack["next"] = f"{ended}_{'FAILED' if stuck else 'COMPLETE'}"

    def delete(self, name):
        stack = self.state["stacks"].pop(name)
        for resource_id, resource in self.kept(stack.get("template"))["Resources"].items():
            taken = named(resource, stack["values"])
            if taken and not resource.get("DeletionPolicy", "Delete").startswith("Retain"):
                self.state["names"].remove(taken)

    def describe_stacks(self, name):
        stack = self.stack(name)
        shown = {
            "StackStatus": stack["status"],
            "Tags": [{"Key": k, "Value": v} for k, v in stack["tags"].items()],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in stack["values"].items()],
        }
        # A stack without outputs, such as one that was imported, has no such member.
        if stack.get("outputs"):
            shown["Outputs"] = [{"OutputKey": k, "OutputValue": v} for k, v in stack["outputs"].items()]
        # Each look finds it further on.
        if "next" in stack:
            stack["status"] = stack.pop("next")
        return {"Stacks": [shown]}

    def answer(self, service, operation, arguments):
        # Version 1 of the CLI, which the tests have, does not know it.
        if "--cli-binary-format" in arguments:
            raise Refused("Unknown options: --cli-binary-format")
        name = option(arguments, "--stack-name")
        match service, operation:
            case "cloudformation", "deploy":
                return self.deploy(arguments)
            case "cloudformation", "describe-stacks":
                return self.describe_stacks(name)
            case "cloudformation", "describe-change-set":
                changes = self.find_change_set(option(arguments, "--change-set-name"))["changes"]
                return {"Changes": [{"ResourceChange": change} for change in changes]}
            case "cloudformation", "execute-change-set":
                return self.execute(self.find_change_set(option(arguments, "--change-set-name")))
            case "cloudformation", "describe-stack-events":
                return {"StackEvents": self.stack(name).get("events", [])}
            case "cloudformation", "delete-stack":
                return self.delete(name)
            case "cloudformation", "update-termination-protection":
                self.stack(name)["protected"] = "--enable-termination-protection" in arguments
                return {"StackId": name}
            case "cloudformation", "set-stack-policy":
                self.stack(name)["policy"] = json.loads(option(arguments, "--stack-policy-body"))
                return None
            case "cloudwatch", "describe-alarms":
                ringing = self.state["ringing"].pop(0) if self.state["ringing"] else []
                return {"MetricAlarms": [{"AlarmName": alarm} for alarm in ringing], "CompositeAlarms": []}
            case "cloudformation", "rollback-stack":
                before = self.stack(name)["status"]
                self.stack(name)["status"] = "ROLLBACK_COMPLETE" if before == "CREATE_FAILED" else "UPDATE_ROLLBACK_COMPLETE"
                return {"StackId": name}
            case "cloudformation", "continue-update-rollback":
                self.stack(name)["status"] = "UPDATE_ROLLBACK_COMPLETE"
                return None
            case "dynamodb", "describe-table":
                table = option(arguments, "--table-name")
                if f"AWS::DynamoDB::Table {table}" not in self.state["names"]:
                    raise Refused("An error occurred (ResourceNotFoundException)")
                return {"Table": {"TableArn": table}}
            case "dynamodb", "get-item" if "DEPLOYMENT#REWRAP" in option(arguments, "--key"):
                kept = self.state["rewrap"]
                return {"Item": {"under": {"S": kept[0]}, "nothing_left": {"BOOL": kept[1]}}} if kept else None
            case "dynamodb", "get-item" if "CLIENT#" in option(arguments, "--key"):
                row = self.rows(arguments).get(json.loads(option(arguments, "--key"))["PK"]["S"])
                return {"Item": row} if row else None
            case "dynamodb", "put-item":
                row = json.loads(option(arguments, "--item"))
                self.rows(arguments)[row["PK"]["S"]] = row
                return None
            case "dynamodb", "get-item":
                epoch = self.state["epochs"].get(option(arguments, "--table-name"))
                return {"Item": {"epoch": {"N": epoch}}} if epoch else None
            case "cognito-idp", "describe-user-pool-domain":
                domain = option(arguments, "--domain")
                is_taken = f"AWS::Cognito::UserPoolDomain {domain}" in self.state["names"]
                return {"DomainDescription": {"UserPoolId": "eu-west-1_Another"} if is_taken else {}}
            case "lambda", "get-account-settings":
                return {"AccountLimit": {"UnreservedConcurrentExecutions": self.state["concurrency"]}}
            case "iam", "get-account-summary":
                return {"SummaryMap": {"Roles": self.state["roles"], "RolesQuota": 1000}}
            case "kms", "get-public-key":
                return {"PublicKey": self.state.get("public_key") or public_key(option(arguments, "--key-id"))}
            case "sts", "get-caller-identity":
                return {"Account": "111122223333", "Arn": self.state["caller"]["arn"]}
            case "iam", "get-role":
                name = self.state["caller"]["name"]
                assert option(arguments, "--role-name") == name.rsplit("/")[-1], arguments
                return {"Role": {"Arn": f"arn:aws:iam::111122223333:{name}"}}
            case "kms", "generate-mac":
                return {"Mac": self.mac(option(arguments, "--key-id"), option(arguments, "--message"))}
            case "s3api", "head-bucket":
                if option(arguments, "--bucket") != "acme-code":
                    raise Refused("An error occurred (404)")
                return None
            case "s3", "cp":
                self.state["uploaded"].append(arguments[-1])
                return None
        raise Refused(f"the stand-in does not know {service} {operation}")


def main():
    world = World(Path(os.environ["STAND_IN"]))
    arguments = sys.argv[1:]
    world.state["calls"].append(" ".join(arguments[:2]))
    try:
        found = world.answer(arguments[0], arguments[1], arguments[2:])
    except Refused as refused:
        world.save()
        print(refused, file=sys.stderr)
        sys.exit(254)
    query = option(arguments, "--query")
    if query:
        print(text(jmespath.search(query, found or {})))
    world.save()


if __name__ == "__main__":
    main()
