"""The goals on docs/benchmarks.md: figure, met or missed, and why."""

import re

import goals
import words
from cells import file_size, number, part, table
from figures import median
from goals import SMALL, Goal


def facts(known: dict) -> dict[str, str]:
    """The figures in the words."""
    cold = known.get("cold", {"sizes": {}, "conditions": {}})
    found = {"binary": file_size(cold["sizes"].get("keyward", {}).get("bytes"))}
    small = cold["conditions"].get(SMALL, {"subjects": {}})
    if {"empty", "usual"} <= set(small["subjects"]):
        found["empty of usual"] = part(median(small, "empty", "cold_ms") / median(small, "usual", "cold_ms"))
    return found


def one(goal: Goal, value: float) -> str:
    """A value of a goal's figure."""
    if value == 0:
        return "0"
    return part(value) if goal.is_part else number(value, goal.unit)


def asked(goal: Goal) -> str:
    """What a goal's figure is to be."""
    bound = part(goal.bound) if goal.is_part else f"{goal.bound:g}{goal.unit}"
    return f"{'at least' if goal.at_least else 'at most'} {bound}"


def reached(goal: Goal) -> str:
    """A goal's figure, with its range."""
    if goal.middle is None:
        return ""
    if not isinstance(goal.figure, dict) or goal.figure["least"] == goal.figure["greatest"]:
        return one(goal, goal.middle)
    least, greatest = (one(goal, goal.figure[end]) for end in ("least", "greatest"))
    return f"{one(goal, goal.middle)} ({least}–{greatest})"


def verdict(goal: Goal) -> str:
    """Whether a goal is met."""
    if goal.is_met is None:
        return f"not measured: `{goal.command}`"
    return "met" if goal.is_met else "**missed**"


def with_facts(text: str, known: dict) -> str:
    """Words with the figures in the place of the braces."""
    found = facts(known)
    return re.sub(r"\{(.+?)\}", lambda place: found[place[1]], text)


def reasons(every: list[Goal], known: dict) -> list[str]:
    """Why goals are missed, and what comes next, where it is known. Goals have their numbers from the table."""
    lines = []
    for name, (why, following) in words.WHY.items():
        of = [str(place) for place, goal in enumerate(every, 1) if goal.words == name and goal.is_met is False]
        if of:
            lines.append(with_facts(f"- **{', '.join(of)}:** {why} Next: {following}", known))
    return lines


def overview(known: dict) -> list[str]:
    """Every goal with its figure, and why the missed ones are missed."""
    every = goals.all_of(known)
    rows = [[f"{place}. {goal.what}", asked(goal), reached(goal), verdict(goal)] for place, goal in enumerate(every, 1)]
    met, missed, unknown = (sum(goal.is_met is is_met for goal in every) for is_met in (True, False, None))
    parts = [
        f"{met} of {len(every)} goals are met, {missed} are missed, and {unknown} were not measured. The median decides; the range "
        "of the rounds is in parentheses.",
        table(["goal", "to be", "figure", ""], rows),
    ]
    why = reasons(every, known)
    return [*parts, *(["### Why goals are missed, and what comes next", "\n".join(why)] if why else [])]
