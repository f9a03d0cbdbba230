"""OAuth 1.0a as its servers check it, by oauthlib: signature, nonce and timestamp (RFC 5849 §3.2)."""

from oauthlib.oauth1 import (
    SIGNATURE_HMAC_SHA1,
    SIGNATURE_HMAC_SHA256,
    RequestValidator,
    ResourceEndpoint,
    SignatureOnlyEndpoint,
)

from .stand_in import Request


class Signatures(RequestValidator):
    """Who may sign, and what was signed before."""

    enforce_ssl = False
    dummy_client = dummy_access_token = "nobody"

    def __init__(
        self, consumer: tuple[str, str], token: tuple[str, str] | None = None, realm: str | None = None
    ) -> None:
        super().__init__()
        self._consumer = consumer
        self._token = token
        self._realm = realm
        self._seen: set[tuple] = set()
        self.lifetime_seconds = 600
        self.methods = (SIGNATURE_HMAC_SHA256,)

    def problem(self, request: Request) -> str | None:
        """Why the request is refused, in the words of the OAuth Problem Reporting extension; nothing if it is not."""
        arguments = request.url, request.method, request.body.decode("latin-1"), dict(request.headers)
        if self._token:
            valid, seen = ResourceEndpoint(self).validate_protected_resource_request(*arguments)
        else:
            valid, seen = SignatureOnlyEndpoint(self).validate_request(*arguments)
        if valid:
            return None
        log = seen.validator_log if seen else {}
        words = {
            "nonce": "nonce_used",
            "client": "consumer_key_rejected",
            "resource_owner": "token_rejected",
            "realm": "realm_rejected",
            "signature": "signature_invalid",
        }
        return next((word for step, word in words.items() if log.get(step) is False), "parameter_rejected")

    # What oauthlib asks.

    @property
    def allowed_signature_methods(self) -> tuple[str, ...]:
        return self.methods

    @property
    def timestamp_lifetime(self) -> int:
        return self.lifetime_seconds

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_access_token(self, request_token: str) -> bool:
        return bool(request_token)

    def check_nonce(self, nonce: str) -> bool:
        # Long enough to be hard to guess; 32 is what WooCommerce recommends.
        return 16 <= len(nonce) <= 64 and nonce.isalnum()

    def validate_timestamp_and_nonce(
        self, client_key, timestamp, nonce, request, request_token=None, access_token=None
    ):
        use = client_key, timestamp, nonce, access_token
        request.validator_log["nonce"] = fresh = use not in self._seen
        self._seen.add(use)
        return fresh

    def validate_client_key(self, client_key, request):
        return client_key == self._consumer[0]

    def validate_access_token(self, client_key, token, request):
        return self._token is not None and token == self._token[0]

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return request.realm == self._realm

    def get_client_secret(self, client_key, request):
        return self._consumer[1]

    def get_access_token_secret(self, client_key, token, request):
        return self._token[1]


SHA1_OR_SHA256 = (SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256)
