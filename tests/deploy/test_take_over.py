"""What infra/take_over.py asks CloudFormation to import. That the import works, test_first_and_last.py shows."""

import pytest
import yaml
from program import ROOT
from scripts import script as script_of

DATA = (ROOT / "infra/data.yaml").read_text(encoding="utf-8")


@pytest.fixture
def take_over(monkeypatch):
    """The script, with the settings that it always takes."""
    script = script_of("take_over.py")
    for name, value in (("WRAPPING_KEY", "mrk-1"), ("FINGERPRINT_KEY", "2"), ("USER_POOL", "eu-west-1_Example01")):
        monkeypatch.setenv(name, value)
    return script


def test_every_resource_that_lasts_is_imported_and_nothing_else(take_over, monkeypatch):
    monkeypatch.setenv("SECOND_WRAPPING_KEY", "mrk-3")
    monkeypatch.setenv("TABLE_KEY", "4")
    monkeypatch.setenv("TOKEN_SIGNING_KEY", "5")
    monkeypatch.setenv("ROW_KEY", "6")
    imported = {name: kind for name, kind, _ in take_over.to_import("keyward-eu-west-1")}
    lasting = {
        name: resource["Type"]
        for name, resource in yaml.safe_load(DATA)["Resources"].items()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    assert imported == lasting
    assert set(yaml.safe_load(take_over.with_only(DATA, list(imported)))["Resources"]) == set(imported)


def test_a_second_wrapping_key_is_imported_where_one_is_in_use(take_over, monkeypatch):
    names = [name for name, _, _ in take_over.to_import("keyward-eu-west-1")]
    assert "WrappingKey" in names and "SecondWrappingKey" not in names
    monkeypatch.setenv("SECOND_WRAPPING_KEY", "mrk-3")
    identifiers = {name: identifier for name, _, identifier in take_over.to_import("keyward-eu-west-1")}
    assert (identifiers["WrappingKey"], identifiers["SecondWrappingKey"]) == ({"KeyId": "mrk-1"}, {"KeyId": "mrk-3"})
