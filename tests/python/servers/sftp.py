"""OpenSSH's own server, with a user who exists nowhere else: `sshd` takes passwords from /etc/shadow."""

import signal
import subprocess
from pathlib import Path

from servers import free_port
from servers.guest import PASSWORD, USER, make_etc, wait_for, with_etc

SSHD = "/usr/sbin/sshd"
PASSPHRASE = "open sesame"

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
{host_keys}
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
StrictModes no
UsePAM {pam}
PasswordAuthentication {password}
KbdInteractiveAuthentication {pam}
PubkeyAuthentication yes
AuthenticationMethods {methods}
PrintMotd no
LogLevel VERBOSE
MaxStartups 100
Subsystem sftp internal-sftp
"""


def keygen(path: Path, *options: str, passphrase: str = "") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-N", passphrase, "-f", path, *options], check=True)
    return path


class SftpServer:
    """A running sshd. `directory` must be reachable for other users."""

    host = "sftp.example.test"
    user = USER
    password = PASSWORD
    passphrase = PASSPHRASE

    def __init__(self, directory: Path, methods: str = "any", pam: bool = False):
        self.directory, self.port = directory, free_port()
        self.home = directory / "home"
        self.log = directory / "log"
        (self.home / "orders").mkdir(parents=True)
        (self.home / "orders" / "one.txt").write_text("1\n")
        (self.home / "closed").mkdir(mode=0o700)
        for readable in (directory, self.home, self.home / "orders"):
            readable.chmod(0o755)
        self._options = {"methods": methods, "pam": "yes" if pam else "no", "password": "no" if pam else "yes"}
        self.keys = {
            "ed25519": keygen(directory / "ed25519", "-t", "ed25519"),
            "rsa": keygen(directory / "rsa", "-t", "rsa", "-b", "2048"),
            "rsa-pem": keygen(directory / "rsa-pem", "-t", "rsa", "-b", "2048", "-m", "PEM"),
            "rsa-pkcs8": keygen(directory / "rsa-pkcs8", "-t", "rsa", "-b", "2048", "-m", "PKCS8"),
            "ecdsa": keygen(directory / "ecdsa", "-t", "ecdsa"),
            "ed25519-locked": keygen(directory / "ed25519-locked", "-t", "ed25519", passphrase=PASSPHRASE),
            "rsa-locked": keygen(directory / "rsa-locked", "-t", "rsa", "-b", "2048", passphrase=PASSPHRASE),
            "rsa-pem-locked": keygen(
                directory / "rsa-pem-locked", "-t", "rsa", "-b", "2048", "-m", "PEM", passphrase=PASSPHRASE
            ),
        }
        lines = [path.with_name(path.name + ".pub").read_text() for path in self.keys.values()]
        (directory / "authorized_keys").write_text("".join(lines))
        keygen(directory / "stranger", "-t", "ed25519")
        make_etc(directory, self.home)
        self._host_keys("first")
        self._process = None
        self.start()

    def key(self, name: str) -> str:
        return (self.directory / name).read_text()

    @property
    def fingerprint(self) -> str:
        """Of the key that we ask for first, as OpenSSH's own tools scan and print it."""
        scan = ["ssh-keyscan", "-t", "ed25519", "-p", str(self.port), "127.0.0.1"]
        key = subprocess.run(scan, check=True, capture_output=True, text=True).stdout
        shown = subprocess.run(["ssh-keygen", "-lf", "-"], input=key, check=True, capture_output=True, text=True).stdout
        return shown.split()[1]

    def attempts(self) -> int:
        """How many times somebody has said who they are."""
        marks = ("Accepted ", "Failed ", "Postponed ", "Invalid user", "authenticating user")
        return sum(any(mark in line for mark in marks) for line in self.log.read_text().splitlines())

    def start(self) -> None:
        config = self.directory / "sshd_config"
        keys = "\n".join(f"HostKey {path}" for path in self._current_host_keys)
        config.write_text(CONFIG.format(port=self.port, host_keys=keys, directory=self.directory, **self._options))
        # sshd wants its privilege separation directory, which the package's service would make.
        command = with_etc(self.directory, "mkdir -m 755 /run/sshd", f"{SSHD} -D -e -f {config}")
        with self.log.open("a") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, stdin=subprocess.DEVNULL)
        wait_for(self._process, self.port, self.log)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)

    def change_host_keys(self) -> None:
        """Starts again on the same port, as another server would that took its place."""
        self.stop()
        self._host_keys("second")
        self.start()

    def _host_keys(self, generation: str) -> None:
        self._current_host_keys = [
            keygen(self.directory / f"host-{generation}-{kind}", "-t", kind) for kind in ("ed25519", "rsa")
        ]
