"""ReBOUND's older interface: login and key in the form, and status 200 whatever the outcome (intelligentreturns.net/api)."""

import json

from .stand_in import Answer, Request, StandIn


class ReboundLogin(StandIn):
    def __init__(self, login: str, api_key: str) -> None:
        super().__init__("intelligentreturns.net:443")
        self._credentials = [login], [api_key]

    def refusal(self, request: Request) -> Answer | None:
        given = [[value for name, value in request.form() if name == known] for known in ("login", "api_key")]
        if tuple(given) != self._credentials:
            return Answer.json(200, {"error": {"code": "access_denied", "message": ["Access denied"]}})
        return None

    def welcome(self, request: Request) -> Answer:
        if request.path == "/api/returns/search/json":
            asked = json.loads(dict(request.form())["request"])
            assert asked["filter"].keys() == {"date_from", "date_to"}, asked
            return Answer.json(200, {"error": {"code": "empty", "message": "No returns found"}})
        return Answer.json(200, {"success": {"received": request.path}})
