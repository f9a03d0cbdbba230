"""Every system that Keyward reaches by HTTP: a key for it, a wrong one, and the stand-in that tells them apart.

A row is a variant of a system, or a way to fill it in that is signed differently. The tests of the product and those of
the stand-ins walk the same table, so a row that the stand-in does not check is found without the product.
"""

from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import api_keys
import custom
from custom.row import JSON_HEADER
from row import Row, fields
from servers.custom_http import CustomHttp
from servers.dear import Dear
from servers.magento_2 import Magento2Bearer, Magento2OAuth1
from servers.netsuite import NetSuiteTokens
from servers.oauth2 import (
    Client,
    ClientAssertion,
    NetSuiteAssertion,
    OAuth2,
    ShopifyClientCredentials,
    jwt_bearer_grant,
    password_grant,
    public_keys,
)
from servers.parcellab import ParcelLabV2, ParcelLabV4
from servers.rebound import ReboundLogin
from servers.shopify import ShopifyPrivateApp, ShopifyToken
from servers.stand_in import Request, StandIn
from servers.woocommerce import WooCommerceBasic, WooCommerceOAuth1, WooCommerceQuery


def pem(key) -> str:
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*form).decode()


RSA_KEY, OTHER_RSA_KEY = (pem(rsa.generate_private_key(65537, 3072)) for _ in range(2))
EC_KEY, OTHER_EC_KEY = (pem(ec.generate_private_key(ec.SECP256R1())) for _ in range(2))


def dear() -> Row:
    known = {
        "account_id": "5f3a1c52-0b7e-4c1d-9a83-2f6d4e8b7c10",
        "application_key": "c9d2e7f4-66aa-4b1f-8d35-71e09b2c4f5a",
    }
    wrong = fields(application_key="c9d2e7f4-66aa-4b1f-8d35-71e09b2c4f5b")
    stand_in = Dear(**known, company="Acme Trading")
    return Row("dear", "dear", "api-key", known, tuple(known), wrong, stand_in, upstream="Acme Trading")


def magento_2_oauth1() -> Row:
    known = {
        "store_code": "uk",
        "consumer_key": "h5mvx4q0t8y2k7c1w9e3r6u5i0o4p8a2",
        "consumer_secret": "s&cret/with+signs=%41~q2w8",
        "access_token": "n3c7x1v5z9b0m2l4k6j8h1g3f5d7s9a0",
        "access_token_secret": "t0k&n/s+cret=%42~z1x9c7v5",
    }
    consumer = known["consumer_key"], known["consumer_secret"]
    token = known["access_token"], known["access_token_secret"]
    host = "magento.example.com"
    return Row(
        "magento-2 oauth1",
        "magento-2",
        "oauth1",
        known,
        ("consumer_secret", "access_token", "access_token_secret"),
        fields(access_token_secret="t0k&n/s+cret=%42~z1x9c7v6"),
        Magento2OAuth1(host, "uk", consumer, token),
        base_url=f"https://{host}",
        upstream=f"https://{host}/",
    )


def magento_2_bearer() -> Row:
    host, token = "bearer.magento.example.com", "p8w2q6e0r4t8y1u5i9o3a7s1d5f9g3h7"
    return Row(
        "magento-2 bearer",
        "magento-2",
        "bearer",
        {"store_code": "all", "access_token": token},
        ("access_token",),
        fields(access_token=token[::-1]),
        Magento2Bearer(host, "all", token),
        base_url=f"https://{host}",
        upstream=f"https://{host}/",
        wrong_result="unclear",
    )


def parcellab_v2() -> Row:
    known = {"region": "eu", "user_id": "1612345", "token": "Zk4Wq8Rt2Yp6Lm0Xc3Vb7Nn1As5Df9"}
    stand_in = ParcelLabV2("api.eu.parcellab.com", known["user_id"], known["token"])
    wrong = fields(token="Zk4Wq8Rt2Yp6Lm0Xc3Vb7Nn1As5Df8")
    return Row("parcellab v2", "parcellab", "v2", known, ("token",), wrong, stand_in)


