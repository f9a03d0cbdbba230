"""infra/authenticate_rows.py: which rows it shows, and that a MAC is given to these alone and only with the sum of what was shown."""

import base64
import hmac
import re
import sys

import pytest
from program import ROOT
from row_macs import row_digest
from scripts import script as script_of

DEPLOYMENT, TABLE, KEY = "keyward-eu-west-1", "keyward-eu-west-1", "arn:aws:kms:eu-west-1:111122223333:key/rows"


def member(name: str, **more) -> dict:
    """The row of somebody."""
    return {"PK": {"S": "MEMBER#acme"}, "SK": {"S": f"MEMBER#{name}"}, "role": {"S": "owner"}, "state": {"S": "active"}, **more}


def client(name: str) -> dict:
    """The row of a machine client with a secret."""
    kept = {"id": {"S": "secret_1"}, "sha256": {"S": "ab"}, "created_at": {"S": "2026-01-01T00:00:00Z"}}
    return {
        "PK": {"S": f"CLIENT#{name}"}, "SK": {"S": "CLIENT"}, "state": {"S": "active"}, "account_id": {"S": "acme"},
        "permissions": {"L": [{"S": "keys:use"}]}, "secrets": {"L": [{"M": kept}]}, "version": {"N": "3"},
    }


def right(row: dict) -> str:
    """The MAC as KMS makes it."""
    return base64.b64encode(hmac.digest(b"rows", row_digest(DEPLOYMENT, row), "sha256")).decode()


@pytest.fixture
def script(monkeypatch):
    """The script, with an AWS CLI that has some rows and keeps what is written."""
    loaded = script_of("authenticate_rows.py")
    good = client("good")
    good["mac"] = {"S": right(good)}
    copied = member("copied")
    copied["mac"] = {"S": right(member("somebody-else"))}
    loaded.table = [good, copied, member("new", version={"N": "2"}), {"PK": {"S": "CLIENT#x"}, "SK": {"S": "OTHER"}}]
    loaded.updates = []

    def aws(*arguments, **inputs):
        assert KEY in arguments or TABLE in arguments
        if arguments[1] == "scan":
            return {"Items": loaded.table}
        if arguments[1] == "generate-mac":
            return {"Mac": base64.b64encode(hmac.digest(b"rows", inputs["message"], "sha256")).decode()}
        assert arguments[1] == "update-item"
        loaded.updates.append((inputs["key"]["SK"]["S"], inputs["expression_attribute_values"], arguments[-1]))
        return {}

    monkeypatch.setattr(loaded, "aws", aws)
    return loaded


@pytest.fixture
def run(script, monkeypatch, capsys):
    """Runs the script with further arguments, and returns what it says."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["authenticate_rows.py", DEPLOYMENT, TABLE, KEY, *arguments])
        script.main()
        return capsys.readouterr().out

    return run


def shown_sum(said: str) -> str:
    """The sum that the script shows."""
    return re.search(r"--yes ([0-9a-f]{64})$", said, re.MULTILINE)[1]


def test_it_shows_rows_without_their_mac_and_changes_nothing(script, run):
    said = run()
    assert "MEMBER#copied" in said and "MEMBER#new" in said and "CLIENT#good" not in said
    assert "rows whose MAC is not right: 2" in said
    assert script.updates == []


def test_with_yes_it_gives_these_rows_their_mac_while_they_are_as_they_were(script, run):
    assert "rows that were authenticated: 2" in run("--yes", shown_sum(run()))
    copied, new = member("copied"), member("new", version={"N": "2"})
    assert script.updates == [
        ("MEMBER#copied", {":mac": {"S": right(copied)}}, "attribute_exists(PK) AND attribute_not_exists(version)"),
        ("MEMBER#new", {":mac": {"S": right(new)}, ":version": {"N": "2"}}, "version = :version"),
    ]


def forged(rows: list[dict]) -> None:
    """Another row that grants something."""
    rows.append(member("forged"))


def promoted(rows: list[dict]) -> None:
    """A row that was shown grants something else."""
    rows[2]["role"] = {"S": "editor"}


def taken_away(rows: list[dict]) -> None:
    """A row that was shown is not there any more."""
    del rows[1]


@pytest.mark.parametrize("change", [forged, promoted, taken_away])
def test_rows_that_are_not_those_that_were_shown_get_no_mac(script, run, capsys, change):
    shown = shown_sum(run())
    change(script.table)
    with pytest.raises(script.Failed, match="Nothing was authenticated"):
        run("--yes", shown)
    assert script.updates == []
    # Who has looked at the new ones says so with their sum.
    capsys.readouterr()
    now = shown_sum(run())
    assert now != shown
    run("--yes", now)
    assert len(script.updates) == len(script.table) - 2


def test_rows_with_their_mac_and_what_no_mac_covers_do_not_change_the_sum(script, run):
    shown = shown_sum(run())
    script.table[2]["sign_ins"] = {"N": "7"}
    script.table.reverse()
    del script.table[-1]
    assert shown_sum(run()) == shown


@pytest.mark.parametrize("arguments", [("--yes",), ("--yes", "sum", "more"), ("sum",), ("sum", "--yes"), ("--no", "sum")])
def test_yes_without_a_sum_authenticates_nothing(script, run, arguments):
    with pytest.raises(script.Failed, match="--yes with the sum that was shown"):
        run(*arguments)
    assert script.updates == []


def test_it_covers_what_the_document_says(script):
    page = (ROOT / "docs/row-macs.md").read_text(encoding="utf-8")
    said = [tuple(re.findall(r"`(\w+)`", line.split("|")[2])) for line in page.splitlines() if line.startswith("| of a ")]
    assert said == list(script.COVERED.values())
