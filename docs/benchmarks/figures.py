"""The figures of docs/benchmarks.md: the newest results of each bench, or those that were committed last."""

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE / "figures.json"
BENCHES = ("cold", "serve", "scale", "instr")


def kept() -> dict:
    """The figures that were committed last, by bench."""
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def rounded(value):
    """The same with numbers of four digits: no figure is more exact than that."""
    match value:
        case float():
            return float(f"{value:.4g}")
        case dict():
            return {name: rounded(of) for name, of in value.items()}
        case list():
            return [rounded(of) for of in value]
        case _:
            return value


def reduced(results: dict) -> dict:
    """Results without every single run, and without the path of a binary: what is kept is medians, ranges and ratios."""
    conditions = {
        name: {
            "subjects": {subject: {"medians": of["medians"]} for subject, of in condition["subjects"].items()},
            "ratios": condition["ratios"],
        }
        for name, condition in results["conditions"].items()
    }
    told = {name: of for name, of in results.items() if name != "bootstrap"}
    return rounded({**told, "conditions": conditions})


def newest(folder: Path) -> dict:
    """The figures with the results in a folder in the place of older ones, in the order of their file."""
    figures = kept()
    for bench in BENCHES:
        file = folder / f"{bench}.json"
        if file.exists():
            figures[bench] = reduced(json.loads(file.read_text()))
    return json.loads(text({bench: figures[bench] for bench in BENCHES if bench in figures}))


def text(figures: dict) -> str:
    """The figures as their file has them: what holds no other objects is on one line."""
    lines = json.dumps(figures, indent=1, sort_keys=True)
    return re.sub(r"\{[^{}]*\}", lambda innermost: " ".join(innermost[0].split()), lines) + "\n"


def profile(results: dict) -> str:
    """What was built, in words."""
    return f"build profile `{results['profile']}`" if results["profile"] else "a binary that was given"


def median(condition: dict, subject: str, measure: str) -> float | None:
    """A subject's median, where it was measured."""
    spread = condition["subjects"][subject]["medians"].get(measure)
    return spread and spread["median"]
