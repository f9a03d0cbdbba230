#!/usr/bin/env bash
# Installs what the browser tests need: Debian's Chromium where there is none, and the packages of npm.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v chromium > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null
fi
npm ci --no-audit --no-fund
touch node_modules/installed
