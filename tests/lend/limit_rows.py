"""Limits, decisions and policies the tests of this room are made from."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import read_document
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection
from creditloop.lend import (
    DECISIONS,
    CarriedOut,
    LendBatch,
    Letter,
    LetterCase,
    grant_limits,
    record_decisions,
    write_letters,
)
from creditloop.risk import Policy, ReasonCode, read_policy

REPOSITORY = Path(__file__).parents[2]
RULES = date(2024, 6, 30)
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MIGRATED, REVIEWED = date(2005, 4, 30), date(2005, 6, 30)
PRODUCT = "credit_card"
REASONS = (
    ReasonCode(code="LR_O3", zh="评分等级不足以维持额度", en="the grade does not carry the limit"),
    ReasonCode(code="CARD_USE", zh="最近三期额度使用率", en="share of the limit used on three statements"),
)


def policy(name: str) -> Policy:
    """A policy of the credit card's lending, as in force on the rules date."""
    file = REPOSITORY / "policies" / PRODUCT / "lend" / f"{name}.yaml"
    return read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES)


def dates(on: date) -> Dates:
    return Dates(business_date=on, rules_as_of=RULES)


def decision_id(party: str, number: int = 0) -> UUID:
    return content_id("decision", party, number)


def decisions(*given: tuple[str, str, int, int | None], number: int = 0) -> pl.DataFrame:
    """Decisions by (party, outcome, limit, limit proposed)."""
    rows = [
        {
            "decision_id": str(decision_id(party, number)),
            "party_id": party,
            "outcome": outcome,
            "limit_fen": limit,
            "limit_proposed_fen": proposed,
            "rate_annual_nano": 72_000_000,
        }
        for party, outcome, limit, proposed in given
    ]
    return pl.DataFrame(rows, schema=DECISIONS)


def grant(connection: Connection, **limits: int) -> LendBatch:
    """Take over limits by party."""
    frame = pl.DataFrame(
        [(party, limit, f"source.t/b/{party}") for party, limit in limits.items()],
        schema={"party_id": pl.String, "limit_fen": pl.Int64, "source_ref": pl.String},
        orient="row",
    )
    return grant_limits(
        connection, limits=frame, source="source.t", product=PRODUCT, dates=dates(MIGRATED), now=NOW
    )


def case(
    party: str = "p1", *, owed_fen: int = 0, limit_fen: int = 5_000_000, **changed: object
) -> LetterCase:
    """A freeze to write about."""
    told: dict[str, object] = {
        "party_id": party,
        "decision_id": decision_id(party),
        "outcome": "freeze",
        "decided_by": "rules",
        "as_of": REVIEWED,
        "written_on": REVIEWED,
        "currency": "TWD",
        "limit_fen": limit_fen,
        "owed_fen": owed_fen,
        "reasons": REASONS,
        "forbidden": ("性别", "sex", "婚姻状况", "marital status", "教育程度", "education"),
        "simulated": False,
    }
    return LetterCase(**{**told, **changed})  # type: ignore[arg-type]


def carry(
    connection: Connection, frame: pl.DataFrame, *, on: date = REVIEWED, source: str = "review"
) -> LendBatch:
    """Carry out decisions, with letters about the frozen."""

    def write(done: CarriedOut) -> list[Letter]:
        frozen = done.acts.filter(pl.col("act") == "freeze")
        return [
            letter
            for row in frozen.iter_rows(named=True)
            for letter in write_letters(
                policy=policy("letters"),
                case=case(row["party_id"], decision_id=UUID(row["decision_id"]), limit_fen=row["limit_fen"]),
            )
        ]

    return record_decisions(
        connection,
        decisions=frame,
        policy=policy("limit_decision"),
        letter_policy=policy("letters"),
        write=write,
        source=source,
        product=PRODUCT,
        dates=dates(on),
        simulated=False,
        now=NOW,
    )
