"""What the MAC of a row is over, written from docs/row-macs.md and not from the code."""

import hashlib


def part(kind: str, text: str) -> str:
    """One part: its kind, its length in bytes, and itself."""
    return f"{kind}{len(text.encode())}:{text}"


def written(value: dict) -> str:
    """A value of a row as DynamoDB has it."""
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return part("T", content)
        case "N":
            return part("N", content)
        case "BOOL":
            return part("F", "1" if content else "0")
        case "L":
            return part("L", "".join(map(written, content)))
        case "M":
            return part("M", members(content))
    raise AssertionError(value)


def members(row: dict) -> str:
    """Members in the order of their names."""
    return "".join(part("T", name) + written(row[name]) for name in sorted(row))


def row_digest(deployment: str, row: dict) -> bytes:
    """The digest of a row with nothing in it that Keyward would not write."""
    place = ["keyward row 1", deployment, "keyward", row["PK"]["S"], row["SK"]["S"]]
    covered = {name: value for name, value in row.items() if name not in ("PK", "SK", "mac")}
    text = "".join(part("T", each) for each in place) + part("M", members(covered))
    return hashlib.sha256(text.encode()).digest()
