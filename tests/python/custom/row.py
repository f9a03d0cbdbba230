"""A row of Custom HTTP, and what several strategies share."""

import base64
import datetime
from email.message import Message

from clients import Sign
from row import Row
from servers.custom_http import Check, CustomHttp
from servers.stand_in import Request

JSON_HEADER = [{"name": "Content-Type", "value": "application/json"}]


def custom(
    name: str,
    auth: str,
    known: dict[str, str],
    wrong: dict,
    check: Check,
    sign: Sign,
    secret: tuple[str, ...],
    headers: tuple[dict, ...] = (),
    knows_head: bool = True,
) -> Row:
    host = f"{name.replace(' ', '-')}.api.example.com"
    return Row(
        f"custom-http {name}",
        "custom-http",
        auth,
        known,
        secret,
        wrong,
        CustomHttp(host, check, knows_head),
        base_url=f"https://{host}/v1",
        headers=(*JSON_HEADER, *headers),
        verify_path="/ping",
        sign=sign,
    )


def header(name: str, value: str) -> Check:
    return lambda request: request.all(name) == [value]


def message(request: Request, names: list[str]) -> Message:
    message = Message()
    for name, value in request.headers:
        if name.lower() in names:
            message[name] = value
    return message
