#!/usr/bin/env bash
# Makes the virtual environment of the Python tests: install.sh DIRECTORY. On a Debian that has Python without its venv
# module, it installs that first; and OpenSSH's server, which the tests start themselves, where there is none.
set -euo pipefail
directory=$1
requirements="$(dirname "$0")/requirements.txt"
if ! python3 -m venv "$directory"; then
  apt-get update --quiet --quiet
  apt-get install --quiet --quiet --yes python3-venv
  python3 -m venv "$directory"
fi
if ! [ -x /usr/sbin/sshd ]; then
  apt-get update --quiet --quiet
  # Installing a server would start it, were it not for this answer to the question whether it may.
  policy=/usr/sbin/policy-rc.d
  if ! [ -e "$policy" ]; then
    trap 'rm --force "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
  fi
  apt-get install --quiet --quiet --yes --no-install-recommends openssh-server
fi
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
touch "$directory/installed"
