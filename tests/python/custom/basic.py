"""User name and password (RFC 7617)."""

import base64

from clients import basic as sign
from clients import basic_key
from custom.row import custom, header
from row import Row, fields
from servers.custom_http import Check


def check(username: str, password: str) -> Check:
    """RFC 7617, in UTF-8 (§2.1)."""
    return header("authorization", "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode())


def custom_basic() -> Row:
    known = {"username": "jürgen", "password": "pä:ss wörd/+%47&"}
    wrong = fields(password="pä:ss wörd/+%48&")
    return custom("basic", "basic", known, wrong, check(**known), sign("username", "password"), ("password",))


def custom_basic_key() -> Row:
    known = {"api_key": "rk_test_k3y/+%49&:~"}
    wrong = fields(api_key="rk_test_k3y/+%50&:~")
    return custom("basic-key", "basic-key", known, wrong, check(known["api_key"], ""), basic_key("api_key"), ("api_key",))


ROWS = [custom_basic(), custom_basic_key()]
