"""The cost calculator in docs/cost: cases computed by hand, and the documents that it writes."""

import dataclasses
import datetime
import subprocess
import sys

import pytest

from program import ROOT

sys.path.insert(0, str(ROOT / "docs" / "cost"))
import model
import page
import plot
from model import Workload

# Counted figures that a person can compute with.
NOTHING = {"read_units": 0, "write_units": 0, "index_write_units": 0, "kms_calls": 0, "kms_signatures": 0}
USE = {**NOTHING, "read_units": 3, "write_units": 1}
ROUND = {
    "operations": {
        "use": {**USE, "kms_calls": 1},
        "use_again": USE,
        "behind_use": {**NOTHING, "records": 1, "write_units": 1, "index_write_units": 2},
        "behind_use_again": {**NOTHING, "write_units": 1},
        "create": {**NOTHING, "write_units": 10, "kms_calls": 2},
        "behind_create": {**NOTHING, "records": 1},
        "read": {**NOTHING, "read_units": 2},
        "page": {**NOTHING, "read_units": 4},
        "token": {**NOTHING, "read_units": 3, "write_units": 1, "kms_signatures": 1},
        "unknown_caller": {**NOTHING, "kms_calls": 1},
    },
    # With the 100 bytes of each item: 6,000 for a key, 1,000 in each of two indexes, 1,000 for a receipt.
    "bytes": {
        "row": 900, "version": 900, "audit_entry": 900, "activity_entry": 900, "words": 900, "items_of_words": 1, "sealed": 900,
        "row_in_an_index": 900, "receipt": 900,
    },
    "provided": {"kms_keys": 2, "alarm_metrics": 7, "log_days": 365 / 12, "receipt_days": 365, "last_use_minutes": 15},
}


@pytest.fixture
def round_figures(monkeypatch):
    """Puts them in the place of the counted ones."""
    monkeypatch.setattr(model, "COUNTED", ROUND)
    monkeypatch.setattr(model, "LAMBDA_LOG", 250)


def test_a_month_is_what_it_is_by_hand(round_figures):
    # No use finds anything of an earlier one: 1,000,000 keys are used once each.
    work = Workload(
        keys=1_000_000, uses=1_000_000, creates=1_000_000, reads=1_000_000, pages=1_000_000, callers=1, people=100,
        log_bytes=1_000, memory_mb=1024, duration_ms=1_000, process_minutes=60,
        memory_of_uses_mb=1024, memory_of_changes_mb=1024,
    )
    # A data key is there for 5 of 43,800 minutes, in 2 processes; the time of the last use for 15.
    first, shown = 1 / (1 + 5 / 43_800 / 2), 1 / (1 + 15 / 43_800)
    # A token every fifteen minutes, in millions.
    tokens = 0.002920
    assert model.keyward(work) == pytest.approx({
        # 4 million requests, and those for tokens.
        "API Gateway": 4.00 + tokens,
        # The same and 2 million batches of the stream, each 1 GB-second.
        "Lambda": (6 + tokens) * (0.20 + 13.3334),
        # Millions of read units: 3 + 2 + 4. Of write units: a receipt 1, a stored key 10.
        "DynamoDB, requests": (9 + 3 * tokens) * 0.125 + (11 + tokens) * 0.625,
        # The row, and its two indexes where the time changes.
        "DynamoDB, times of last use": (1 + 2 * shown) * 0.625,
        # Keys 6 GB, and 2 GB in indexes, which have no backups. Receipts of a year: 12 GB.
        "DynamoDB, storage and backups": (6 + 2 + 12) * 0.25 + (6 + 12) * 0.20,
        # A million uses and two calls for each stored key, at 3 dollars a million. And the rows of callers: two processes know
        # the one that uses keys for an hour; each other request asks.
        "KMS, calls": (first + 2 + 0.001460 + 3 + tokens) * 3.00,
        "KMS, signatures of tokens": tokens * 3.00,
        # 4 GB of requests, and 0.5 GB of the stream's function, kept for a month.
        "CloudWatch, logs": (4 + tokens + 0.5) * (0.50 + 0.03),
        "Cognito, people": 1.50,
        "KMS keys": 2.00,
        "CloudWatch, alarms": 0.70,
    })
    # 10,000 accounts, of which one key is there anyway.
    assert model.key_per_account(work) - sum(model.keyward(work).values()) == pytest.approx(9_999)
    # A million secrets, and two million calls.
    assert model.secrets_manager(work) == pytest.approx(400_000 + 10)


