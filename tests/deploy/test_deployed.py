"""The templates, deployed: what only a deployment shows. That each function does what it should is for the other tests."""

import base64
import json
import time

from conftest import ACCOUNT, OWNER
from deployment import DEPLOYMENT, PANEL, PARAMETERS, template
from emulator import REGION
from program import ROOT
from signing_in import RUNTIME

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEY = {
    "system_id": "custom-http",
    "auth": "aws4",
    "title": "Live UK ERP",
    "environment": "live",
    "base_url": "https://api.example.com/v1",
    "headers": [{"name": "Content-Type", "value": "application/json"}],
    "entries": {
        "default": {
            "fields": {
                "access_key": "AKIDEXAMPLE",
                "secret_key": SECRET,
                "region": "eu-west-1",
                "service": "execute-api",
            }
        }
    },
}
ISSUER_ROUTES = {"GET /v1/.well-known/openid-configuration", "GET /v1/.well-known/jwks.json"}
# A browser comes back to it: nobody calls it by the document.
CALLBACK_ROUTES = {"GET /v1/connections/callback/{app_id}"}
PANEL_ROUTES = {f"{method} {path}" for method in ("GET", "HEAD") for path in ("/", "/config.json", "/favicon.svg", "/assets/{file}")}
PURGE_SECONDS = 30
# A look-up of a name that nobody has may take its time.
DELIVERY_SECONDS = 60


def create(deployed) -> dict:
    """A key."""
    answer = deployed.call(deployed.owner, "POST", "/v1/keys", KEY)
    assert answer.status_code == 201, answer.text
    return answer.json()


