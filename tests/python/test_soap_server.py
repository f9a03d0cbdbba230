"""The stand-in for Peoplevox and Magento 1 behaves as they do, seen with an ordinary client."""

import base64
import datetime
import ipaddress
import re
import ssl
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers.soap import MAGENTO, MAGENTO_ACTION, PEOPLEVOX, SoapServer, envelope


@pytest.fixture
def server():
    with SoapServer() as running:
        yield running


def self_signed(directory: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 in `cert.pem`, and a context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    pem = serialization.Encoding.PEM
    (directory / "cert.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context


def post(url: str, action: str, body: str) -> requests.Response:
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{action}"'}
    return requests.post(url, data=body.encode(), headers=headers, timeout=10)


def authenticate(server: SoapServer, password: str) -> requests.Response:
    encoded = base64.b64encode(password.encode()).decode()
    arguments = (
        f"<clientId>{server.client_id}</clientId><username>{server.username}</username><password>{encoded}</password>"
    )
    body = envelope(f'<Authenticate xmlns="{PEOPLEVOX}">{arguments}</Authenticate>')
    return post(server.origin() + server.peoplevox_path, PEOPLEVOX + "Authenticate", body)


def get_data(server: SoapServer, session: str) -> requests.Response:
    credentials = (
        f'<UserSessionCredentials xmlns="{PEOPLEVOX}"><UserId>0</UserId><ClientId>{server.client_id}</ClientId>'
        f"<SessionId>{session}</SessionId></UserSessionCredentials>"
    )
    body = envelope(f'<GetData xmlns="{PEOPLEVOX}"/>')
    body = body.replace("<soap:Body>", f"<soap:Header>{credentials}</soap:Header><soap:Body>")
    return post(server.origin() + server.peoplevox_path, PEOPLEVOX + "GetData", body)


def magento(server: SoapServer, operation: str, **arguments: str) -> requests.Response:
    content = "".join(f"<{name}>{value}</{name}>" for name, value in arguments.items())
    body = envelope(f'<m:{operation} xmlns:m="{MAGENTO}">{content}</m:{operation}>')
    return post(server.origin() + server.magento_path, MAGENTO_ACTION, body)


def between(text: str, name: str) -> str:
    return re.search(rf"<{name}[^>]*>(.*?)</{name}>", text, re.DOTALL).group(1)


def test_peoplevox_refuses_a_login_with_status_200(server):
    answer = authenticate(server, "wrong")
    assert (answer.status_code, between(answer.text, "ResponseId")) == (200, "-1")
    assert server.sessions == set()


def test_peoplevox_gives_data_for_a_session_alone(server):
    client_id, session = between(authenticate(server, server.password).text, "Detail").split(",")
    assert client_id == server.client_id
    assert between(get_data(server, session).text, "Detail").startswith("Item code")
    refused = get_data(server, "another")
    assert (refused.status_code, between(refused.text, "ResponseId")) == (200, "-1")
    assert server.calls == {"Authenticate": 1, "GetData": 2}


def test_a_session_expires_once_when_told_to(server):
    session = between(authenticate(server, server.password).text, "Detail").split(",")[1]
    server.expire_next()
    assert between(get_data(server, session).text, "Detail") == "System : Security - Invalid Session"
    again = between(authenticate(server, server.password).text, "Detail").split(",")[1]
    assert between(get_data(server, again).text, "ResponseId") == "0"


def test_magento_logs_in_tells_its_version_and_ends_the_session(server):
    login = magento(server, "login", username=server.username, apiKey=server.password)
    session = between(login.text, "loginReturn")
    assert between(magento(server, "magentoInfo", sessionId=session).text, "magento_version") == "1.9.4.5"
    assert magento(server, "endSession", sessionId=session).status_code == 200
    assert between(magento(server, "magentoInfo", sessionId=session).text, "faultcode") == "5"


def test_magento_has_one_fault_for_a_bad_login_and_for_a_missing_right(server):
    assert between(magento(server, "login", username="x", apiKey="y").text, "faultcode") == "2"
    session = between(
        magento(server, "login", username=server.username, apiKey=server.password).text, "loginReturn"
    )
    server.may_see_version = False
    assert between(magento(server, "magentoInfo", sessionId=session).text, "faultcode") == "2"


def test_what_is_no_call_is_answered_with_a_fault_or_a_page(server):
    url = server.origin() + server.magento_path
    assert between(post(url, MAGENTO_ACTION, "<a>").text, "faultcode") == "Client"
    assert post(url, "another", envelope(f'<m:login xmlns:m="{MAGENTO}"/>')).status_code == 500
    assert post(server.origin() + "/other", "", envelope("<a/>")).status_code == 404
    assert requests.post(url, data=b"{}", headers={"content-type": "application/json"}, timeout=10).status_code == 415


def test_with_a_context_it_speaks_https_alone(tmp_path):
    with SoapServer(ssl_context=self_signed(tmp_path)) as server:
        url = server.origin() + server.magento_path
        trusted = requests.post(url, headers={"content-type": "text/xml"}, verify=tmp_path / "cert.pem", timeout=10)
        assert between(trusted.text, "faultcode") == "Client"
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(url, timeout=10)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.post(url.replace("https", "http"), timeout=10)
