"""Restores both tables to one moment: restore AT ZIP TRIALS_ZIP PANEL_ZIP, with deploy.sh's settings in the environment.

AT is a time such as 2026-11-29T12:00:00Z. The zips are those of the version that is deployed. It needs Python 3.9 and the AWS
CLI, and nothing beside them. The former tables stay as they are. It can be run again after any failure: it goes on with the
step that failed.
"""

import os
import sys

from cli import Failed
from restore import Restore, parse_moment
from steps import STEPS


def main(arguments):
    if len(arguments) != 4:
        raise Failed("Give a time and three zips: make restore AT=2026-11-29T12:00:00Z")
    at, *zips = arguments
    restore = Restore(parse_moment(at), zips, dict(os.environ))
    for number, step in enumerate(STEPS, start=1):
        print(f"{number} of {len(STEPS)}: {step.__doc__.splitlines()[0]}", flush=True)
        step(restore)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failed as failed:
        print(f"restore: {failed}", file=sys.stderr)
        sys.exit(1)
