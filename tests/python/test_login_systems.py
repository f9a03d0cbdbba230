"""The systems that are logged in to instead of being sent single requests, with the real product and real servers: mail
(also with a token that Authlib gives out), FTP, SFTP, and the SOAP sessions of Peoplevox and Magento 1."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

import library
from conftest import start
from product import Product, closed_port
from row import Row, fields, merged
from servers import free_port
from servers.certificates import Authority
from servers.ftp import FtpServer
from servers.listener import Internet
from servers.oauth2 import Client, OAuth2
from servers.sftp import SftpServer
from servers.smtp import SmtpServer
from servers.soap import SoapServer

PEOPLEVOX = "wms.peoplevox.net"
MAGENTO = "shop.example.com"
TOKENS = "login.example.com"
#: What Exchange Online wants (learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth").
MAIL_CLIENT = Client(
    "11111111-2222-3333-4444-555555555555",
    "client_secret_post",
    "m4il~client s3cret",
    "https://outlook.office365.com/.default",
)


@dataclass
class Server:
    """Where a name and port of a key lead to."""

    name: str
    port: int


@dataclass
class World:
    """All servers, and a row for each way of logging in to them."""

    rows: dict[str, Row]
    upstreams: dict[str, int]
    ca_file: Path
    sftp: SftpServer
    peoplevox: SoapServer
    magento: SoapServer


def login_rows(servers: dict, sftp: SftpServer) -> list[Row]:
    def row(name, system_id, auth, values, secret, wrong, **more) -> Row:
        return Row(name, system_id, auth, values, secret, fields(**wrong), servers[name], sends=False, **more)

    mail = {"username": SmtpServer.user, "password": SmtpServer.password, "from": "orders@example.test"}
    files = {"username": FtpServer.user, "password": FtpServer.password, "root_path": "/orders"}
    shell = {"host": "sftp.example.test", "port": "22", "username": sftp.user, "host_key": sftp.fingerprint}
    wrong = {"password": "another password"}
    rows = [
        row(f"email {security}", "email", "smtp", mail | {"host": SmtpServer.host, "port": port, "security": security},
            ("password",), wrong)
        for security, port in (("tls", "465"), ("starttls", "587"))
    ]
    token = {"token_url": f"https://{TOKENS}/tenant/oauth2/v2.0/token", "client_id": MAIL_CLIENT.client_id}
    token |= {"client_secret": MAIL_CLIENT.secret, "username": SmtpServer.user}
    rows.append(
        row("email xoauth2", "email", "xoauth2", token | {"host": SmtpServer.host, "port": "2525", "security": "starttls"},
            ("client_secret",), {"client_secret": "another secret"})
    )
    rows += [
        row(f"ftp {tls}", "ftp", "password", files | {"host": FtpServer.host, "port": port, "tls": tls},
            ("password",), wrong)
        for tls, port in (("none", "21"), ("explicit", "2121"), ("implicit", "990"))
    ]
    rows.append(
        row("sftp password", "sftp", "password", shell | {"password": sftp.password}, ("password",), wrong)
    )
    for key in ("ed25519", "rsa", "rsa-pem", "ecdsa"):
        values = shell | {"private_key": sftp.key(key)}
        rows.append(row(f"sftp {key}", "sftp", "private-key", values, ("private_key",),
                        {"private_key": sftp.key("stranger")}))
    locked = shell | {"private_key": sftp.key("ed25519-locked"), "passphrase": sftp.passphrase}
    rows.append(row("sftp passphrase", "sftp", "private-key", locked, ("private_key", "passphrase"),
                    {"private_key": sftp.key("stranger")}))
    session = {"host": PEOPLEVOX, "client_id": "acme", "username": "integration", "password": "vox & s3cret"}
    rows.append(row("peoplevox", "peoplevox", "session", session, ("password",), wrong))
    shop = {"username": "integration", "api_key": "m1 s3cret <key>"}
    rows.append(row("magento-1", "magento-1", "soap", shop, ("api_key",), {"api_key": "another key"},
                    base_url=f"https://{MAGENTO}", upstream="Magento Community 1.9.4.5"))
    return rows


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("logins")
    authority = Authority(directory / "authority")
    with ExitStack() as stack:
        # Other users must be able to enter it, which they cannot with pytest's own.
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keyward-sftp-")))
        home.chmod(0o755)

        def running(server):
            stack.callback(server.stop)
            return server

        sftp = running(SftpServer(home))
        servers = {f"email {way}": running(SmtpServer(way, authority)) for way in ("tls", "starttls")}
        tokens = OAuth2((f"{TOKENS}:443",), "/tenant/oauth2/v2.0/token", MAIL_CLIENT)
        internet = running(Internet([tokens], directory / "internet", authority))
        servers["email xoauth2"] = running(
            SmtpServer("starttls", authority, tokens="XOAUTH2", issued=tokens.tokens.keys())
        )
        for way in ("none", "explicit", "implicit"):
            place = directory / way
            place.mkdir()
            servers[f"ftp {way}"] = running(FtpServer(place, way, authority))
        context = authority.context(PEOPLEVOX, MAGENTO)
        peoplevox = stack.enter_context(
            SoapServer(client_id="acme", username="integration", password="vox & s3cret", ssl_context=context)
        )
        magento = stack.enter_context(
            SoapServer(username="integration", password="m1 s3cret <key>", ssl_context=context)
        )
        upstreams = {
            f"{SmtpServer.host}:465": servers["email tls"].port,
            f"{SmtpServer.host}:587": servers["email starttls"].port,
            f"{SmtpServer.host}:2525": servers["email xoauth2"].port,
            **internet.upstreams,
            f"{FtpServer.host}:21": servers["ftp none"].port,
            f"{FtpServer.host}:2121": servers["ftp explicit"].port,
            f"{FtpServer.host}:990": servers["ftp implicit"].port,
            "sftp.example.test:22": sftp.port,
            f"{PEOPLEVOX}:443": peoplevox.port,
            f"{MAGENTO}:443": magento.port,
        }
        named = dict.fromkeys(NAMES)
        rows = {row.name: row for row in login_rows({**named, **servers}, sftp)}
        yield World(rows, upstreams, authority.ca_file, sftp, peoplevox, magento)


NAMES = [
    "email tls", "email starttls", "email xoauth2", "ftp none", "ftp explicit", "ftp implicit", "sftp password", "sftp ed25519",
    "sftp rsa", "sftp rsa-pem", "sftp ecdsa", "sftp passphrase", "peoplevox", "magento-1",
]
SFTP = [name for name in NAMES if name.startswith("sftp")]


def stack_over(program, directory, world: World, upstreams: dict[str, int]):
    redirected = ",".join(f"{name}=127.0.0.1:{port}" for name, port in upstreams.items())
    settings = {"UPSTREAMS": redirected, "UPSTREAM_CA": str(world.ca_file), "RUST_LOG": "debug"}
    return start(program, directory / "data", free_port(), **settings)


@pytest.fixture(scope="module")
def live(program, world, tmp_path_factory):
    running = stack_over(program, tmp_path_factory.mktemp("live"), world, world.upstreams)
    yield running
    running.process.terminate()
    running.process.wait(timeout=10)


@pytest.fixture(scope="module")
def dead(program, world, tmp_path_factory):
    with closed_port() as port:
        running = stack_over(program, tmp_path_factory.mktemp("dead"), world, dict.fromkeys(world.upstreams, port))
        yield running
        running.process.terminate()
        running.process.wait(timeout=10)


@pytest.fixture
def row(world, name) -> Row:
    return world.rows[name]


@pytest.fixture
def product(live, row):
    watched = Product(live, row.secrets + row.wrong_secrets)
    yield watched
    watched.check_log()


each = pytest.mark.parametrize("name", NAMES)


def test_every_server_is_of_a_variant_of_the_library(world):
    library.check_rows(list(world.rows.values()), "soap", "smtp", "ftp", "sftp")


@each
def test_a_right_key_passes(row, product):
    assert product.verify_draft(row.body, row)["result"] == "passed"
    key_id = product.create(row.body)
    kept = product.verify(key_id, row)
    assert (kept["result"], kept["key_version"]) == ("passed", 1), kept
    if row.upstream:
        assert kept["upstream"] == row.upstream
    assert product.health(key_id, "passed")


@each
def test_a_wrong_key_is_refused(row, product):
    assert product.verify_draft(row.wrong_body, row)["result"] == "refused"
    key_id = product.create(row.wrong_body)
    assert product.verify(key_id, row)["result"] == "refused"
    assert product.health(key_id, "refused")


@each
def test_an_edit_is_verified_and_not_kept(row, product):
    key_id = product.create(row.body)
    assert product.verify(key_id, row, row.wrong)["result"] == "refused"
    assert product.call("GET", f"/v1/keys/{key_id}").json()["version"] == 1
    assert product.verify(key_id, row)["result"] == "passed"


@each
def test_a_dead_server_is_unreachable(row, dead):
    watched = Product(dead, row.secrets)
    assert watched.verify_draft(row.body, row)["result"] == "unreachable"
    watched.check_log()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("peoplevox", "magento-1")])
def test_a_key_without_requests_is_resolved_and_not_sent_with(row, live):
    product = Product(live, row.secrets)
    key_id = product.create(row.body)
    refused = product.call("POST", f"/v1/keys/{key_id}/send", client="runtime", json={"method": "GET", "path": "/"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:keyward:problem:cannot-sign")
    # What it answers is the secret itself: nobody looks for it here.
    resolved = live.call("POST", f"/v1/keys/{key_id}/resolve", client="runtime", json={"environment": "live"})
    given = resolved.json()["fields"]
    # A private key is handed out in its one normal form, and its passphrase is not kept: `test_private_keys.py` has more.
    assert "passphrase" not in given
    asked = {field: value for field, value in row.fields.items() if field not in ("private_key", "passphrase")}
    assert {field: given[field] for field in asked} == asked
    assert ("private_key" in row.fields) == given.get("private_key", "").startswith("-----BEGIN OPENSSH PRIVATE KEY-----")


@pytest.mark.parametrize("name", ["sftp password"])
def test_a_host_key_is_shown_and_never_pinned_by_itself(row, product, world):
    unpinned = {field: value for field, value in row.fields.items() if field != "host_key"}
    body = row.body | {"entries": {"default": {"fields": unpinned}}}
    before = world.sftp.attempts()
    key_id = product.create(body)
    for _ in range(2):
        shown = product.verify(key_id, row)
        assert (shown["result"], shown["host_key"]) == ("unclear", row.fields["host_key"]), shown
    assert "host_key" not in product.call("GET", f"/v1/keys/{key_id}").json()["entries"]["default"]["fields"]
    assert world.sftp.attempts() == before
    # Accepting it binds the password to it, so the password is needed again.
    accepted = fields(host_key=shown["host_key"], password=row.fields["password"])
    assert product.verify(key_id, row, accepted)["result"] == "passed"


@pytest.mark.parametrize("name", ["sftp password", "sftp ed25519"])
def test_a_changed_host_key_is_told_and_nothing_is_sent(row, product, world):
    other = "SHA256:" + "A" * 43
    before = world.sftp.attempts()
    found = product.verify_draft(merged(row.body, fields(host_key=other)), row)
    assert (found["result"], found["host_key"]) == ("unclear", row.fields["host_key"]), found
    assert world.sftp.attempts() == before


@pytest.mark.parametrize("name", ["peoplevox"])
def test_a_peoplevox_session_goes_into_the_envelope(row, product, world):
    key_id = product.create(row.body)
    envelope = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<GetData xmlns="http://www.peoplevox.net/"><getRequest><TemplateName>Orders</TemplateName></getRequest>'
        "</GetData></soap:Body></soap:Envelope>"
    )
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '"http://www.peoplevox.net/GetData"'}
    ask = {"method": "POST", "path": "", "headers": headers, "body": envelope}
    logins = world.peoplevox.calls["Authenticate"]
    first = product.send(key_id, ask)
    assert (first["status"], "ResponseId>0<" in first["body"]) == (200, True), first
    assert product.send(key_id, ask)["status"] == 200
    assert world.peoplevox.calls["Authenticate"] == logins + 1, "the session is kept"
    world.peoplevox.expire_next()
    assert "ResponseId>0<" in product.send(key_id, ask)["body"], "a session that is over is opened anew"
    assert world.peoplevox.calls["Authenticate"] == logins + 2


@pytest.mark.parametrize("name", ["magento-1"])
def test_a_magento_session_goes_into_the_call(row, product, world):
    key_id = product.create(row.body)
    envelope = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<m:magentoInfo xmlns:m="urn:Magento"><sessionId/></m:magentoInfo></soap:Body></soap:Envelope>'
    )
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '"urn:Mage_Api_Model_Server_V2_HandlerAction"'}
    ask = {"method": "POST", "path": "/api/v2_soap/", "headers": headers, "body": envelope}
    logins = world.magento.calls["login"]
    assert "1.9.4.5" in product.send(key_id, ask)["body"]
    world.magento.expire_next()
    assert "1.9.4.5" in product.send(key_id, ask)["body"]
    assert world.magento.calls["login"] == logins + 2
