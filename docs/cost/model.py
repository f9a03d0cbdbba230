"""What a month costs: from a workload, the counted figures and the prices. Amounts are US dollars."""

import dataclasses
import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

HERE = Path(__file__).parent
COUNTED = json.loads((HERE / "counted.json").read_text())
PRICES = tomllib.loads((HERE / "prices.toml").read_text())

DAYS = 365 / 12
MINUTES = DAYS * 24 * 60
GIGABYTE = 1_000_000_000
# DynamoDB stores each item with so many bytes more (the page of `table_storage` in prices.toml).
MORE_PER_ITEM = 100
# A process keeps a data key for so long (functions/src/aws/data_keys.rs, `AGE`).
DATA_KEY_MINUTES = 5
# A machine client's token is valid for so long (shared/src/membership/issuing.rs, `LIFETIME`).
TOKEN_MINUTES = 15
# What Lambda itself logs of an invocation ("Working with Lambda function logs" in its developer guide).
LAMBDA_LOG = len(
    "START RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Version: $LATEST\n"
    "END RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189\n"
    "REPORT RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189\tDuration: 19.42 ms\tBilled Duration: 20 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 20 MB\t\n"
)


def price(name: str, quantity: float) -> float:
    """What so much of something costs."""
    return PRICES[name]["amount"] / PRICES[name]["per"] * quantity


