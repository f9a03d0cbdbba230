"""API Gateway's addresses, as the emulator's authorizer asks for them: over TLS, by a proxy that leads to the emulator itself.

The emulator reads the documents of an issuer that is no user pool from its address, as API Gateway does, with Python's urllib, which
goes by `https_proxy` and trusts `SSL_CERT_FILE`.
"""

import datetime
import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = "*.execute-api.eu-west-1.amazonaws.com"


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for these names that says of itself that it may be trusted, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests of Keyward")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAMES)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    paths = directory / "front.pem", directory / "front.key"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return paths


@contextmanager
def front(directory: Path, emulator: str):
    """The proxy on a free port. Yields the variables by which the emulator uses it."""
    chain, key = certificate(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    class Proxy(BaseHTTPRequestHandler):
        """One tunnel (RFC 9110 §9.3.6), and the one request in it."""

        def do_CONNECT(self) -> None:
            # The emulator knows an API by the first part of its address, below its own name.
            host = f"{self.path.partition('.')[0]}.execute-api.localhost"
            self.send_response(200)
            self.end_headers()
            with context.wrap_socket(self.connection, server_side=True) as inner:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += inner.recv(4096)
                path = head.split(b" ")[1].decode()
                answer = requests.get(emulator + path, headers={"host": host}, timeout=30)
                status = f"HTTP/1.1 {answer.status_code} Answered\r\nconnection: close\r\ncontent-length: {len(answer.content)}\r\n\r\n"
                inner.sendall(status.encode() + answer.content)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "https_proxy": f"http://127.0.0.1:{server.server_port}",
            "no_proxy": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(chain),
        }
    finally:
        server.shutdown()
        server.server_close()
