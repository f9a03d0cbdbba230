"""What all stand-ins of HTTP systems share: a request as it came, an answer, and who decides between the two."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """A request as it came: nothing decoded, nothing merged, in its order."""

    scheme: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The header's value. Several of one name are joined, as RFC 9110 §5.3 has it."""
        return ", ".join(self.all(name)) or None

    @property
    def host(self) -> str:
        return self.header("host") or ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    def form(self) -> list[tuple[str, str]]:
        """The body's fields, if it is a form."""
        if (self.header("content-type") or "").split(";")[0] != FORM:
            return []
        return parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def json(cls, status: int, document: object) -> "Answer":
        body = json.dumps(document).encode()
        return cls(status, body, [("Content-Type", "application/json; charset=utf-8")])


class StandIn:
    """A system. It answers as the vendor's does, and remembers what it was asked."""

    #: Where clients reach it: `host:port`. 443 is spoken with TLS, 80 without.
    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        self.names = names
        self.requests: list[Request] = []
        #: What paths answer that end so, once the credentials are right.
        self.pages: dict[str, Callable[[Request], Answer]] = {}

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        refusal = self.refusal(request)
        if refusal is not None:
            return refusal
        page = self.pages.get(request.path.rsplit("/", 1)[-1])
        return page(request) if page else self.welcome(request)

    def refusal(self, request: Request) -> Answer | None:
        """What the vendor says to these credentials; nothing if they are right."""
        raise NotImplementedError

    def welcome(self, request: Request) -> Answer:
        """What the vendor says to a request with the right credentials."""
        return Answer.json(200, {"received": f"{request.method} {request.path}"})
