"""FTP servers that are in use: vsftpd, ProFTPD and Pure-FTPd, as Debian packages them.

As packages they exclude each other, so `install.sh` unpacks them beside each other into the virtual environment.
"""

import signal
import subprocess
import sys
from pathlib import Path

from servers import free_port
from servers.certificates import Authority
from servers.guest import PASSWORD, UID, USER, make_etc, wait_for, with_etc

DEBIAN = Path(sys.prefix) / "debian"

# PAM's own service for programs without one asks the same modules as a login does.
VSFTPD = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
local_enable=YES
anonymous_enable=NO
pam_service_name=other
secure_chroot_dir={directory}/empty
seccomp_sandbox=NO
dual_log_enable=YES
vsftpd_log_file={directory}/log
xferlog_file={directory}/transfers
log_ftp_protocol=YES
ssl_enable={ssl}
implicit_ssl={implicit}
force_local_logins_ssl={ssl}
force_local_data_ssl={ssl}
require_ssl_reuse=YES
rsa_cert_file={certificate}
rsa_private_key_file={key}
"""

PROFTPD = """\
ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
Port {port}
UseIPv6 off
UseReverseDNS off
ModulePath {debian}/usr/lib/proftpd
LoadModule mod_tls.c
User nobody
Group nogroup
PidFile {directory}/pid
ScoreboardFile {directory}/scoreboard
SystemLog {directory}/log
ExtendedLog {directory}/commands ALL
WtmpLog off
AuthOrder mod_auth_file.c
AuthUserFile {directory}/etc/passwd.ftp
RequireValidShell off
TLSEngine {ssl}
TLSRequired {ssl}
TLSLog {directory}/tls
TLSRSACertificateFile {certificate}
TLSRSACertificateKeyFile {key}
TLSOptions {implicit}
"""


class FtpDaemon:
    """A running server; `tls` is `none`, `explicit` or `implicit`. With TLS it takes no login without."""

    host = "ftp.example.test"
    user = USER
    password = PASSWORD
    #: Whether it speaks TLS before its greeting, where it is asked to.
    has_implicit = True
    #: Whether data connections must go on with the TLS session of the control connection.
    demands_reuse = True

    def __init__(self, directory: Path, tls: str, authority: Authority):
        program = self.program()
        assert program.exists(), f"{program} is missing: `make test-python` installs it, by tests/python/install.sh"
        self.directory, self.port, self.tls = directory, free_port(), tls
        self.home, self.log = directory / "home", directory / "log"
        (self.home / "orders").mkdir(parents=True)
        (self.home / "orders" / "one.txt").write_text("1\n")
        (directory / "empty").mkdir(mode=0o755)
        self.log.touch()
        for readable in (directory, self.home, self.home / "orders"):
            readable.chmod(0o755)
        make_etc(directory, self.home)
        self.certificate, self.key = authority.certificate(self.host)
        self._process = subprocess.Popen(
            self._command(), stderr=self.log.open("a"), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        wait_for(self._process, self.port, self.log)

    @classmethod
    def program(cls) -> Path:
        """The server's own program."""
        return DEBIAN / "usr/sbin" / cls.name

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _config(self, text: str, yes: str, no: str, **settings: str) -> Path:
        config = self.directory / "config"
        ssl = no if self.tls == "none" else yes
        settings |= {"port": self.port, "directory": self.directory, "debian": DEBIAN, "ssl": ssl}
        config.write_text(text.format(certificate=self.certificate, key=self.key, **settings))
        return config

    def heard(self) -> str:
        """What it wrote about logins, if it writes that anywhere but into the log of the machine."""
        return self.log.read_text()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)


class Vsftpd(FtpDaemon):
    """vsftpd. Unless it is told otherwise, it takes no data connection without the TLS session of the control connection."""

    name = "vsftpd"

    def _command(self) -> list[str]:
        config = self._config(VSFTPD, "YES", "NO", implicit="YES" if self.tls == "implicit" else "NO")
        return with_etc(self.directory, f"{self.program()} {config}")


class ProFtpd(FtpDaemon):
    """ProFTPD with mod_tls, which demands the same reuse of the session."""

    name = "proftpd"

    def _command(self) -> list[str]:
        digest = (self.directory / "etc" / "shadow").read_text().splitlines()[-1].split(":")[1]
        users = self.directory / "etc" / "passwd.ftp"
        users.write_text(f"{USER}:{digest}:{UID}:{UID}::{self.home}:/bin/sh\n")
        users.chmod(0o600)
        implicit = "UseImplicitSSL" if self.tls == "implicit" else "StdEnvVars"
        config = self._config(PROFTPD, "on", "off", implicit=implicit)
        return with_etc(self.directory, f"{self.program()} --nodaemon --quiet --config {config}")

    def heard(self) -> str:
        commands = self.directory / "commands"
        return commands.read_text() if commands.exists() else ""


class PureFtpd(FtpDaemon):
    """Pure-FTPd. Debian builds it without implicit TLS."""

    name = "pure-ftpd"
    has_implicit = False
    demands_reuse = False

    def _command(self) -> list[str]:
        needs = {"none": "0", "explicit": "2"}[self.tls]
        command = f"{self.program()} --login unix --bind 127.0.0.1,{self.port} --tls {needs} --verboselog"
        command += f" --certfile {self.certificate},{self.key} --dontresolve --ipv4only"
        return with_etc(self.directory, "mkdir -m 755 /run/pure-ftpd", command)


DAEMONS = [Vsftpd, ProFtpd, PureFtpd]
