"""Rows of systems that know a key by its headers, by its signature, or by a client's secret: the answers are the vendors' own."""

import base64
import datetime
from collections.abc import Callable

from authlib.oauth2.rfc7523 import JWTBearerGrant
from botocore.auth import S3SigV4Auth
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from requests import PreparedRequest, Session
from requests.cookies import get_cookie_header

from clients import assertion, basic_key, bearer, headers, oauth2_jwt_bearer, token_for
from custom.aws4 import Aws4, in_header
from row import Row, fields
from servers.api_key import ApiKey, TokenApi, in_headers
from servers.logged_in import Linnworks, SapBusinessOne
from servers.oauth2 import Client, EntraAssertion, jwt_bearer_grant, public_keys, thumbprint


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def bigcommerce() -> Row:
    known = {"store_hash": "abc123", "access_token": "7bbfqce4j84ony1hvxyvqwp8qcaex9a"}
    is_right = in_headers(x_auth_token=known["access_token"])
    right, wrong = "bigcommerce/right", "bigcommerce/wrong"
    return Row(
        "bigcommerce",
        "bigcommerce",
        "access-token",
        known,
        ("access_token",),
        fields(access_token="7bbfqce4j84ony1hvxyvqwp8qcaex9b"),
        ApiKey("api.bigcommerce.com", is_right, "/stores/abc123/v2/store", right, wrong),
        upstream="BigCommerce",
        sign=headers(("X-Auth-Token", "access_token")),
        below="/stores/abc123",
        named_at="/v2/store",
    )


def klaviyo() -> Row:
    known = {"api_key": "pk_5f2c8e1b9a7d4c3e6f0a1b2c3d4e5f6a7b"}
    is_right = in_headers(authorization=f"Klaviyo-API-Key {known['api_key']}", revision="2026-07-15")

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        request.headers.update({"Authorization": f"Klaviyo-API-Key {given['api_key']}", "revision": "2026-07-15"})

    return Row(
        "klaviyo",
        "klaviyo",
        "private-key",
        known,
        ("api_key",),
        fields(api_key="pk_5f2c8e1b9a7d4c3e6f0a1b2c3d4e5f6a7c"),
        ApiKey("a.klaviyo.com", is_right, "/api/accounts", "klaviyo/right", "klaviyo/wrong"),
        upstream="Klaviyo Demo",
        sign=sign,
        below="/api",
        named_at="/accounts",
    )


def hubspot() -> Row:
    known = {"access_token": "pat-eu1-5f2c8e1b-9a7d-4c3e-6f0a-1b2c3d4e5f6a"}
    is_right = in_headers(authorization=f"Bearer {known['access_token']}")
    right, wrong = "hubspot/right", "hubspot/wrong"
    stand_in = ApiKey("api.hubapi.com", is_right, "/account-info/v3/details", right, wrong)
    other = fields(access_token="pat-eu1-5f2c8e1b-9a7d-4c3e-6f0a-1b2c3d4e5f6b")
    sign = bearer("access_token")
    return Row("hubspot", "hubspot", "token", known, ("access_token",), other, stand_in, sign=sign, below="/crm/v3")


def stripe() -> Row:
    known = {"api_key": "rk_test_51HxYz0123456789abcdefGHIJ"}
    is_right = in_headers(authorization=basic(known["api_key"], ""))
    stand_in = ApiKey("api.stripe.com", is_right, "/v1/balance", "stripe/right", "stripe/wrong")
    other = fields(api_key="rk_test_51HxYz0123456789abcdefGHIK")
    return Row("stripe", "stripe", "api-key", known, ("api_key",), other, stand_in, sign=basic_key("api_key"))


