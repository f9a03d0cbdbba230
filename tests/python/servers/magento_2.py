"""Magento 2: OAuth 1.0a, and the access token alone where the shop allows it (developer.adobe.com/commerce/webapi)."""

from .oauth1 import Signatures
from .stand_in import Answer, Request, StandIn

GUEST = {
    "message": "The consumer isn't authorized to access %resources.",
    "parameters": {"resources": "Magento_Backend::store"},
}
# Framework/Oauth/Oauth.php and Integration/Model/Oauth/Token/Provider.php.
PROBLEMS = {
    "signature_invalid": "The signature is invalid. Verify and try again.",
    "consumer_key_rejected": "A consumer having the specified key does not exist",
    "token_rejected": "Specified token does not exist",
    "nonce_used": "The nonce is already being used by the consumer with ID 1",
}


class Magento2(StandIn):
    """A shop. What is signed, its subclass tells."""

    def __init__(self, host: str, store_code: str) -> None:
        super().__init__(f"{host}:443")
        self._host = host
        self._api = f"/rest/{store_code}/V1/"

    def welcome(self, request: Request) -> Answer:
        if not request.path.startswith(self._api):
            return Answer.json(404, {"message": "Request does not match any route."})
        if request.path == f"{self._api}store/storeConfigs":
            return Answer.json(200, [{"id": 1, "code": "default", "base_url": f"https://{self._host}/"}])
        return super().welcome(request)


class Magento2OAuth1(Magento2):
    def __init__(self, host: str, store_code: str, consumer: tuple[str, str], token: tuple[str, str]) -> None:
        super().__init__(host, store_code)
        self._signatures = Signatures(consumer, token)

    def refusal(self, request: Request) -> Answer | None:
        problem = self._signatures.problem(request)
        return Answer.json(401, {"message": PROBLEMS.get(problem, problem)}) if problem else None


class Magento2Bearer(Magento2):
    def __init__(self, host: str, store_code: str, access_token: str) -> None:
        super().__init__(host, store_code)
        self._authorization = [f"Bearer {access_token}"]

    def refusal(self, request: Request) -> Answer | None:
        return None if request.all("authorization") == self._authorization else Answer.json(401, GUEST)
