"""DEAR Systems, now Cin7 Core: two headers (dearinventory.docs.apiary.io, "Connecting to the API")."""

from .stand_in import Answer, Request, StandIn


class Dear(StandIn):
    def __init__(self, account_id: str, application_key: str, company: str) -> None:
        super().__init__("inventory.dearsystems.com:443")
        self._credentials = [account_id], [application_key]
        self._company = company

    def refusal(self, request: Request) -> Answer | None:
        given = request.all("api-auth-accountid"), request.all("api-auth-applicationkey")
        if given != self._credentials:
            return Answer.json(403, [{"ErrorCode": 403, "Exception": "Incorrect credentials!"}])
        if not request.path.startswith("/ExternalApi/v2/"):
            return Answer.json(404, [{"ErrorCode": 404, "Exception": "The endpoint does not exist"}])
        return None

    def welcome(self, request: Request) -> Answer:
        if request.path == "/ExternalApi/v2/me":
            return Answer.json(200, {"Company": self._company, "Currency": "GBP", "TimeZone": "(UTC) London"})
        return super().welcome(request)
