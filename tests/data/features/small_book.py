"""A book of twenty card customers under the example's contract, imported, and ways to read its features."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from tests.service.small_bank import statements

from creditloop.data import Contract, import_file
from creditloop.data.features import FeatureSet, read_features
from creditloop.kernel.documents import parse_document, read_document
from creditloop.kernel.storage import Connection

REPOSITORY = Path(__file__).parents[3]
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
JUNE = date(2005, 6, 30)
DOCUMENT = "features/credit_card_behaviour.yaml"

SMALL = """\
feature_set: small
contract: taiwan_cards
title: {zh: 小, en: small}
tables: {statement: {by: statement_date}}
inputs:
  limit_fen: {table: customer, column: limit_fen}
  bill_0_fen: {table: statement, column: bill_fen, back: 0}
  bill_1_fen: {table: statement, column: bill_fen, back: 1}
features:
  - {name: use, kind: nano, value: bill_0_fen / limit_fen, meaning: {zh: 用, en: use},
     direction: up, role: model}
  - {name: twice, kind: nano, value: use * 2, unit: share, meaning: {zh: 倍, en: twice},
     direction: none, role: working}
"""
"""A document of two features; tests change it by replacing a piece of it."""


def behaviour(contract: Contract) -> FeatureSet:
    """The example's features."""
    return read_features(read_document(REPOSITORY / DOCUMENT, root=REPOSITORY), contract=contract)


def small(contract: Contract, *replacements: tuple[str, str]) -> FeatureSet:
    """The small document's features, with pieces of its text replaced; each must be there."""
    text = SMALL
    for old, new in replacements:
        assert old in text, f"{old!r} does not stand in the document"
        text = text.replace(old, new, 1)
    return read_features(parse_document(text, path="features/small.yaml"), contract=contract)


def import_book(
    connection: Connection,
    contract: Contract,
    folder: Path,
    change: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
) -> None:
    """Import the twenty customers, changed if asked for."""
    file = folder / "statements.parquet"
    change(statements()).write_parquet(file)
    import_file(connection, contract=contract, file=file, now=NOW)


def request(contract: Contract, **changes: object) -> dict[str, object]:
    """What a read of features says, as a card is fitted or a rule decides; denials are kept nowhere."""
    return {
        "contract": contract,
        "as_of": JUNE,
        "purpose": "rule",
        "reader": "a test",
        "reason": "look",
        "now": NOW,
        "record_denial": lambda access: None,
        **changes,
    }


def differing(frame: pl.DataFrame, rows: Sequence[Mapping[str, object]]) -> list[tuple[object, object]]:
    """Rows of a frame that are not the rows given, in order, by value and type."""
    pairs = zip(frame.iter_rows(named=True), rows, strict=True)
    return [(one, other) for one, other in pairs if repr(one) != repr(dict(other))]
