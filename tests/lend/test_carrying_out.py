"""Carrying out decisions: what each outcome leads to, nothing dropped, what cannot be told waits."""

import polars as pl
import pytest
from tests.lend.limit_rows import PRODUCT, REVIEWED, decisions, policy

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.lend import LIMITS, CarriedOut, agreement_terms, carry_out

POLICY = policy("limit_decision")


def limits(*given: tuple[str, int, bool]) -> pl.DataFrame:
    rows = [(party, limit, frozen, None, 1) for party, limit, frozen in given]
    return pl.DataFrame(rows, schema=LIMITS, orient="row")


def do(frame: pl.DataFrame, in_force: pl.DataFrame) -> CarriedOut:
    return carry_out(
        decisions=frame, limits=in_force, policy=POLICY, product=PRODUCT, on=REVIEWED, simulated=False
    )


TRUTHS = [
    # outcome, limit decided on, proposed, in force, frozen → act, event, agreement
    ("keep", 500, 500, 500, False, "keep", "kept", True),
    ("keep", 500, 500, 500, True, "keep", "released", True),
    ("keep", 500, 500, 600, False, "wait", None, False),
    ("raise", 500, 700, 500, False, "offer", "offered", False),
    ("raise", 500, 500, 500, False, "keep", "kept", True),
    ("raise", 500, 700, 500, True, "wait", None, False),
    ("raise", 500, None, 500, False, "wait", None, False),
    ("raise", 500, 700, 600, False, "wait", None, False),
    ("freeze", 500, None, 500, False, "freeze", "frozen", False),
    ("freeze", 500, None, 600, False, "freeze", "frozen", False),
    ("refer", 500, None, 500, False, "wait", None, False),
    ("collections", 500, None, 500, False, "none", None, False),
]


@pytest.mark.parametrize("truth", TRUTHS)
def test_what_a_decision_leads_to(
    truth: tuple[str, int, int | None, int, bool, str, str | None, bool],
) -> None:
    outcome, limit, proposed, in_force, frozen, act, event, agreed = truth
    done = do(decisions(("p1", outcome, limit, proposed)), limits(("p1", in_force, frozen), ("p2", 9, False)))
    assert done.acts["act"].to_list() == [act]
    assert [told.kind.value for told in done.events] == ([event] if event else [])
    assert len(done.agreements) == agreed


def test_no_decision_is_dropped_and_each_keeps_its_rule() -> None:
    given = [
        ("p3", "refer", 3, None),
        ("p1", "keep", 1, 1),
        ("p2", "freeze", 2, None),
        ("p4", "raise", 4, None),
    ]
    in_force = limits(*[(party, limit, False) for party, _, limit, _ in given])
    done = do(decisions(*given), in_force)
    assert done.acts["party_id"].to_list() == ["p1", "p2", "p3", "p4"]
    assert done.acts["rule"].to_list() == ["otherwise", "LC_01", "LC_03", "refer"]
    assert done.acts["limit_fen"].to_list() == [1, 2, 3, 4]


def test_an_agreement_is_of_its_decision_and_its_terms_can_be_hashed_again() -> None:
    done = do(decisions(("p1", "keep", 500, 500)), limits(("p1", 500, False)))
    (agreement,) = done.agreements
    terms = agreement_terms(
        party_id="p1",
        product=PRODUCT,
        decision_id=agreement.decision_id,
        limit_fen=500,
        rate_annual_nano=72_000_000,
        made_on=REVIEWED,
    )
    assert agreement.terms_hash == content_hash(terms)
    assert content_hash({**terms, "limit_fen": 501}) != agreement.terms_hash


def test_what_cannot_be_carried_out_is_refused() -> None:
    frame, in_force = decisions(("p1", "keep", 1, 1)), limits(("p1", 1, False))
    with pytest.raises(UnknownId, match="has no limit"):
        do(frame, in_force.clear())
    with pytest.raises(InputError, match="stands twice"):
        do(pl.concat([frame, frame]), in_force)
    with pytest.raises(InputError, match="not decisions to carry out"):
        do(frame.drop("rate_annual_nano"), in_force)
