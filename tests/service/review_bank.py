"""A bank whose limits are under review: the first 2,000 customers of the example, and the bank's policies."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.service.bank_copies import bank_like, database_like
from tests.service.small_bank import CONTRACT, MONTHS, REPOSITORY, RULES, Clock, places_of, write_documents

from creditloop.data import import_file
from creditloop.kernel.dates import Dates
from creditloop.lend import grant_limits
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.bank import Bank, open_bank

ROWS = 2_000
PLAN = "review.yaml"
CARD = "cards/limit_review.yaml"
SOURCE = REPOSITORY / "examples" / "taiwan_cards" / "taiwan_default.parquet"


def source() -> pl.DataFrame:
    """The rows the bank has."""
    return pl.read_parquet(SOURCE).head(ROWS)


def plan_text() -> str:
    """The example's plan, for this bank."""
    text = (REPOSITORY / "examples" / "taiwan_cards" / "review.yaml").read_text("utf-8")
    named = text.replace("contract: taiwan_cards", f"contract: {CONTRACT}", 1)
    return named.replace("examples/taiwan_cards/limit_review_card.yaml", CARD, 1)


def plan_of(bank: Bank, file: str = PLAN) -> ReviewPlan:
    return read_review_plan(bank.places.document(file))


def write_plan(bank: Bank, old: str, new: str, file: str = "other.yaml") -> ReviewPlan:
    """Write the plan with one thing changed, and read it."""
    text = plan_text()
    assert old in text
    (bank.places.documents / file).write_text(text.replace(old, new, 1), "utf-8")
    return plan_of(bank, file)


def fit_and_write(bank: Bank) -> None:
    """Do what `creditloop fit` does."""
    with bank.work() as work:
        made = fit(work, plan=plan_of(bank))
    file = bank.places.documents / CARD
    file.parent.mkdir(exist_ok=True)
    file.write_text(made.document.text, "utf-8")


def _open(folder: Path, url: str) -> Bank:
    documents = write_documents(folder / "documents")
    (documents / "features").mkdir(exist_ok=True)
    behaviour = (REPOSITORY / "features" / "credit_card_behaviour.yaml").read_text("utf-8")
    named = behaviour.replace("contract: taiwan_cards", f"contract: {CONTRACT}", 1)
    (documents / "features" / "credit_card_behaviour.yaml").write_text(named, "utf-8")
    (documents / PLAN).write_text(plan_text(), "utf-8")
    source().write_parquet(documents / "statements.parquet")
    bank = open_bank(places=places_of(folder, url), clock=Clock())
    with bank.work() as work:
        result = import_file(
            work.connection,
            contract=work.contract(CONTRACT),
            file=documents / "statements.parquet",
            now=work.now,
            progress=None,
        )
        work.recorded(result.batch_id)
    take_over(bank, customers=source(), contract=CONTRACT)
    return bank


def take_over(bank: Bank, *, customers: pl.DataFrame, contract: str) -> None:
    """Take over customers' limits as the first month of a book would; no book is posted here."""
    limits = customers.select(
        party_id=pl.format(contract + "/{}", "ID"),
        limit_fen=pl.col("LIMIT_BAL").cast(pl.Int64) * 100,
        source_ref=pl.lit("test"),
    )
    with bank.work() as work:
        batch = grant_limits(
            work.connection,
            limits=limits,
            source="test",
            product="credit_card",
            dates=Dates(business_date=MONTHS[0], rules_as_of=RULES),
            now=work.now,
        )
        work.recorded(batch.batch_id)


@pytest.fixture(scope="session")
def fitted_once(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A bank that has imported its customers and fitted its card, copied by the tests that need one."""
    with database_like(server_url, template) as url:
        bank = _open(tmp_path_factory.mktemp("fitted"), url)
        fit_and_write(bank)
        yield bank


@pytest.fixture
def review_bank(tmp_path: Path, server_url: str, fitted_once: Bank) -> Iterator[Bank]:
    """A bank of 2,000 customers whose card is fitted; nothing is decided yet."""
    with bank_like(fitted_once, folder=tmp_path, server_url=server_url) as bank:
        yield bank
