"""An API of somebody's own, with each of the ways to authenticate that Custom HTTP knows."""

from collections.abc import Callable

from .stand_in import Answer, Request, StandIn

Check = Callable[[Request], bool]


class CustomHttp(StandIn):
    """An API that answers every path below `/v1`, and for which JSON is named in each request."""

    def __init__(self, host: str, check: Check, knows_head: bool = True) -> None:
        super().__init__(f"{host}:443")
        self._check = check
        self._knows_head = knows_head

    def refusal(self, request: Request) -> Answer | None:
        if request.method == "HEAD" and not self._knows_head:
            return Answer(405, headers=[("Allow", "GET, POST")])
        if not self._check(request):
            return Answer.json(401, {"error": "unauthorized"})
        # A request without a body has no content to name the type of (RFC 9110 §8.3).
        if request.body and request.all("content-type") != ["application/json"]:
            return Answer.json(415, {"error": "unsupported media type"})
        return None
