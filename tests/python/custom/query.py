"""An API key as a parameter of the query."""

from requests import PreparedRequest, Session

from custom.row import custom
from row import Row, fields
from servers.stand_in import Request


def parameter(session: Session, fields: dict, request: PreparedRequest) -> None:
    request.prepare_url(request.url, {fields["name"]: fields["value"]})


def custom_query() -> Row:
    known = {"name": "api_key", "value": "k-935f&1+c7/a%45=="}

    def check(request: Request) -> bool:
        return [value for name, value in request.query if name == known["name"]] == [known["value"]]

    return custom("query", "query", known, fields(value="k-935f&1+c7/a%46=="), check, parameter, ("value",))


ROWS = [custom_query()]
