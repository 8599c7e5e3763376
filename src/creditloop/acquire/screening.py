"""Screen parties: portrait, then who is invited, watched or closed, with the reasons and what was read.

1. the portrait's parts, each from a rule          policies/<product>/acquire/portrait.yaml
2. the whitelist's outcome, by score and portrait   policies/<product>/acquire/whitelist.yaml
3. why, and every value it was made from, as canonical JSON, so that any outcome can be judged again
"""

from collections.abc import Iterator, Mapping

import polars as pl

from creditloop.acquire.policies import PORTRAIT, REFERRED, TABLE, Policies
from creditloop.formula import State
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import InputError
from creditloop.risk import DecisionTable

OUTCOMES = ("invited", "watched", "closed", REFERRED)
"""What a screening can say of a party."""
_OUTCOME = "outcome"
_REFERS = "refers"
"""The column that tells whether any part of the whitelist's policy leaves a party to a person."""
_STATE = "__state"
_GIVEN = ("party_id", "score", "pd_nano", "cause")


def screen(*, rows: pl.DataFrame, policies: Policies) -> pl.DataFrame:
    """Screen parties for the whitelist (白名单筛选).

    Args:
        rows: party_id, score and pd_nano (Int64, null where the card could not score), cause (why the party
            is screened), and features; those the policies read must be there, all are kept. Of columns
            `<feature>__state` those are kept that say why a feature could not be computed.
    Returns: by party_id: party_id, segment, utilisation_band, payment_habit, trend, score, pd_nano, outcome,
        rule (the row that decided), reasons (JSON list of codes), cause, inputs (JSON object); "refer" where
        any part of the whitelist's policy could not be evaluated, with the reasons why.
    Raises: InputError if a column is missing or a party stands twice.
    """
    _check_rows(rows, policies)
    ordered = rows.sort("party_id")
    portrayed = policies.portrait.judge_frame(ordered)
    seen = portrayed.select(*ordered.columns, *PORTRAIT)
    judged = policies.whitelist.judge_frame(seen, refers=True)
    features = sorted(set(ordered.columns) - {*_GIVEN})
    return judged.select(
        "party_id",
        *(pl.col(part).fill_null(REFERRED) for part in PORTRAIT),
        "score",
        "pd_nano",
        pl.when(_REFERS).then(pl.lit(REFERRED)).otherwise(_OUTCOME).alias(_OUTCOME),
        pl.when(_REFERS).then(pl.lit(REFERRED)).otherwise(f"{TABLE}_row").alias("rule"),
        pl.Series("reasons", _reasons(judged, policies), dtype=pl.String),
        "cause",
        pl.Series("inputs", _inputs(ordered.select(features)), dtype=pl.String),
    )


def _check_rows(rows: pl.DataFrame, policies: Policies) -> None:
    wanted = [*_GIVEN, *policies.features_read]
    missing = [name for name in wanted if name not in rows.columns]
    if missing:
        raise InputError("the rows lack what a screening is made from", got=rows.columns, expected=missing)
    twice = rows.filter(pl.col("party_id").is_duplicated())
    if not twice.is_empty():
        raise InputError("a party stands twice", got=twice["party_id"][0])


def _reasons(judged: pl.DataFrame, policies: Policies) -> Iterator[str]:
    """Give each row's reason codes: of the rows that decided, or why nothing could be decided.

    Each table of the whitelist's policy in which one row decides has such a row, if its branch is taken.
    """
    codes = {f"{table.id}_row": reason_codes(table) for table in policies.whitelist.tables}
    told = [column for column in codes if column in judged.columns]
    for row in judged.iter_rows(named=True):
        if row[_REFERS]:
            yield _text(_why_referred(row, policies))
        else:
            yield _text([codes[column][row[column]] for column in told if row[column] is not None])


def _why_referred(row: Mapping[str, object], policies: Policies) -> list[str]:
    """Say what could not be evaluated, and what tables beside the one that decides say all the same."""
    portrait, whitelist = policies.portrait.judge(row), policies.whitelist.judge(row)
    beside = [verdict for verdict in whitelist.verdicts if verdict.table != TABLE and not verdict.refers]
    told = (reason for verdict in beside if verdict.reached for reason in verdict.reasons)
    reasons = (*portrait.referral_reasons, *whitelist.referral_reasons, *told)
    return list(dict.fromkeys(reason.code for reason in reasons))


def reason_codes(table: DecisionTable) -> dict[str, str]:
    """Return the reason code of each row of a table, by the row's id."""
    entries = (*table.rows, *([table.otherwise] if table.otherwise is not None else []))
    return {entry.rule.id: entry.rule.reason.code for entry in entries}


def _inputs(features: pl.DataFrame) -> Iterator[str]:
    """Give each row's features as JSON; a state only where it says more than the null beside it."""
    quiet = {name for name in features.columns if name.endswith(_STATE)}
    for row in features.iter_rows(named=True):
        yield _text({name: row[name] for name in row if name not in quiet or row[name] >= State.OVERFLOW})


def _text(value: object) -> str:
    return canonical_bytes(value).decode()