def zendesk(auth: str, known: dict[str, str], secret: str, authorization: str, wrong: str, sign: Callable) -> Row:
    is_right, host = in_headers(authorization=authorization), f"{known['subdomain']}.zendesk.com"
    return Row(
        f"zendesk {auth}",
        "zendesk",
        auth,
        known,
        (secret,),
        fields(**{secret: known[secret][::-1]}),
        ApiKey(host, is_right, "/api/v2/users/me.json", "zendesk/right", wrong),
        upstream="Robert Jones",
        sign=sign,
        below="/api/v2",
        named_at="/users/me.json",
    )


def zendesk_api_token() -> Row:
    known = {"subdomain": "acme", "email": "ann@acme.example", "api_token": "6wiIBWbGkBMo1mRDMuVwkw1EPsNkeUj95PIz2akv"}

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        request.headers["Authorization"] = basic(f"{given['email']}/token", given["api_token"])

    right = basic("ann@acme.example/token", known["api_token"])
    return zendesk("api-token", known, "api_token", right, "zendesk/wrong", sign)


def zendesk_access_token() -> Row:
    known = {"subdomain": "acme-token", "access_token": "gErypPlm4dOVgGRvA1ZzMH5MQ3nLo8bo"}
    right = f"Bearer {known['access_token']}"
    return zendesk("access-token", known, "access_token", right, "zendesk/wrong-token", bearer("access_token"))


def zendesk_client_credentials() -> Row:
    known = {"subdomain": "acme-client", "client_id": "acme_orders", "client_secret": "z3nd&sk+s=cret%53/x9"}
    client = Client(known["client_id"], "client_secret_post", known["client_secret"], "read")
    host, about = "acme-client.zendesk.com", "/api/v2/users/me.json"
    return Row(
        "zendesk client-credentials",
        "zendesk",
        "client-credentials",
        known,
        ("client_secret",),
        fields(client_secret="z3nd&sk+s=cret%53/x8"),
        TokenApi((host,), "/oauth/tokens", client, about, "zendesk/right"),
        upstream="Robert Jones",
        sign=token_for(f"https://{host}/oauth/tokens", "client_id", "client_secret", "read"),
        below="/api/v2",
        named_at="/users/me.json",
    )


def shipstation() -> Row:
    known = {"api_key": "TEST_5f2c8e1b9a7d4c3e6f0a1b2c3d4e5f6a"}
    is_right = in_headers(api_key=known["api_key"])
    stand_in = ApiKey("api.shipstation.com", is_right, "/v2/carriers", "shipstation/right", "shipstation/wrong")
    other, sign = fields(api_key="TEST_5f2c8e1b9a7d4c3e6f0a1b2c3d4e5f6b"), headers(("API-Key", "api_key"))
    return Row("shipstation", "shipstation", "api-key", known, ("api_key",), other, stand_in, sign=sign, below="/v2")


def brightpearl() -> Row:
    token = "xOcgfoSsTBnWVAHr46EIWpA5U+/mpflsts/lF7p2jnc="
    known = {"datacentre": "use1", "account": "topfurniture", "app_ref": "topfurniture_autoship", "account_token": token}
    is_right = in_headers(brightpearl_app_ref=known["app_ref"], brightpearl_account_token=token)
    below = "/public-api/topfurniture"
    about = f"{below}/integration-service/account-configuration"
    return Row(
        "brightpearl",
        "brightpearl",
        "private-app",
        known,
        ("account_token",),
        fields(account_token="xOcgfoSsTBnWVAHr46EIWpA5U+/mpflsts/lF7p2jnd="),
        ApiKey("use1.brightpearlconnect.com", is_right, about, "brightpearl/right", "brightpearl/wrong"),
        sign=headers(("brightpearl-app-ref", "app_ref"), ("brightpearl-account-token", "account_token")),
        below=below,
    )