@dataclass(frozen=True)
class Workload:
    """What happens in a month. Metadata is the help of the calculator's options."""

    keys: int = 100_000
    uses: int = 10_000_000
    # Keys that are stored or changed. A change costs about what storing does.
    creates: int = 2_000
    reads: int = 100_000
    pages: int = 100_000
    keys_per_account: int = 100
    # Uses of one key that come together, in one process and within five minutes.
    together: int = 1
    # Processes of one function that share its requests.
    processes: int = 2
    # Processes of callers. Each gets a token of its own every fifteen minutes.
    callers: int = 4
    # How long a process of a function lives. It asks KMS once whether the row of a machine client is authentic.
    process_minutes: int = 60
    # People who sign in. The first 10,000 are free, which is not counted here.
    people: int = 0
    # 1: the tables are encrypted with a KMS key of the deployment's own, and not with DynamoDB's.
    table_key: int = 0
    # What API and function log of one request.
    log_bytes: int = COUNTED["bytes"]["access_log"] + COUNTED["bytes"]["function_log"] + LAMBDA_LOG
    # The memory of the functions that use keys, of those that store keys, and of all others.
    memory_of_uses_mb: int = COUNTED["provided"]["memory_of_uses_mb"]
    memory_of_changes_mb: int = COUNTED["provided"]["memory_of_changes_mb"]
    memory_mb: int = COUNTED["provided"]["memory_mb"]
    # What one invocation is charged for.
    duration_ms: float = 20

    @classmethod
    def of(cls, keys: int, uses: int, **others: float) -> "Workload":
        """One whose people are as busy as there are keys."""
        busy = {"creates": keys // 50, "reads": keys, "pages": keys}
        return cls(keys=keys, uses=uses, **{**busy, **others})

    def __post_init__(self) -> None:
        for field in fields(self):
            least = 1 if field.name in ("together", "processes", "process_minutes", "keys_per_account") else 0
            if getattr(self, field.name) < least:
                raise ValueError(f"{field.name} is less than {least}")

    @property
    def accounts(self) -> int:
        """The accounts that have these keys."""
        return -(-self.keys // self.keys_per_account)

    @property
    def tokens(self) -> float:
        """The tokens that machine clients get."""
        return self.callers * MINUTES / TOKEN_MINUTES

    @property
    def unknown_callers(self) -> float:
        """The requests whose process does not know the caller's row yet.

        Machine clients use keys often: each process gets to know each of them once. People, and whoever asks for a token, come
        so seldom that no process knows them, which is the worst case.
        """
        of_uses = self.callers * self.processes * MINUTES / self.process_minutes
        return min(self.uses, of_uses) + self.creates + self.reads + self.pages + self.tokens

    def first_within(self, minutes: float, memories: int) -> float:
        """The share of uses that find nothing of an earlier use in a memory that lasts so many minutes.

        Groups of uses come at random times, spread evenly over the month, the keys and the memories. The first use of a
        group fills the memory. On average, `rate` more uses come before it is empty again.
        """
        rate = self.uses / self.keys * minutes / MINUTES / memories if self.keys else 0
        return 1 / (self.together + rate)


def keyward(work: Workload) -> dict[str, float]:
    """Keyward's month, by what it is paid for."""
    did, size, given = COUNTED["operations"], COUNTED["bytes"], COUNTED["provided"]
    unwrapped = work.first_within(DATA_KEY_MINUTES, work.processes)
    shown = work.first_within(given["last_use_minutes"], 1)
    requested = {
        "use": work.uses * unwrapped,
        "use_again": work.uses * (1 - unwrapped),
        "create": work.creates,
        "behind_create": work.creates,
        "read": work.reads,
        "page": work.pages,
        "token": work.tokens,
        "unknown_caller": work.unknown_callers,
    }
    # The stream's function writes the time of the last use.
    noted = {"behind_use": work.uses * shown, "behind_use_again": work.uses * (1 - shown)}

    def of(figure: str, times: dict[str, float]) -> float:
        return sum(did[operation][figure] * number for operation, number in times.items())

    def units(times: dict[str, float]) -> float:
        written = of("write_units", times) + of("index_write_units", times)
        return price("read_unit", of("read_units", times)) + price("write_unit", written)

    requests = work.uses + work.creates + work.reads + work.pages + work.tokens
    # Each record of the stream calls the function by itself.
    behind = work.uses * did["behind_use"]["records"] + work.creates * did["behind_create"]["records"]
    others = work.reads + work.pages + work.tokens + behind
    megabytes = work.uses * work.memory_of_uses_mb + work.creates * work.memory_of_changes_mb + others * work.memory_mb
    gigabyte_seconds = megabytes / 1024 * work.duration_ms / 1000
    logged = (requests * work.log_bytes + behind * LAMBDA_LOG) / GIGABYTE

    receipts = work.uses * given["receipt_days"] / DAYS
    per_key = [size[item] + MORE_PER_ITEM for item in ("row", "version", "audit_entry", "activity_entry", "sealed")]
    per_key.append(size["words"] + size["items_of_words"] * MORE_PER_ITEM)
    stored = (work.keys * sum(per_key) + receipts * (size["receipt"] + MORE_PER_ITEM)) / GIGABYTE
    indexed = work.keys * 2 * (size["row_in_an_index"] + MORE_PER_ITEM) / GIGABYTE

    return {
        "API Gateway": price("api_request", requests),
        "Lambda": price("lambda_request", requests + behind)
        + price("lambda_duration", gigabyte_seconds),
        "DynamoDB, requests": units(requested),
        "DynamoDB, times of last use": units(noted),
        "DynamoDB, storage and backups": price("table_storage", stored + indexed)
        + price("recovery_storage", stored),
        "KMS, calls": price("kms_request", of("kms_calls", {**requested, **noted})),
        "KMS, signatures of tokens": price("kms_signature", of("kms_signatures", requested)),
        "CloudWatch, logs": price("log_ingestion", logged)
        + price("log_storage", logged * given["log_days"] / DAYS),
        "Cognito, people": price("person", work.people),
        "KMS keys": price("kms_key", given["kms_keys"] + work.table_key),
        "CloudWatch, alarms": price("alarm_metric", given["alarm_metrics"]),
    }


def million_tokens() -> float:
    """What a million tokens of machine clients cost, with what is logged of them, and no process that knows a client."""
    some = Workload(keys=0, uses=0, creates=0, reads=0, pages=0, callers=1)
    idle = dataclasses.replace(some, callers=0)
    return (sum(keyward(some).values()) - sum(keyward(idle).values())) / some.tokens * 1_000_000


def key_per_account(work: Workload) -> float:
    """Keyward's month, if each account had a KMS key of its own in the place of the one wrapping key."""
    return sum(keyward(work).values()) + price("kms_key", max(work.accounts - 1, 0))


def secrets_manager(work: Workload) -> float:
    """The same month with a secret for each key, and a call for each use and each change."""
    return price("secret", work.keys) + price("secret_call", work.uses + work.creates)


def times_cheaper(work: Workload) -> float:
    """How many times Keyward's cost Secrets Manager costs."""
    return secrets_manager(work) / sum(keyward(work).values())


KEYS = (1_000, 100_000, 1_000_000)
USES = (1_000_000, 10_000_000, 100_000_000)
# What the target is about.
USUAL = Workload.of(100_000, 10_000_000)
IDLE = Workload.of(0, 0, callers=0)
