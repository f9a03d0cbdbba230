#!/usr/bin/env bash
# Builds the zip of the functions for Lambda on arm64: package.sh DIRECTORY. It needs rustup (which brings the standard library
# for the target) and Python (cargo-lambda and the C compiler that it crosses with come as wheels), and no Docker.
# The last line that it prints is the zip's path.
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
echo "$(stat --format %s "$zip") bytes"
echo "$zip"
