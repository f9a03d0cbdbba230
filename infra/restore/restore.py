"""A restore: what is deployed now, what takes its place, and how far it has come."""

import time
from datetime import datetime, timezone

from cli import Failed, aws

# Where the number of the epoch stands, in both tables. deploy.sh reads it there.
EPOCH = {"PK": {"S": "DEPLOYMENT#EPOCH"}, "SK": {"S": "DEPLOYMENT#EPOCH"}}
# What is restored: the output of data.yaml that names it, the parameter that names its successor, and the days that its
# backups go back, as data.yaml has them.
TABLES = {
    "TableName": ("RestoredTableName", 35),
    "VaultName": ("RestoredVaultName", 7),
}


def parse_moment(text):
    """A time with its zone."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Failed(f"AT {text} is no time with a zone, such as 2026-11-29T12:00:00Z.")
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def moment_of(value):
    """A time as the CLI shows it: as text, or as seconds."""
    return datetime.fromtimestamp(value, timezone.utc) if isinstance(value, (int, float)) else parse_moment(value)


class Restore:
    """One restore."""

    def __init__(self, at, zips, settings):
        self.at, self.zips, self.settings = at, zips, settings
        region = settings.get("AWS_REGION") or settings.get("AWS_DEFAULT_REGION")
        if not region:
            raise Failed("No region is set: set AWS_REGION.")
        self.deployment = settings.get("DEPLOYMENT") or f"keyward-{region}"
        self.poll = float(settings.get("POLL", "5"))
        stack = aws("cloudformation", "describe-stacks", "--stack-name", f"{self.deployment}-data")["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.deployed = {output: outputs[output] for output in TABLES}
        self.role_path = outputs["RolePath"]
        row = self.row(self.deployed["TableName"])
        # The tables were switched, and a later step failed: it goes on there.
        self.is_switched = "former_table" in row and not row["finished"]["BOOL"]
        if self.is_switched and row["restored_to"]["S"] != self.at.isoformat():
            raise Failed(f"A restore to {row['restored_to']['S']} is not finished: run it again with that time first.")
        self.epoch = int(row["epoch"]["N"]) if "epoch" in row else 1
        if self.is_switched:
            self.former = {"TableName": row["former_table"]["S"], "VaultName": row["former_vault"]["S"]}
        else:
            self.epoch += 1
            self.former = self.deployed
        first = f"{self.deployment}-e{self.epoch}"
        self.restored = {"TableName": first, "VaultName": f"{first}-vault"}

    @staticmethod
    def row(table):
        """What a table says of its epoch."""
        return aws("dynamodb", "get-item", "--table-name", table, "--consistent-read", key=EPOCH).get("Item", {})

    def is_there(self, table):
        """Whether a table exists."""
        found = aws("dynamodb", "list-tables").get("TableNames", [])
        return table in found

    def wait_for(self, what, is_done):
        """Waits as long as it takes."""
        while not is_done():
            print(f"  waiting for {what}", flush=True)
            time.sleep(self.poll)

    def table(self, name):
        """What DynamoDB says of a table."""
        return aws("dynamodb", "describe-table", "--table-name", name)["Table"]

    def rows(self, table, condition, values, names=None):
        """Every row of a table that fulfils a condition."""
        named = {"expression_attribute_names": names} if names else {}
        found = aws(
            "dynamodb", "scan", "--table-name", table, "--consistent-read", "--filter-expression", condition,
            expression_attribute_values=values, **named,
        )
        return found.get("Items", [])

    def put(self, table, rows):
        """Writes rows, 25 at a time, which is the most that a batch takes."""
        for start in range(0, len(rows), 25):
            batch = {table: [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]}
            while batch:
                batch = aws("dynamodb", "batch-write-item", request_items=batch).get("UnprocessedItems")
