"""The local stack as a newcomer starts it: the real program, on a free port, over a directory of its own."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import requests

from program import ROOT, built
from servers import free_port

START_SECONDS = 30


@pytest.fixture(scope="session")
def program() -> Path:
    """The local stack."""
    return built("keyward-local")


@pytest.fixture(scope="session")
def sign_lines() -> Path:
    """The signer. `make differential` builds a fast one and names it."""
    named = os.environ.get("KEYWARD_SIGN_LINES")
    return Path(named).resolve() if named else built("sign_lines")


@dataclass
class Stack:
    """A running stack."""

    program: Path
    data_dir: Path
    port: int
    process: subprocess.Popen
    output: str = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PORT": str(self.port), "DATA_DIR": str(self.data_dir)}

    def token(self, kind: str, name: str) -> str:
        command = [self.program, "token", f"--{kind}", name]
        run = subprocess.run(command, env=self.environment(), check=True, stdout=subprocess.PIPE, text=True)
        return run.stdout.strip()

    def call(self, method: str, path: str, user="owner@acme.example", client=None, **arguments) -> requests.Response:
        token = self.token("client", client) if client else self.token("user", user)
        headers = {"authorization": f"Bearer {token}", **arguments.pop("headers", {})}
        return requests.request(method, self.origin + path, headers=headers, timeout=30, **arguments)

    @property
    def log_bytes(self) -> int:
        """How much the program has printed so far."""
        return log_file(self.data_dir).stat().st_size

    def log_since(self, start: int) -> str:
        """What it has printed since it had printed this much."""
        with log_file(self.data_dir).open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def service_url(self, name: str) -> str:
        """The address of an embedded service, as the program prints it."""
        return re.search(rf"{name}\s+(http://127\.0\.0\.1:\d+)", self.output).group(1)

    def aws(self, service: str):
        urls = {"kms": "KMS", "dynamodb": "DynamoDB"}
        return boto3.client(
            service,
            endpoint_url=self.service_url(urls[service]),
            region_name="eu-west-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def log_file(data_dir: Path) -> Path:
    return data_dir.parent / f"{data_dir.name}.log"


def start(program: Path, data_dir: Path, port: int, **settings: str) -> Stack:
    """Starts the program, with these settings on top of those that every test has."""
    environment = {**os.environ, "PORT": str(port), "DATA_DIR": str(data_dir), "RUST_LOG": "warn", **settings}
    data_dir.mkdir(parents=True, exist_ok=True)
    log = log_file(data_dir).open("a+")
    printed_before = log.tell()
    process = subprocess.Popen([program, "run"], env=environment, stdout=log, stderr=subprocess.STDOUT, text=True)
    stack = Stack(program, data_dir, port, process)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        log.seek(printed_before)
        stack.output = log.read()
        if "Press Ctrl-C to stop" in stack.output or process.poll() is not None:
            break
        time.sleep(0.02)
    assert process.poll() is None and "Press Ctrl-C to stop" in stack.output, stack.output
    return stack


@pytest.fixture(scope="session")
def stack(program, tmp_path_factory):
    running = start(program, tmp_path_factory.mktemp("stack") / "data", free_port())
    yield running
    running.process.terminate()
    assert running.process.wait(timeout=10) == 0


AWS4_KEY = {
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
                "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                "region": "eu-west-1",
                "service": "execute-api",
            }
        }
    },
}
