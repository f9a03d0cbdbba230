"""ParcelLab: v2 with two headers, v4 with a token of its own scheme (docs.parcellab.com, "API access")."""

from .stand_in import Answer, Request, StandIn


class ParcelLabV2(StandIn):
    def __init__(self, host: str, user_id: str, token: str) -> None:
        super().__init__(f"{host}:443")
        self._credentials = [user_id], [token]

    def refusal(self, request: Request) -> Answer | None:
        if (request.all("user"), request.all("token")) != self._credentials:
            text = b"401 Unauthorized - No valid credentials given"
            return Answer(401, text, [("Content-Type", "text/plain")])
        return None

    def welcome(self, request: Request) -> Answer:
        if request.path == "/tokens/list":
            return Answer.json(403, {"error": "token does not have the scope generate"})
        return super().welcome(request)


class ParcelLabV4(StandIn):
    def __init__(self, host: str, token: str) -> None:
        super().__init__(f"{host}:443")
        self._authorization = [f"Parcellab-API-Token {token}"]

    def refusal(self, request: Request) -> Answer | None:
        if request.all("authorization") != self._authorization:
            return Answer.json(401, {"detail": "Invalid token."})
        return None

    def welcome(self, request: Request) -> Answer:
        if request.path == "/v4/track/orders/" and request.method == "GET":
            return Answer.json(405, {"detail": 'Method "GET" not allowed.'})
        return super().welcome(request)