def claims(token: str) -> dict:
    """What a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def sealed(deployed, key_id: str) -> list[dict]:
    """What the vault holds of a key."""
    return [item for item in deployed.items("VaultName") if item["PK"]["S"] == f"{ACCOUNT}#{key_id}"]


def test_the_panel_is_served_beside_the_api_with_the_settings_of_its_sign_in(deployed):
    document = deployed.call(None, "GET", "/")
    assert document.status_code == 200 and document.text == (PANEL / "index.html").read_text(encoding="utf-8")
    pool = deployed.outputs["UserPoolId"]
    assert deployed.call(None, "GET", "/config.json").json() == {
        "authority": f"https://cognito-idp.{REGION}.amazonaws.com/{pool}",
        "client_id": deployed.outputs["PanelClientId"],
        "logout_url": f"{deployed.outputs['LoginUrl']}/logout",
        "local": False,
    }
    asset = deployed.call(None, "GET", "/assets/panel-1a2b3c4d.js", accept_encoding="br")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert deployed.call(None, "GET", "/assets/another.js").status_code == 404


def test_every_route_of_the_document_is_deployed_and_no_other(deployed):
    gateway = deployed.emulator.client("apigatewayv2")
    [api] = [api for api in gateway.get_apis()["Items"] if api["Name"] == DEPLOYMENT]
    routes = gateway.get_routes(ApiId=api["ApiId"])["Items"]
    paths = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))["paths"]
    documented = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    beside = PANEL_ROUTES | ISSUER_ROUTES | CALLBACK_ROUTES | {"$default"}
    assert {route["RouteKey"] for route in routes} == documented | beside
    open_to_all = {route["RouteKey"] for route in routes if route["AuthorizationType"] != "JWT"}
    assert open_to_all == beside | {
        "GET /v1/openapi.json",
        "GET /v1/version",
        "POST /v1/token",
    }
    assert all(len(route["AuthorizationScopes"]) == 1 for route in routes if route["AuthorizationType"] == "JWT")


def test_the_authorizer_takes_tokens_of_one_issuer_for_one_audience(deployed):
    gateway = deployed.emulator.client("apigatewayv2")
    ids = {api["Name"]: api["ApiId"] for api in gateway.get_apis()["Items"]}
    (authorizer,) = gateway.get_authorizers(ApiId=ids[DEPLOYMENT])["Items"]
    issuer = f"https://{ids[f'{DEPLOYMENT}-issuer']}.execute-api.{REGION}.amazonaws.com/v1"
    assert authorizer["JwtConfiguration"] == {"Audience": ["keyward"], "Issuer": issuer}
    assert claims(deployed.owner)["iss"] == claims(deployed.machine)["iss"] == issuer


def test_no_token_of_the_sign_in_opens_a_route(deployed):
    signed_in = deployed.sign_in.signed_in(OWNER)
    for name in ("access_token", "id_token"):
        answer = deployed.call(signed_in[name], "GET", "/v1/keys")
        assert answer.status_code == 401, f"{name}: {answer.text}"


def test_a_secret_of_a_machine_client_is_replaced_without_a_failed_call(deployed):
    path = f"/v1/operator/clients/{RUNTIME}/secrets"
    former = deployed.sign_in.secrets[RUNTIME]
    made = deployed.call(deployed.operator, "POST", path, {"expires_in_days": 90})
    assert made.status_code == 201, made.text

    def asked(secret: str) -> int:
        return deployed.sign_in.ask(grant_type="client_credentials", client_id=RUNTIME, client_secret=secret).status_code

    assert [asked(former), asked(made.json()["client_secret"])] == [200, 200]
    shown = deployed.call(deployed.operator, "GET", f"/v1/operator/clients/{RUNTIME}")
    assert made.json()["client_secret"] not in shown.text and len(shown.json()["secrets"]) == 2
    gone = deployed.call(deployed.operator, "DELETE", f"{path}/{made.json()['secret_id']}")
    assert gone.status_code == 204, gone.text
    assert [asked(former), asked(made.json()["client_secret"])] == [200, 401]


def test_the_operator_sets_up_and_reaches_nothing_of_an_account(deployed):
    path = f"/v1/operator/clients/{RUNTIME}"
    shown = deployed.call(deployed.operator, "GET", path)
    assert (shown.status_code, shown.json()["permissions"]) == (200, ["keys:use"])
    assert claims(deployed.operator)["scope"] == "keyward/accounts:operate"
    assert deployed.call(deployed.operator, "GET", "/v1/keys").status_code == 403
    assert deployed.call(deployed.owner, "GET", path).status_code == 403
    assert deployed.call(deployed.machine, "GET", path).status_code == 403


def test_tokens_say_what_the_rows_of_members_and_clients_say(deployed):
    person = claims(deployed.owner)
    assert (person["account"], person["self_service_keys"]) == (ACCOUNT, "true")
    scopes = person["scope"].split()
    assert {"keyward/keys:write", "keyward/keys:delete"} <= set(scopes)
    assert not {"keyward/keys:use", "keyward/keys:resolve"} & set(scopes)
    machine = claims(deployed.machine)
    assert (machine["account"], machine["environment"]) == (ACCOUNT, "live")
    assert machine["scope"] == "keyward/keys:use"
    assert machine["exp"] - machine["iat"] == person["exp"] - person["iat"] == 15 * 60


def test_the_gateway_refuses_who_has_no_token_or_not_the_scope(deployed):
    assert deployed.call(None, "GET", "/v1/keys").status_code == 401
    assert deployed.call(deployed.owner + "x", "GET", "/v1/keys").status_code == 401
    assert deployed.call(deployed.machine, "GET", "/v1/keys").status_code == 403
    assert deployed.call(deployed.owner, "POST", "/v1/keys/key_1/sign", {}).status_code == 403
    assert deployed.call(None, "GET", "/v1/openapi.json").status_code == 200
    assert deployed.call(None, "GET", "/v1/version").json() == {"commit": None, "format": 3, "epoch": 1}
    assert deployed.call(None, "GET", "/v1/nothing").json()["type"] == "urn:keyward:problem:not-found"


def bent(token: str, **changes: object) -> str:
    """A token with claims that were changed after it was signed."""
    header, _, signature = token.split(".")
    changed = json.dumps(claims(token) | changes).encode()
    return f"{header}.{base64.urlsafe_b64encode(changed).rstrip(b'=').decode()}.{signature}"


def test_a_function_that_is_invoked_directly_believes_no_event(deployed):
    key = create(deployed)["key_id"]
    sample = json.loads((ROOT / "events/resolve_key.json").read_text(encoding="utf-8"))

    def invoke(name: str, token: str) -> dict:
        event = sample | {"pathParameters": {"key_id": key}, "body": json.dumps({"method": "GET", "path": "/orders"})}
        event |= {"routeKey": f"POST /v1/keys/{{key_id}}/{name.removesuffix('_key').removesuffix('_request')}"}
        event |= {"headers": {"authorization": f"Bearer {token}"}}
        # What the event says of the caller: a machine client of the account that may do everything.
        told = {"account": ACCOUNT, "scope": "keyward/keys:use keyward/keys:resolve"}
        event["requestContext"]["authorizer"]["jwt"]["claims"] |= told
        functions = deployed.emulator.client("lambda")
        answer = functions.invoke(FunctionName=f"{DEPLOYMENT}-{name}", Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    widened = bent(deployed.machine, scope="keyward/keys:use keyward/keys:resolve")
    for token in ("<token>", widened, bent(deployed.machine, account="globex"), bent(deployed.machine, exp=4102444800)):
        for name in ("resolve_key", "sign_request"):
            answer = invoke(name, token)
            assert answer["statusCode"] == 401, answer
            assert answer["headers"]["www-authenticate"].startswith('Bearer error="invalid_token"'), answer
            assert SECRET not in json.dumps(answer)
    # The token that these began with does what its own claims say, and no more.
    assert invoke("sign_request", deployed.machine)["statusCode"] == 200
    assert invoke("resolve_key", deployed.machine)["statusCode"] == 403


def test_a_key_is_stored_changed_used_kept_while_in_use_and_deleted(deployed):
    owner, machine = deployed.owner, deployed.machine
    key = create(deployed)
    path = f"/v1/keys/{key['key_id']}"

    shown = deployed.call(owner, "GET", path)
    assert (shown.status_code, shown.headers["etag"]) == (200, '"1"')
    assert SECRET not in shown.text
    changed = deployed.call(owner, "PATCH", path, {"title": "UK ERP"}, if_match='"1"')
    assert (changed.status_code, changed.json()["title"]) == (200, "UK ERP")

    signed = deployed.call(machine, "POST", f"{path}/sign", {"method": "GET", "path": "/orders?page=2"})
    assert signed.status_code == 200, signed.text
    assert signed.json()["headers"]["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")

    source = {
        "title": "Orders of the UK shop",
        "system_id": "custom-http",
        "function": "orders",
        "trigger": {"type": "manual"},
        "environment": "live",
        "key_id": key["key_id"],
    }
    # With a key of its own, so that the function that fingerprints requests is held against its role, too.
    attached = deployed.call(owner, "POST", "/v1/sources", source, idempotency_key="a-source")
    assert attached.status_code == 201, attached.text
    again = deployed.call(owner, "POST", "/v1/sources", source, idempotency_key="a-source")
    source_id = attached.json()["source_id"]
    assert (again.status_code, again.json()["source_id"]) == (201, source_id)

    refused = deployed.call(owner, "DELETE", path, if_match='"2"')
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:keyward:problem:key-in-use")
    assert [use["id"] for use in refused.json()["uses"]] == [source_id]

    detached = deployed.call(owner, "DELETE", f"/v1/sources/{source_id}", if_match='"1"')
    assert detached.status_code == 204, detached.text
    assert sealed(deployed, key["key_id"])
    deleted = deployed.call(owner, "DELETE", f"{path}?purge=now", if_match='"2"')
    assert deleted.status_code == 204, deleted.text
    assert deployed.call(owner, "GET", path).status_code == 404

    # The table's stream calls on_table_change, which purges what was sealed.
    deadline = time.monotonic() + PURGE_SECONDS
    while sealed(deployed, key["key_id"]):
        assert time.monotonic() < deadline, "the sealed values of a deleted key are still there"
        time.sleep(0.1)
    trail = deployed.call(owner, "GET", f"{path}/audit")
    happened = [(entry["change"] or entry["use"]) for entry in trail.json()["items"]]
    names = [each.get("action") or each["purpose"] for each in happened]
    assert names == ["key.deleted", "sign", "key.updated", "key.created"]


def test_an_event_is_planned_by_the_stream_and_tried_by_way_of_the_queue(deployed):
    """No receiver is on the Internet that an emulator reaches, so the attempt says that nobody answered."""
    hook = {
        "name": "Nobody",
        "event_types": ["order.created"],
        "path": "/hooks",
        "environment": "live",
        "key_id": create(deployed)["key_id"],
    }
    made = deployed.call(deployed.owner, "POST", "/v1/webhooks", hook)
    assert made.status_code == 201, made.text
    path = f"/v1/webhooks/{made.json()['webhook_id']}"
    event = deployed.call(deployed.owner, "POST", f"{path}/test")
    assert event.status_code == 201, event.text
    deadline = time.monotonic() + DELIVERY_SECONDS
    while True:
        found = deployed.call(deployed.owner, "GET", f"{path}/deliveries").json()["items"]
        if found and found[0]["attempts"]:
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert (found[0]["event_id"], found[0]["state"]) == (event.json()["event_id"], "pending")
    assert found[0]["attempts"][0]["status"] is None
    assert deployed.call(deployed.owner, "DELETE", path, if_match='"1"').status_code == 204


def test_a_function_with_the_role_of_another_does_nothing(deployed):
    functions = deployed.emulator.client("lambda")

    def role(name: str) -> str:
        return functions.get_function_configuration(FunctionName=f"{DEPLOYMENT}-{name}")["Role"]

    def give(arn: str) -> None:
        functions.update_function_configuration(FunctionName=f"{DEPLOYMENT}-create_key", Role=arn)
        # The emulator keeps running processes when a role changes, and not when the code does.
        code = {"S3Bucket": PARAMETERS["CodeBucket"], "S3Key": PARAMETERS["CodeKey"]}
        functions.update_function_code(FunctionName=f"{DEPLOYMENT}-create_key", **code)

    own, of_a_reader = role("create_key"), role("get_key")
    assert own != of_a_reader
    before = deployed.items("TableName"), deployed.items("VaultName")
    give(of_a_reader)
    try:
        answer = deployed.call(deployed.owner, "POST", "/v1/keys", KEY)
        assert answer.status_code == 500, answer.text
        assert (deployed.items("TableName"), deployed.items("VaultName")) == before
    finally:
        give(own)
    create(deployed)


def test_the_emulator_rings_the_alarms_that_it_evaluates_on_bad_data_alone(deployed):
    # It evaluates alarms of one metric and no metric math; the others are evaluated in tests/tests/it/rules/infrastructure/alarms.rs.
    cloudwatch = deployed.emulator.client("cloudwatch")
    fed = json.loads((ROOT / "tests/testdata/alarms.json").read_text(encoding="utf-8"))["alarms"]
    rung = []
    for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
        if "MetricName" not in alarm:
            continue
        name, metric = alarm["AlarmName"], alarm["MetricName"]
        [fed_alarm] = [each for each in fed.values() if metric in each["bad"][0]]

        def put(value: float) -> str:
            data = {"MetricName": metric, "Dimensions": alarm["Dimensions"], "Value": value}
            cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[data])
            return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

        for good in fed_alarm["good"]:
            if metric in good:
                assert put(good[metric]) == "OK", name
        for bad in fed_alarm["bad"]:
            assert put(bad[metric]) == "ALARM", name
        rung.append(metric)
    assert sorted(rung) == [
        "ApproximateNumberOfMessagesVisible", "DoesNotOpen", "MailNotSent", "OldestUnnamed", "UnreadableRows"
    ]


def test_every_function_of_the_template_is_there_with_a_role_of_its_own(deployed):
    named = {
        resource["Properties"]["Handler"]
        for resource in template("app")["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    pages = deployed.emulator.client("lambda").get_paginator("list_functions").paginate()
    functions = [function for page in pages for function in page["Functions"]]
    assert {function["Handler"] for function in functions} == named
    assert len({function["Role"] for function in functions}) == len(named)
