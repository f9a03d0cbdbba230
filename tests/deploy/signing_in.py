"""Tokens, as people and machine clients get them: by the code flow and an exchange, and by a secret."""

import base64
import hashlib
import secrets
import uuid
from urllib.parse import parse_qs, urlsplit

import requests
from emulator import Emulator
from row_macs import row_digest

PASSWORD = "Correct-Horse-Battery-1"
OPERATOR = "operator"
RUNTIME = "runtime"


class SignIn:
    """The deployed sign-in and token route, and the secrets of machine clients."""

    def __init__(self, emulator: Emulator, outputs: dict[str, str], known: dict[str, str] | None = None) -> None:
        self._url = emulator.url
        self._outputs = outputs
        self._cognito = emulator.client("cognito-idp")
        self._dynamodb = emulator.client("dynamodb")
        self._kms = emulator.client("kms")
        self.secrets = known or {}

    def register_operator(self) -> None:
        """The one row that is put by hand, or by deploy.sh, which has made it where the secret is known."""
        if OPERATOR in self.secrets:
            return
        digits = secrets.token_hex(32)
        check = hashlib.sha256(f"check sum of kwsecret_{digits}".encode()).hexdigest()[:8]
        secret = f"kwsecret_{digits}{check}"
        kept = {
            "id": {"S": f"secret_{uuid.uuid4()}"},
            "sha256": {"S": hashlib.sha256(secret.encode()).hexdigest()},
            "created_at": {"S": "2026-01-01T00:00:00Z"},
        }
        item = {
            "PK": {"S": f"CLIENT#{OPERATOR}"},
            "SK": {"S": "CLIENT"},
            "permissions": {"L": [{"S": "accounts:operate"}]},
            "state": {"S": "active"},
            "secrets": {"L": [{"M": kept}]},
        }
        # The emulator's KMS has no key policy in the way, so this test authenticates the row by itself (docs/row-macs.md).
        message = row_digest(self._outputs["Deployment"], item)
        mac = self._kms.generate_mac(KeyId=self._outputs["RowKeyArn"], Message=message, MacAlgorithm="HMAC_SHA_256")
        item["mac"] = {"S": base64.b64encode(mac["Mac"]).decode()}
        self._dynamodb.put_item(TableName=self._outputs["TableName"], Item=item)
        self.secrets[OPERATOR] = secret

    def choose_password(self, email: str) -> None:
        """What somebody who was invited does first."""
        pool = self._outputs["UserPoolId"]
        self._cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)

    def signed_in(self, email: str) -> dict[str, str]:
        """The tokens of somebody who signs in through the panel's client: the sign-in's own."""
        client_id = self._outputs["PanelClientId"]
        client = self._cognito.describe_user_pool_client(UserPoolId=self._outputs["UserPoolId"], ClientId=client_id)
        callback = client["UserPoolClient"]["CallbackURLs"][0]
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        login = requests.post(
            f"{self._url}/login",
            data={
                "client_id": client_id,
                "redirect_uri": callback,
                "response_type": "code",
                "scope": "openid email",
                "code_challenge": challenge,
                "code_challenge_method": "S256",
                "username": email,
                "password": PASSWORD,
            },
            allow_redirects=False,
            timeout=30,
        )
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "redirect_uri": callback,
            "code": parse_qs(urlsplit(login.headers["location"]).query)["code"][0],
            "code_verifier": verifier,
        }
        answer = requests.post(f"{self._url}/oauth2/token", data=form, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def person(self, email: str) -> str:
        """The access token of somebody who signs in, and exchanges the ID token (RFC 8693)."""
        answer = self.ask(
            grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
            subject_token_type="urn:ietf:params:oauth:token-type:id_token",
            subject_token=self.signed_in(email)["id_token"],
        )
        assert answer.ok, answer.text
        return answer.json()["access_token"]

    def machine(self, client: str) -> str:
        """The access token of a machine client, whose secret was made before."""
        secret = self.secrets[client]
        answer = self.ask(grant_type="client_credentials", client_id=client, client_secret=secret)
        assert answer.ok, answer.text
        return answer.json()["access_token"]

    def ask(self, **form: str) -> requests.Response:
        """A request to the token route of the deployed API, which goes by the host."""
        host = {"host": urlsplit(self._outputs["ApiUrl"]).netloc}
        return requests.post(f"{self._url}/v1/token", data=form, headers=host, timeout=60)
