#!/usr/bin/env bash
# Builds the zips for Lambda on arm64: package.sh DIRECTORY. One is of most functions; one is of those that try keys, whose binary
# speaks the protocols of mail and file servers, too; one is the first with the built control panel (panel/dist). It needs rustup (which brings the standard library for the target) and
# Python (cargo-lambda and the C compiler that it crosses with come as wheels), and no Docker.
# The last three lines that it prints are the zips' paths, in the order that deploy.sh takes.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1
if ! [ -e "$tools/installed" ] || [ infra/requirements.txt -nt "$tools/installed" ]; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement infra/requirements.txt
  touch "$tools/installed"
fi
rustup target add aarch64-unknown-linux-gnu > /dev/null 2>&1
# GET /v1/version answers it, and deploy.sh compares it. Files that are not committed make it another one.
commit=$(git rev-parse HEAD 2> /dev/null || true)
if [ "$commit" ] && [ "$(git status --porcelain)" ]; then
  commit=$commit-changed
fi
KEYWARD_COMMIT=$commit PATH="$(cd "$tools/bin" && pwd):$PATH" cargo lambda build --arm64 --release --quiet \
  --package keyward-functions --bin bootstrap --bin trials --output-format zip
built="${CARGO_TARGET_DIR:-target}/lambda"
zip="$built/bootstrap/bootstrap.zip"
trials="$built/trials/bootstrap.zip"
with_panel="$built/bootstrap/panel.zip"
python3 infra/add_panel.py "$zip" panel/dist "$with_panel"
printf '%s' "$commit" > "$built/bootstrap/commit"
# `make bench-report` puts the sizes on docs/benchmarks.md, and nothing else says how large the zips are.
python3 infra/zip_sizes.py "$built/../bench/zips.json" "${commit:0:12}${commit:40}" arm64 \
  bootstrap="$zip" trials="$trials" panel="$with_panel"
for file in "$zip" "$trials" "$with_panel"; do
  printf '%s bytes: %s\n' "$(wc -c < "$file" | tr -d ' ')" "$file"
done
printf '%s\n' "$zip" "$trials" "$with_panel"
