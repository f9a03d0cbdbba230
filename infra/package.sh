#!/usr/bin/env bash
# Builds the zips for Lambda on arm64: package.sh DIRECTORY. One is of the functions; the other holds the built control panel
# (panel/dist), too, for the one function that serves it. It needs rustup (which brings the standard library for the target) and
# Python (cargo-lambda and the C compiler that it crosses with come as wheels), and no Docker.
# The last two lines that it prints are the zips' paths.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1
if ! [ -e "$tools/installed" ] || [ infra/requirements.txt -nt "$tools/installed" ]; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement infra/requirements.txt
  touch "$tools/installed"
fi
rustup target add aarch64-unknown-linux-gnu > /dev/null 2>&1
PATH="$(cd "$tools/bin" && pwd):$PATH" cargo lambda build --arm64 --release --quiet \
  --package keyward-functions --bin bootstrap --output-format zip
zip="${CARGO_TARGET_DIR:-target}/lambda/bootstrap/bootstrap.zip"
with_panel="${zip%bootstrap.zip}panel.zip"
python3 infra/add_panel.py "$zip" panel/dist "$with_panel"
stat --format '%s bytes: %n' "$zip" "$with_panel"
echo "$zip"
echo "$with_panel"
