"""Systems that give a session for a login, and open for it: Linnworks, and the Service Layer of SAP Business One."""

import json
from http.cookies import SimpleCookie
from uuid import uuid4

from .recorded import recorded
from .stand_in import Answer, Request, StandIn


class LoggedIn(StandIn):
    """`login_path` gives a session for these members of a JSON document."""

    def __init__(self, names: tuple[str, ...], login_path: str, known: dict[str, str], right: str, wrong: str) -> None:
        super().__init__(*names)
        self._login_path = login_path
        self._known = known
        self._right, self._wrong = recorded(right), recorded(wrong)
        self.tokens: set[str] = set()

    def answer(self, request: Request) -> Answer:
        if request.path != self._login_path:
            return super().answer(request)
        self.requests.append(request)
        if request.method != "POST" or json.loads(request.body) != self._known:
            return self._wrong
        token = str(uuid4())
        self.tokens.add(token)
        return self.session(token)

    def session(self, token: str) -> Answer:
        """The answer to the right login."""
        raise NotImplementedError


class Linnworks(LoggedIn):
    """The login is at one server, and names another one that has the data
    (apidocs.linnworks.net/docs/generating-an-api-key)."""

    def __init__(self, application_id: str, application_secret: str, token: str) -> None:
        known = {"ApplicationId": application_id, "ApplicationSecret": application_secret, "Token": token}
        names = "api.linnworks.net:443", "eu-ext.linnworks.net:443"
        super().__init__(names, "/api/Auth/AuthorizeByApplication", known, "linnworks/right", "linnworks/wrong")

    def session(self, token: str) -> Answer:
        return Answer.json(200, json.loads(self._right.body) | {"Token": token})

    def refusal(self, request: Request) -> Answer | None:
        at_home = request.host == "eu-ext.linnworks.net"
        if at_home and request.header("authorization") in self.tokens:
            return None
        return Answer.json(401, {"Code": "-", "Message": "Token is wrong."})


class SapBusinessOne(LoggedIn):
    """Both cookies of the login must come back: one names the session, the other the server behind the load balancer that has it
    (SAP, "Working with SAP Business One Service Layer", on session management)."""

    def __init__(self, host: str, company: str, username: str, password: str) -> None:
        known = {"CompanyDB": company, "UserName": username, "Password": password}
        right, wrong = "sap-business-one/right", "sap-business-one/wrong"
        super().__init__((f"{host}:443",), "/b1s/v2/Login", known, right, wrong)

    def session(self, token: str) -> Answer:
        document = Answer.json(200, json.loads(self._right.body) | {"SessionId": token})
        cookies = f"B1SESSION={token}; HttpOnly; Secure", "ROUTEID=.node4; path=/b1s; Secure"
        return Answer(200, document.body, [*document.headers, *(("Set-Cookie", cookie) for cookie in cookies)])

    def refusal(self, request: Request) -> Answer | None:
        cookies = SimpleCookie(request.header("cookie") or "")
        sent = {name: cookie.value for name, cookie in cookies.items()}
        if sent.get("B1SESSION") in self.tokens and sent.get("ROUTEID") == ".node4":
            return None
        return recorded("sap-business-one/not-the-login")
