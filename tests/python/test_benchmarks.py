"""The report of the benches in docs/benchmarks: what it writes of sample results, and the page that is committed."""

import copy
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs" / "benchmarks"))

import figures  # noqa: E402
import goals  # noqa: E402
import overview  # noqa: E402
import plots  # noqa: E402
import tables  # noqa: E402
import words  # noqa: E402

STAMP = {"commit": "0123456789ab", "date": "2026-03-04", "machine": "2 cores of a test (riscv64)", "profile": "bench"}
SVG = "{http://www.w3.org/2000/svg}"


def spread(median, least=None, greatest=None):
    """A spread as the benches write it."""
    return {"median": median, "least": least or median, "greatest": greatest or median}


def counted(calls, handshakes):
    """What a process asked of AWS in a phase."""
    return {"calls": calls, "handshakes": handshakes}


# Of three processes, one was asked again by the SDK. Twenty requests followed the first.
ASKED = [
    {"asked": [counted({}, 2), counted({"BatchGetItem": tries, "Decrypt": 1, "PutItem": 1}, 0),
               counted({"BatchGetItem": 20, "PutItem": 20}, 0)]}
    for tries in (1, 1, 2)
]
NOTHING_ASKED = [{"asked": [counted({}, 0)] * 3}]


def started(init, first, runs=NOTHING_ASKED):
    """A program of the cold starts."""
    medians = {
        "init_ms": init, "first_ms": first, "cold_ms": init + first, "cold_cpu_ms": 5, "warm_p50_ms": 2, "warm_cpu_ms": 1,
        "peak_bytes": 12 << 20,
    }
    return {"medians": {name: spread(of) for name, of in medians.items()}, "runs": runs}


def asked(rate, p50):
    """A server that was asked."""
    medians = {"requests_per_second": rate, "p50_ms": p50, "p95_ms": 3 * p50, "p99_ms": 4 * p50, "cpu_ms": 1, "memory_bytes": 50 << 20}
    return {"medians": {name: spread(of) for name, of in medians.items()}, "runs": [{}]}


def ratios(**of):
    """The ratios of a pair."""
    names = ("requests_per_second", "p50_ms", "p95_ms", "p99_ms", "cpu_ms")
    return {name: of.get(name, spread(1)) for name in names}


COMPARED = ("cold_ms", "first_ms", "warm_p50_ms", "warm_cpu_ms")
COLD = {
    **STAMP, "rounds": 8, "warm_requests": 20, "sizes": {"keyward": {"bytes": 10 << 20, "zip_bytes": None}},
    "conditions": {"128 MB": {
        "subjects": {
            "sign_request": started(20, 10, ASKED), "list_systems": started(16, 1), "empty": started(15, 0.5), "node": started(5, 5),
        },
        "ratios": {
            "sign_request / empty": {name: spread(2, 1.5, 3) for name in COMPARED},
            "list_systems / empty": {name: spread(1.1) for name in COMPARED},
            "sign_request / node": {name: spread(0.027) for name in COMPARED},
        },
    }},
}
SERVE = {
    **STAMP, "rounds": 5, "seconds": 4, "connections": 8,
    "idle_share_of_a_core": 0.004, "differences": ["They differ."],
    "conditions": {"read": {
        "subjects": {"OpenBao KV get": asked(1000, 4), "Keyward masked read": asked(2000, 2)},
        "ratios": {"Keyward masked read / OpenBao KV get": ratios(requests_per_second=spread(2, 1.9, 2.1))},
    }},
}
SCALE = {
    **STAMP, "rounds": 5, "seconds": 3, "connections": 4, "sizes": [1000, 100000],
    "conditions": {"create": {
        "subjects": {"1000 keys": asked(100, 10), "100000 keys": asked(90, 11)},
        "ratios": {"100000 keys / 1000 keys": ratios(p50_ms=spread(1.1, 0.9, 1.2))},
    }},
}
INSTR = {
    **STAMP, "base": "ba9876543210", "repetitions": 100,
    "conditions": {"callgrind": {
        "subjects": {name: {"medians": {"instructions": spread(of)}} for name, of in
                     (("event", 120_000), ("event@ba9876543210", 100_000), ("list", 60_000))},
        "ratios": {"event / event@ba9876543210": {"instructions": spread(1.2)}},
    }},
}
SEARCH = {**SCALE, "conditions": {"search by three words": {
    "subjects": {"1000 keys": asked(100, 10), "100000 keys": asked(90, 12)},
    "ratios": {"100000 keys / 1000 keys": ratios(p95_ms=spread(1.2, 1.1, 1.3))},
}}}


def signed(rate):
    """A run of the local stack."""
    return {"signatures_per_second": rate, "p50_ms": 20.0, "p99_ms": 40.0, "cpu_ms": 5.0}


