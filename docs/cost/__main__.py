"""The cost calculator: `make cost`, or `python3 docs/cost --help`.

Without options it prints what a month costs, and writes docs/cost.md and its plot. With options it prints the month of that
workload and writes nothing. It needs Python 3.11 and nothing else.
"""

import argparse
import sys

import model
import page
import plot

OPTIONS = {
    "keys": "stored keys",
    "uses": "uses a month",
    "creates": "keys stored or changed a month (a fiftieth of the keys)",
    "reads": "keys that people look at a month (each key once)",
    "pages": "pages of lists a month (as many as keys)",
    "keys_per_account": "keys of an account, for the column with a KMS key for each account",
    "together": "uses of a key that come together, in one process and within five minutes",
    "processes": "processes of one function that share its requests",
    "callers": "processes of callers that each get a token every fifteen minutes",
    "process_minutes": "minutes that a process of a function lives",
    "people": "people who sign in, beyond the 10,000 that are free",
    "table_key": "1 if the tables are encrypted with a KMS key of the deployment's own (TableEncryption)",
    "log_bytes": "bytes that API and function log of a request",
    "memory_of_uses_mb": "memory of a function that uses keys, in MB",
    "memory_of_changes_mb": "memory of a function that stores keys, in MB",
    "memory_mb": "memory of any other function, in MB",
    "duration_ms": "what an invocation is charged for, in milliseconds",
}


def arguments() -> dict[str, float]:
    """The options that were given."""
    parser = argparse.ArgumentParser(prog="docs/cost", description="What a month of Keyward costs.")
    for name, text in OPTIONS.items():
        kind = float if name == "duration_ms" else int
        usual = getattr(model.USUAL, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"{text}; else {usual:,}")
    return {name: value for name, value in vars(parser.parse_args()).items() if value is not None}


def main() -> int:
    """Prints one workload, or all of them and writes the documents."""
    given = arguments()
    if given:
        keys, uses = (given.pop(name, getattr(model.USUAL, name)) for name in ("keys", "uses"))
        try:
            work = model.Workload.of(keys, uses, **given)
        except ValueError as error:
            print(f"docs/cost: {error}", file=sys.stderr)
            return 2
        print(page.aligned(page.compared([work])), page.aligned(page.shares(work)), sep="\n\n")
        return 0
    works = [model.Workload.of(keys, uses) for keys in model.KEYS for uses in model.USES]
    print(page.aligned(page.compared(works)))
    for path, text in ((page.PAGE, page.page()), (plot.PLOT, plot.svg())):
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(model.HERE.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
