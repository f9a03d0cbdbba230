"""A user who exists nowhere else, for servers that know users from the files in /etc.

Such a server runs in a mount namespace of its own, where copies of /etc/passwd, /etc/shadow and /etc/group with one more user lie
over the real ones: nothing of it stays on the machine. That takes root.
"""

import shutil
import socket
import subprocess
import time
from pathlib import Path

USER = "keyward-test"
PASSWORD = "correct horse 'battery' staple"
#: Nobody's, and far from those that packages take.
UID = 64173
FILES = ("passwd", "shadow", "group")
START_SECONDS = 15


def make_etc(directory: Path, home: Path) -> None:
    """Writes the files with the user, whose home this is."""
    etc = directory / "etc"
    etc.mkdir(mode=0o700)
    digest = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, check=True, capture_output=True, text=True
    ).stdout.strip()
    lines = {
        "passwd": f"{USER}:x:{UID}:{UID}::{home}:/bin/sh",
        "shadow": f"{USER}:{digest}:20000:0:99999:7:::",
        "group": f"{USER}:x:{UID}:",
    }
    for name in FILES:
        shutil.copy2(f"/etc/{name}", etc / name)
        with (etc / name).open("a") as file:
            file.write(lines[name] + "\n")


def with_etc(directory: Path, *steps: str) -> list[str]:
    """The command that runs these steps of a shell where the files lie over the real ones, the last in the place of the shell."""
    over = [f"mount --bind {directory}/etc/{name} /etc/{name}" for name in FILES]
    script = " && ".join([*over, "mount -t tmpfs none /run", *steps[:-1], f"exec {steps[-1]}"])
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]


def wait_for(process: subprocess.Popen, port: int, log: Path) -> None:
    """Waits until somebody listens on the port."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server does not start: {log.read_text()}") from None
            time.sleep(0.05)
