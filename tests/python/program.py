"""The programs that the tests start."""

import functools
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def built(name: str) -> Path:
    """A program as the Rust tests have built it: asking for it alone would build every dependency anew."""
    command = ["cargo", "test", "--quiet", "--workspace", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    for artifact in map(json.loads, lines):
        is_program = artifact.get("target", {}).get("name") == name and not artifact["profile"]["test"]
        if is_program and artifact["executable"]:
            return Path(artifact["executable"])
    raise AssertionError(f"cargo names no program {name}")
