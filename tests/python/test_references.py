"""The table of HTML's named references that the search for secrets uses is the one that Python has from the WHATWG."""

import subprocess
import sys
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "shared/src/keys/using/scrub/readings/references.txt"


def test_the_table_is_the_one_that_its_program_prints():
    program = ROOT / "shared/testdata/references.py"
    printed = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True).stdout
    assert TABLE.read_text() == printed


def test_each_name_is_read_as_python_reads_it():
    lines = [line for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 2125
    for line in lines:
        name, numbers = line.split("\t")
        characters = "".join(chr(int(number, 16)) for number in numbers.rstrip("*").split())
        assert unescape(f"&{name};") == characters
        if numbers.endswith("*"):
            assert unescape(f"&{name} ") == f"{characters} "
