"""The generated tables of docs/benchmarks.md."""

import figures
import goals
import words
from cells import file_size, megabytes, middle, number, spread, table
from figures import functions, median
from overview import overview

PAGE = figures.HERE.parent / "benchmarks.md"
END = "<!-- up to here -->"


def begin(bench: str) -> str:
    """The mark before what is generated about a bench."""
    return f"<!-- make bench-report writes: {bench} -->"


def measured(results: dict, how: str) -> str:
    """When, where and how a bench was run."""
    machine = results.get("machine", "a machine that was not noted")
    date = results.get("date", "a day that was not noted")
    return f"Measured on {date} at `{results['commit']}`, on {machine}. {how}"


def loads(results: dict) -> str:
    """How servers were asked."""
    return (
        f"{results['rounds']} rounds of {results['seconds']} s for each load, "
        f"over {results['connections']} connections; {figures.profile(results)}."
    )


def picture(bench: str, what: str) -> str:
    """The plot of a bench."""
    return f"![{what}](benchmarks/{bench}.svg)"


RATIOS = {"start and first answer": "cold_ms", "first answer": "first_ms", "later answer": "warm_p50_ms", "its CPU": "warm_cpu_ms"}


def compared(condition: dict, pairs: list[str]) -> str:
    """A table of ratios."""
    found = ((pair, condition["ratios"][pair]) for pair in pairs)
    return table(["times", *RATIOS], [[pair, *(spread(of.get(measure)) for measure in RATIOS.values())] for pair, of in found])


def cold(known: dict) -> list[str]:
    """Cold starts, by condition."""
    results = known["cold"]
    parts = [measured(results, f"{results['rounds']} rounds of one start and {results['warm_requests']} warm requests; "
                      f"{figures.profile(results)}.")]
    parts.append(picture("cold", "How long a cold start takes, with the first answer"))
    heads = [
        "program", "start ms", "first answer ms", "both ms", "CPU of both ms", "later answer ms", "its CPU ms", "peak MB",
    ]
    measures = ["init_ms", "first_ms", "cold_ms", "cold_cpu_ms", "warm_p50_ms", "warm_cpu_ms"]
    for name, condition in results["conditions"].items():
        rows = []
        for subject in sorted(condition["subjects"], key=lambda subject: median(condition, subject, "cold_ms")):
            of = condition["subjects"][subject]["medians"]
            cells = [(spread if measure == "cold_ms" else middle)(of[measure]) for measure in measures]
            rows.append([subject, *cells, megabytes(of["peak_bytes"]["median"])])
        empty = [f"{function} / empty" for function in functions(condition) if f"{function} / empty" in condition["ratios"]]
        others = [pair for pair in condition["ratios"] if pair.startswith("sign_request / ") and pair not in empty]
        parts += [f"### {name}", table(heads, rows)]
        parts += [compared(condition, pairs) for pairs in (empty, others) if pairs]
        parts += called(condition)
    return parts


def calls(of: dict) -> str:
    """Calls by operation."""
    return ", ".join(f"{count:g} {name}" for name, count in of["calls"].items() if count) or "none"


def called(condition: dict) -> list[str]:
    """What was asked of AWS, if that was kept."""
    asked = {name: of["asked"] for name, of in condition["subjects"].items() if "asked" in of and "@" not in name}
    if not asked:
        return []
    rows = []
    for name, of in sorted(asked.items()):
        of_kms = sum(count for call, count in of["later"]["calls"].items() if call in goals.OF_KMS)
        handshakes = (f"{of[phase]['handshakes']:g}" for phase in figures.PHASES)
        rows.append([name, calls(of["start"]), calls(of["first"]), calls(of["later"]), f"{of_kms:g}", *handshakes])
    heads = [
        "asked of AWS", "until the first event", "for the first request", "for a later one", "of that, KMS",
        "handshakes at start", "for the first request", "for a later one",
    ]
    return [table(heads, rows)]


def zips(known: dict) -> list[str]:
    """How large the code is."""
    parts, cold, packed = [], known.get("cold"), known.get("zips")
    if cold and cold["sizes"]:
        rows = [[name, file_size(size.get("bytes")), file_size(size.get("zip_bytes"))] for name, size in cold["sizes"].items()]
        parts.append(f"At `{cold['commit']}`, for the machine that the cold starts were measured on: {cold['machine']}.")
        parts.append(table(["program", "MB", "MB in a zip"], rows))
    if packed is None:
        return [*parts, "The zips for Lambda were not measured yet: run `make package`, then `make bench-report`."]
    rows = [[name, file_size(size["bytes"]), file_size(size["zip_bytes"])] for name, size in packed["sizes"].items()]
    parts.append(f"At `{packed['commit']}`, for {packed['architecture']}, as `make package` builds them for Lambda:")
    return [*parts, table(["zip", "MB of the program", "MB of the zip"], rows)]


def serve(known: dict) -> list[str]:
    """The local stack beside OpenBao."""
    results = known["serve"]
    how = loads(results)
    parts = [measured(results, how), picture("serve", "Requests a second of the local stack and of OpenBao")]
    rows, ratios = [], []
    measures = ("requests_per_second", "p50_ms", "p99_ms", "cpu_ms")
    for what, condition in results["conditions"].items():
        for subject, of in condition["subjects"].items():
            of = of["medians"]
            cells = [spread(of[measure]) for measure in measures]
            rows.append([f"{what}: {subject}", *cells, megabytes(of["memory_bytes"]["median"])])
        ratios += [
            [f"{what}: {pair}", *(spread(of.get(measure)) for measure in measures)]
            for pair, of in condition["ratios"].items()
        ]
    parts.append(table(["", "requests/s", "p50 ms", "p99 ms", "CPU ms a request", "memory MB"], rows))
    parts.append(table(["times", "requests/s", "p50", "p99", "CPU a request"], ratios))
    idle = results.get("idle_share_of_a_core")
    if idle is not None:
        parts.append(f"A stack that nobody asks anything uses {number(idle * 100)} % of a core.")
    parts.append("What differs:\n\n" + "\n".join(f"- {difference}" for difference in results["differences"]))
    return parts