def linnworks() -> Row:
    known = {
        "application_id": "f2d6d944-b698-4776-bfc8-3d76c1d122c9",
        "application_secret": "344ef882-043e-40c9-b2ab-e5be49226c68",
        "token": "eda49e47-ea27-40fe-a760-03433040e56a",
    }

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        names = {"ApplicationId": "application_id", "ApplicationSecret": "application_secret", "Token": "token"}
        login = {name: given[field] for name, field in names.items()}
        answer = session.post("https://api.linnworks.net/api/Auth/AuthorizeByApplication", json=login).json()
        request.headers["Authorization"] = answer.get("Token", "none")

    return Row(
        "linnworks",
        "linnworks",
        "application",
        known,
        ("application_secret", "token"),
        fields(application_secret="344ef882-043e-40c9-b2ab-e5be49226c69"),
        Linnworks(**known),
        sign=sign,
        below="/api",
    )


def sap_business_one() -> Row:
    host = "b1.example.com"
    known = {"company": "SBODEMOUS", "username": "integration", "password": "b1 & s3cret\\\"/é"}

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        login = {"CompanyDB": given["company"], "UserName": given["username"], "Password": given["password"]}
        session.post(f"https://{host}/b1s/v2/Login", json=login)
        cookies = get_cookie_header(session.cookies, request)
        if cookies:
            request.headers["Cookie"] = cookies

    return Row(
        "sap-business-one",
        "sap-business-one",
        "session",
        known,
        ("password",),
        fields(password="b1 & s3cret\\\"/e"),
        SapBusinessOne(host, **known),
        base_url=f"https://{host}",
        sign=sign,
        below="/b1s/v2",
    )


def amazon_s3() -> Row:
    known = {
        "bucket": "acme-orders",
        "region": "eu-west-1",
        "access_key": "AKIAIOSFODNN7EXAMPLE",
        "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }
    aws4 = Aws4(known["access_key"], known["secret_key"], known["region"], "s3")

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        in_header(S3SigV4Auth)(session, given | {"service": "s3"}, request)

    host = "acme-orders.s3.eu-west-1.amazonaws.com"
    stand_in = ApiKey(host, aws4.header, "/", "amazon-s3/right", "amazon-s3/wrong-secret")
    other = fields(secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ")
    return Row("amazon-s3", "amazon-s3", "access-key", known, ("secret_key",), other, stand_in, sign=sign)


def salesforce() -> Row:
    known = {"my_domain": "acme--uat.sandbox", "consumer_key": "3MVG9.8d9sAg", "consumer_secret": "s4les&f=rce+%54/x9"}
    client = Client(known["consumer_key"], "client_secret_post", known["consumer_secret"])
    host, below = "acme--uat.sandbox.my.salesforce.com", "/services/data/v65.0"
    return Row(
        "salesforce",
        "salesforce",
        "client-credentials",
        known,
        ("consumer_secret",),
        fields(consumer_secret="s4les&f=rce+%54/x8"),
        TokenApi((host,), "/services/oauth2/token", client, f"{below}/query", "salesforce/right"),
        upstream="Acme Ltd",
        sign=token_for(f"https://{host}/services/oauth2/token", "consumer_key", "consumer_secret"),
        below=below,
        named_at="/query?q=SELECT+Id%2CName+FROM+Organization",
    )


def salesforce_jwt_bearer() -> Row:
    key, other = (key_and_certificate()["private_key"] for _ in range(2))
    known = {
        "my_domain": "acme--qa.sandbox",
        "consumer_key": "3MVG9.8d9sAh",
        "username": "integration@acme.example.com.qa",
        "private_key": key,
        "audience": "https://test.salesforce.com",
    }
    host, below = "acme--qa.sandbox.my.salesforce.com", "/services/data/v65.0"
    token_path = "/services/oauth2/token"
    client = Client(known["consumer_key"], "none", grant_type=JWTBearerGrant.GRANT_TYPE)
    grant = jwt_bearer_grant(client, public_keys(key, "RS256"), known["audience"], {known["username"]})

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        about = {"issuer": given["consumer_key"], "subject": given["username"], "audience": given["audience"]}
        signed_with = {"private_key": given["private_key"], "algorithm": "RS256"}
        oauth2_jwt_bearer(session, about | signed_with | {"token_url": f"https://{host}{token_path}"}, request)

    return Row(
        "salesforce jwt-bearer",
        "salesforce",
        "jwt-bearer",
        known,
        ("private_key",),
        fields(private_key=other),
        TokenApi((host,), token_path, client, f"{below}/query", "salesforce/right", grant=grant),
        upstream="Acme Ltd",
        sign=sign,
        below=below,
        named_at="/query?q=SELECT+Id%2CName+FROM+Organization",
    )


def microsoft_graph() -> Row:
    known = {
        "tenant": "contoso.onmicrosoft.com",
        "client_id": "6731de76-14a6-49ae-97bc-6eba6914391e",
        "client_secret": "gr4&ph~s=cret+%55/x9",
    }
    scope = "00000003-0000-0000-c000-000000000000/.default"
    client = Client(known["client_id"], "client_secret_post", known["client_secret"], scope)
    hosts, path = ("login.microsoftonline.com", "graph.microsoft.com"), f"/{known['tenant']}/oauth2/v2.0/token"
    return Row(
        "microsoft-graph",
        "microsoft-graph",
        "client-secret",
        known,
        ("client_secret",),
        fields(client_secret="gr4&ph~s=cret+%55/x8"),
        TokenApi(hosts, path, client, "/v1.0/organization", "microsoft-graph/right"),
        upstream="Contoso",
        sign=token_for(f"https://{hosts[0]}{path}", "client_id", "client_secret", scope),
        below="/v1.0",
        named_at="/organization?$select=id,displayName",
    )


def key_and_certificate() -> dict[str, str]:
    key, name = rsa.generate_private_key(65537, 2048), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "orders")])
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today).not_valid_after(today + datetime.timedelta(days=1))
    signed = builder.sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return {
        "private_key": key.private_bytes(serialization.Encoding.PEM, *form).decode(),
        "certificate": signed.public_bytes(serialization.Encoding.PEM).decode(),
    }


