#!/usr/bin/env bash
# Makes the virtual environment of the Python tests: install.sh DIRECTORY. On a Debian that has Python without its venv
# module, it installs that first; and the servers that the tests start themselves, where they are missing: OpenSSH's, and FTP servers.
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
# The packages of FTP servers exclude each other. So they are unpacked beside each other, and only their libraries are installed.
debian="$(realpath "$directory")/debian"
if ! [ -x "$debian/usr/sbin/vsftpd" ] || ! [ -x "$debian/usr/sbin/proftpd" ] || ! [ -x "$debian/usr/sbin/pure-ftpd" ]; then
  apt-get update --quiet --quiet
  packages=$(mktemp --directory)
  chmod 755 "$packages"
  (cd "$packages" && apt-get download --quiet --quiet --option APT::Sandbox::User=root \
    vsftpd proftpd-core proftpd-mod-crypto pure-ftpd)
  for package in "$packages"/*.deb; do
    dpkg-deb --extract "$package" "$debian"
    dpkg-deb --field "$package" Depends | tr ',' '\n' | sed --quiet 's/^ *\(lib[^ ]*\).*/\1/p'
  done | sort --unique | xargs apt-get install --quiet --quiet --yes --no-install-recommends --no-upgrade
  rm --recursive "$packages"
  # Manuals are not read, and some of their links lead nowhere.
  rm --recursive --force "$debian/usr/share/man" "$debian/usr/share/doc"
fi
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
touch "$directory/installed"