def parcellab_v4() -> Row:
    known = {"token": "MTYxMjM0NTpxOHcyZTZyMHQ0eThpMW81cDlhM3M3ZA=="}
    stand_in = ParcelLabV4("api.parcellab.com", **known)
    wrong = fields(token="MTYxMjM0NTpxOHcyZTZyMHQ0eThpMW81cDlhM3M3ZQ==")
    return Row("parcellab v4", "parcellab", "v4", known, ("token",), wrong, stand_in)


def rebound_login() -> Row:
    known = {"login": "acme", "api_key": "k3y&w=ith signs+%41/é"}
    wrong = fields(api_key="k3y&w=ith signs+%42/é")
    return Row("rebound login", "rebound", "login", known, ("api_key",), wrong, ReboundLogin(**known), form_only=True)


def rebound_oauth2() -> Row:
    known = {
        "token_url": "https://login.rebound.example.com/oauth2/token",
        "client_id": "acme-integration",
        "client_secret": "r3b0und&s=cret+%43/x9",
    }
    client = Client(known["client_id"], "client_secret_post", known["client_secret"])
    names = "login.rebound.example.com:443", "headless.rebound.example.com:443"
    return Row(
        "rebound oauth2",
        "rebound",
        "oauth2",
        known,
        ("client_secret",),
        fields(client_secret="r3b0und&s=cret+%43/x8"),
        OAuth2(names, "/oauth2/token", client),
        base_url="https://headless.rebound.example.com/api/",
    )


def shopify_access_token() -> Row:
    known = {
        "shop": "acme-token",
        "access_token": "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",
        "api_secret": "shpss_77665544332211",
    }
    stand_in = ShopifyToken(known["shop"], known["access_token"], "Acme Store")
    wrong = fields(access_token="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")
    secret = "access_token", "api_secret"
    return Row("shopify access-token", "shopify", "access-token", known, secret, wrong, stand_in, upstream="Acme Store")


def shopify_private_app() -> Row:
    known = {
        "shop": "acme-private",
        "api_key": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "password": "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",
    }
    stand_in = ShopifyPrivateApp(*known.values(), "Acme Outlet")
    wrong = fields(password="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")
    return Row(
        "shopify private-app", "shopify", "private-app", known, ("password",), wrong, stand_in, upstream="Acme Outlet"
    )


def shopify_client_credentials() -> Row:
    known = {
        "shop": "acme",
        "client_id": "8f7e6d5c4b3a29180716253443526170",
        "client_secret": "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",
    }
    client = Client(known["client_id"], "client_secret_post", known["client_secret"])
    return Row(
        "shopify client-credentials",
        "shopify",
        "client-credentials",
        known,
        ("client_secret",),
        fields(client_secret="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"),
        ShopifyClientCredentials("acme", client, "Acme UK"),
        upstream="Acme UK",
    )


def woocommerce(name: str, auth: str, base_url: str, stand_in: Callable[..., StandIn]) -> Row:
    known = {
        "consumer_key": "ck_0123456789abcdef0123456789abcdef01234567",
        "consumer_secret": f"cs_89abcdef0123456789&+%41/{len(base_url):04d}{auth}",
    }
    scheme, host = base_url.split("://")
    port = 443 if scheme == "https" else 80
    return Row(
        name,
        "woocommerce",
        auth,
        known,
        ("consumer_secret",),
        fields(consumer_secret=known["consumer_secret"] + "x"),
        stand_in(f"{host}:{port}", **known),
        base_url=base_url,
    )


def netsuite_tba() -> Row:
    known = {
        "account_id": "1234567_SB1",
        "consumer_key": "71cc02b731f05895561ef0862d71553a3ac99498a947c3b7beaf4a1e4a29f7c4",
        "consumer_secret": "7278da58caf07f5c336301a601203d10a58e948efa280f0618e25fcee1ef2abd",
        "token_id": "89e08d9767c5ac85b374415725567d05b54ecf0960ad2470894a52f741020d82",
        "token_secret": "060cd9ab3ffbbe1e3d3918e90165ffd37ab12acc76b4691046e2d29c7d7674c2",
    }
    consumer = known["consumer_key"], known["consumer_secret"]
    stand_in = NetSuiteTokens(known["account_id"], consumer, (known["token_id"], known["token_secret"]))
    wrong = fields(token_secret=known["token_secret"][::-1])
    return Row("netsuite tba", "netsuite", "tba", known, ("consumer_secret", "token_secret"), wrong, stand_in)


