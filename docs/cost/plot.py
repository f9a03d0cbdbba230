"""The plot of docs/cost.md: what a month costs by the number of uses, one panel for each number of keys."""

import math

import model
import page

PLOT = model.HERE / "cost.svg"

WIDTH, HEIGHT = 960, 400
TOP, BOTTOM, LEFT, GAP = 92, 330, 62, 26
PANEL = (WIDTH - LEFT - 24 - 2 * GAP) / 3
# Powers of ten between which every amount lies.
LOWEST, HIGHEST = 1, 6
INK, SOFT, GRID = "#1f2933", "#66727f", "#e3e7ec"
LINES = [
    ("Secrets Manager, a secret for each key", "#b4540a", "7 4", model.secrets_manager),
    ("Keyward, with a KMS key for each account", "#5b6b7b", "2 4", model.key_per_account),
    ("Keyward", "#0b6bcb", "none", lambda work: sum(model.keyward(work).values())),
]


def text(x: float, y: float, content: str, **style: str) -> str:
    """A line of text."""
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{content}</text>'


def height(amount: float) -> float:
    """Where an amount stands. The axis is logarithmic."""
    part = (math.log10(amount) - LOWEST) / (HIGHEST - LOWEST)
    return BOTTOM - part * (BOTTOM - TOP)


def place(left: float, uses: int) -> float:
    """Where a number of uses stands in a panel. The axis is logarithmic."""
    span = math.log10(model.USES[-1] / model.USES[0])
    return left + 26 + (PANEL - 66) * math.log10(uses / model.USES[0]) / span


def short(amount: float) -> str:
    """An amount in a few characters."""
    if amount >= 1_000_000:
        return f"${amount / 1_000_000:g}M"
    return f"${amount:,.0f}" if amount < 10_000 else f"${amount / 1_000:,.0f}k"


def axis() -> list[str]:
    """The amounts at the left."""
    ticks = (10**power for power in range(LOWEST, HIGHEST + 1))
    return [text(LEFT - 10, height(tick) + 4, short(tick), text_anchor="end", fill=SOFT) for tick in ticks]


def panel(left: float, keys: int) -> list[str]:
    """The lines for one number of keys."""
    drawn = [text(left, TOP - 14, f"{page.number(keys)} keys", font_weight="600", fill=INK)]
    for power in range(LOWEST, HIGHEST + 1):
        y = height(10**power)
        drawn.append(f'<line x1="{left:.1f}" x2="{left + PANEL:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
    for uses in model.USES:
        label = f"{uses // 1_000_000}M"
        drawn.append(text(place(left, uses), BOTTOM + 20, label, text_anchor="middle", fill=SOFT))
    ends = []
    for _, colour, dashes, cost in LINES:
        points = []
        for step in range(41):
            uses = round(model.USES[0] * (model.USES[-1] / model.USES[0]) ** (step / 40))
            points.append((place(left, uses), height(cost(model.Workload.of(keys, uses)))))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5" '
            f'stroke-dasharray="{dashes}" stroke-linejoin="round"/>'
        )
        ends.append((points[-1][1], colour, short(cost(model.Workload.of(keys, model.USES[-1])))))
    drawn += labels(left, ends)
    return drawn


def labels(left: float, ends: list[tuple[float, str, str]]) -> list[str]:
    """The amounts at the right ends of the lines, moved apart where they would touch."""
    drawn, above = [], -math.inf
    for y, colour, label in sorted(ends):
        y = max(y, above + 13)
        above = y
        drawn.append(text(left + PANEL - 36, y + 4, label, fill=colour, font_weight="600", font_size="11"))
    return drawn


def legend() -> list[str]:
    """What the lines are."""
    drawn, x = [], LEFT
    for name, colour, dashes, _ in reversed(LINES):
        drawn.append(
            f'<line x1="{x}" x2="{x + 28}" y1="46" y2="46" stroke="{colour}" stroke-width="2.5" '
            f'stroke-dasharray="{dashes}"/>'
        )
        drawn.append(text(x + 36, 50, name, fill=INK))
        x += 36 + 7 * len(name) + 26
    return drawn


def svg() -> str:
    """The whole plot."""
    panels = [panel(LEFT + index * (PANEL + GAP), keys) for index, keys in enumerate(model.KEYS)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="What a month costs, by keys and uses" '
        f'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="12.5">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 26, "US dollars a month, both axes logarithmic", fill=INK, font_size="15", font_weight="600"),
        *legend(),
        *axis(),
        *(line for each in panels for line in each),
        text(WIDTH / 2, HEIGHT - 26, "uses a month", text_anchor="middle", fill=SOFT),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
