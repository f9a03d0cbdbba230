"""An authorization server with consent that is somebody else's: node-oidc-provider, in a process of its own. It demands the proof key,
says in its answers who it is (RFC 9207), gives each refresh token once, and ends the whole grant when a former one comes again."""

import json
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from .stand_in import Answer, Request, StandIn

PROGRAM = Path(__file__).parent.parent / "oidc-provider" / "server.mjs"
#: Headers that are of one connection.
OF_THE_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding"}


class OidcProvider(StandIn):
    """The server under a name of the tests. `/me` is an API that opens for its tokens."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host}:443")
        self.host = host
        #: Whether token answers are lost on their way, after they were given.
        self.loses_answers = False
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    def start(self, client_id: str, secret: str, redirect_uri: str) -> None:
        arguments = ["node", str(PROGRAM), f"https://{self.host}", client_id, secret, redirect_uri]
        self._process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        port = self._process.stdout.readline()
        assert port, "it did not start: make tests/python/oidc-provider/node_modules/installed"
        self._port = int(port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        answer = self._ask(request.method, request.target, dict(request.headers), request.body)
        if self.loses_answers and request.path == "/token":
            return Answer(502, b"<html>Bad gateway</html>", [("Content-Type", "text/html")])
        return answer

    def consent(self, address: str, user: str) -> str:
        """Where the browser of somebody who signs in and consents is sent at last."""
        cookies: dict[str, str] = {}
        target = address
        for _ in range(10):
            split = urlsplit(target)
            if split.netloc not in ("", self.host):
                return target
            cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
            answer = self._ask("GET", f"{split.path}?{split.query}", {"Host": self.host, "Cookie": cookie, "X-User": user}, b"")
            for name, value in answer.headers:
                if name.lower() == "set-cookie":
                    cookies.__setitem__(*value.split(";")[0].split("=", 1))
            found = [value for name, value in answer.headers if name.lower() == "location"]
            assert found, (answer.status, answer.body)
            target = found[0]
        raise AssertionError("it sends the browser around for ever")

    def forget_access_tokens(self) -> None:
        """From now on the present access tokens open nothing; the refresh tokens stay."""
        self._tell("/test/forget")

    @property
    def state(self) -> dict:
        """What it gave and saw: `refreshTokens`, `refreshes`, `reused`, `living`."""
        return self._tell("/test/state")

    def _tell(self, path: str) -> dict:
        return json.loads(self._ask("GET", path, {}, b"").body)

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        kept = {name: value for name, value in headers.items() if name.lower() not in OF_THE_CONNECTION}
        connection.request(method, target, body, {**kept, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        headers_back = [pair for pair in answer.getheaders() if pair[0].lower() not in OF_THE_CONNECTION]
        return Answer(answer.status, content, headers_back)