def netsuite_client_credentials(algorithm: str, account: str, key: str, other_key: str) -> Row:
    known = {
        "account_id": account,
        "client_id": "52fc3b7a90e14d68",
        "certificate_id": f"custcertificate_{algorithm.lower()}",
        "private_key": key,
        "algorithm": algorithm,
        "scope": "rest_webservices restlets",
    }
    host, path = f"{account.lower()}.suitetalk.api.netsuite.com", "/services/rest/auth/oauth2/v1/token"
    keys = public_keys(key, algorithm, known["certificate_id"])
    stand_in = OAuth2(
        (f"{host}:443",),
        path,
        Client(known["client_id"], "client_assertion_jwt"),
        NetSuiteAssertion(keys, algorithm, [f"https://{host}{path}"]),
    )
    name = f"netsuite client-credentials {algorithm}"
    wrong = fields(private_key=other_key)
    return Row(name, "netsuite", "client-credentials", known, ("private_key",), wrong, stand_in)


def oauth2_secret(method: str) -> Row:
    login, api = f"login.{method}.example.com", f"orders.{method}.example.com"
    known = {
        "token_url": f"https://{login}/oauth2/token",
        "client_id": f"keyward-{method}",
        "client_secret": f"o&uth:2=s+cret%44/{method}",
        "scope": "orders.read stock.read",
        "client_auth": method,
    }
    client = Client(known["client_id"], f"client_secret_{method}", known["client_secret"], known["scope"])
    return Row(
        f"oauth2 client-credentials {method}",
        "oauth2",
        "client-credentials",
        known,
        ("client_secret",),
        fields(client_secret=known["client_secret"] + "x"),
        OAuth2((f"{login}:443", f"{api}:443"), "/oauth2/token", client),
        base_url=f"https://{api}/v1",
    )


def oauth2_key(algorithm: str, key: str, other_key: str, audience: str | None = None) -> Row:
    login, api = f"login.{algorithm.lower()}.example.com", f"orders.{algorithm.lower()}.example.com"
    token_url = f"https://{login}/oauth2/token"
    known = {
        "token_url": token_url,
        "client_id": f"keyward-{algorithm}",
        "private_key": key,
        "key_id": f"keyward-{algorithm}-2026",
        "algorithm": algorithm,
    }
    keys = public_keys(key, algorithm, known["key_id"])
    assertion = ClientAssertion(keys, algorithm, [audience or token_url])
    client = Client(known["client_id"], "client_assertion_jwt")
    return Row(
        f"oauth2 private-key-jwt {algorithm}",
        "oauth2",
        "private-key-jwt",
        known | ({"audience": audience} if audience else {}),
        ("private_key",),
        fields(private_key=other_key),
        OAuth2((f"{login}:443", f"{api}:443"), "/oauth2/token", client, assertion),
        base_url=f"https://{api}/v1",
    )


def oauth2_password(method: str) -> Row:
    login, api = f"login.password-{method}.example.com", f"orders.password-{method}.example.com"
    known = {
        "token_url": f"https://{login}/oauth2/token",
        "client_id": f"keyward-{method}",
        "username": "integration@example.com",
        "password": "p&ss=w+rd%44/é",
    }
    if method != "none":
        known |= {"client_secret": "s3cret/4567", "client_auth": method}
    authlib = "none" if method == "none" else "client_secret_post" if method == "post" else "client_secret_basic"
    client = Client(known["client_id"], authlib, known.get("client_secret", ""), grant_type="password")
    grant = password_grant({known["username"]: known["password"]})
    return Row(
        f"oauth2 password {method}",
        "oauth2",
        "password",
        known,
        tuple(name for name in ("client_secret", "password") if name in known),
        fields(password=known["password"] + "x"),
        OAuth2((f"{login}:443", f"{api}:443"), "/oauth2/token", client, grant=grant),
        base_url=f"https://{api}/v1",
    )


