"""No authentication but a secret header of the key."""

from requests import PreparedRequest, Session

from custom.row import JSON_HEADER, custom, header
from row import Row


def nothing(session: Session, fields: dict, request: PreparedRequest) -> None:
    """The key's own headers are all there is."""


def custom_none() -> Row:
    tenant = {"name": "X-Tenant", "value": "t3nant&of+acme%51", "secret": True}
    wrong = {"headers": [*JSON_HEADER, tenant | {"value": "t3nant&of+acme%52"}]}
    return custom("none", "none", {}, wrong, header("x-tenant", tenant["value"]), nothing, (), headers=(tenant,))


ROWS = [custom_none()]
