"""Answers as vendors document them: those of `tests/answers`, which the rules of the templates are held against."""

import tomllib

from program import ROOT

from .stand_in import Answer


def recorded(name: str) -> Answer:
    """The answer in a file, such as `klaviyo/right`."""
    file = tomllib.loads((ROOT / "tests" / "answers" / f"{name}.toml").read_text())
    headers = list(file.get("headers", {}).items())
    if "content_type" in file:
        headers.append(("Content-Type", file["content_type"]))
    return Answer(file["status"], file["body"].encode(), headers)
