"""Logins to real servers: OpenSSH, four for FTP, and aiosmtpd, each right and wrong in every way that it offers."""

import ftplib
import json
import ssl
import subprocess
import tempfile
from pathlib import Path

import pytest
from program import built
from servers import free_port
from servers.certificates import Authority
from servers.ftp import FtpServer
from servers.ftp_daemons import DAEMONS
from servers.sftp import SftpServer
from servers.smtp import SmtpServer

UNREACHABLE = {"outcome": "unreachable", "why": "it takes no connection"}
BAD_TLS = "its certificate or encryption is not acceptable: "
UNKNOWN_ISSUER = {"outcome": "unreachable", "why": BAD_TLS + "no trusted authority has signed its certificate"}
OTHER_NAME = {"outcome": "unreachable", "why": BAD_TLS + "its certificate is for another name"}
REFUSED = {"outcome": "refused"}


@pytest.fixture(scope="session")
def log_in():
    def run(**login) -> dict:
        login = {name: value for name, value in login.items() if value is not None}
        run = subprocess.run(
            [built("log_in")], input=json.dumps(login), stdout=subprocess.PIPE, text=True, check=True, timeout=60
        )
        return json.loads(run.stdout)

    return run


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def open_directory() -> tempfile.TemporaryDirectory:
    """One that other users can enter, as pytest's own cannot be."""
    directory = tempfile.TemporaryDirectory(prefix="keyward-sftp-")
    Path(directory.name).chmod(0o755)
    return directory


@pytest.fixture(scope="module")
def sftp():
    with open_directory() as directory:
        server = SftpServer(Path(directory))
        yield server
        server.stop()


@pytest.fixture
def to_sftp(log_in, sftp):
    def run(**changes) -> dict:
        login = {"protocol": "sftp", "host": sftp.host, "port": sftp.port, "username": sftp.user}
        return log_in(**{**login, "host_key": sftp.fingerprint, **changes})

    return run


def test_sftp_takes_the_right_password_and_no_other(to_sftp, sftp):
    assert to_sftp(password=sftp.password) == {"outcome": "welcome", "identity": str(sftp.home)}
    assert to_sftp(password="wrong") == REFUSED
    assert to_sftp(password=sftp.password, username="nobody-there") == REFUSED


@pytest.mark.parametrize("name", ["ed25519", "ecdsa", "rsa", "rsa-pem", "rsa-pkcs8"])
def test_sftp_takes_a_key(to_sftp, sftp, name):
    welcome = {"outcome": "welcome", "identity": str(sftp.home)}
    assert to_sftp(private_key=sftp.key(name)) == welcome
    assert to_sftp(private_key=sftp.key(name).replace("\n", "\\n"), passphrase="not needed") == welcome


@pytest.mark.parametrize("name", ["ed25519-locked", "rsa-locked", "rsa-pem-locked"])
def test_sftp_takes_a_key_with_its_passphrase(to_sftp, sftp, name):
    key = sftp.key(name)
    assert to_sftp(private_key=key, passphrase=sftp.passphrase)["outcome"] == "welcome"
    assert to_sftp(private_key=key, passphrase="wrong") == {"outcome": "private-key"}
    assert to_sftp(private_key=key) == {"outcome": "private-key"}


def test_sftp_refuses_a_strangers_key(to_sftp, sftp):
    assert to_sftp(private_key=sftp.key("stranger")) == REFUSED
    assert to_sftp(private_key=sftp.key("ed25519")[:200]) == {"outcome": "private-key"}


def test_sftp_looks_at_the_directory(to_sftp, sftp):
    def at(path):
        return to_sftp(password=sftp.password, root_path=path)

    assert at("orders") == {"outcome": "welcome", "identity": f"{sftp.home}/orders"}
    assert at(f"{sftp.home}/orders/")["outcome"] == "welcome"
    assert at("/")["outcome"] == "welcome"
    for wrong in ["nowhere", "orders/one.txt", "closed", f"{sftp.home}/closed"]:
        assert at(wrong) == {"outcome": "no-directory"}, wrong


