#!/usr/bin/env bash
# Installs what the browser tests need: Debian's Chromium and OpenSSH's server where there is none, and the packages of npm.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v chromium > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null
fi
if ! [ -x /usr/sbin/sshd ]; then
  apt-get update -qq
  # Installing a server would start it, were it not for this answer to the question whether it may.
  policy=/usr/sbin/policy-rc.d
  if ! [ -e "$policy" ]; then
    trap 'rm --force "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-server > /dev/null
fi
npm ci --no-audit --no-fund
touch node_modules/installed