LOCAL = {
    "commit": "0123456789ab", "date": "2026-03-04", "machine": "2 cores of a test (riscv64)", "seconds": 10, "connections": 8, "receipts": 200_000,
    "first_build_seconds": 240.0, "programs": ["/home/me/now", "/home/me/before"], "idle_percent_of_a_core": [0.5, 7.0],
    "runs": [[signed(300.0), signed(250.0), signed(260.0)], [signed(90.0)]],
    "after_receipts": {"/home/me/now": spread(0.97), "/home/me/before": spread(0.5)}, "idle_after_receipts": [0.6, 8.0],
    "runs_after_receipts": [[signed(240.0)], [signed(9.0)]],
}
ZIPS = {"commit": "fedcba987654", "architecture": "arm64", "sizes": {"bootstrap": {"bytes": 9_500_000, "zip_bytes": 4_400_000}}}
RESULTS = {"cold": COLD, "serve": SERVE, "scale": SCALE, "scale-only": SEARCH, "instr": INSTR, "local": LOCAL, "zips": ZIPS}
# Those that say when and where they were measured.
STAMPED = [bench for bench in figures.BENCHES if bench != "zips"]


@pytest.fixture
def known(tmp_path, monkeypatch):
    """The figures of the sample results, with nothing committed before."""
    monkeypatch.setattr(figures, "KEPT", tmp_path / "none.json")
    for bench, results in RESULTS.items():
        (tmp_path / f"{bench}.json").write_text(json.dumps(results))
    return figures.newest(tmp_path)


def rows(known, bench):
    """The cells of the tables about a bench, by their first one. The first table that has it counts."""
    lines = [line for line in tables.section(bench, known).splitlines() if line.startswith("|")]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    found = {}
    for first, *rest in cells:
        found.setdefault(first, rest)
    return found


def test_every_table_has_the_figures_of_the_results(known):
    cold = rows(known, "cold")
    assert cold["sign_request"] == ["20.0", "10.0", "30.0", "5.00", "2.00", "1.00", "12.0"]
    assert cold["sign_request / empty"][0] == "2.00 (1.50–3.00)"
    assert cold["list_systems / empty"][0] == "1.10"
    assert cold["sign_request / node"][0] == "0.027"
    serve = rows(known, "serve")
    assert serve["read: Keyward masked read"] == ["2,000", "2.00", "8.00", "1.00", "50.0"]
    assert serve["read: Keyward masked read / OpenBao KV get"][0] == "2.00 (1.90–2.10)"
    assert rows(known, "search")["search by three words"] == ["30.0", "36.0", "1.20 (1.10–1.30)"]
    assert rows(known, "scale")["create"] == ["10.0", "11.0", "1.10 (0.90–1.20)", "1.00"]
    assert rows(known, "instr") == rows(known, "instr") | {"event": ["120,000", "1.200"], "list": ["60,000", "not there"]}


def test_what_is_asked_of_aws_is_the_median_of_the_processes_and_of_one_later_request(known):
    condition = known["cold"]["conditions"]["128 MB"]
    assert condition["subjects"]["sign_request"]["asked"] == {
        "start": {"calls": {}, "handshakes": 2},
        "first": {"calls": {"BatchGetItem": 1, "Decrypt": 1, "PutItem": 1}, "handshakes": 0},
        "later": {"calls": {"BatchGetItem": 1.0, "PutItem": 1.0}, "handshakes": 0.0},
    }
    lines = tables.section("cold", known).splitlines()
    asks = "| sign_request | none | 1 BatchGetItem, 1 Decrypt, 1 PutItem | 1 BatchGetItem, 1 PutItem | 0 | 2 | 0 | 0 |"
    assert asks in lines
    assert "| list_systems | none | none | none | 0 | 0 | 0 | 0 |" in lines


def test_the_local_stack_has_the_figures_of_the_program_that_was_built_and_no_path(known):
    assert rows(known, "local")["new"] == ["260 (250–300)", "20.0", "40.0", "5.00", "0.50"]
    assert rows(known, "local")["with 200,000 receipts more"] == ["240", "20.0", "40.0", "5.00", "0.60"]
    section = tables.section("local", known)
    assert "0.97 times the signatures" in section and "first build takes 4.00 minutes" in section
    assert "/home" not in figures.text(known)


def test_without_receipts_and_a_first_build_the_local_stack_says_nothing_of_them():
    short = {name: of for name, of in LOCAL.items() if "after_receipts" not in name} | {"first_build_seconds": None}
    section = tables.section("local", {"local": figures.reduced_local(short)})
    assert "receipts" not in section and "first build" not in section


