"""User name and password (RFC 7617)."""

import base64

from clients import basic as sign
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


ROWS = [custom_basic()]
