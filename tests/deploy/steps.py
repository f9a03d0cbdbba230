"""What people and machines do at a deployment, whichever way it was made."""

from conftest import OWNER
from signing_in import RUNTIME, SignIn
from test_deployed import KEY


def store(deployed) -> str:
    """The id of a new key."""
    answer = deployed.call(deployed.owner, "POST", "/v1/keys", KEY)
    assert answer.status_code == 201, answer.text
    return answer.json()["key_id"]


def signs(deployed, key_id: str) -> int:
    """The status of a request to sign with a key, which opens its secret."""
    request = {"method": "GET", "path": "/orders"}
    return deployed.call(deployed.machine, "POST", f"/v1/keys/{key_id}/sign", request).status_code


def signed_in_again(computer, deployed) -> None:
    """Everybody gets new tokens from what is deployed now."""
    deployed.outputs.update(computer.outputs())
    deployed.sign_in = SignIn(computer.emulator, deployed.outputs, deployed.sign_in.secrets)
    deployed.owner, deployed.machine = deployed.sign_in.person(OWNER), deployed.sign_in.machine(RUNTIME)
