"""A bank of twenty card customers: its documents in a folder, its database, a clock that ticks by the second.

The contract and the policies are the product's own; the customers are made up. What happens to them by hand:

    1  pays each bill            2  never uses the card       3  has paid too much (a credit balance)
    4  falls late month by month 5  owes more than the limit  6  is refunded more than charged in July
    7… a little of everything, drawn with a fixed seed
"""

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from creditloop.service.bank import Bank, open_bank
from creditloop.service.booking.card_book import BookPlan, import_statements, read_plan
from creditloop.service.places import Places
from creditloop.service.posting import post_months

REPOSITORY = Path(__file__).parents[2]
CONTRACT = "small_cards"
PLAN = "book.yaml"
FILE = "statements.parquet"
RULES = date(2024, 6, 30)
MONTHS = tuple(
    date(2005, month, day) for month, day in ((4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30))
)
CUSTOMERS = 20
LATE = f"{CONTRACT}/4"
"""The customer who falls late."""

PLAN_TEXT = f"""\
plan: card_book
title: {{zh: 小行信用卡台账, en: the card book of a small bank}}
product: credit_card
contract: {CONTRACT}
file: {FILE}
statements: statement
limits: customer
rules_as_of: {RULES}
months: [{", ".join(map(str, MONTHS))}]
"""

_BY_HAND: dict[int, tuple[int, Sequence[int], Sequence[int], Sequence[int]]] = {
    # limit, then April to September: bills, payments, months late
    1: (50_000, (1000, 1200, 900, 1100, 1000, 1300), (800, 1000, 1200, 900, 1100, 1000), (-1,) * 6),
    2: (20_000, (0,) * 6, (0,) * 6, (-2,) * 6),
    3: (30_000, (-500, -500, -500, 200, -100, -100), (0, 0, 0, 0, 300, 0), (-1,) * 6),
    4: (10_000, (5000, 5600, 6100, 6700, 7200, 7800), (500, 0, 0, 0, 0, 0), (0, 0, 1, 2, 3, 4)),
    5: (10_000, (9000, 10_500, 11_000, 10_900, 12_000, 12_500), (900,) * 6, (0,) * 6),
    6: (40_000, (3000, 3100, 3000, 1000, 1100, 900), (100, 100, 100, 200, 100, 400), (0,) * 6),
}


@dataclass
class Clock:
    """A clock that is a second later each time it is read."""

    at: datetime = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def statements() -> pl.DataFrame:
    """The file's rows, in the shape of the example's."""
    draw = random.Random(20050430)
    rows = []
    for number in range(1, CUSTOMERS + 1):
        limit, bills, payments, late = _BY_HAND.get(number) or (
            draw.randrange(10_000, 200_000, 10_000),
            [draw.choice([0, draw.randint(-300, 30_000)]) for _ in MONTHS],
            [draw.choice([0, draw.randint(1, 9000)]) for _ in MONTHS],
            [draw.choice([-2, -1, 0, 0, 0, 1, 2]) for _ in MONTHS],
        )
        row: dict[str, object] = {
            "ID": number,
            "LIMIT_BAL": float(limit),
            "SEX": number % 2 + 1,
            "EDUCATION": 2,
        }
        row |= {"MARRIAGE": 1, "AGE": 20 + number}
        row |= {f"PAY_{(0, 2, 3, 4, 5, 6)[i]}": late[5 - i] for i in range(6)}
        row |= {f"BILL_AMT{i + 1}": float(bills[5 - i]) for i in range(6)}
        row |= {f"PAY_AMT{i + 1}": float(payments[5 - i]) for i in range(6)}
        rows.append(row | {"class": int(number == 4)})
    return pl.DataFrame(rows)


def write_documents(folder: Path) -> Path:
    """Write the bank's folder: contract, policies, plan, file."""
    (folder / "contracts").mkdir(parents=True)
    contract = (REPOSITORY / "contracts" / "taiwan_cards.yaml").read_text("utf-8")
    named = contract.replace("contract: taiwan_cards\n", f"contract: {CONTRACT}\n", 1)
    assert named != contract
    (folder / "contracts" / f"{CONTRACT}.yaml").write_text(named, "utf-8")
    shutil.copytree(REPOSITORY / "policies", folder / "policies")
    (folder / "features").mkdir()
    for name in ("credit_card_behaviour", "card_statement_windows"):
        features = (REPOSITORY / "features" / f"{name}.yaml").read_text("utf-8")
        own = features.replace("contract: taiwan_cards\n", f"contract: {CONTRACT}\n", 1)
        assert own != features
        (folder / "features" / f"{name}.yaml").write_text(own, "utf-8")
    (folder / PLAN).write_text(PLAN_TEXT, "utf-8")
    statements().write_parquet(folder / FILE)
    return folder


def places_of(folder: Path, url: str) -> Places:
    """The places of a bank whose documents and state stand in a folder, on a server of our own."""
    return Places(
        documents=folder / "documents", state=folder / "state", environment={"CREDITLOOP_DATABASE_URL": url}
    )


def open_small(folder: Path, url: str) -> Bank:
    """Write a bank's documents into a folder, and open it."""
    write_documents(folder / "documents")
    return open_bank(places=places_of(folder, url), clock=Clock())


def plan_of(bank: Bank, file: str | Path = PLAN) -> BookPlan:
    return read_plan(bank.places.document(file), root=bank.places.documents)


def import_and_post(bank: Bank) -> BookPlan:
    """Do what `creditloop book post` does."""
    plan = plan_of(bank)
    with bank.work() as work:
        import_statements(work, plan=plan)
    list(post_months(bank, plan=plan))
    return plan
