"""The report of the benches: `make bench-report`, or `python3 docs/benchmarks RESULTS`.

It takes the newest results in a folder, and for other benches the figures that were committed last. It writes the
tables of docs/benchmarks.md, its plots, and figures.json. It needs Python 3.11 and nothing else.
"""

import sys
from pathlib import Path

import figures
import plots
import tables


def main() -> int:
    """Writes what has changed."""
    if len(sys.argv) != 2:
        print("usage: python3 docs/benchmarks RESULTS", file=sys.stderr)
        return 2
    known = figures.newest(Path(sys.argv[1]))
    written = {figures.KEPT: figures.text(known), tables.PAGE: tables.page(known), **plots.svgs(known)}
    for path, text in written.items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(figures.HERE.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
