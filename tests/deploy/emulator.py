"""An emulator of AWS: it takes the template, runs the real `bootstrap`, and holds each call against its role."""

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
import requests
from botocore.config import Config
from front import front
from program import ROOT
from servers import free_port

PROGRAM = Path(os.environ.get("KEYWARD_EMULATOR", ROOT / ".venv-emulator/bin/ministack"))
REGION = "eu-west-1"
ACCOUNT = "123456789012"
START_SECONDS = 30


class Emulator:
    """A running emulator."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str):
        """A client of one of its services, with every right: the emulator calls this access key root."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )


def environment(url: str, port: int, directory: Path, fronted: dict[str, str]) -> dict[str, str]:
    """What the emulator is started with, and the functions by way of it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        # Calls of functions are held against their roles.
        "AUTH": "true",
        # The emulator hands these on to the functions.
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_ENDPOINT_URL_KMS": url,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": url,
        "AWS_ENDPOINT_URL_SQS": url,
        **fronted,
    }


def answers(url: str) -> bool:
    """Whether it is there yet."""
    try:
        return requests.get(f"{url}/_ministack/health", timeout=1).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


@contextmanager
def running(directory: Path):
    """An emulator on a free port of this computer, which keeps what it must in a directory, and its log."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = directory / "emulator.log"
    with front(directory, url) as fronted:
        told = environment(url, port, directory, fronted)
        with log.open("wb") as output:
            process = subprocess.Popen([PROGRAM], env=told, cwd=directory, stdout=output, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(url):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield Emulator(url)
        finally:
            process.terminate()
            process.wait(timeout=30)
