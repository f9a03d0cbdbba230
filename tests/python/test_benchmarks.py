"""The report of the benches in docs/benchmarks: what it writes of sample results, and the page that is committed."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs" / "benchmarks"))

import figures  # noqa: E402
import plots  # noqa: E402
import tables  # noqa: E402

STAMP = {"commit": "0123456789ab", "date": "2026-03-04", "machine": "2 cores of a test", "profile": "bench"}
SVG = "{http://www.w3.org/2000/svg}"


def spread(median, least=None, greatest=None):
    """A spread as the benches write it."""
    return {"median": median, "least": least or median, "greatest": greatest or median}


def started(init, first):
    """A program of the cold starts."""
    medians = {
        "init_ms": init, "first_ms": first, "cold_ms": init + first, "cold_cpu_ms": 5, "warm_p50_ms": 2, "warm_cpu_ms": 1,
        "peak_bytes": 12 << 20,
    }
    return {"medians": {name: spread(of) for name, of in medians.items()}, "runs": [{}]}


def asked(rate, p50):
    """A server that was asked."""
    medians = {"requests_per_second": rate, "p50_ms": p50, "p99_ms": 4 * p50, "cpu_ms": 1, "memory_bytes": 50 << 20}
    return {"medians": {name: spread(of) for name, of in medians.items()}, "runs": [{}]}


def ratios(**of):
    """The ratios of a pair."""
    names = ("requests_per_second", "p50_ms", "p99_ms", "cpu_ms")
    return {name: of.get(name, spread(1)) for name in names}


COMPARED = ("cold_ms", "first_ms", "warm_p50_ms", "warm_cpu_ms")
COLD = {
    **STAMP, "rounds": 8, "warm_requests": 20, "sizes": {"keyward": {"bytes": 10 << 20, "zip_bytes": None}},
    "conditions": {"128 MB": {
        "subjects": {"sign_request": started(20, 10), "empty": started(15, 0.5)},
        "ratios": {"sign_request / empty": {name: spread(2, 1.5, 3) for name in COMPARED}},
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
RESULTS = {"cold": COLD, "serve": SERVE, "scale": SCALE, "instr": INSTR}


@pytest.fixture
def known(tmp_path, monkeypatch):
    """The figures of the sample results, with nothing committed before."""
    monkeypatch.setattr(figures, "KEPT", tmp_path / "none.json")
    for bench, results in RESULTS.items():
        (tmp_path / f"{bench}.json").write_text(json.dumps(results))
    return figures.newest(tmp_path)


def rows(known, bench):
    """The cells of the tables about a bench, by their first one."""
    lines = [line for line in tables.section(bench, known).splitlines() if line.startswith("|")]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {first: rest for first, *rest in cells}


def test_every_table_has_the_figures_of_the_results(known):
    cold = rows(known, "cold")
    assert cold["sign_request"] == ["20.0", "10.0", "30.0", "5.00", "2.00", "1.00", "12.0"]
    assert cold["sign_request / empty"][0] == "2.00 (1.50–3.00)"
    assert cold["keyward"] == ["10.0", ""]
    serve = rows(known, "serve")
    assert serve["read: Keyward masked read"] == ["2,000", "2.00", "8.00", "1.00", "50.0"]
    assert serve["read: Keyward masked read / OpenBao KV get"][0] == "2.00 (1.90–2.10)"
    assert rows(known, "scale")["create"] == ["10.0", "11.0", "1.10 (0.90–1.20)", "1.00"]
    assert rows(known, "instr") == rows(known, "instr") | {"event": ["120,000", "1.200"], "list": ["60,000", "not there"]}


def test_every_section_says_when_and_where_it_was_measured(known):
    for bench in figures.BENCHES:
        section = tables.section(bench, known)
        assert "Measured on 2026-03-04 at `0123456789ab`, on 2 cores of a test." in section, bench
        assert "build profile `bench`" in section, bench
    assert "uses 0.40 % of a core" in tables.section("serve", known)
    assert "- They differ." in tables.section("serve", known)


def bars(svg, colour):
    """The widths of the bars of a colour, without the legend's."""
    boxes = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [float(box.get("width")) for box in boxes if box.get("fill") == colour and box.get("height") == "18.0"]


def test_the_bars_of_a_plot_are_as_long_as_the_figures_are_large(known):
    drawn = {path.stem: svg for path, svg in plots.svgs(known).items()}
    assert bars(drawn["serve"], plots.OURS) == [plots.SPAN]
    assert bars(drawn["serve"], plots.THEIRS) == [plots.SPAN / 2]
    assert bars(drawn["instr"], plots.OURS) == [plots.SPAN, plots.SPAN / 2]
    start, answer = bars(drawn["cold"], plots.OURS)[0], bars(drawn["cold"], plots.BETWEEN)[1]
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