def test_sftp_shows_an_unknown_host_key_and_sends_nothing(to_sftp, sftp):
    before = sftp.attempts()
    for proof in ({"password": sftp.password}, {"private_key": sftp.key("ed25519")}):
        shown = to_sftp(host_key=None, **proof)
        assert shown == {"outcome": "host-key-unknown", "fingerprint": sftp.fingerprint}
    assert sftp.attempts() == before
    assert to_sftp(host_key=shown["fingerprint"], password=sftp.password)["outcome"] == "welcome"
    assert sftp.attempts() > before


def test_sftp_sends_nothing_to_a_server_with_another_host_key(log_in):
    with open_directory() as directory:
        server = SftpServer(Path(directory))
        accepted = server.fingerprint
        login = {"protocol": "sftp", "host": server.host, "port": server.port, "username": server.user}
        login |= {"password": server.password, "host_key": accepted}
        assert log_in(**login)["outcome"] == "welcome"
        server.change_host_keys()
        before = server.attempts()
        shown = log_in(**login)
        assert shown == {"outcome": "host-key-changed", "fingerprint": server.fingerprint}
        assert shown["fingerprint"] != accepted
        assert server.attempts() == before
        server.stop()


def test_sftp_says_when_the_server_wants_something_else(log_in):
    for methods, password in [("publickey", "no-method"), ("password,publickey", "key-too")]:
        with open_directory() as directory:
            server = SftpServer(Path(directory), methods=methods)
            login = {"protocol": "sftp", "host": server.host, "port": server.port, "username": server.user}
            login |= {"password": server.password, "host_key": server.fingerprint}
            assert log_in(**login) == {"outcome": password}, methods
            server.stop()


@pytest.mark.parametrize("methods", ["publickey,password", "password,publickey", "publickey,keyboard-interactive"])
def test_sftp_gives_a_key_and_a_password_where_both_are_wanted(log_in, methods):
    with open_directory() as directory:
        server = SftpServer(Path(directory), methods=methods, pam="interactive" in methods)
        login = {"protocol": "sftp", "host": server.host, "port": server.port, "username": server.user}
        login |= {"host_key": server.fingerprint}
        key, password = {"private_key": server.key("ed25519")}, {"password": server.password}
        assert log_in(**login, **key, **password)["outcome"] == "welcome"
        assert log_in(**login, **key, password="wrong") == REFUSED
        assert log_in(**login, private_key=server.key("stranger"), **password) == REFUSED
        if methods.startswith("publickey"):
            assert log_in(**login, **key) == {"outcome": "password-too"}
        server.stop()


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_sftp_takes_the_fingerprint_of_any_host_key_of_the_server(log_in, sftp, kind):
    public = (sftp.directory / f"host-first-{kind}.pub").read_text()
    shown = subprocess.run(["ssh-keygen", "-lf", "-"], input=public, check=True, capture_output=True, text=True).stdout
    login = {"protocol": "sftp", "host": sftp.host, "port": sftp.port, "username": sftp.user}
    welcome = log_in(**login, host_key=shown.split()[1], password=sftp.password)
    assert welcome["outcome"] == "welcome"


def test_sftp_answers_the_one_question_of_pam(log_in):
    with open_directory() as directory:
        server = SftpServer(Path(directory), pam=True)
        login = {"protocol": "sftp", "host": server.host, "port": server.port, "username": server.user}
        login |= {"host_key": server.fingerprint}
        assert log_in(**login, password=server.password)["outcome"] == "welcome"
        assert log_in(**login, password="wrong") == REFUSED
        server.stop()


def test_a_port_where_nobody_listens_cannot_be_reached(log_in):
    for protocol, tls in [("sftp", ""), ("ftp", "none"), ("ftp", "implicit"), ("smtp", "tls"), ("smtp", "starttls")]:
        login = {"protocol": protocol, "tls": tls, "host": "gone.example.test", "port": free_port()}
        assert log_in(**login, username="ann", password="x") == UNREACHABLE


