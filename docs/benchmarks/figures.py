"""The figures of docs/benchmarks.md: the newest results of each bench, or those that were committed last."""

import json
import re
from pathlib import Path
from statistics import median as middle_of

HERE = Path(__file__).parent
KEPT = HERE / "figures.json"
# The file that each bench writes. `make package` writes how large the zips are.
FILES = {
    "cold": "cold", "zips": "zips", "serve": "serve", "local": "local", "scale": "scale", "search": "scale-only", "instr": "instr",
}
BENCHES = tuple(FILES)
# What was asked of AWS until the first event, for the first request, and for those that followed.
PHASES = ("start", "first", "later")


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


def asked(runs: list[dict], later: int) -> dict:
    """The medians of what was asked of AWS, by phase: calls by operation, and handshakes. Of the later requests it is what one asks."""
    found = {}
    for place, phase in enumerate(PHASES):
        requests = later if phase == "later" else 1
        each = [run["asked"][place] for run in runs]
        operations = sorted({operation for of in each for operation in of["calls"]})
        found[phase] = {
            "calls": {name: middle_of(of["calls"].get(name, 0) for of in each) / requests for name in operations},
            "handshakes": middle_of(of["handshakes"] for of in each) / requests,
        }
    return found


def of_subject(subject: dict, later: int | None) -> dict:
    """The medians of a subject, and what it asked of AWS where that was counted."""
    runs = subject.get("runs", [])
    counted = runs and all("asked" in run for run in runs)
    return {"medians": subject["medians"], **({"asked": asked(runs, later)} if counted else {})}


def reduced(results: dict) -> dict:
    """Results without every single run, and without the path of a binary: what is kept is medians, ranges and ratios."""
    later = results.get("warm_requests")
    conditions = {
        name: {
            "subjects": {subject: of_subject(of, later) for subject, of in condition["subjects"].items()},
            "ratios": condition["ratios"],
        }
        for name, condition in results["conditions"].items()
    }
    told = {name: of for name, of in results.items() if name != "bootstrap"}
    return rounded({**told, "conditions": conditions})


def spreads(runs: list[dict]) -> dict:
    """The median of each measure, with its least and its greatest."""
    return {
        name: {"median": middle_of(of), "least": min(of), "greatest": max(of)}
        for name in runs[0] for of in [[run[name] for run in runs]]
    }


def reduced_local(results: dict) -> dict:
    """The figures of the program that was measured first. A second one is there to be compared with, and paths say nothing."""
    left_out = ("programs", "runs", "idle_percent_of_a_core", "after_receipts", "idle_after_receipts", "runs_after_receipts")
    told = {name: of for name, of in results.items() if name not in left_out}
    found = {
        **told,
        "rounds": len(results["runs"][0]),
        "idle_share_of_a_core": results["idle_percent_of_a_core"][0] / 100,
        "medians": spreads(results["runs"][0]),
    }
    if "after_receipts" in results:
        found["after_receipts"] = {
            "ratio": results["after_receipts"][results["programs"][0]],
            "idle_share_of_a_core": results["idle_after_receipts"][0] / 100,
            "medians": spreads(results["runs_after_receipts"][0]),
        }
    return rounded(found)


def taken(bench: str, results: dict) -> dict | None:
    """What is kept of a bench's results; nothing of a part of the bench of many keys that was not the searches."""
    if bench == "search" and not all(what.startswith("search") for what in results["conditions"]):
        return None
    if bench == "zips":
        return results
    return reduced_local(results) if bench == "local" else reduced(results)


def newest(folder: Path) -> dict:
    """The figures with the results in a folder in the place of older ones, in the order of their file."""
    figures = kept()
    for bench, name in FILES.items():
        file = folder / f"{name}.json"
        found = taken(bench, json.loads(file.read_text())) if file.exists() else None
        if found is not None:
            figures[bench] = found
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


def functions(condition: dict) -> list[str]:
    """The functions of Keyward among the programs, without those of a commit before: those that are compared with others."""
    compared = (pair.split(" / ")[0] for pair in condition["ratios"])
    return sorted({name for name in compared if "@" not in name})
