"""pyftpdlib's FTP server: in the clear, with explicit TLS that it insists on, or with implicit TLS."""

import threading
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from servers.certificates import Authority


class ImplicitTlsHandler(TLS_FTPHandler):
    """Speaks TLS before its greeting."""

    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        TLS_FTPHandler.handle(self)


class FtpServer:
    """A running server; `tls` is `none`, `explicit` or `implicit`."""

    host = "ftp.example.test"
    user = "ann"
    password = "s3cret & more"

    def __init__(
        self, directory: Path, tls: str, authority: Authority | None = None, files: tuple[Path, Path] | None = None
    ):
        """`files` are those of a certificate and its key, in the place of one of the authority."""
        (directory / "orders").mkdir(exist_ok=True)
        self.heard: list[str] = []
        heard = self.heard
        authorizer = DummyAuthorizer()
        authorizer.add_user(self.user, self.password, str(directory), perm="elr")
        base = {"none": FTPHandler, "explicit": TLS_FTPHandler, "implicit": ImplicitTlsHandler}[tls]

        class Handler(base):
            auth_failed_timeout = 0

            def pre_process_command(self, line, cmd, arg):
                heard.append(cmd)
                super().pre_process_command(line, cmd, arg)

        Handler.authorizer = authorizer
        if tls != "none":
            Handler.certfile, Handler.keyfile = map(str, files or authority.certificate(self.host))
            Handler.tls_control_required = tls == "explicit"
            Handler.ssl_context = Handler.get_ssl_context()
        # The one that all servers share otherwise is not for several threads.
        self._server = FTPServer(("127.0.0.1", 0), Handler, ioloop=IOLoop())
        self.port = self._server.address[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._server.serve_forever(timeout=0.1, blocking=False)
        self._server.close_all()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)
