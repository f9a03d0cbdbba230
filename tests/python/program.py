"""The programs that the tests start."""

import functools
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def built(name: str) -> Path:
    """A program as the Rust tests have built it: without `--workspace`, or without a test, its dependencies would be compiled again
    with other features."""
    command = ["cargo", "build", "--quiet", "--workspace", "--test", "it", "--bin", name, "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    for artifact in map(json.loads, lines):
        if artifact.get("target", {}).get("name") == name and artifact["executable"]:
            return Path(artifact["executable"])
    raise AssertionError(f"cargo names no program {name}")
