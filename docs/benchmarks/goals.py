"""The goals, and whether the figures meet them. Nothing of this is typed by hand but the goals."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from figures import HERE, functions, median

sys.path.append(str(HERE.parent / "cost"))

import model  # noqa: E402

# The functions that ask nothing of AWS.
WITHOUT_AWS = ("get_openapi", "list_systems")
# The calls of KMS.
OF_KMS = ("Decrypt", "GenerateDataKey", "GenerateMac", "ReEncrypt", "Sign", "VerifyMac")
SMALL, WHOLE = "128 MB", "whole core"
MEGABYTE = 1_000_000
MEBIBYTE = 1 << 20
# What of many keys may not take longer with more.
OF_SIZE = ("get one key", "get random keys", "list of 25", "list of 100", "list by system", "create", "sign")
MANY_KEYS = "1000000 keys / 1000 keys"
MANY_SEARCHES = "100000 keys / 1000 keys"
ORGANIZATIONS = "sign_request, 40 organizations"
# The signatures a second of the local stack before it was made faster.
SIGNATURES_BEFORE = 50


@dataclass(frozen=True)
class Goal:
    """A figure and what it is to be."""

    # What has to be run to measure it.
    command: str
    what: str
    bound: float
    # A number, or a median with its range. `None`: it was not measured.
    figure: float | dict | None
    # Which words say why it is missed.
    words: str
    # Whether the figure is to be this much at least, and not at most.
    at_least: bool = False
    unit: str = ""

    @property
    def middle(self) -> float | None:
        """The figure, or its median."""
        return self.figure["median"] if isinstance(self.figure, dict) else self.figure

    @property
    def is_part(self) -> bool:
        """Whether it is written as one part of many."""
        return 0 < self.bound < 0.1

    @property
    def is_met(self) -> bool | None:
        """`None`: nobody knows."""
        if self.middle is None:
            return None
        return self.middle >= self.bound if self.at_least else self.middle <= self.bound


def ratio(results: dict | None, condition: str, pair: str, measure: str) -> dict | None:
    """The ratio of two subjects, where both were measured."""
    found = results and results["conditions"].get(condition)
    return found and found["ratios"].get(pair, {}).get(measure)


def cold(known: dict) -> Iterator[Goal]:
    """Cold starts, at the size where the processor decides."""
    results = known.get("cold")

    def beside(function: str, other: str, measure: str, condition: str = SMALL) -> dict | None:
        return ratio(results, condition, f"{function} / {other}", measure)

    def goal(what: str, bound: float, figure: float | dict | None, words: str, unit: str = "") -> Goal:
        return Goal("make bench-cold", what, bound, figure, words, unit=unit)

    started = "Start and first answer of"
    yield goal(f"{started} `sign_request`, times the empty handler", 1.6, beside("sign_request", "empty", "cold_ms"), "cold")
    for other, part, name in (("usual", 20, "the usual build"), ("node", 40, "Node.js"), ("python", 60, "Python")):
        yield goal(f"{started} `sign_request`, of {name}", 1 / part, beside("sign_request", other, "cold_ms"), f"cold {other}")
    measured = functions(results["conditions"][SMALL]) if results and SMALL in results["conditions"] else []
    for function in measured:
        bound, words = (1.2, "cold without AWS") if function in WITHOUT_AWS else (1.6, "cold")
        if function != "sign_request":
            yield goal(f"{started} `{function}`, times the empty handler", bound, beside(function, "empty", "cold_ms"), words)
    for function in measured:
        yield goal(f"First answer of `{function}`, times the empty handler", 10, beside(function, "empty", "first_ms"), "first")
    for condition in (SMALL, WHOLE):
        figure = beside("sign_request", "get_item", "warm_cpu_ms", condition)
        yield goal(f"CPU of a later `sign_request`, times a GetItem handler, {condition}", 1.5, figure, "warm")
    figure = beside("sign_request", "get_item", "warm_p50_ms", WHOLE)
    yield goal("A later answer of `sign_request`, times a GetItem handler, where each call takes 3 ms", 2.1, figure, "warm")
    yield from later(results)
    if measured:
        peaks = {name: median(results["conditions"][SMALL], name, "peak_bytes") for name in measured}
        most = max(peaks, key=peaks.get)
        yield goal(f"Peak memory, of `{most}`, which has most", 12, peaks[most] / MEBIBYTE, "peak", " MB")


def later(results: dict | None) -> Iterator[Goal]:
    """What a warm use asks."""
    subject = results and results["conditions"].get(SMALL, {}).get("subjects", {}).get("sign_request", {})
    asked = (subject or {}).get("asked", {}).get("later")
    kms = asked and sum(number for name, number in asked["calls"].items() if name in OF_KMS)
    yield Goal("make bench-cold", "Calls of KMS for a later `sign_request`", 0, kms, "warm calls")
    handshakes = asked and asked["handshakes"]
    yield Goal("make bench-cold", "Handshakes for a later `sign_request`", 0, handshakes, "warm calls")


def architecture(machine: str) -> str:
    """That of a machine, which a bench writes in parentheses."""
    return machine.rpartition("(")[2].rstrip(")")


def zips(known: dict) -> Iterator[Goal]:
    """The zip of the functions, by architecture."""
    cold, packed = known.get("cold"), known.get("zips")
    measured_for = architecture(cold["machine"]) if cold else "where cold starts are measured"
    size = cold and cold["sizes"].get("keyward", {}).get("zip_bytes")
    yield Goal("make bench-cold", f"Zip of the functions, {measured_for}", 4.5, size and size / MEGABYTE, "zip", unit=" MB")
    size = packed and packed["sizes"]["bootstrap"]["zip_bytes"]
    yield Goal("make package", "Zip of the functions, arm64", 4.5, size and size / MEGABYTE, "zip", unit=" MB")


def serve(known: dict) -> Iterator[Goal]:
    """The local stack beside OpenBao, and beside itself."""
    results = known.get("serve")

    def goal(what: str, bound: float, figure: float | dict | None, words: str, **more) -> Goal:
        return Goal("make bench-serve", what, bound, figure, words, **more)

    for what, pair, bound in (
        ("read", "Keyward masked read / OpenBao KV get", 1),
        ("store", "Keyward store / OpenBao KV put", 1),
        ("sign", "Keyward HMAC / OpenBao transit HMAC", 0.5),
        ("sign", "Keyward AWS4 / OpenBao transit HMAC", 0.5),
    ):
        ours, theirs = pair.split(" / ")
        rate, p99 = (ratio(results, what, pair, measure) for measure in ("requests_per_second", "p99_ms"))
        yield goal(f"{ours} a second, times {theirs}", bound, rate, "openbao", at_least=True)
        yield goal(f"p99 of {ours}, times {theirs}", 1, p99, f"openbao p99 of {what}")
    pair = "stack with 200000 receipts / new stack"
    rate = ratio(results, "sign after many receipts", pair, "requests_per_second")
    yield goal("Signatures a second after 200,000 receipts, times a new stack", 0.95, rate, "receipts", at_least=True)
    idle = results and results.get("idle_share_of_a_core")
    idle = None if idle is None else idle * 100
    yield goal("CPU of an idle stack", 1, idle, "idle", unit=" % of a core")


def local(known: dict) -> Iterator[Goal]:
    """The local stack as `make run` builds it."""
    results = known.get("local")
    rate = results and results["medians"]["signatures_per_second"]
    bound = 5 * SIGNATURES_BEFORE
    yield Goal("make bench-local", "Signatures a second of `make run`", bound, rate, "local", at_least=True)
    idle = results and results["idle_share_of_a_core"] * 100
    yield Goal("make bench-local", "CPU of an idle `make run`", 1, idle, "local idle", unit=" % of a core")


def scale(known: dict) -> Iterator[Goal]:
    """Many keys."""
    results = known.get("scale")
    searches = [what for what in (results or {"conditions": ["search by title"]})["conditions"] if what.startswith("search")]
    for what in (*OF_SIZE, *searches):
        figure = ratio(results, what, MANY_KEYS, "p50_ms")
        yield Goal("make bench-scale", f"p50 of *{what}* with 1,000,000 keys, times 1,000", 1.1, figure, f"scale {what}")
    results = known.get("search")
    for what in (results or {"conditions": ["search"]})["conditions"]:
        figure = ratio(results, what, MANY_SEARCHES, "p95_ms")
        yield Goal("make bench-search", f"p95 of *{what}* with 100,000 keys, times 1,000", 1.5, figure, f"search {what}")


def instr(known: dict) -> Iterator[Goal]:
    """Instructions."""
    condition = known["instr"]["conditions"]["callgrind"] if "instr" in known else {"subjects": {}}
    counts = [condition["subjects"].get(name) for name in (ORGANIZATIONS, "sign_request")]
    many, none = (of and of["medians"]["instructions"]["median"] for of in counts)
    figure = many and none and many / none
    what = "Instructions of a signature with a key of 40 organizations, times a key of none"
    yield Goal("make bench-instr", what, 1.1, figure, "organizations")


def cost(_: dict) -> Iterator[Goal]:
    """What a month costs. The model computes it, so it is always known."""
    figure = 1 / model.times_cheaper(model.USUAL)
    yield Goal("make cost", "A month of 100,000 keys and 10 million uses, of Secrets Manager", 1 / 100, figure, "cost")


def all_of(known: dict) -> list[Goal]:
    """Every goal, with its figure."""
    return [goal for part in (cold, zips, serve, local, scale, instr, cost) for goal in part(known)]
