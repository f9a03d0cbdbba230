"""What the README promises a newcomer, with the real program: store, show, change, sign, delete, and survive."""

import shutil

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import AWS4_KEY, start
from servers import free_port


def stored(stack):
    answer = stack.call("POST", "/v1/keys", json=AWS4_KEY)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_whole_life_of_a_key(stack):
    key = stored(stack)
    path = f"/v1/keys/{key['key_id']}"
    assert stack.call("GET", path).json() == key
    assert key["key_id"] in [item["key_id"] for item in stack.call("GET", "/v1/keys?limit=100").json()["items"]]
    titled = stack.call("PATCH", path, json={"title": "Renamed"}, headers={"If-Match": '"1"'}).json()
    assert titled["entries"] == key["entries"]
    secret = {"entries": {"default": {"fields": {"secret_key": "another"}}}}
    changed = stack.call("PATCH", path, json=secret, headers={"If-Match": '"2"'})
    assert changed.headers["etag"] == '"3"'
    signed = stack.call("POST", f"{path}/sign", client="runtime", json={"method": "GET", "path": "/orders"})
    assert signed.status_code == 200, signed.text
    assert stack.call("DELETE", path, headers={"If-Match": '"3"'}).status_code == 204
    assert stack.call("GET", path).status_code == 404


def test_a_signature_is_botocores_own(stack, monkeypatch):
    key = stored(stack)
    ask = {"method": "POST", "path": "/orders?page=2&a=%20b", "headers": {"x-a": "b"}, "body": '{"a":1}'}
    signed = stack.call("POST", f"/v1/keys/{key['key_id']}/sign", client="runtime", json=ask).json()
    headers = {name: value for name, value in signed["headers"].items() if name != "authorization"}
    secret = AWS4_KEY["entries"]["default"]["fields"]["secret_key"]
    request = AWSRequest("POST", signed["url"], headers=headers, data=ask["body"])
    request.context["timestamp"] = signed["headers"]["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", secret), "execute-api", "eu-west-1")
    canonical = signer.canonical_request(request)
    string_to_sign = signer.string_to_sign(request, canonical)
    signature = signer.signature(string_to_sign, request)
    assert signed["headers"]["authorization"].endswith(f"Signature={signature}"), signed["headers"]["authorization"]


def test_what_was_answered_survives_kill_9_and_a_second_start_is_quick(program, tmp_path):
    port = free_port()
    first = start(program, tmp_path / "data", port)
    keys = [stored(first) for _ in range(3)]
    first.kill()
    second = start(program, tmp_path / "data", port)
    try:
        for key in keys:
            assert second.call("GET", f"/v1/keys/{key['key_id']}").json() == key
            ask = {"method": "GET", "path": "/"}
            assert second.call("POST", f"/v1/keys/{key['key_id']}/sign", client="runtime", json=ask).status_code == 200
    finally:
        second.kill()
        shutil.rmtree(tmp_path, ignore_errors=True)
