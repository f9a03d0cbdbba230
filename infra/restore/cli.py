"""The AWS CLI."""

import json
import subprocess
import tempfile


class Failed(Exception):
    """Why the restore stops, as a sentence."""


class Refused(Failed):
    """What AWS answered with an error."""

    def __init__(self, said):
        super().__init__(said.strip())

    def is_because(self, code):
        """Whether this is the error's code."""
        return f"({code})" in str(self)


def aws(*arguments, **inputs):
    """A call. Inputs are given as JSON in files, so that they may be long: `aws("dynamodb", "put-item", item=…)`.

    Bytes are given as they are. Both versions of the AWS CLI send the content of a `fileb://` unchanged, and they read any other form of
    bytes differently.
    """
    with tempfile.TemporaryDirectory() as directory:
        options = []
        for name, value in inputs.items():
            path, is_bytes = f"{directory}/{name}", isinstance(value, bytes)
            with open(path, "wb") as file:
                file.write(value if is_bytes else json.dumps(value).encode())
            options += [f"--{name.replace('_', '-')}", f"{'fileb' if is_bytes else 'file'}://{path}"]
        ran = subprocess.run(
            ["aws", *arguments, *options, "--output", "json"], capture_output=True, text=True, check=False
        )
    if ran.returncode:
        raise Refused(ran.stderr or f"aws {' '.join(arguments[:2])} failed")
    return json.loads(ran.stdout) if ran.stdout.strip() else {}
