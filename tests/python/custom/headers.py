"""A secret in a header of its own, and a token."""

from requests import PreparedRequest, Session

from clients import bearer
from custom.row import custom, header
from row import Row, fields


def named(session: Session, fields: dict, request: PreparedRequest) -> None:
    request.headers[fields.get("name") or fields["header_name"]] = fields["value"]


def custom_header() -> Row:
    known = {"name": "X-Api-Key", "value": "k-93 5f&1+c7/a%45=="}
    wrong = fields(value="k-93 5f&1+c7/a%46==")
    return custom("headers", "headers", known, wrong, header(*known.values()), named, ("value",))


def custom_token() -> Row:
    known = {"value": "mF_9.B5f-4.1JqM~+/=="}
    check = header("authorization", f"Bearer {known['value']}")
    return custom("token", "token", known, fields(value="mF_9.B5f-4.1JqM~+/="), check, bearer("value"), ("value",), knows_head=False)


def custom_token_header() -> Row:
    known = {"header_name": "X-Auth-Token", "value": "0b5d7c1e-token-4f2a"}
    check = header(*known.values())
    return custom("token in a header", "token", known, fields(value="0b5d7c1e-token-4f2b"), check, named, ("value",))


def custom_token_prefix() -> Row:
    """A word of its own before the token, as some frameworks want it: `Token token=…` is Ruby on Rails'."""
    known = {"prefix": "Token token=", "value": "0b5d7c1e-token-4f2a"}
    check = header("authorization", "Token token=0b5d7c1e-token-4f2a")
    sign = bearer("value", known["prefix"])
    return custom("token with a prefix", "token", known, fields(value="0b5d7c1e-token-4f2b"), check, sign, ("value",))


ROWS = [custom_header(), custom_token(), custom_token_header(), custom_token_prefix()]
