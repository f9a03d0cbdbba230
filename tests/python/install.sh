#!/usr/bin/env bash
# Makes the virtual environment of the Python tests: install.sh DIRECTORY. On a Debian that has Python without its venv
# module, it installs that first.
set -euo pipefail
directory=$1
requirements="$(dirname "$0")/requirements.txt"
if ! python3 -m venv "$directory"; then
  apt-get update --quiet --quiet
  apt-get install --quiet --quiet --yes python3-venv
  python3 -m venv "$directory"
fi
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
touch "$directory/installed"