def test_each_size_of_the_code_has_its_commit_and_its_architecture(known):
    section = tables.section("zips", known)
    assert "At `0123456789ab`, for the machine that the cold starts were measured on: 2 cores of a test (riscv64)." in section
    assert "At `fedcba987654`, for arm64" in section
    assert rows(known, "zips") == rows(known, "zips") | {"keyward": ["10.5", ""], "bootstrap": ["9.50", "4.40"]}
    assert "run `make package`" in tables.section("zips", {})


def test_sizes_are_those_of_the_zips(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("bootstrap", b"x" * 1234)
        packed.writestr("panel/index.html", b"<html>")
    out = tmp_path / "bench" / "zips.json"
    program = [sys.executable, ROOT / "infra" / "zip_sizes.py", out, "abc", "arm64", f"bootstrap={tmp_path / 'a.zip'}"]
    subprocess.run(program, check=True)
    size = {"bytes": 1234, "zip_bytes": (tmp_path / "a.zip").stat().st_size}
    assert json.loads(out.read_text()) == {"commit": "abc", "architecture": "arm64", "sizes": {"bootstrap": size}}


def test_every_section_says_when_and_where_it_was_measured(known):
    for bench in STAMPED:
        section = tables.section(bench, known)
        assert "Measured on 2026-03-04 at `0123456789ab`, on 2 cores of a test (riscv64)." in section, bench
        assert ("the debug build" if bench == "local" else "build profile `bench`") in section, bench
    assert "uses 0.40 % of a core" in tables.section("serve", known)
    assert "- They differ." in tables.section("serve", known)


def judged(known):
    """Goals with what is written of their figure, and whether it is met."""
    return {goal.what: (overview.asked(goal), overview.reached(goal), goal.is_met) for goal in goals.all_of(known)}


def test_whether_a_goal_is_met_follows_from_the_figures(known):
    found = judged(known)
    start = "Start and first answer of"
    assert found[f"{start} `sign_request`, times the empty handler"] == ("at most 1.6", "2.00 (1.50–3.00)", False)
    # The empty handler is compared with what asks nothing of AWS by another bound.
    assert found[f"{start} `list_systems`, times the empty handler"] == ("at most 1.2", "1.10", True)
    assert found[f"{start} `sign_request`, of Node.js"] == ("at most 1/40", "1/37", False)
    assert found[f"{start} `sign_request`, of Python"] == ("at most 1/60", "", None)
    assert found["Calls of KMS for a later `sign_request`"] == ("at most 0", "0", True)
    assert found["Keyward masked read a second, times OpenBao KV get"] == ("at least 1", "2.00 (1.90–2.10)", True)
    assert found["Zip of the functions, riscv64"] == ("at most 4.5 MB", "", None)
    assert found["Zip of the functions, arm64"] == ("at most 4.5 MB", "4.40 MB", True)
    assert found["Signatures a second of `make run`"] == ("at least 250", "260 (250–300)", True)
    assert found["CPU of an idle stack"] == ("at most 1 % of a core", "0.40 % of a core", True)
    assert found["p95 of *search by three words* with 100,000 keys, times 1,000"] == ("at most 1.5", "1.20 (1.10–1.30)", True)


@pytest.mark.parametrize(("figure", "at_least", "met"), [
    (1.5, False, True), (1.501, False, False), (1.5, True, True), (1.499, True, False),
    # The median decides, whatever the range.
    (spread(1.4, 1, 9), False, True), (spread(1.6, 1, 9), False, False), (None, False, None), (0, False, True),
])
def test_a_goal_is_met_at_its_bound_and_not_beyond(figure, at_least, met):
    assert goals.Goal("make it", "It", 1.5, figure, "it", at_least=at_least).is_met is met


def test_a_use_that_asks_kms_each_time_misses_its_goal(known):
    asks = copy.deepcopy(known)
    later = asks["cold"]["conditions"]["128 MB"]["subjects"]["sign_request"]["asked"]["later"]
    later["calls"]["Decrypt"], later["handshakes"] = 1, 0.05
    found = judged(asks)
    assert found["Calls of KMS for a later `sign_request`"][2] is False
    assert found["Handshakes for a later `sign_request`"][2] is False


def test_a_key_of_many_organizations_is_compared_with_one_of_none():
    def of(many):
        counts = {"sign_request": 1000.0, goals.ORGANIZATIONS: many}
        subjects = {name: {"medians": {"instructions": spread(count)}} for name, count in counts.items()}
        (goal,) = goals.instr({"instr": {**INSTR, "conditions": {"callgrind": {"subjects": subjects, "ratios": {}}}}})
        return goal.middle, goal.is_met

    assert of(1099.0) == (1.099, True)
    assert of(1101.0) == (1.101, False)


def test_a_missed_goal_says_why_where_it_is_known_and_a_met_one_does_not(known):
    section = tables.section("goals", known)
    every = goals.all_of(known)
    met, missed = (sum(goal.is_met is is_met for goal in every) for is_met in (True, False))
    assert section.startswith(f"{met} of {len(every)} goals are met, {missed} are missed, ")
    assert section.count("**missed**") == missed and section.count("| met |") == met
    # The first goal is missed, and its words have the size of the binary.
    assert "- **1:** The empty handler makes no connection." in section and "a binary of 10.5 MB" in section
    # What is met has no reason.
    assert "OpenBao calls its storage as a function" not in section
    assert "{" not in section
    without = tables.section("goals", {})
    assert without.count("not measured: `make") == len(goals.all_of({})) - 1, "what it costs is always known"


def test_each_missed_goal_is_explained_or_says_what_has_to_be_measured():
    missed = {goal.words for goal in goals.all_of(figures.kept()) if goal.is_met is False}
    assert missed <= {*words.WHY, *words.UNEXPLAINED}, "docs/benchmarks/words.py says why, or what has to be measured to know"
    assert not {*words.WHY} & {*words.UNEXPLAINED}
    page = tables.PAGE.read_text()
    for told in words.UNEXPLAINED.values():
        assert told not in page


def test_each_piece_of_work_that_takes_a_tenth_more_is_explained():
    kept = figures.kept()["instr"]
    assert set(tables.grown(kept)) <= set(words.SINCE.get(kept["base"], {})), "docs/benchmarks/words.py says what they do more"
    section = tables.section("instr", figures.kept())
    for name in tables.counted(kept["conditions"]["callgrind"]):
        assert (f"- *{name}*, " in section) == (name in tables.grown(kept)), name


def test_words_about_another_commit_are_left_out(known):
    assert tables.grown(known["instr"]) == ["event"]
    assert "a tenth more" not in tables.section("instr", known)
    known["instr"]["conditions"]["callgrind"]["ratios"]["event / event@ba9876543210"]["instructions"] = spread(1.1)
    assert tables.grown(known["instr"]) == []


def test_a_part_of_the_bench_of_many_keys_that_is_no_search_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "KEPT", tmp_path / "none.json")
    (tmp_path / "scale-only.json").write_text(json.dumps({**SEARCH, "conditions": SCALE["conditions"]}))
    assert figures.newest(tmp_path) == {}