def test_a_server_that_speaks_something_else_cannot_be_reached(log_in, sftp):
    login = {"host": sftp.host, "port": sftp.port, "username": "ann", "password": "x"}
    for protocol, tls in [("ftp", "none"), ("ftp", "explicit"), ("smtp", "starttls")]:
        assert log_in(protocol=protocol, tls=tls, **login)["outcome"] == "unreachable"


@pytest.mark.parametrize("tls", ["none", "explicit", "implicit"])
def test_ftp(log_in, authority, tmp_path, tls):
    server = FtpServer(tmp_path, tls, authority)
    login = {"protocol": "ftp", "host": server.host, "port": server.port, "tls": tls, "username": server.user}
    login |= {"password": server.password, "authority": str(authority.ca_file)}
    try:
        assert log_in(**login) == {"outcome": "welcome", "identity": "/"}
        assert log_in(**login, root_path="/orders") == {"outcome": "welcome", "identity": "/orders"}
        assert log_in(**login, root_path="/nowhere") == {"outcome": "no-directory"}
        assert log_in(**{**login, "password": "wrong"}) == REFUSED
        if tls == "explicit":
            assert {"PBSZ", "PROT"} <= set(server.heard)
        assert not {"PASV", "EPSV", "PORT", "EPRT", "LIST", "NLST"} & set(server.heard)
        if tls != "none":
            server.heard.clear()
            assert log_in(**{**login, "authority": None}) == UNKNOWN_ISSUER
            assert log_in(**{**login, "host": "other.example.test"}) == OTHER_NAME
            assert not {"USER", "PASS"} & set(server.heard)
    finally:
        server.stop()


WAYS = [(daemon, tls) for daemon in DAEMONS for tls in ("none", "explicit", "implicit")]
WAYS = [(daemon, tls) for daemon, tls in WAYS if tls != "implicit" or daemon.has_implicit]


@pytest.mark.parametrize(("daemon", "tls"), WAYS, ids=lambda part: getattr(part, "name", part))
def test_ftp_with_the_servers_that_people_run(log_in, authority, daemon, tls):
    with open_directory() as directory:
        server = daemon(Path(directory), tls, authority)
        login = {"protocol": "ftp", "host": server.host, "port": server.port, "tls": tls, "username": server.user}
        login |= {"password": server.password, "authority": str(authority.ca_file)}
        home = str(server.home)
        try:
            if tls != "none":
                assert log_in(**{**login, "authority": None}) == UNKNOWN_ISSUER
                assert log_in(**{**login, "host": "other.example.test"}) == OTHER_NAME
                assert server.user not in server.heard()
            if tls == "explicit":
                assert log_in(**{**login, "tls": "none"}) == {"outcome": "wants-tls"}
                assert server.demands_reuse == (not lists_without_reuse(server, authority))
            if tls == "none":
                assert log_in(**{**login, "tls": "explicit"}) == {"outcome": "no-tls"}
            assert log_in(**login) == {"outcome": "welcome", "identity": home}
            orders = f"{home}/orders"
            assert log_in(**login, root_path=orders) == {"outcome": "welcome", "identity": orders}
            for wrong in ("/nowhere", f"{orders}/one.txt"):
                assert log_in(**login, root_path=wrong) == {"outcome": "no-directory"}
            assert log_in(**{**login, "password": "wrong"}) == REFUSED
            assert log_in(**{**login, "username": "nobody-there"}) == REFUSED
        finally:
            server.stop()


def lists_without_reuse(server, authority: Authority) -> bool:
    """Whether it lists files to a client that opens a new TLS session for them, as Python's own does."""
    context = ssl.create_default_context(cafile=str(authority.ca_file))
    # The client connects by the address.
    context.check_hostname = False
    with ftplib.FTP_TLS(context=context, timeout=30) as client:
        client.connect("127.0.0.1", server.port)
        client.login(server.user, server.password)
        client.prot_p()
        try:
            return "orders" in client.nlst()
        except (ftplib.error_perm, ftplib.error_temp):
            return False


