"""Systems that know a key by the headers it comes in, or by a check of its own. They answer with what the vendors document."""

from collections.abc import Callable

from .oauth2 import Client, ClientAssertion, OAuth2
from .recorded import recorded
from .stand_in import Answer, Request, StandIn


def in_headers(**expected: str) -> Callable[[Request], bool]:
    """Whether each of these headers has this value, once. An underscore stands for a hyphen."""
    return lambda request: all(request.all(name.replace("_", "-")) == [value] for name, value in expected.items())


class ApiKey(StandIn):
    """`about` is the path that the template's check asks for."""

    def __init__(self, host: str, is_right: Callable[[Request], bool], about: str, right: str, wrong: str) -> None:
        super().__init__(f"{host}:443")
        self._is_right = is_right
        self._about = about
        self._answers = recorded(right), recorded(wrong)

    def refusal(self, request: Request) -> Answer | None:
        return None if self._is_right(request) else self._answers[1]

    def welcome(self, request: Request) -> Answer:
        asked = request.path == self._about and request.method == "GET"
        return self._answers[0] if asked else super().welcome(request)


class TokenApi(OAuth2):
    """A system whose tokens Authlib gives out, and whose API answers with what the vendor documents."""

    def __init__(
        self,
        hosts: tuple[str, ...],
        token_path: str,
        client: Client,
        about: str,
        right: str,
        assertion: ClientAssertion | None = None,
        **more,
    ) -> None:
        super().__init__(tuple(f"{host}:443" for host in hosts), token_path, client, assertion, **more)
        self._about = about
        self._right = recorded(right)

    def welcome(self, request: Request) -> Answer:
        return self._right if request.path == self._about else super().welcome(request)
