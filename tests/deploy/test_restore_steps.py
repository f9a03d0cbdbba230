"""Steps of infra/restore that copy attributes between rows: what they write into the restored table."""

from types import SimpleNamespace

import pytest
from scripts import script

FORMER, RESTORED = {"TableName": "keyward"}, {"TableName": "keyward-e2"}
PLACE = {"PK": {"S": "KEY#acme#key_1"}, "SK": {"S": "KEY#acme#key_1"}}
LISTED = {name: {"S": name} for name in ("title_pk", "title_sk", "system_pk", "system_sk")}
EXPIRES = {"due_pk": {"S": "EXPIRE#3"}, "due_sk": {"S": "2027-03-01T00:00:00.000Z#acme#key_1"}}
DELETED = {
    **PLACE, "state": {"S": "recoverable"}, "recoverable_until": {"N": "1800000000"}, "title_pk": {"S": "DELETED#acme"},
    "due_pk": {"S": "BURY#3"}, "due_sk": {"S": "2026-12-06T00:00:00.000Z#acme#key_1"},
}


class Tables:
    """A former and a restored table with one key in each, and the AWS CLI with them."""

    def __init__(self, former: dict, restored: dict) -> None:
        self.rows = {"keyward": former, "keyward-e2": dict(restored)}

    def scan(self, table: str, _condition: str, values: dict, names: dict) -> list[dict]:
        assert names == {"#state": "state"}
        row = self.rows[table]
        return [row] if row["state"] == values[":state"] else []

    def aws(self, *arguments: str, key: dict, expression_attribute_names: dict, expression_attribute_values: dict) -> dict:
        """update-item with an expression of the two clauses that the steps write."""
        assert arguments[:4] == ("dynamodb", "update-item", "--table-name", "keyward-e2") and key == PLACE
        sets, removes = arguments[-1].removeprefix("SET ").split(" REMOVE ")
        used = [part.split(" = ")[0] for part in sets.split(", ")] + removes.split(", ")
        # DynamoDB refuses two paths that are the same, and names that nothing uses (API reference, "UpdateItem").
        assert sorted(used) == sorted(expression_attribute_names) and len(set(used)) == len(used)
        row = self.rows["keyward-e2"]
        for part in sets.split(", "):
            name, value = part.split(" = ")
            row[expression_attribute_names[name]] = expression_attribute_values[value]
        for name in removes.split(", "):
            row.pop(expression_attribute_names[name], None)
        return {}


@pytest.fixture
def restored(monkeypatch):
    """What the step leaves in the restored table."""
    steps = script("restore/steps.py")

    def run(former: dict, then: dict) -> dict:
        tables = Tables(former, then)
        monkeypatch.setattr(steps, "aws", tables.aws)
        steps.keep_recoverable(SimpleNamespace(is_switched=False, former=FORMER, restored=RESTORED, rows=tables.scan))
        assert tables.rows["keyward"] == former
        return tables.rows["keyward-e2"]

    return run


@pytest.mark.parametrize("due", [EXPIRES, {}])
def test_a_key_that_came_back_later_is_back_with_the_place_of_its_expiry(restored, due):
    there = {**PLACE, **LISTED, **due, "state": {"S": "active"}}
    assert restored(there, DELETED) == there


def test_a_key_that_came_back_disabled_is_disabled(restored):
    there = {**PLACE, **LISTED, **EXPIRES, "state": {"S": "disabled"}, "disabled": {"M": {}}}
    assert restored(there, {**DELETED, "disabled": {"M": {"by": {"S": "u-1"}}}}) == there


def test_a_key_that_was_deleted_later_is_deleted_with_the_place_of_its_burial(restored):
    then = {**PLACE, **LISTED, **EXPIRES, "state": {"S": "active"}}
    assert restored(DELETED, then) == {**DELETED, "title_sk": LISTED["title_sk"]}


def test_a_key_that_is_the_same_in_both_tables_stays_as_it_is(restored):
    there = {**PLACE, **LISTED, **EXPIRES, "state": {"S": "active"}}
    assert restored({**there, "title_sk": {"S": "changed"}}, there) == there