def self_signed(directory: Path, name: str) -> tuple[tuple[Path, Path], str]:
    """Files as an administrator makes them with OpenSSL, for another name than the server has, and the fingerprint that it prints."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    show = ["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"]
    shown = subprocess.run(show, check=True, capture_output=True, text=True).stdout
    return (certificate, key), shown.strip().split("=")[1]


@pytest.mark.parametrize("tls", ["explicit", "implicit"])
def test_ftp_with_a_certificate_that_the_server_signed_itself(log_in, tmp_path, tls):
    files, accepted = self_signed(tmp_path, "nas.local")
    _, other = self_signed(tmp_path, "other.local")
    (tmp_path / "files").mkdir()
    server = FtpServer(tmp_path / "files", tls, files=files)
    login = {"protocol": "ftp", "host": server.host, "port": server.port, "tls": tls, "username": server.user}
    login |= {"password": server.password}
    try:
        assert log_in(**login)["outcome"] == "unreachable"
        assert log_in(**login, certificate=other) == {"outcome": "certificate-changed", "fingerprint": accepted}
        assert not {"USER", "PASS"} & set(server.heard)
        assert log_in(**login, certificate=accepted) == {"outcome": "welcome", "identity": "/"}
    finally:
        server.stop()


def test_ftp_gives_no_password_to_a_server_without_tls(log_in, tmp_path):
    server = FtpServer(tmp_path, "none")
    login = {"protocol": "ftp", "host": server.host, "port": server.port, "tls": "explicit", "username": server.user}
    try:
        assert log_in(**login, password=server.password) == {"outcome": "no-tls"}
        assert server.heard == ["AUTH"]
    finally:
        server.stop()


@pytest.mark.parametrize("only", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_smtp(log_in, authority, security, only):
    server = SmtpServer(security, authority, only)
    login = {"protocol": "smtp", "host": server.host, "port": server.port, "tls": security, "username": server.user}
    login |= {"password": server.password, "authority": str(authority.ca_file)}
    try:
        assert log_in(**login) == {"outcome": "welcome", "identity": server.host}
        assert log_in(**{**login, "password": "wrong"}) == REFUSED
        assert server.heard.count("AUTH") == 2
        server.heard.clear()
        assert log_in(**{**login, "authority": None}) == UNKNOWN_ISSUER
        assert log_in(**{**login, "host": "other.example.test"}) == OTHER_NAME
        assert "AUTH" not in server.heard
    finally:
        server.stop()


@pytest.mark.parametrize("refused", ["PLAIN", "LOGIN"])
def test_smtp_tries_every_mechanism_that_is_offered(log_in, authority, refused):
    server = SmtpServer("tls", authority, refused=refused)
    login = {"protocol": "smtp", "host": server.host, "port": server.port, "tls": "tls", "username": server.user}
    login |= {"authority": str(authority.ca_file)}
    try:
        assert log_in(**login, password=server.password) == {"outcome": "welcome", "identity": server.host}
        assert log_in(**login, password="wrong") == REFUSED
    finally:
        server.stop()


@pytest.mark.parametrize("tokens", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_smtp_with_a_token(log_in, authority, security, tokens):
    server = SmtpServer(security, authority, tokens=tokens)
    login = {"protocol": "smtp", "host": server.host, "port": server.port, "tls": security, "username": server.user}
    login |= {"authority": str(authority.ca_file)}
    try:
        assert log_in(**login, token=server.token) == {"outcome": "welcome", "identity": server.host}
        assert log_in(**login, token="another-t0ken") == {"outcome": "token-refused"}
        assert log_in(**{**login, "username": "somebody@example.test"}, token=server.token) == {"outcome": "token-refused"}
        assert log_in(**login, password=server.password) == {"outcome": "no-method"}
    finally:
        server.stop()


def test_smtp_gives_no_password_to_a_server_without_starttls(log_in):
    server = SmtpServer("none")
    login = {"protocol": "smtp", "host": server.host, "port": server.port, "tls": "starttls", "username": server.user}
    try:
        assert log_in(**login, password=server.password) == {"outcome": "no-tls"}
        assert server.heard == ["EHLO"]
    finally:
        server.stop()