def oauth2_jwt_bearer(algorithm: str, key: str, other_key: str) -> Row:
    login, api = f"login.bearer-{algorithm.lower()}.example.com", f"orders.bearer-{algorithm.lower()}.example.com"
    known = {
        "token_url": f"https://{login}/oauth2/token",
        "issuer": f"keyward-{algorithm}",
        "subject": "integration@example.com",
        "private_key": key,
        "key_id": f"keyward-{algorithm}-2026",
        "algorithm": algorithm,
    }
    grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    client = Client(known["issuer"], "none", grant_type=grant_type)
    keys = public_keys(key, algorithm, known["key_id"])
    grant = jwt_bearer_grant(client, keys, known["token_url"], {known["subject"]})
    return Row(
        f"oauth2 jwt-bearer {algorithm}",
        "oauth2",
        "jwt-bearer",
        known,
        ("private_key",),
        fields(private_key=other_key),
        OAuth2((f"{login}:443", f"{api}:443"), "/oauth2/token", client, grant=grant),
        base_url=f"https://{api}/v1",
    )


def oauth2_signed_jwt(algorithm: str, key: str, other_key: str) -> Row:
    """An API that takes a JWT of ours as the token, as App Store Connect does."""
    host = f"signed-{algorithm.lower()}.example.com"
    known = {
        "issuer": "57246542-96fe-1a63-e053-0824d011072a",
        "audience": "appstoreconnect-v1",
        "private_key": key,
        "key_id": "2X9R4HXF34",
        "algorithm": algorithm,
    }
    public = serialization.load_pem_private_key(key.encode(), None).public_key()

    def check(request: Request) -> bool:
        token = (request.header("authorization") or "").removeprefix("Bearer ")
        about = {"audience": known["audience"], "issuer": known["issuer"], "options": {"require": ["exp", "iat"]}}
        try:
            jwt.decode(token, public, algorithms=[algorithm], **about)
            return jwt.get_unverified_header(token)["kid"] == known["key_id"]
        except jwt.InvalidTokenError:
            return False

    return Row(
        f"oauth2 signed-jwt {algorithm}",
        "oauth2",
        "signed-jwt",
        known,
        ("private_key",),
        fields(private_key=other_key),
        CustomHttp(host, check),
        base_url=f"https://{host}/v1",
        headers=(*JSON_HEADER,),
        verify_path="/ping",
    )


HTTP_ROWS = [
    dear(),
    magento_2_oauth1(),
    magento_2_bearer(),
    parcellab_v2(),
    parcellab_v4(),
    rebound_login(),
    rebound_oauth2(),
    shopify_access_token(),
    shopify_private_app(),
    shopify_client_credentials(),
    woocommerce("woocommerce basic", "basic", "https://shop.example.com", WooCommerceBasic),
    woocommerce("woocommerce query", "query", "https://query.shop.example.com", WooCommerceQuery),
    woocommerce("woocommerce oauth1", "oauth1", "http://plain.shop.example.com", WooCommerceOAuth1),
    woocommerce("woocommerce oauth1 https", "oauth1", "https://signed.shop.example.com", WooCommerceOAuth1),
    netsuite_tba(),
    netsuite_client_credentials("PS256", "7654321", RSA_KEY, OTHER_RSA_KEY),
    netsuite_client_credentials("ES256", "TSTDRV7654322", EC_KEY, OTHER_EC_KEY),
    oauth2_secret("basic"),
    oauth2_secret("post"),
    oauth2_key("RS256", RSA_KEY, OTHER_RSA_KEY),
    oauth2_key("PS256", RSA_KEY, OTHER_RSA_KEY, audience="https://login.ps256.example.com"),
    oauth2_key("ES256", EC_KEY, OTHER_EC_KEY),
    oauth2_jwt_bearer("RS256", RSA_KEY, OTHER_RSA_KEY),
    oauth2_jwt_bearer("ES256", EC_KEY, OTHER_EC_KEY),
    oauth2_signed_jwt("RS256", RSA_KEY, OTHER_RSA_KEY),
    oauth2_signed_jwt("ES256", EC_KEY, OTHER_EC_KEY),
    oauth2_password("basic"),
    oauth2_password("basic-unencoded"),
    oauth2_password("post"),
    oauth2_password("none"),
    *api_keys.ROWS,
    *custom.ROWS,
]

# Rows of systems that are not reached by plain HTTP are added here.
ROWS = [*HTTP_ROWS]
