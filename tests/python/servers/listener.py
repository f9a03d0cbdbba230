"""The stand-ins' own small Internet: one listener with TLS and one without, for all names."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from .certificates import Authority
from .stand_in import Answer, Request, StandIn

PORTS = {"https": "443", "http": "80"}


class Internet:
    """Serves stand-ins on loopback. Which of them is meant, the Host header tells."""

    def __init__(self, stand_ins: list[StandIn], directory: Path, authority: Authority | None = None) -> None:
        """With an `authority`, its certificates are of that; otherwise of one in the directory."""
        self._stand_ins = {name: stand_in for stand_in in stand_ins for name in stand_in.names}
        authority = authority or Authority(directory)
        self.ca_file = authority.ca_file
        certificate = authority.certificate(*(name.rsplit(":", 1)[0] for name in self._stand_ins))
        secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secured.load_cert_chain(*certificate)
        self._listeners = {scheme: Listener(self, scheme, secured if scheme == "https" else None) for scheme in PORTS}

    @property
    def upstreams(self) -> dict[str, int]:
        """The loopback port of each name."""
        by_port = {PORTS[scheme]: listener.server_port for scheme, listener in self._listeners.items()}
        return {name: by_port[name.rsplit(":", 1)[1]] for name in self._stand_ins}

    def answer(self, request: Request) -> Answer:
        host = request.host if ":" in request.host else f"{request.host}:{PORTS[request.scheme]}"
        stand_in = self._stand_ins.get(host)
        # RFC 9110 §15.5.20: misdirected.
        return stand_in.answer(request) if stand_in else Answer.json(421, {"message": "No such host."})

    def stop(self) -> None:
        for listener in self._listeners.values():
            listener.shutdown()
            listener.server_close()


class Listener(ThreadingHTTPServer):
    """A listener on a free port of 127.0.0.1, with a thread for each connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, internet: Internet, scheme: str, secured: ssl.SSLContext | None) -> None:
        self.internet = internet
        self.scheme = scheme
        self._secured = secured
        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def finish_request(self, request, client_address) -> None:
        """In the connection's own thread, so that a handshake that stalls holds up nobody."""
        if self._secured is None:
            return super().finish_request(request, client_address)
        try:
            with self._secured.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except (ssl.SSLError, ConnectionError):
            pass  # The client did not want this certificate, or left. It says so itself.


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers (RFC 9112)."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def answer(self) -> None:
        # The target from the request line: `self.path` is not as it came if it starts with two slashes.
        target = self.requestline.split(" ")[1]
        request = Request(self.server.scheme, self.command, target, self.headers.items(), self.read_body())
        answer = self.server.internet.answer(request)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return b"".join(self.chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the requests are kept."""
