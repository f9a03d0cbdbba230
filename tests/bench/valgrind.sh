#!/usr/bin/env bash
# Sees to it that valgrind is there: on Debian, root gets it installed, and everybody else is told what to run.
set -euo pipefail
if command -v valgrind > /dev/null; then
  exit
fi
if [ "$(id --user)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo 'valgrind is missing: run `apt-get install valgrind` as root, or what installs it on this system' >&2
  exit 1
fi
apt-get update --quiet --quiet
DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends valgrind > /dev/null
