"""User name and password (RFC 7617)."""

import base64

from requests import PreparedRequest, Session
from requests.auth import HTTPBasicAuth

from clients import basic as sign
from clients import basic_key
from custom.row import custom, header
from row import Row, fields
from servers.custom_http import Check


def check(username: str, password: str) -> Check:
    """RFC 7617, in UTF-8 (§2.1)."""
    return header("authorization", "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode())


def password(session: Session, given: dict, request: PreparedRequest) -> None:
    HTTPBasicAuth(b"", given["password"].encode())(request)


def custom_basic() -> Row:
    known = {"username": "jürgen", "password": "pä:ss wörd/+%47&"}
    wrong = fields(password="pä:ss wörd/+%48&")
    return custom("basic", "basic", known, wrong, check(**known), sign("username", "password"), ("password",))


def custom_basic_password() -> Row:
    """A password without a user name, as Azure DevOps has it for its tokens."""
    known, wrong = {"password": "p4t-k3y/+%51&"}, fields(password="p4t-k3y/+%52&")
    right = check("", known["password"])
    return custom("basic-password", "basic", known, wrong, right, password, ("password",))


def custom_basic_key() -> Row:
    known = {"api_key": "rk_test_k3y/+%49&~"}
    wrong = fields(api_key="rk_test_k3y/+%50&~")
    return custom("basic-key", "basic-key", known, wrong, check(known["api_key"], ""), basic_key("api_key"), ("api_key",))


ROWS = [custom_basic(), custom_basic_password(), custom_basic_key()]
