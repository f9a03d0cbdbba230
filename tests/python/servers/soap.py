"""Peoplevox and Magento 1 as their SOAP services behave, for tests that log in to them.

Both are one server, since they differ in path: `/{client_id}/Resources/IntegrationServicev4.asmx` and
`/api/v2_soap/`. It reads XML with the standard library alone.
"""

import base64
import secrets
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree
from xml.sax.saxutils import escape

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PEOPLEVOX = "http://www.peoplevox.net/"
MAGENTO = "urn:Magento"
MAGENTO_ACTION = "urn:Mage_Api_Model_Server_V2_HandlerAction"
MAGENTO_FAULTS = {"2": "Access denied.", "5": "Session expired. Try to relogin."}


@dataclass
class SoapServer:
    """Both systems. As a context manager it listens on a free port of 127.0.0.1, with an `ssl_context` for HTTPS only.

    `answer` alone decides, so it can also stand behind another listener. `calls` counts what it was asked.
    """

    client_id: str = "acme"
    username: str = "integration"
    password: str = "correct horse"
    version: tuple[str, str] = ("Community", "1.9.4.5")
    may_see_version: bool = True
    ssl_context: ssl.SSLContext | None = None
    calls: Counter[str] = field(default_factory=Counter)
    sessions: set[str] = field(default_factory=set)
    _expire_next: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "SoapServer":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        if self.ssl_context:
            # The handshake belongs to the thread of its connection: one silent client must not hold up the rest.
            self._server.socket = self.ssl_context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def origin(self, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.ssl_context else 'http'}://{host}:{self.port}"

    @property
    def peoplevox_path(self) -> str:
        return f"/{self.client_id}/Resources/IntegrationServicev4.asmx"

    @property
    def magento_path(self) -> str:
        return "/api/v2_soap/"

    def expire_next(self) -> None:
        """Lets the next call with a session find that the session has run out. It happens once."""
        with self._lock:
            self._expire_next = True

    def answer(self, path: str, action: str, body: bytes) -> tuple[int, str]:
        """Status and body for one request."""
        try:
            envelope = ElementTree.fromstring(body)
            operation = envelope.find(f"{{{SOAP}}}Body")[0]
        except (ElementTree.ParseError, TypeError, IndexError):
            return 500, fault("Client", "The envelope cannot be read.")
        namespace, _, name = operation.tag.removeprefix("{").partition("}")
        with self._lock:
            self.calls[name] += 1
            if path == self.magento_path:
                return self._magento(name, namespace, action.strip('"'), operation)
            if path == self.peoplevox_path:
                header = envelope.find(f"{{{SOAP}}}Header/{{{PEOPLEVOX}}}UserSessionCredentials")
                return self._peoplevox(name, namespace, action.strip('"'), operation, header)
        return 404, "<html><body>Not found</body></html>"

    def _peoplevox(self, name, namespace, action, operation, header) -> tuple[int, str]:
        """Every outcome has status 200; `ResponseId` tells a success (0) from a failure (-1)."""
        if namespace != PEOPLEVOX or action != PEOPLEVOX + name:
            return 500, fault("soap:Client", "Server did not recognize the value of HTTP Header SOAPAction.")
        if name == "Authenticate":
            given = [operation.findtext(f"{{{PEOPLEVOX}}}{part}") for part in ("clientId", "username", "password")]
            encoded = base64.b64encode(self.password.encode()).decode()
            if given != [self.client_id, self.username, encoded]:
                return 200, peoplevox_result(name, -1, "System : Security - Invalid user name or password")
            return 200, peoplevox_result(name, 0, f"{self.client_id},{self._new_session()}")
        parts = ("UserId", "ClientId", "SessionId")
        given = [None if header is None else header.findtext(f"{{{PEOPLEVOX}}}{part}") for part in parts]
        if given[:2] != ["0", self.client_id] or not self._is_open(given[2]):
            return 200, peoplevox_result(name, -1, "System : Security - Invalid Session")
        if name == "GetData":
            return 200, peoplevox_result(name, 0, "Item code,Name\nSKU-1,Blue & green shirt\n")
        return 200, peoplevox_result(name, -1, "Unknown operation")

    def _magento(self, name, namespace, action, operation) -> tuple[int, str]:
        """A fault has status 500 and a number as its code."""
        if namespace != MAGENTO or action != MAGENTO_ACTION:
            return 500, fault("SOAP-ENV:Client", "Not the action of this service.")
        if name == "login":
            if [operation.findtext("username"), operation.findtext("apiKey")] != [self.username, self.password]:
                return 500, magento_fault("2")
            return 200, magento_result(name, f'<loginReturn xsi:type="xsd:string">{self._new_session()}</loginReturn>')
        session = operation.findtext("sessionId")
        if not self._is_open(session):
            return 500, magento_fault("5")
        if name == "endSession":
            self.sessions.discard(session)
            return 200, magento_result(name, '<endSessionReturn xsi:type="xsd:boolean">true</endSessionReturn>')
        if name == "magentoInfo":
            if not self.may_see_version:
                return 500, magento_fault("2")
            edition, version = map(escape, self.version)
            info = f"<magento_version>{version}</magento_version><magento_edition>{edition}</magento_edition>"
            return 200, magento_result(name, f'<info xsi:type="ns1:magentoInfoEntity">{info}</info>')
        return 500, fault("SOAP-ENV:Client", f"Procedure '{name}' not present")

    def _new_session(self) -> str:
        session = secrets.token_hex(16)
        self.sessions.add(session)
        return session

    def _is_open(self, session: str | None) -> bool:
        if self._expire_next:
            self._expire_next = False
            self.sessions.discard(session)
        return session in self.sessions


def handler(server: SoapServer) -> type[BaseHTTPRequestHandler]:
    """The class that answers for one server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            if not self.headers.get("content-type", "").startswith("text/xml"):
                self.reply(415, "")
                return
            self.reply(*server.answer(self.path, self.headers.get("soapaction", ""), body))

        def reply(self, status: int, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("content-type", "text/xml; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_) -> None:
            """Tests say what they saw."""

    return Handler


def envelope(body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{SOAP}" xmlns:ns1="{MAGENTO}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    )


def fault(code: str, text: str) -> str:
    return envelope(
        f"<soap:Fault><faultcode>{escape(code)}</faultcode><faultstring>{escape(text)}</faultstring></soap:Fault>"
    )


def magento_fault(code: str) -> str:
    return fault(code, MAGENTO_FAULTS[code])


def magento_result(operation: str, content: str) -> str:
    return envelope(f"<ns1:{operation}Response>{content}</ns1:{operation}Response>")


def peoplevox_result(operation: str, response_id: int, detail: str) -> str:
    return envelope(
        f'<{operation}Response xmlns="{PEOPLEVOX}"><{operation}Result><ResponseId>{response_id}</ResponseId>'
        f"<TotalCount>0</TotalCount><Detail>{escape(detail)}</Detail></{operation}Result></{operation}Response>"
    )
