"""Tokens, as people and machine clients get them: by the code flow and by client credentials."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlsplit

import requests
from emulator import Emulator

PASSWORD = "Correct-Horse-Battery-1"


class SignIn:
    """The deployed sign-in, and the rows by which issue_claims knows people and clients."""

    def __init__(self, emulator: Emulator, outputs: dict[str, str]) -> None:
        self._url = emulator.url
        self._outputs = outputs
        self._cognito = emulator.client("cognito-idp")
        self._dynamodb = emulator.client("dynamodb")

    def _put(self, partition: str, row: str, **attributes) -> None:
        item = {"PK": {"S": partition}, "SK": {"S": row}, **attributes}
        self._dynamodb.put_item(TableName=self._outputs["TableName"], Item=item)

    def register_operator(self) -> None:
        """The one row that is put by hand."""
        self._put(
            f"CLIENT#{self._outputs['OperatorClientId']}",
            "CLIENT",
            permissions={"L": [{"S": "accounts:operate"}]},
            state={"S": "active"},
        )

    def choose_password(self, email: str) -> None:
        """What somebody who was invited does first."""
        pool = self._outputs["UserPoolId"]
        self._cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)

    def person(self, email: str) -> str:
        """The access token of somebody who signs in through the panel's client."""
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
        code = parse_qs(urlsplit(login.headers["location"]).query)["code"][0]
        return self._token(
            grant_type="authorization_code",
            client_id=client_id,
            redirect_uri=callback,
            code=code,
            code_verifier=verifier,
        )

    def machine(self, name: str) -> str:
        """The access token of a machine client of the stack."""
        client = self._cognito.describe_user_pool_client(
            UserPoolId=self._outputs["UserPoolId"], ClientId=self._outputs[f"{name}ClientId"]
        )["UserPoolClient"]
        return self._token(
            grant_type="client_credentials", client_id=client["ClientId"], client_secret=client["ClientSecret"]
        )

    def _token(self, **form: str) -> str:
        answer = requests.post(f"{self._url}/oauth2/token", data=form, timeout=30)
        assert answer.ok, answer.text
        return answer.json()["access_token"]
