"""WooCommerce: Basic or the query over TLS, OAuth 1.0a without (woocommerce.github.io/woocommerce-rest-api-docs)."""

import base64
import binascii

from .oauth1 import SHA1_OR_SHA256, Signatures
from .stand_in import Answer, Request, StandIn


def refused(message: str, code: str = "woocommerce_rest_authentication_error") -> Answer:
    return Answer.json(401, {"code": code, "message": message, "data": {"status": 401}})


# Over HTTPS an unknown key is no error of its own: the shop sees a guest (includes/class-wc-rest-authentication.php).
GUEST = refused("Sorry, you cannot list resources.", "woocommerce_rest_cannot_view")


class WooCommerce(StandIn):
    """A shop. Where it looks for key and secret, its subclass tells."""

    def __init__(self, name: str, consumer_key: str, consumer_secret: str) -> None:
        super().__init__(name)
        self._key = consumer_key
        self._secret = consumer_secret

    def given(self, request: Request) -> tuple[str, str] | None:
        raise NotImplementedError

    def refusal(self, request: Request) -> Answer | None:
        given = self.given(request)
        if given is None or given[0] != self._key:
            return GUEST
        return None if given[1] == self._secret else refused("Consumer secret is invalid.")

    def welcome(self, request: Request) -> Answer:
        if not request.path.startswith("/wp-json/wc/v3/"):
            return Answer.json(404, {"code": "rest_no_route", "message": "No route was found matching the URL."})
        if request.path == "/wp-json/wc/v3/products/categories":
            return Answer.json(200, [{"id": 15, "name": "Clothing", "slug": "clothing"}])
        return super().welcome(request)


class WooCommerceBasic(WooCommerce):
    def given(self, request: Request) -> tuple[str, str] | None:
        scheme, _, encoded = (request.header("authorization") or "").partition(" ")
        try:
            key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (key, secret) if scheme == "Basic" else None


class WooCommerceQuery(WooCommerce):
    def given(self, request: Request) -> tuple[str, str] | None:
        names = "consumer_key", "consumer_secret"
        keys, secrets = ([value for known, value in request.query if known == name] for name in names)
        return (keys[0], secrets[0]) if len(keys) == len(secrets) == 1 else None


class WooCommerceOAuth1(WooCommerce):
    def __init__(self, name: str, consumer_key: str, consumer_secret: str) -> None:
        super().__init__(name, consumer_key, consumer_secret)
        self._signatures = Signatures((consumer_key, consumer_secret))
        self._signatures.methods = SHA1_OR_SHA256
        self._signatures.lifetime_seconds = 15 * 60

    def refusal(self, request: Request) -> Answer | None:
        match self._signatures.problem(request):
            case None:
                return None
            case "consumer_key_rejected":
                return refused("Consumer key is invalid.")
            case "nonce_used":
                return refused("Invalid nonce - nonce has already been used.")
            case "parameter_rejected":
                return refused("OAuth parameter is missing, or invalid timestamp.")
            case _:
                return refused("Invalid signature - provided signature does not match.")
