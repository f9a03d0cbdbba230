"""What lasts is there before any role, and survives the functions: a secret that was stored before them opens after them."""

from conftest import OWNER, set_up
from deployment import DEPLOYMENT, create_app, create_data, delete_app, upload
from emulator import running
from signing_in import RUNTIME, SignIn
from test_deployed import KEY


def roles(emulator) -> dict[str, str]:
    """The identifiers of this deployment's roles by their names."""
    found = emulator.client("iam").list_roles(MaxItems=200)["Roles"]
    return {role["RoleName"]: role["RoleId"] for role in found if role["RoleName"].startswith(DEPLOYMENT)}


def test_a_secret_opens_after_the_functions_were_deleted_and_made_again(tmp_path):
    with running(tmp_path) as emulator:
        upload(emulator)
        data = create_data(emulator)
        assert roles(emulator) == {}
        deployed = set_up(emulator, create_app(emulator, data))
        first = roles(emulator)
        stored = deployed.call(deployed.owner, "POST", "/v1/keys", KEY)
        assert stored.status_code == 201, stored.text
        sign = f"/v1/keys/{stored.json()['key_id']}/sign"
        request = {"method": "GET", "path": "/orders"}
        assert deployed.call(deployed.machine, "POST", sign, request).status_code == 200

        delete_app(emulator)
        assert roles(emulator) == {}
        assert emulator.client("lambda").list_functions()["Functions"] == []

        # The panel's client is another one, so people sign in anew. The machine's is the same, and so is its row.
        deployed.outputs.update(create_app(emulator, data))
        deployed.sign_in = SignIn(emulator, deployed.outputs, deployed.sign_in.secrets)
        second = roles(emulator)
        assert second.keys() == first.keys() and not set(second.values()) & set(first.values())
        signed = deployed.call(deployed.sign_in.machine(RUNTIME), "POST", sign, request)
        assert signed.status_code == 200, signed.text
        assert signed.json()["headers"]["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        shown = deployed.call(deployed.sign_in.person(OWNER), "GET", sign.removesuffix("/sign"))
        assert shown.status_code == 200, shown.text