def test_memories_spare_calls_when_uses_come_often_or_together(round_figures):
    # 43,800 uses are one a minute. A memory of 5 minutes meets 5 further uses on average: one in six is the first.
    busy = Workload(keys=1, uses=43_800, processes=1)
    assert busy.first_within(5, 1) == pytest.approx(1 / 6)
    # Five processes share them, so each memory meets one further use.
    assert busy.first_within(5, 5) == pytest.approx(1 / 2)
    # Ten uses at a time of a key that is hardly used: one in ten is the first.
    assert Workload(keys=1_000, uses=1_000, together=10).first_within(5, 1) == pytest.approx(1 / 10, rel=1e-3)
    assert Workload(keys=0, uses=0).first_within(5, 1) == 1


def test_a_token_costs_what_its_request_takes(round_figures):
    # For a million: API, Lambda with 128 MB for 20 ms, 3 reads, a write, the signature, the check of the client's row, and the log.
    logged = model.IDLE.log_bytes / 1_000
    assert model.IDLE.memory_mb == 128
    expected = 1.00 + 0.20 + 2_500 * 0.0000133334 + 3 * 0.125 + 0.625 + 3.00 + 3.00 + logged * (0.50 + 0.03)
    assert model.million_tokens() == pytest.approx(expected)


def test_machines_that_use_keys_are_asked_about_once_in_a_process_and_never_more_often_than_they_ask(round_figures):
    work = Workload(keys=1, uses=1_000_000, creates=0, reads=0, pages=0, callers=10, processes=3, process_minutes=30)
    assert work.unknown_callers - work.tokens == pytest.approx(10 * 3 * 43_800 / 30)
    seldom = Workload(keys=1, uses=7, creates=2, reads=3, pages=4, callers=10)
    assert seldom.unknown_callers - seldom.tokens == pytest.approx(7 + 2 + 3 + 4)


def test_a_key_for_the_tables_costs_as_much_as_any_other(round_figures):
    with_key, without = (sum(model.keyward(Workload(table_key=number)).values()) for number in (1, 0))
    assert with_key - without == pytest.approx(1.00)


def test_an_idle_month_costs_the_keys_and_the_alarms_and_nothing_else(round_figures):
    assert {part: cost for part, cost in model.keyward(model.IDLE).items() if cost} == pytest.approx({
        "KMS keys": 2.00,
        "CloudWatch, alarms": 0.70,
    })


def test_a_hundred_thousand_keys_with_ten_million_uses_cost_a_hundredth_of_secrets_manager():
    assert (model.USUAL.keys, model.USUAL.uses) == (100_000, 10_000_000)
    assert model.times_cheaper(model.USUAL) >= 100


def test_as_many_callers_as_the_page_says_and_no_more_keep_the_month_at_a_hundredth():
    most = page.most_callers()
    at = [model.times_cheaper(dataclasses.replace(model.USUAL, callers=callers)) >= 100 for callers in (most, most + 1)]
    assert at == [True, False]


def test_every_price_says_who_says_so_where_and_when():
    for name, price in model.PRICES.items():
        assert price["source"] in ("vendor", "third party"), name
        assert price["page"].startswith("https://"), name
        assert isinstance(price["read"], datetime.date), name
        assert price["copy"] == "unknown" or price["copy"] <= price["read"], name
        assert price["amount"] >= 0 and price["per"] >= 1 and price["what"] and price["unit"] and price["region"], name


def test_the_documents_are_what_the_calculator_writes():
    assert page.PAGE.read_text() == page.page(), "run `make cost`"
    assert plot.PLOT.read_text() == plot.svg(), "run `make cost`"


def run(*options):
    """What the program prints with these options."""
    program = [sys.executable, ROOT / "docs" / "cost", *options]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def test_another_month_is_printed_and_nothing_is_written():
    before = page.PAGE.read_text()
    told = run("--keys", "5000", "--uses", "2000000", "--keys-per-account", "50")
    work = Workload.of(5_000, 2_000_000, keys_per_account=50)
    assert told.stdout == f"{page.aligned(page.compared([work]))}\n\n{page.aligned(page.shares(work))}\n"
    assert page.PAGE.read_text() == before


def test_a_month_that_cannot_be_is_refused():
    for option, complaint in (("--processes", "processes is less than 1"), ("--process-minutes", "process_minutes is less than 1")):
        told = run(option, "0")
        assert told.returncode == 2 and complaint in told.stderr and not told.stdout
