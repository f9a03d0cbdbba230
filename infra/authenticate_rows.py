#!/usr/bin/env python3
"""Authenticates rows of people and machine clients by hand: authenticate_rows.py DEPLOYMENT TABLE KEY [--yes SUM].

It shows each row whose MAC (docs/row-macs.md) is not the one that the KMS key makes, with what the row grants, and the sum of these
rows. With --yes and that sum it gives these rows their MAC: whoever says so vouches for each. If a row was added or changed after it
was shown, the sum is another one, and nothing gets a MAC.

It is for rows from before there were MACs, for tables that moved to another deployment, and for a lost key. The parameter RowWriter of
data.yaml has to name the caller meanwhile. It needs Python 3.9 and the AWS CLI. docs/operations.md says when to do what.
"""

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "restore"))

from cli import Failed, aws  # noqa: E402

# What the MAC of a row covers, by what its two keys begin with.
COVERED = {
    ("MEMBER#", "MEMBER#"): (
        "role", "state", "signed_out_at", "email", "version", "created_at", "created_by", "updated_at", "updated_by",
    ),
    ("CLIENT#", "CLIENT"): (
        "state", "account_id", "environment", "permissions", "secrets", "version", "updated_at", "updated_by",
    ),
}
SHOWN = ("role", "state", "account_id", "environment", "permissions", "email")


def part(kind, text):
    """A part of the text that is digested."""
    return f"{kind}{len(text.encode())}:{text}"


def written(value):
    """A value as the text has it."""
    [(kind, content)] = value.items()
    if kind == "L":
        return part("L", "".join(map(written, content)))
    if kind == "M":
        return part("M", members(content))
    if kind == "BOOL":
        return part("F", "1" if content else "0")
    if kind in ("S", "N"):
        return part("T" if kind == "S" else "N", content)
    raise Failed(f"A row has a value of the kind {kind}, which Keyward writes into no such row.")


def members(row):
    """Members in the order of their names' bytes."""
    return "".join(part("T", name) + written(row[name]) for name in sorted(row, key=str.encode))


def covered(row):
    """What the MAC of a row covers."""
    partition, place = row["PK"]["S"], row["SK"]["S"]
    for (first, second), names in COVERED.items():
        if partition.startswith(first) and (place.startswith(second) if second.endswith("#") else place == second):
            return {name: row[name] for name in names if name in row}
    return None


def digest(deployment, row):
    """What KMS makes the MAC over."""
    place = ("keyward row 1", deployment, "keyward", row["PK"]["S"], row["SK"]["S"])
    text = "".join(part("T", each) for each in place) + part("M", members(covered(row)))
    return hashlib.sha256(text.encode()).digest()


def mac(key, deployment, row):
    """The MAC of a row, in base64."""
    message = digest(deployment, row)
    return aws("kms", "generate-mac", "--key-id", key, "--mac-algorithm", "HMAC_SHA_256", message=message)["Mac"]


def rows(table):
    """The rows whose kinds have a MAC."""
    found = aws(
        "dynamodb", "scan", "--table-name", table, "--consistent-read",
        "--filter-expression", "begins_with(PK, :members) OR begins_with(PK, :clients)",
        expression_attribute_values={":members": {"S": "MEMBER#"}, ":clients": {"S": "CLIENT#"}},
    )["Items"]
    return [row for row in found if covered(row) is not None]


def wrong(deployment, table, key):
    """The rows whose MAC is not right, each with the right one."""
    found = ((row, mac(key, deployment, row)) for row in rows(table))
    return [(row, right) for row, right in found if row.get("mac", {}).get("S") != right]


def sum_of(deployment, found):
    """What stands for the content of these rows, as SHA-256."""
    return hashlib.sha256(b"".join(sorted(digest(deployment, row) for row, _ in found))).hexdigest()


def say(row):
    """A row with what it grants."""
    what = {name: next(iter(row[name].values())) for name in SHOWN if name in row}
    return f"{row['PK']['S']} {row['SK']['S']}: {what}"


def authenticate(table, row, right):
    """Gives a row its MAC, unless somebody changed the row meanwhile."""
    version = row.get("version")
    values = {":mac": {"S": right}, **({":version": version} if version else {})}
    aws(
        "dynamodb", "update-item", "--table-name", table, "--update-expression", "SET mac = :mac",
        "--condition-expression", "version = :version" if version else "attribute_exists(PK) AND attribute_not_exists(version)",
        key={"PK": row["PK"], "SK": row["SK"]}, expression_attribute_values=values,
    )


def arguments():
    """The deployment, the table, the key, and the sum that somebody vouches for; `None` without one."""
    given = sys.argv[1:]
    if len(given) == 3:
        return *given, None
    if len(given) == 5 and given[3] == "--yes":
        return *given[:3], given[4]
    raise Failed("Give the deployment, the table and the key of rows, and after them --yes with the sum that was shown.")


def main():
    deployment, table, key, vouched = arguments()
    found = wrong(deployment, table, key)
    shown = sum_of(deployment, found)
    for row, _ in found:
        print(say(row))
    if vouched is None:
        print(f"rows whose MAC is not right: {len(found)}")
        print(f"To authenticate these rows and no others, add: --yes {shown}")
        return
    if vouched != shown:
        raise Failed(f"The rows above are not those of the sum {vouched}. Nothing was authenticated. Look at them, and use --yes {shown}.")
    for row, right in found:
        authenticate(table, row, right)
    print(f"rows that were authenticated: {len(found)}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        print(f"authenticate_rows.py: {failed}", file=sys.stderr)
        sys.exit(1)
