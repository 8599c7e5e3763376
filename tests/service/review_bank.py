"""A bank whose limits are under review: the first 2,000 customers of the example, and the bank's policies."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql
from tests.service.small_bank import CONTRACT, REPOSITORY, Clock, places_of, write_documents

from creditloop.data import import_file
from creditloop.evidence import EvidenceFolder
from creditloop.service.bank import Bank, open_bank
from creditloop.service.fitting import fit
from creditloop.service.review_plan import ReviewPlan, read_review_plan

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
    return bank


@pytest.fixture(scope="session")
def fitted_once(
    tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str
) -> Iterator[tuple[Path, str, Bank]]:
    """A bank that has imported its customers and fitted its card, copied by the tests that need one."""
    name, folder = f"fitted_{uuid.uuid4().hex}", tmp_path_factory.mktemp("fitted")
    with psycopg.connect(server_url, autocommit=True) as server:
        _copy(server, template, name)
        bank = _open(folder, psycopg.conninfo.make_conninfo(server_url, dbname=name))
        fit_and_write(bank)
        yield folder, name, bank
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def review_bank(tmp_path: Path, server_url: str, fitted_once: tuple[Path, str, Bank]) -> Iterator[Bank]:
    """A bank of 2,000 customers whose card is fitted; nothing is decided yet."""
    folder, original, bank = fitted_once
    name = f"test_{uuid.uuid4().hex}"
    url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    evidence = tmp_path / "state" / "evidence"
    (evidence / original).rename(evidence / name)
    with psycopg.connect(server_url, autocommit=True) as server:
        _copy(server, original, name)
        places = places_of(tmp_path, url)
        yield replace(bank, url=url, places=places, evidence=EvidenceFolder(evidence / name))
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(server: psycopg.Connection[tuple[object, ...]], original: str, name: str) -> None:
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(original))
    )
