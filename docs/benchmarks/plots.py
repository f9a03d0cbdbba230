"""The plots of docs/benchmarks.md, as SVG. Each lies on a white ground, so that it can be read on a dark page too."""

from html import escape

import figures
import tables
from cells import number
from figures import median

WIDTH, LEFT, RIGHT = 960, 230, 130
INK, SOFT, GRID, OURS, THEIRS, BETWEEN = "#1f2933", "#66727f", "#e3e7ec", "#0b6bcb", "#b4540a", "#5b6b7b"
SPAN = WIDTH - LEFT - RIGHT


def text(x: float, y: float, content: str, **style: str) -> str:
    """A line of text."""
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(content)}</text>'


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A bar."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2" fill="{colour}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, **style: str) -> str:
    """A line."""
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{attributes}/>'


def drawing(title: str, note: str, height: float, parts: list[str]) -> str:
    """A whole picture."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(title)}" '
        f'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="12.5">',
        f'<rect width="{WIDTH}" height="{height:.0f}" rx="8" fill="#ffffff"/>',
        text(24, 30, title, fill=INK, font_size="15", font_weight="600"),
        text(24, 50, note, fill=SOFT),
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def legend(y: float, entries: list[tuple[str, str]]) -> list[str]:
    """What the colours mean."""
    drawn, x = [], LEFT
    for name, colour in entries:
        drawn += [box(x, y - 10, 14, 11, colour), text(x + 20, y, name, fill=INK)]
        x += 20 + 7 * len(name) + 30
    return drawn


def cold(results: dict) -> str:
    """A bar for each program: its start, and after it the first answer."""
    name, condition = next(iter(results["conditions"].items()))
    programs = sorted(condition["subjects"], key=lambda subject: median(condition, subject, "cold_ms"))
    programs = [subject for subject in programs if "@" not in subject]
    longest = max(median(condition, subject, "cold_ms") for subject in programs)
    ours = {pair.split(" / ")[0] for pair in condition["ratios"]}
    parts, y = legend(76, [("start, Keyward", OURS), ("start, others", THEIRS), ("first answer", BETWEEN)]), 96
    for subject in programs:
        init, first = median(condition, subject, "init_ms"), median(condition, subject, "first_ms")
        end = (init + first) / longest * SPAN
        parts += [
            text(LEFT - 10, y + 13, subject, text_anchor="end", fill=INK),
            box(LEFT, y, init / longest * SPAN, 18, OURS if subject in ours else THEIRS),
            box(LEFT + init / longest * SPAN, y, first / longest * SPAN, 18, BETWEEN),
            text(LEFT + end + 8, y + 13, number(init + first, " ms"), fill=INK),
        ]
        y += 26
    return drawing("A cold start and the first answer", f"Milliseconds, {name}; shorter is better", y + 16, parts)


def serve(results: dict) -> str:
    """Bars in groups: one for each thing that is done, each with a scale of its own."""
    parts, y = [], 74
    for what, condition in results["conditions"].items():
        parts.append(text(24, y + 14, what, fill=INK, font_weight="600"))
        y += 22
        rates = {subject: of["medians"]["requests_per_second"] for subject, of in condition["subjects"].items()}
        most = max(rate["greatest"] for rate in rates.values())
        for subject, rate in rates.items():
            end = LEFT + rate["greatest"] / most * SPAN
            parts += [
                text(LEFT - 10, y + 13, subject, text_anchor="end", fill=INK),
                box(LEFT, y, rate["median"] / most * SPAN, 18, THEIRS if "OpenBao" in subject else OURS),
                *reach(rate, y + 9, lambda value: LEFT + value / most * SPAN),
                text(end + 8, y + 13, number(rate["median"], "/s"), fill=INK),
            ]
            y += 24
        y += 12
    note = "Requests a second, median and range of the rounds; longer is better; each group has a scale of its own"
    return drawing("The local stack beside OpenBao", note, y + 8, parts)


def reach(spread: dict, y: float, place) -> list[str]:
    """The range of a figure."""
    least, greatest = place(spread["least"]), place(spread["greatest"])
    ends = [line(x, y - 4, x, y + 4, INK) for x in (least, greatest)]
    return [line(least, y, greatest, y, INK), *ends]


def scale(results: dict) -> str:
    """Dots: how many times as long each thing takes with more keys."""
    least, *more = (f"{size} keys" for size in results["sizes"])
    colours = dict(zip(more, (BETWEEN, OURS, THEIRS)))
    ratios = {
        what: {subject: condition["ratios"][f"{subject} / {least}"]["p50_ms"] for subject in more}
        for what, condition in results["conditions"].items()
    }
    most = max([2, *(ratio["greatest"] for of in ratios.values() for ratio in of.values())])
    most = min(most, 4)

    def place(value: float) -> float:
        return LEFT + min(value, most) / most * SPAN

    parts = legend(76, [(tables.keys(subject), colour) for subject, colour in colours.items()])
    bottom = 104 + len(ratios) * (14 * len(more) + 12)
    for tick in (step / 2 for step in range(int(most * 2) + 1)):
        parts.append(line(place(tick), 92, place(tick), bottom, INK if tick == 1 else GRID))
        parts.append(text(place(tick), bottom + 18, f"{tick:g}×", text_anchor="middle", fill=SOFT))
    y = 104
    for what, of in ratios.items():
        parts.append(text(LEFT - 10, y + 7 * len(more) + 3, what, text_anchor="end", fill=INK))
        for subject, ratio in of.items():
            x = place(ratio["median"])
            parts += [
                *reach(ratio, y + 7, place),
                f'<circle cx="{x:.1f}" cy="{y + 7:.1f}" r="4.5" fill="{colours[subject]}"/>',
                text(WIDTH - RIGHT + 16, y + 11, f"{ratio['median']:.2f}×", fill=colours[subject]),
            ]
            y += 14
        y += 12
    note = f"Times of the median answer, as multiples of those with {tables.keys(least)}"
    return drawing("The local stack with more keys", f"{note}; 1× means that size does not matter", bottom + 36, parts)


def instr(results: dict) -> str:
    """A bar for each piece of work."""
    condition = results["conditions"]["callgrind"]
    counts = {name: median(condition, name, "instructions") for name in tables.counted(condition)}
    most, parts, y = max(counts.values()), [], 72
    for name, count in counts.items():
        parts += [
            text(LEFT - 10, y + 13, name, text_anchor="end", fill=INK),
            box(LEFT, y, count / most * SPAN, 18, OURS),
            text(LEFT + count / most * SPAN + 8, y + 13, f"{count / 1000:,.0f} k", fill=INK),
        ]
        y += 26
    return drawing("Instructions of pieces of work", "One repetition, without the start of the process", y + 12, parts)


PLOTS = {"cold": cold, "serve": serve, "scale": scale, "instr": instr}


def svgs(known: dict) -> dict:
    """The plots of these figures, by file."""
    return {figures.HERE / f"{bench}.svg": plot(known[bench]) for bench, plot in PLOTS.items() if bench in known}
