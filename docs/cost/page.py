"""The generated part of docs/cost.md, and the tables that the calculator prints."""

import bisect
import dataclasses

import model
from model import IDLE, KEYS, PRICES, USES, USUAL, Workload

PAGE = model.HERE.parent / "cost.md"
MARKS = ("<!-- make cost writes -->", "<!-- up to here -->")

# What an assumption may be instead, for the month that the target is about.
OTHERWISE = [
    ("ten uses of a key come together, in one process and within five minutes", {"together": 10}),
    ("1,000 processes of callers get a token of their own every fifteen minutes, instead of 4", {"callers": 1_000}),
    ("a process of a function lives five minutes instead of an hour", {"process_minutes": 5}),
    ("the tables are encrypted with a KMS key of the deployment's own", {"table_key": 1}),
    ("an invocation is charged for 60 ms instead of 20", {"duration_ms": 60}),
    ("functions that use keys have 1,024 MB of memory instead of 512", {"memory_of_uses_mb": 1024}),
    ("API and function log twice as much", {"log_bytes": 2 * USUAL.log_bytes}),
    ("1,000 people sign in, beyond those that are free", {"people": 1_000}),
    ("people read ten times as much", {"reads": 10 * USUAL.reads, "pages": 10 * USUAL.pages}),
    ("each key is changed every month", {"creates": USUAL.keys}),
]


def money(amount: float) -> str:
    """An amount as people read it."""
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"


def number(count: int) -> str:
    """A number of keys or uses."""
    return f"{count:,}" if count < 1_000_000 else f"{count / 1_000_000:g} million"


def ratio(times: float) -> str:
    """How many times cheaper, without figures that mean nothing."""
    return f"{times:.1f}" if times < 10 else f"{times:,.0f}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def aligned(markdown: str) -> str:
    """A table with columns of one width, for a terminal."""
    rows = [line.strip("| ").split(" | ") for line in markdown.splitlines() if "---" not in line]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def compared(works: list[Workload]) -> str:
    """Keyward beside the other two."""
    rows = []
    for work in works:
        times = model.times_cheaper(work)
        rows.append([
            number(work.keys), number(work.uses), money(sum(model.keyward(work).values())),
            money(model.secrets_manager(work)), ratio(times), money(model.key_per_account(work)),
        ])
    heads = ["keys", "uses", "Keyward", "Secrets Manager", "times Keyward", "a KMS key for each account"]
    return table(heads, rows)


def shares(work: Workload) -> str:
    """What a month is paid for."""
    costs = model.keyward(work)
    whole = sum(costs.values())
    rows = [[part, money(cost), f"{cost / whole:.0%}"] for part, cost in by_size(costs)]
    return table(["paid for", "dollars", "share"], [*rows, ["together", money(whole), "100%"]])


def by_size(costs: dict[str, float]) -> list[tuple[str, float]]:
    """The parts that cost anything, the largest first."""
    return sorted(((part, cost) for part, cost in costs.items() if cost), key=lambda each: -each[1])


def otherwise() -> str:
    """How other assumptions move the usual month, the largest move first."""
    usual = sum(model.keyward(USUAL).values())
    moved = []
    for text, changes in OTHERWISE:
        work = dataclasses.replace(USUAL, **changes)
        moved.append((sum(model.keyward(work).values()) - usual, text, model.times_cheaper(work)))
    moved.sort(key=lambda each: -abs(each[0]))
    rows = [[text, f"{move:+,.0f}", ratio(times)] for move, text, times in moved]
    return table(["if", "dollars", "times Keyward"], rows)


def most_callers() -> int:
    """With how many processes of callers the usual month still costs a hundredth of Secrets Manager."""
    def is_dearer(callers: int) -> bool:
        return model.times_cheaper(dataclasses.replace(USUAL, callers=callers)) < 100

    return bisect.bisect_left(range(1_000_000), True, key=is_dearer) - 1


def exact(amount: float) -> str:
    """A price with all its digits, and with cents."""
    whole, part = f"{amount:.10f}".split(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def sources() -> str:
    """Where each price is from."""
    rows = []
    for each in PRICES.values():
        per = f" a {each['unit']}" if each["per"] == 1 else f" for {each['per']:,} {each['unit']}s"
        page = f"[{each['source']}]({each['page']})"
        rows.append([each["what"], exact(each["amount"]) + per, page, str(each["read"]), str(each["copy"])])
    return table(["price of", "dollars", "source", "read", "copy of"], rows)


def generated() -> str:
    """The part of the page that the calculator writes."""
    did, usual = model.COUNTED["operations"], model.keyward(USUAL)
    written = {name: each["write_units"] + each["index_write_units"] for name, each in did.items()}
    (largest, _), (second, _), *_ = by_size(usual)
    works = [Workload.of(keys, uses) for keys in KEYS for uses in USES]
    usual_month = f"{number(USUAL.keys)} keys and {number(USUAL.uses)} uses"
    return "\n\n".join([
        f"A month of {usual_month} costs **{money(sum(usual.values()))} dollars**, "
        f"**1/{ratio(model.times_cheaper(USUAL))}** of Secrets Manager.",
        "![What a month costs](cost/cost.svg)",
        compared(works),
        "## What is paid for",
        f"In a month of {usual_month}. The largest parts are *{largest}* and *{second}*.",
        shares(USUAL),
        f"A use takes {did['use']['read_units']:g} read units, {written['use']:g} write unit for its receipt, and a call of "
        f"KMS if its process does not have the data key. The table's stream then calls a function that notes the time of the "
        f"last use in a row of its own: {written['behind_use']:g} write unit, also if the row shows a time in the same quarter of "
        f"an hour and the write is refused. The first use of a key makes the row, which is not counted.",
        f"A machine client gets a token every fifteen minutes: {did['token']['read_units']:g} read units, "
        f"{written['token']:g} write unit and {did['token']['kms_signatures']:g} signature by KMS. A million tokens cost "
        f"{money(model.million_tokens())} dollars, with the request, the function, its log and the check of the client's row.",
        f"One more call of KMS tells a process that the row of its caller is authentic ([row-macs.md](row-macs.md)), once for each "
        f"version of the row: {number(round(USUAL.unknown_callers))} calls in this month.",
        "## An idle month",
        "A deployment without keys and callers:",
        shares(IDLE),
        "The KMS keys wrap data keys, fingerprint requests, authenticate rows and sign tokens. Tables, functions, API, user pool, "
        "queue, topic and rules cost nothing while nobody calls them, and Lambda reads the stream for free. There are no canaries. Each rotation of the wrapping key adds "
        f"{money(PRICES['kms_key']['amount'])} a month.",
        "## What moves the result",
        f"The same month of {usual_month}, with one assumption changed. The first line moves it most.",
        otherwise(),
        f"With more than {number(most_callers())} processes of callers that each get tokens of their own, this month costs more than a "
        "hundredth of Secrets Manager. Processes that share tokens count as one.",
        "## Prices",
        "For us-east-1, without free tiers. *Third party* means that no stored page of AWS has the price. *Read* is the day on "
        "which a stored copy of the page was read, *copy of* the day of that copy. All of it is in "
        "[prices.toml](cost/prices.toml).",
        sources(),
    ])


def page() -> str:
    """The whole page, with its generated part as it should be."""
    text = PAGE.read_text()
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return f"{before}{MARKS[0]}\n\n{generated()}\n\n{MARKS[1]}{after}"
