"""The system library, read from its files: which auth variants there are, by what their systems speak."""

import tomllib
import warnings

from program import ROOT
from row import Row


def variants(*kinds: str) -> set[tuple[str, str]]:
    """Every auth variant of the systems that speak one of these."""
    files = [tomllib.loads(file.read_text()) for file in (ROOT / "shared" / "systems").glob("*.toml")]
    return {(file["id"], auth["id"]) for file in files if file["kind"] in kinds for auth in file["auth"]}


def check_rows(rows: list[Row], *kinds: str) -> None:
    """Every row is of a variant that exists. A variant without a row is told as a warning: a stand-in is a good thing,
    but the library may grow without one."""
    known, stood_in = variants(*kinds), {(row.system_id, row.auth) for row in rows}
    assert stood_in, "there are rows"
    assert stood_in - known == set(), "rows of variants that the library does not have"
    for system_id, auth in sorted(known - stood_in):
        warnings.warn(f"no stand-in checks {system_id} {auth}", stacklevel=2)
