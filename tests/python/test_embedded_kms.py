"""The embedded KMS against moto's, both through boto3: one flow, the same answers.

Where moto differs from the API reference of AWS, the test says so and asks only the embedded KMS.
"""

import hashlib

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from moto.server import ThreadedMotoServer

CONTEXT = {"keyward:account": "acme", "keyward:key": "key_1", "keyward:seal": "seal_1"}


@pytest.fixture(scope="module", params=["embedded", "moto"])
def name(request):
    """Which KMS it is."""
    return request.param


@pytest.fixture(scope="module")
def kms(name, stack):
    """A client of each KMS in turn."""
    if name == "embedded":
        yield client(stack.service_url("KMS"))
        return
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield client(f"http://{host}:{port}")
    server.stop()


def client(endpoint):
    return boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def new_key(kms, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT"):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


@pytest.fixture(scope="module")
def wrapping_key(kms):
    return new_key(kms)


@pytest.fixture
def data_key(kms, wrapping_key):
    return kms.generate_data_key(KeyId=wrapping_key, KeySpec="AES_256", EncryptionContext=CONTEXT)


def refusal(call, **arguments):
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return refused.value.response["Error"]["Code"]


def test_a_data_key_opens_with_its_context_in_any_order(kms, name, data_key):
    reordered = dict(reversed(CONTEXT.items()))
    opened = kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext=reordered)
    assert opened["Plaintext"] == data_key["Plaintext"]
    assert len(opened["Plaintext"]) == 32
    assert opened["KeyId"] == data_key["KeyId"]
    if name == "embedded":  # moto leaves it out
        assert opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"


@pytest.mark.parametrize("context", [{}, CONTEXT | {"keyward:key": "key_2"}, CONTEXT | {"more": "1"}])
def test_a_data_key_does_not_open_with_another_context(kms, data_key, context):
    code = refusal(kms.decrypt, CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext=context)
    assert code == "InvalidCiphertextException"


def test_a_change_of_any_byte_is_refused(kms, name, data_key):
    sealed = data_key["CiphertextBlob"]
    expected = {"InvalidCiphertextException"}
    if name == "moto":  # whose blobs start with a key id that it looks up
        expected |= {"AccessDeniedException", "NotFoundException"}
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        code = refusal(kms.decrypt, CiphertextBlob=bytes(changed), EncryptionContext=CONTEXT)
        assert code in expected, place


def test_a_named_key_must_be_the_one_that_sealed(kms, name, data_key):
    code = refusal(
        kms.decrypt,
        CiphertextBlob=data_key["CiphertextBlob"],
        EncryptionContext=CONTEXT,
        KeyId=new_key(kms),
    )
    assert code == {"embedded": "IncorrectKeyException", "moto": "AccessDeniedException"}[name]


def test_re_encryption_moves_a_data_key_to_another_key_and_context(kms, data_key):
    target, context = new_key(kms), CONTEXT | {"keyward:seal": "seal_2"}
    moved = kms.re_encrypt(
        CiphertextBlob=data_key["CiphertextBlob"],
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=target,
        DestinationEncryptionContext=context,
    )
    assert moved["SourceKeyId"] == data_key["KeyId"]
    assert moved["KeyId"].endswith(target)
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == data_key["Plaintext"]
    code = refusal(kms.decrypt, CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert code == "InvalidCiphertextException"


def test_a_rotated_key_opens_what_it_sealed_before(kms):
    key = new_key(kms)
    before = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.rotate_key_on_demand(KeyId=key)
    after = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    for made in (before, after):
        assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


def test_a_key_that_is_switched_off_refuses_until_it_is_on_again(kms, name):
    key = new_key(kms)
    sealed = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["Enabled"], described["KeyState"]) == (False, "Disabled")
    if name == "embedded":  # moto lets a disabled key work
        assert refusal(kms.generate_data_key, KeyId=key, KeySpec="AES_256") == "DisabledException"
        assert refusal(kms.decrypt, CiphertextBlob=sealed) == "DisabledException"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=sealed)["KeyId"] == described["Arn"]


def test_a_key_is_described_as_it_was_made(kms, name):
    for spec, usage, algorithms in (
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", {"EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"]}),
        ("HMAC_256", "GENERATE_VERIFY_MAC", {"MacAlgorithms": ["HMAC_SHA_256"]}),
        ("ECC_NIST_P256", "SIGN_VERIFY", {"SigningAlgorithms": ["ECDSA_SHA_256"]}),
        ("RSA_2048", "SIGN_VERIFY", {"SigningAlgorithms": ["RSASSA_PKCS1_V1_5_SHA_256"]}),
    ):
        described = kms.describe_key(KeyId=new_key(kms, spec, usage))["KeyMetadata"]
        expected = {"KeySpec": spec, "KeyUsage": usage, "KeyState": "Enabled", "Origin": "AWS_KMS"}
        expected |= {"KeyManager": "CUSTOMER"}
        if name == "embedded":  # moto leaves out some of these
            expected |= {"MultiRegion": False} | algorithms
        assert {name: described.get(name) for name in expected} == expected


def test_an_alias_names_its_key(kms, wrapping_key):
    alias = "alias/one"
    kms.create_alias(AliasName=alias, TargetKeyId=wrapping_key)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == wrapping_key
    assert refusal(kms.create_alias, AliasName=alias, TargetKeyId=wrapping_key) == "AlreadyExistsException"
    assert refusal(kms.describe_key, KeyId="alias/nobody") == "NotFoundException"


def test_a_mac_is_verified_and_another_is_refused(kms):
    key = new_key(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    request = {"KeyId": key, "Message": b"body", "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**request)["Mac"]
    assert len(mac) == 32
    assert kms.verify_mac(**request, Mac=mac)["MacValid"]
    assert refusal(kms.verify_mac, **request | {"Message": b"other"}, Mac=mac) == "KMSInvalidMacException"


ECDSA = ec.ECDSA(hashes.SHA256())
ALGORITHMS = {
    "ECC_NIST_P256": ("ECDSA_SHA_256", (ECDSA,)),
    "RSA_2048": ("RSASSA_PKCS1_V1_5_SHA_256", (padding.PKCS1v15(), hashes.SHA256())),
}


@pytest.mark.parametrize("spec", ALGORITHMS)
def test_a_signature_verifies_against_the_public_key(kms, name, spec):
    algorithm, how = ALGORITHMS[spec]
    key = new_key(kms, spec, "SIGN_VERIFY")
    message = b"checkpoint"
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    kinds = {"RAW": message, "DIGEST": hashlib.sha256(message).digest()}
    if name == "moto":  # it hashes a digest once more
        del kinds["DIGEST"]
    for kind, signed in kinds.items():
        signature = kms.sign(KeyId=key, Message=signed, MessageType=kind, SigningAlgorithm=algorithm)[
            "Signature"
        ]
        public.verify(signature, message, *how)
        with pytest.raises(InvalidSignature):
            public.verify(signature, b"another", *how)
