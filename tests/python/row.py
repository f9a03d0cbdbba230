"""A row of the table of systems: a key, a wrong one, and the stand-in that tells them apart."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from servers.stand_in import StandIn


@dataclass(frozen=True)
class Row:
    """A key as it is stored, and what is known of its system."""

    name: str
    system_id: str
    auth: str
    fields: dict[str, str]
    #: Which fields are secret.
    secret: tuple[str, ...]
    #: What makes the key wrong: a merge patch of `body`.
    wrong: dict
    #: Served by `Internet`, unless it has a `port` of its own, as one of another protocol does.
    stand_in: StandIn
    base_url: str | None = None
    headers: tuple[dict, ...] = ()
    #: What verification says of whom the key belongs to.
    upstream: str | None = None
    #: What verification says of the wrong key. A system that takes it for a guest says the same to a key without a right.
    wrong_result: str = "refused"
    #: What `verify` is asked to try, where the template leaves that to the user.
    verify_path: str | None = None
    #: Whether there are requests to send. A login by SMTP, FTP or SFTP has none, a SOAP session those of its own kind.
    sends: bool = True
    #: Whether the credentials travel in the form of a POST.
    form_only: bool = False
    #: The path of the API below its host; if it is not here, `test_servers.address` has it.
    below: str | None = None
    #: Where below that the system says `upstream`.
    named_at: str | None = None
    #: What puts the credentials onto a request of somebody else's client; if it is not here, `clients.CLIENTS` has it.
    sign: Callable | None = None

    @property
    def body(self) -> dict:
        """What `POST /v1/keys` takes."""
        body = {
            "system_id": self.system_id,
            "auth": self.auth,
            "title": self.name,
            "environment": "live",
            "headers": list(self.headers),
            "organization_specific": False,
            "entries": {"default": {"fields": self.fields}},
            "expires_at": None,
        }
        return body | ({"base_url": self.base_url} if self.base_url else {})

    @property
    def wrong_body(self) -> dict:
        return merged(self.body, self.wrong)

    @property
    def secrets(self) -> list[str]:
        """What the key keeps secret."""
        return self._secrets_of(self.body)

    @property
    def wrong_secrets(self) -> list[str]:
        """The same of the wrong key."""
        return self._secrets_of(self.wrong_body)

    def _secrets_of(self, body: dict) -> list[str]:
        given = body["entries"]["default"]["fields"]
        headers = [header["value"] for header in body["headers"] if header.get("secret")]
        return [given[name] for name in self.secret] + headers


def merged(document: dict, patch: dict) -> dict:
    """A merge patch (RFC 7396) without the removal of members, which no row needs."""
    result = copy.deepcopy(document)
    for name, value in patch.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def fields(**values: str) -> dict:
    return {"entries": {"default": {"fields": values}}}
