"""The generated tables of docs/benchmarks.md."""

import figures
from figures import median

PAGE = figures.HERE.parent / "benchmarks.md"
END = "<!-- up to here -->"


def begin(bench: str) -> str:
    """The mark before what is generated about a bench."""
    return f"<!-- make bench-report writes: {bench} -->"


def number(value: float | None, unit: str = "") -> str:
    """A figure without digits that mean nothing."""
    if value is None:
        return ""
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
    """An amount of memory or of disk, in MB."""
    return "" if value is None else number(value / (1 << 20))


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown. Columns of figures stand to the right."""
    lines = [heads, ["---"] + ["--:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


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


def cold(results: dict) -> list[str]:
    """Cold starts, by condition."""
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
        ratios = [
            [pair, *(spread(of.get(measure)) for measure in ("cold_ms", "first_ms", "warm_p50_ms", "warm_cpu_ms"))]
            for pair, of in condition["ratios"].items() if pair.startswith("sign_request / ")
        ]
        parts += [f"### {name}", table(heads, rows)]
        if ratios:
            parts.append(table(["times", "start and first answer", "first answer", "later answer", "its CPU"], ratios))
    sizes = [
        [name, megabytes(size.get("bytes")), megabytes(size.get("zip_bytes"))] for name, size in results["sizes"].items()
    ]
    if sizes:
        parts += ["### Size of the code", table(["program", "MB", "MB in a zip"], sizes)]
    return parts


def serve(results: dict) -> list[str]:
    """The local stack beside OpenBao."""
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


def scale(results: dict) -> list[str]:
    """Stacks with more and more keys."""
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


def instr(results: dict) -> list[str]:
    """Instructions of pieces of work."""
    parts = [measured(results, f"{results['repetitions']} repetitions; {figures.profile(results)}.")]
    parts.append(picture("instr", "Instructions of one repetition of each piece of work"))
    condition, rows = results["conditions"]["callgrind"], []
    for name in counted(condition):
        base = f"{name}@{results['base']}"
        ratio = condition["ratios"].get(f"{name} / {base}")
        count = median(condition, name, "instructions")
        rows.append([name, f"{count:,.0f}", f"{ratio['instructions']['median']:.3f}" if ratio else "not there"])
    return [*parts, table(["", "instructions", f"times those at `{results['base']}`"], rows)]


def counted(condition: dict) -> list[str]:
    """The pieces of work, without those of the commit before."""
    return [name for name in condition["subjects"] if "@" not in name]


SECTIONS = {"cold": cold, "serve": serve, "scale": scale, "instr": instr}


def section(bench: str, known: dict) -> str:
    """What is generated about a bench."""
    if bench not in known:
        return f"No figures were committed yet: run `make bench-{bench}`, then `make bench-report`."
    return "\n\n".join(SECTIONS[bench](known[bench]))


def page(known: dict) -> str:
    """The page with these figures. What people wrote in it stays."""
    written = PAGE.read_text()
    for bench in figures.BENCHES:
        before, rest = written.split(begin(bench), 1)
        _, after = rest.split(END, 1)
        written = f"{before}{begin(bench)}\n\n{section(bench, known)}\n\n{END}{after}"
    return written
