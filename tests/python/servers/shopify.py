"""Shopify's Admin API with a token, and with the Basic login of private apps (shopify.dev, "Authentication")."""

import base64
import json

from .stand_in import Answer, Request, StandIn

REFUSED = Answer.json(401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"})


def shop(request: Request, name: str) -> Answer | None:
    """What the API says of the shop: to GraphQL and to REST; nothing to other paths."""
    leaf = request.path.removeprefix("/admin/api/").partition("/")[2]
    if leaf == "graphql.json" and request.method == "POST":
        assert request.header("content-type") == "application/json", request.headers
        assert "shop" in json.loads(request.body)["query"]
        found = {"name": name, "myshopifyDomain": request.host}
        return Answer.json(200, {"data": {"shop": found}, "extensions": {"cost": {"requestedQueryCost": 1}}})
    if leaf == "shop.json":
        return Answer.json(200, {"shop": {"id": 548380009, "name": name, "myshopify_domain": request.host}})
    return None


class ShopifyToken(StandIn):
    def __init__(self, subdomain: str, access_token: str, name: str) -> None:
        super().__init__(f"{subdomain}.myshopify.com:443")
        self._access_token = [access_token]
        self._name = name

    def refusal(self, request: Request) -> Answer | None:
        return None if request.all("x-shopify-access-token") == self._access_token else REFUSED

    def welcome(self, request: Request) -> Answer:
        return shop(request, self._name) or super().welcome(request)


class ShopifyPrivateApp(ShopifyToken):
    def __init__(self, subdomain: str, api_key: str, password: str, name: str) -> None:
        super().__init__(subdomain, password, name)
        self._authorization = ["Basic " + base64.b64encode(f"{api_key}:{password}".encode()).decode()]

    def refusal(self, request: Request) -> Answer | None:
        return None if request.all("authorization") == self._authorization else REFUSED