def bars(svg, colour):
    """The widths of the bars of a colour, without the legend's."""
    boxes = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [float(box.get("width")) for box in boxes if box.get("fill") == colour and box.get("height") == "18.0"]


def test_the_bars_of_a_plot_are_as_long_as_the_figures_are_large(known):
    drawn = {path.stem: svg for path, svg in plots.svgs(known).items()}
    assert bars(drawn["serve"], plots.OURS) == [plots.SPAN]
    assert bars(drawn["serve"], plots.THEIRS) == [plots.SPAN / 2]
    assert bars(drawn["instr"], plots.OURS) == [plots.SPAN, plots.SPAN / 2]
    # The signature takes longest.
    start, answer = bars(drawn["cold"], plots.OURS)[-1], bars(drawn["cold"], plots.BETWEEN)[-1]
    assert start == pytest.approx(2 * answer, abs=0.2) and start + answer == pytest.approx(plots.SPAN, abs=0.2)
    dot = next(ElementTree.fromstring(drawn["scale"]).iter(f"{SVG}circle"))
    assert float(dot.get("cx")) == pytest.approx(plots.LEFT + 1.1 / 2 * plots.SPAN)


def test_a_bench_that_was_not_run_keeps_the_figures_of_before(known, tmp_path, monkeypatch):
    kept, empty = tmp_path / "kept.json", tmp_path / "empty"
    kept.write_text(figures.text(known))
    empty.mkdir()
    monkeypatch.setattr(figures, "KEPT", kept)
    assert figures.newest(empty) == known
    (empty / "serve.json").write_text(json.dumps({**SERVE, "date": "2026-05-06"}))
    newer = figures.newest(empty)
    assert newer == {**known, "serve": {**known["serve"], "date": "2026-05-06"}}
    kept.write_text(figures.text(newer))
    assert tables.page(figures.kept()) == tables.page(newer), "the page has the order of the file"
    assert "runs" not in kept.read_text()


def test_a_bench_without_figures_says_how_to_get_some():
    said = tables.section("scale", {})
    assert said == "No figures were committed yet: run `make bench-scale`, then `make bench-report`."


def test_the_page_and_its_plots_are_those_of_the_committed_figures():
    known = figures.kept()
    assert tables.PAGE.read_text() == tables.page(known), "run `make bench-report`"
    for path, svg in plots.svgs(known).items():
        assert path.read_text() == svg, "run `make bench-report`"


def test_the_program_asks_for_the_folder_of_the_results():
    asked = subprocess.run([sys.executable, ROOT / "docs" / "benchmarks"], capture_output=True, text=True)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.startswith("usage:")