def microsoft_graph_certificate() -> Row:
    mine = key_and_certificate()
    known = {
        "cloud": "microsoftonline.us",
        "tenant": "contoso.onmicrosoft.us",
        "client_id": "6731de76-14a6-49ae-97bc-6eba6914391f",
    } | mine
    scope = "00000003-0000-0000-c000-000000000000/.default"
    hosts, path = ("login.microsoftonline.us", "graph.microsoft.us"), f"/{known['tenant']}/oauth2/v2.0/token"
    token_url, keys = f"https://{hosts[0]}{path}", public_keys(mine["private_key"], "PS256")
    checked = EntraAssertion(keys, mine["certificate"], [token_url])
    client = Client(known["client_id"], "client_assertion_jwt", scope=scope)

    def sign(session: Session, given: dict, request: PreparedRequest) -> None:
        header = {"x5t#S256": thumbprint(given["certificate"])}
        asked = assertion(given | {"algorithm": "PS256"}, token_url, header=header) | {"scope": scope}
        answer = session.post(token_url, data=asked).json()
        request.headers["Authorization"] = f"Bearer {answer.get('access_token')}"

    return Row(
        "microsoft-graph certificate",
        "microsoft-graph",
        "certificate",
        known,
        ("private_key",),
        fields(**key_and_certificate()),
        TokenApi(hosts, path, client, "/v1.0/organization", "microsoft-graph/right", checked),
        upstream="Contoso",
        sign=sign,
        below="/v1.0",
        named_at="/organization?$select=id,displayName",
    )


ROWS = [
    bigcommerce(),
    klaviyo(),
    hubspot(),
    stripe(),
    zendesk_api_token(),
    zendesk_access_token(),
    zendesk_client_credentials(),
    shipstation(),
    brightpearl(),
    amazon_s3(),
    linnworks(),
    sap_business_one(),
    salesforce(),
    salesforce_jwt_bearer(),
    microsoft_graph(),
    microsoft_graph_certificate(),
]
