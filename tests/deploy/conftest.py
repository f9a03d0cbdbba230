"""One deployment for all tests. Each makes keys of its own in it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests
from deployment import create_app, create_data, upload
from emulator import Emulator, running
from machine import Machine
from signing_in import OPERATOR, RUNTIME, SignIn

ACCOUNT = "acme"
OWNER = "owner@acme.example"


@dataclass
class Deployed:
    """The product on the emulator."""

    emulator: Emulator
    outputs: dict[str, str]
    sign_in: SignIn
    operator: str
    owner: str = ""
    machine: str = ""

    def call(self, token: str | None, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """A request through the deployed API Gateway, which goes by the host."""
        sent = {"host": urlsplit(self.outputs["ApiUrl"]).netloc} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if token:
            sent["authorization"] = f"Bearer {token}"
        return requests.request(method, self.emulator.url + path, headers=sent, json=body, timeout=60)

    def make_the_account(self) -> None:
        """Makes the account, and its first owner with it; asking twice changes nothing."""
        account = {
            "title": "Acme",
            "first_owner": {"email": OWNER},
            "self_service_keys": True,
            "allowed_origins": [],
            "state": "active",
        }
        answers = [self.call(self.operator, "PUT", f"/v1/operator/accounts/{ACCOUNT}", account) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200], [answer.text for answer in answers]

    def let_the_runtime(self, *permissions: str) -> None:
        """Sets what the platform's runtime may do in the account's live environment."""
        client = {"account_id": ACCOUNT, "environment": "live", "permissions": permissions, "state": "active"}
        path = f"/v1/operator/clients/{RUNTIME}"
        answer = self.call(self.operator, "PUT", path, client)
        assert answer.status_code == 201, answer.text
        made = self.call(self.operator, "POST", f"{path}/secrets", {})
        assert made.status_code == 201, made.text
        self.sign_in.secrets[RUNTIME] = made.json()["client_secret"]

    def items(self, table: str) -> list[dict]:
        """Everything in a table."""
        pages = self.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs[table])
        return [item for page in pages for item in page["Items"]]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    """The templates with the real program, an owner of an account, the operator, and the platform's runtime."""
    with running(tmp_path_factory.mktemp("emulator")) as emulator:
        upload(emulator)
        yield set_up(emulator, create_app(emulator, create_data(emulator)))


@pytest.fixture
def machine(tmp_path):
    """A computer that has never deployed."""
    return Machine(tmp_path)


def set_up(emulator: Emulator, outputs: dict[str, str], known: dict[str, str] | None = None) -> Deployed:
    """An account in a new deployment, and everybody with a token. What is known is the secret that deploy.sh showed."""
    sign_in = SignIn(emulator, outputs, known)
    sign_in.register_operator()
    deployed = Deployed(emulator, outputs, sign_in, sign_in.machine(OPERATOR))
    deployed.make_the_account()
    sign_in.choose_password(OWNER)
    deployed.owner = sign_in.person(OWNER)
    deployed.let_the_runtime("keys:use")
    deployed.machine = sign_in.machine(RUNTIME)
    return deployed
