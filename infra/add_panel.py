"""Adds the built control panel to the zip of the functions: add_panel.py ZIP DIST WITH_PANEL.

The same files make the same bytes, so that the name of the zip, which is its hash, changes with what is in it.
"""

import shutil
import sys
import zipfile
from pathlib import Path

# The earliest time that a zip can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)


def main(functions: Path, dist: Path, with_panel: Path) -> None:
    if not (dist / "index.html").exists():
        raise SystemExit(f"{dist} holds no panel: `make panel/dist/index.html` builds it")
    shutil.copyfile(functions, with_panel)
    with zipfile.ZipFile(with_panel, "a") as archive:
        for file in sorted(path for path in dist.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"panel/{file.relative_to(dist)}", EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
