"""NetSuite's REST web services with token-based authentication (docs.oracle.com, section_1534941088)."""

from .oauth1 import Signatures
from .stand_in import Answer, Request, StandIn

REFUSED = {
    "type": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.2",
    "title": "Unauthorized",
    "status": 401,
    "o:errorDetails": [
        {
            "detail": "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI.",
            "o:errorCode": "INVALID_LOGIN",
        }
    ],
}


class NetSuiteTokens(StandIn):
    def __init__(self, account: str, consumer: tuple[str, str], token: tuple[str, str]) -> None:
        host = account.lower().replace("_", "-")
        super().__init__(f"{host}.suitetalk.api.netsuite.com:443")
        self._signatures = Signatures(consumer, token, realm=account)

    def refusal(self, request: Request) -> Answer | None:
        return Answer.json(401, REFUSED) if self._signatures.problem(request) else None

    def welcome(self, request: Request) -> Answer:
        if request.path == "/services/rest/record/v1/metadata-catalog":
            return Answer.json(200, {"items": [{"name": "customer", "links": []}]})
        return super().welcome(request)
