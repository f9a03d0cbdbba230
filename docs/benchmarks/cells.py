"""How figures are written in the tables of docs/benchmarks.md."""

from goals import MEBIBYTE, MEGABYTE


def number(value: float | None, unit: str = "") -> str:
    """A figure without digits that mean nothing."""
    if value is None:
        return ""
    if 0 < value < 0.1:
        return f"{value:.2g}{unit}"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}{unit}"


def spread(value: dict | None) -> str:
    """A median with its range."""
    if value is None:
        return ""
    if value["least"] == value["greatest"]:
        return number(value["median"])
    return f"{number(value['median'])} ({number(value['least'])}–{number(value['greatest'])})"


def middle(value: dict) -> str:
    """A median alone."""
    return number(value["median"])


def megabytes(value: float | None) -> str:
    """An amount of memory, in MB as Lambda counts them: 1,048,576 bytes."""
    return "" if value is None else number(value / MEBIBYTE)


def part(value: float) -> str:
    """A ratio that is far below one."""
    return f"1/{1 / value:,.0f}"


def file_size(value: float | None) -> str:
    """The size of a file, in MB of 1,000,000 bytes."""
    return "" if value is None else number(value / MEGABYTE)


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown. Columns of figures stand to the right."""
    lines = [heads, ["---"] + ["--:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
