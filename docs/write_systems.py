#!/usr/bin/env python3
"""Writes docs/systems: a guide for each system, from its file in shared/systems. `make generate` runs it.

A guide says how to obtain the credentials, what each field is, and what a test of the connection can come to. It says
nothing that is not in the system's file, which the API and the control panel show from too.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parent
SYSTEMS = DOCS.parent / "shared" / "systems"
PAGES = DOCS / "systems"

VERDICTS = {
    "passed": "the credentials work",
    "refused": "the credentials are refused",
    "unclear": "the answer is not clear",
    "unreachable": "the system was not reached",
}
KINDS = {"http": "HTTP API", "soap": "SOAP", "smtp": "e-mail (SMTP)", "ftp": "FTP and FTPS", "sftp": "SFTP"}


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def code(text: str) -> str:
    """A value as it is written."""
    return f"`{cell(text)}`"


def facts(field: dict) -> str:
    """Whether a field is secret, and whether it is needed."""
    if field.get("may_follow"):
        return "needed to log in, may follow"
    needed = field.get("required", True) or field["kind"] == "choice"
    return ", ".join((["secret"] if field.get("secret") else []) + ([] if needed else ["optional"]))


def about(field: dict) -> str:
    """What a field is, in one cell."""
    parts = [field.get("help", "")]
    if "choices" in field:
        choices = ", ".join(f"{code(choice['value'])} ({choice['label']})" for choice in field["choices"])
        parts.append(f"One of {choices}.")
    if "default" in field:
        parts.append(f"{code(field['default'])} when left empty.")
    elif "example" in field:
        parts.append(f"Such as {code(field['example'])}.")
    text = " ".join(cell(part) if index == 0 else part for index, part in enumerate(parts) if part)
    return f"{text} [More]({field['guide_url']})" if "guide_url" in field else text


def rules(value: object) -> Iterator[dict]:
    """Every rule that gives advice, wherever it stands in a system's file."""
    if isinstance(value, dict):
        if "advice" in value and "verdict" in value:
            yield value
        for member in value.values():
            yield from rules(member)
    elif isinstance(value, list):
        for member in value:
            yield from rules(member)


def how_to(names: dict, url: str, name: str) -> list[str]:
    return [f"{' '.join(names['guide'].split())}", "", f"Read more: [{name}]({names.get('guide_url', url)}).", ""]


def page(system: dict) -> str:
    """The guide of a system."""
    name, url = system["name"], system["guide_url"]
    lines = [
        f"# {name}",
        "",
        f"<!-- make generate writes this page from shared/systems/{system['id']}.toml -->",
        "",
        f"{system['summary']} Connection: {KINDS[system['kind']]}. In the API: `\"system_id\": \"{system['id']}\"`.",
        "",
        "## Obtain the credentials",
        "",
        *how_to(system, url, name),
    ]
    base = system.get("base_url", {})
    if base.get("rule") in ("typed", "overridable") and "help" in base:
        example = f" Such as {code(base['example'])}." if "example" in base else ""
        lines += [f"**Base URL**: {' '.join(base['help'].split())}{example}", ""]
    elif base.get("rule") == "derived":
        lines += [f"Requests go to {code(base['url'])}: the address follows from the fields.", ""]
    for auth in system["auth"]:
        lines += [f"## {auth['label']}", "", f"`\"auth\": \"{auth['id']}\"`. {auth.get('help', '')}".rstrip(), ""]
        if "guide" in auth:
            lines += how_to(auth, url, name)
        own = [field for field in system["fields"] if auth["id"] in field.get("auth", [auth["id"]])]
        if own:
            lines += ["| field | id | | what it is |", "|---|---|---|---|"]
            lines += [f"| {cell(f['label'])} | {code(f['id'])} | {facts(f)} | {about(f)} |" for f in own] + [""]
    told = {rule["advice"]: rule for rule in rules(system) if rule["advice"]}
    if told:
        lines += ["## What a test can come to", "", "| answer | outcome | what to do |", "|---|---|---|"]
        for advice, rule in told.items():
            status = ", ".join(str(number) for number in rule.get("status", []))
            answer = f"`{rule['name']}`" + (f", status {status}" if status else "")
            lines.append(f"| {answer} | {VERDICTS[rule['verdict']]} | {cell(advice)} |")
        lines.append("")
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """Every page, by its file's name."""
    systems = [tomllib.loads(file.read_text()) for file in sorted(SYSTEMS.glob("*.toml"))]
    listed = [f"| [{system['name']}]({system['id']}.md) | {cell(system['summary'])} |" for system in systems]
    index = [
        "# The systems",
        "",
        "<!-- make generate writes this page from shared/systems -->",
        "",
        "How to obtain the credentials of each system that Keyward knows, what each field is, and what a test of the",
        "connection can come to. [templates.md](../templates.md) tells how to add a system.",
        "",
        "| system | what it is |",
        "|---|---|",
        *listed,
        "",
    ]
    return {"README.md": "\n".join(index)} | {f"{system['id']}.md": page(system) for system in systems}


def main() -> None:
    PAGES.mkdir(exist_ok=True)
    written = pages()
    for file in PAGES.glob("*.md"):
        if file.name not in written:
            file.unlink()
    for name, text in written.items():
        (PAGES / name).write_text(text)


if __name__ == "__main__":
    sys.exit(main())