def local(known: dict) -> list[str]:
    """The local stack as `make run` builds it."""
    results = known["local"]
    runs = f"{results['rounds']} rounds of {results['seconds']} s over {results['connections']} connections; the debug build."
    measures = {"signatures a second": "signatures_per_second", "p50 ms": "p50_ms", "p99 ms": "p99_ms", "CPU ms a signature": "cpu_ms"}

    def row(what: str, of: dict) -> list[str]:
        cells = (spread(of["medians"][measure]) for measure in measures.values())
        return [what, *cells, number(of["idle_share_of_a_core"] * 100)]

    rows = [row("new", results)]
    after = results.get("after_receipts")
    if after:
        rows.append(row(f"with {results['receipts']:,} receipts more", after))
    parts = [measured(results, runs), table(["`make run`", *measures, "% of a core while idle"], rows)]
    if after:
        parts.append(f"With the receipts it gives {spread(after['ratio'])} times the signatures.")
    built = results.get("first_build_seconds")
    if built is not None:
        parts.append(f"Its first build takes {number(built / 60)} minutes on this machine, with all crates downloaded.")
    return parts


def search(known: dict) -> list[str]:
    """Searches, with more and more keys."""
    results = known["search"]
    least, *more = (f"{size} keys" for size in results["sizes"])
    rows = []
    for what, condition in results["conditions"].items():
        p95 = [number(median(condition, subject, "p95_ms")) for subject in (least, *more)]
        rows.append([what, *p95, *(spread(condition["ratios"][f"{subject} / {least}"]["p95_ms"]) for subject in more)])
    heads = ["", *(f"p95 ms, {keys(subject)}" for subject in (least, *more)), *(f"p95, {keys(subject)}, times" for subject in more)]
    return [measured(results, loads(results)), table(heads, rows)]


def scale(known: dict) -> list[str]:
    """Stacks with more and more keys."""
    results = known["scale"]
    how = loads(results)
    plot = picture("scale", "Times of the larger stacks, as multiples of the smallest stack's")
    parts = [measured(results, how), plot]
    least, *more = (f"{size} keys" for size in results["sizes"])
    rows = []
    for what, condition in results["conditions"].items():
        p50 = [number(median(condition, subject, "p50_ms")) for subject in (least, *more)]
        of = [condition["ratios"][f"{subject} / {least}"] for subject in more]
        rows.append([what, *p50, *(spread(each["p50_ms"]) for each in of), *(spread(each["cpu_ms"]) for each in of)])
    heads = [
        "", *(f"p50 ms, {keys(subject)}" for subject in (least, *more)),
        *(f"p50, {keys(subject)}, times" for subject in more), *(f"CPU, {keys(subject)}, times" for subject in more),
    ]
    return [*parts, table(heads, rows)]


def keys(subject: str) -> str:
    """A number of keys as people read it."""
    return f"{int(subject.split()[0]):,} keys"


def instr(known: dict) -> list[str]:
    """Instructions of pieces of work."""
    results = known["instr"]
    parts = [measured(results, f"{results['repetitions']} repetitions; {figures.profile(results)}.")]
    parts.append(picture("instr", "Instructions of one repetition of each piece of work"))
    condition, rows = results["conditions"]["callgrind"], []
    for name in counted(condition):
        ratio = since(results, name)
        count = median(condition, name, "instructions")
        rows.append([name, f"{count:,.0f}", f"{ratio:.3f}" if ratio else "not there"])
    parts.append(table(["", "instructions", f"times those at `{results['base']}`"], rows))
    known_words = words.SINCE.get(results["base"], {})
    more = [f"- *{name}*, {since(results, name):.3f}: {known_words[name]}" for name in grown(results) if name in known_words]
    return [*parts, *(["What takes over a tenth more, and why:\n\n" + "\n".join(more)] if more else [])]


def counted(condition: dict) -> list[str]:
    """The pieces of work, without those of the commit before."""
    return [name for name in condition["subjects"] if "@" not in name]


def since(results: dict, name: str) -> float | None:
    """How many times the instructions of the commit before a piece of work takes; `None` if it was not there."""
    pair = f"{name} / {name}@{results['base']}"
    ratio = results["conditions"]["callgrind"]["ratios"].get(pair)
    return ratio and ratio["instructions"]["median"]


def grown(results: dict) -> list[str]:
    """The pieces of work that take over a tenth more instructions."""
    return [name for name in counted(results["conditions"]["callgrind"]) if (since(results, name) or 0) > 1.1]


SECTIONS = {
    "goals": overview, "cold": cold, "zips": zips, "serve": serve, "local": local, "scale": scale, "search": search, "instr": instr,
}
# What is written of all figures that are there.
OF_ALL = ("goals", "zips")


def section(name: str, known: dict) -> str:
    """What is generated about a bench, or about all of them."""
    if name not in known and name not in OF_ALL:
        return f"No figures were committed yet: run `make bench-{name}`, then `make bench-report`."
    return "\n\n".join(SECTIONS[name](known))


def page(known: dict) -> str:
    """The page with these figures. What people wrote in it stays."""
    written = PAGE.read_text()
    for name in SECTIONS:
        before, rest = written.split(begin(name), 1)
        _, after = rest.split(END, 1)
        written = f"{before}{begin(name)}\n\n{section(name, known)}\n\n{END}{after}"
    return written
