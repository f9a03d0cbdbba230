"""Writes how large the zips for Lambda are, for docs/benchmarks.md: zip_sizes.py FILE COMMIT ARCHITECTURE NAME=ZIP…

A zip's program is its file `bootstrap`. Sizes are in bytes.
"""

import json
import sys
from pathlib import Path
from zipfile import ZipFile


def size(zip_file: Path) -> dict[str, int]:
    """A zip, and the program in it."""
    with ZipFile(zip_file) as opened:
        return {"bytes": opened.getinfo("bootstrap").file_size, "zip_bytes": zip_file.stat().st_size}


def main(file: str, commit: str, architecture: str, *zips: str) -> None:
    """Writes the file, and the folder that it is in."""
    named = (each.split("=", 1) for each in zips)
    sizes = {name: size(Path(zip_file)) for name, zip_file in named}
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    found = {"commit": commit, "architecture": architecture, "sizes": sizes}
    Path(file).write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
