"""The guides of the systems, in docs/systems: they follow from the library, and lead to nobody who sells the like."""

import subprocess
import sys
import tomllib
from urllib.parse import urlsplit

import pytest
from program import ROOT

PAGES = ROOT / "docs" / "systems"
FILES = sorted((ROOT / "shared" / "systems").glob("*.toml"))

# Makers of other integration platforms. Their help describes their own forms.
COMPETITORS = ("n8n.io", "wearepatchworks.com", "celigo.com", "boomi.com", "zapier.com", "make.com", "workato.com")


def test_the_guides_are_what_make_generate_writes(tmp_path):
    before = {file.name: file.read_text() for file in PAGES.glob("*.md")}
    script = f"import pathlib, sys; sys.path.insert(0, {str(ROOT / 'docs')!r}); import write_systems as w; "
    script += f"w.PAGES = pathlib.Path({str(tmp_path)!r}); w.main()"
    subprocess.run([sys.executable, "-B", "-c", script], check=True)
    assert {file.name: file.read_text() for file in tmp_path.glob("*.md")} == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_guide_names_each_way_each_field_and_each_refusal(file):
    system, page = tomllib.loads(file.read_text()), (PAGES / f"{file.stem}.md").read_text()
    for auth in system["auth"]:
        assert f"## {auth['label']}\n" in page
    for field in system["fields"]:
        assert f"| `{field['id']}` |" in page
        assert " ".join(field.get("help", "").split()).replace("|", "\\|").replace("<", "&lt;") in page
    assert " ".join(system["guide"].split()) in page


def addresses(value):
    """Every address that people are led to, wherever it stands in a system's file."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from [member] if name == "guide_url" else addresses(member)
    elif isinstance(value, list):
        for member in value:
            yield from addresses(member)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_guide_leads_to_the_help_of_a_competitor(file):
    found = list(addresses(tomllib.loads(file.read_text())))
    assert found
    for address in found:
        host = urlsplit(address).hostname or ""
        assert urlsplit(address).scheme == "https", address
        assert not any(host == name or host.endswith(f".{name}") for name in COMPETITORS), address
