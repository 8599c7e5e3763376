"""Whom the card was fitted on is not decided, everybody else is; a request is answered once."""

import json
from dataclasses import replace

import polars as pl
import pytest
from tests.service.review_bank import CARD, plan_of, source, write_plan

from creditloop.admit import (
    BOOK,
    DECISION,
    FIT,
    REQUEST,
    decision_counts,
    decision_frame,
    find_batches,
    find_cases,
    find_decisions,
    half_of,
    review_one,
)
from creditloop.data import accesses
from creditloop.data.features import feature_row
from creditloop.kernel.errors import (
    ConflictingRepeat,
    InputError,
    OutOfOrder,
    PolicyError,
    StateError,
    UnknownId,
)
from creditloop.kernel.storage import connect
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.reviewing import read_plan_rules, review_book, review_party
from creditloop.service.bank import Bank
from creditloop.service.overseeing.comparing import compare_plan, decided_cases


def told() -> pl.DataFrame:
    """Scope and half of every customer, told from the file alone."""
    late = pl.col("PAY_4") > 0
    bills = pl.any_horizontal(*(pl.col(f"BILL_AMT{month}") > 0 for month in (4, 5, 6)))
    scope = (
        pl.when(late).then(pl.lit("late")).when(~bills).then(pl.lit("inactive")).otherwise(pl.lit("reviewed"))
    )
    frame = source().select(scope.alias("scope"), party_id=pl.format("small_cards/{}", "ID"))
    half = [
        half_of(party_id=party, salt="creditloop-limit-review-2005", fit_share_nano=500_000_000)
        for party in frame["party_id"]
    ]
    return frame.with_columns(pl.Series("half", half))


def decide(bank: Bank) -> pl.DataFrame:
    with bank.work() as work:
        batch = review_book(work, plan=plan_of(bank))
        return decision_frame(work.connection, batch_id=batch.batch_id)


def party_of(half: str, scope: str = "reviewed", number: int = 0) -> str:
    return str(
        told().filter((pl.col("half") == half) & (pl.col("scope") == scope))["party_id"].to_list()[number]
    )


def test_everybody_is_counted_and_whom_the_card_knows_is_not_decided(review_bank: Bank) -> None:
    with review_bank.work() as work:
        batch = review_book(work, plan=plan_of(review_bank))
        decisions = decision_frame(work.connection, batch_id=batch.batch_id)
        counts = decision_counts(work.connection, batch_id=batch.batch_id)
        cases = find_cases(work.connection)
    expected = told()
    fitted = expected.filter((pl.col("half") == FIT) & (pl.col("scope") == "reviewed"))
    assert (batch.customers, batch.fitted_on) == (expected.height, fitted.height)
    assert batch.decided == decisions.height == expected.height - fitted.height
    assert set(decisions["party_id"]).isdisjoint(fitted["party_id"])
    scopes = decisions.join(expected, on="party_id", suffix="_told")
    assert (scopes["scope"] == scopes["scope_told"]).all()
    outcomes = {count.scope: set[str]() for count in counts}
    for count in counts:
        outcomes[count.scope].add(count.outcome)
    assert outcomes["late"] == {"collections"}
    assert outcomes["inactive"] == {"refer"}
    assert {"keep", "raise", "refer"} <= outcomes["reviewed"]
    referred = decisions.filter(pl.col("outcome") == "refer")
    assert {str(case.case.decision_id) for case in cases} == set(referred["decision_id"])
    assert review_bank.verify().problems == ()


def test_a_repeat_returns_the_first_and_says_nothing_twice(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    runs = []
    for _ in range(2):
        with review_bank.work() as work:
            runs.append(review_book(work, plan=plan))
    assert runs[0] == runs[1]
    with connect(review_bank.url) as connection:
        (payload,) = connection.execute(
            "SELECT payload FROM kernel.fact WHERE kind = 'LimitReviewed'"
        ).fetchall()
        assert find_batches(connection, product="credit_card") == [runs[0]]
    said = json.loads(payload[0])
    assert (said["batch"], said["plan"], said["mode"]) == (str(runs[0].batch_id), plan.document.hash, BOOK)
    assert (said["business_date"], said["rules_as_of"]) == ("2005-06-30", "2024-06-30")


def test_decisions_are_read_for_the_purpose_rule(review_bank: Bank) -> None:
    decide(review_bank)
    with connect(review_bank.url) as connection:
        reads = [access for access in accesses(connection) if access.reader == "service.reviewing"]
    assert {access.purpose for access in reads} == {"rule"}
    assert "source.small_cards_outcome" not in {access.table for access in reads}


def test_five_hundred_parties_are_decided_one_by_one_as_in_bulk(review_bank: Bank) -> None:
    decisions = decide(review_bank).head(520)
    plan = plan_of(review_bank)
    one_by_one = []
    with review_bank.work() as work:
        by = read_plan_rules(work, plan=plan)
        for party in decisions["party_id"]:
            row = feature_row(
                work.connection,
                features=by.features,
                contract=by.contract,
                as_of=plan.dates.business_date,
                purpose="rule",
                reader="test",
                reason="the same values online",
                now=work.now,
                record_denial=work.record_denial,
                party_id=party,
            )
            one_by_one.append(dict(review_one(party_id=party, row=row, rules=by.rules).decision))
    assert decisions.height == 520
    assert decisions.drop("decision_id").equals(pl.DataFrame(one_by_one, schema=DECISION))


@pytest.mark.parametrize("scope", ["reviewed", "late", "inactive"])
def test_a_request_is_decided_as_the_book_is(review_bank: Bank, scope: str) -> None:
    decisions = decide(review_bank)
    party = party_of("decide", scope)
    with review_bank.work() as work:
        made = review_party(work, plan=plan_of(review_bank), party_id=party, request_id="r-1")
        batch = find_batches(work.connection)[-1]
        both = find_decisions(work.connection, party_id=party)
    assert dict(made.said) == decisions.filter(pl.col("party_id") == party).drop("decision_id").row(
        0, named=True
    )
    assert (batch.mode, batch.request_id, batch.decided, batch.fitted_on) == (REQUEST, "r-1", 1, 0)
    assert [each.said for each in both] == [made.said] * 2
    assert review_bank.verify().problems == ()


def test_a_repeated_request_returns_the_first_decision_whatever_changed(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    with review_bank.work() as work:
        first = review_party(work, plan=plan, party_id=party_of("decide"), request_id="r-1")
    (review_bank.places.documents / CARD).write_text("not a card any more", "utf-8")
    with review_bank.work() as work:
        assert review_party(work, plan=plan, party_id=party_of("decide"), request_id="r-1") == first
    with connect(review_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM admit.decision").fetchone() == (1,)


def test_a_request_id_used_for_another_request_is_refused(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    with review_bank.work() as work:
        review_party(work, plan=plan, party_id=party_of("decide"), request_id="r-1")
    with pytest.raises(ConflictingRepeat, match="used for another request"), review_bank.work() as work:
        review_party(work, plan=plan, party_id=party_of("decide", number=1), request_id="r-1")
    with pytest.raises(ConflictingRepeat, match="used for another request"), review_bank.work() as work:
        review_party(work, plan=replace(plan, name="other"), party_id=party_of("decide"), request_id="r-1")


def test_whom_the_card_was_fitted_on_is_not_decided_on_request(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    with pytest.raises(StateError, match="the card was fitted on this party"), review_bank.work() as work:
        review_party(work, plan=plan, party_id=party_of(FIT), request_id="r-1")
    with review_bank.work() as work:
        late = review_party(work, plan=plan, party_id=party_of(FIT, "late"), request_id="r-2")
    assert late.outcome == "collections"


def test_a_request_about_nobody_is_refused_and_writes_nothing(review_bank: Bank) -> None:
    plan = plan_of(review_bank)
    with pytest.raises(UnknownId), review_bank.work() as work:
        review_party(work, plan=plan, party_id="small_cards/0", request_id="r-1")
    with pytest.raises(InputError, match="needs an id"), review_bank.work() as work:
        review_party(work, plan=plan, party_id=party_of("decide"), request_id=" ")
    with connect(review_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM admit.decision_batch").fetchone() == (0,)


def test_a_referred_request_opens_its_case(review_bank: Bank) -> None:
    with review_bank.work() as work:
        made = review_party(
            work, plan=plan_of(review_bank), party_id=party_of("decide", "inactive"), request_id="r-1"
        )
        (state,) = find_cases(work.connection)
    assert state.case.decision_id == made.decision_id
    assert state.case.amount_fen == made.said["limit_fen"]
    assert state.case.outcome_proposed == "keep"
    assert "LR_O2" in state.case.reasons
    assert (state.case.due_on - state.case.opened_on).days in {3, 7}


def test_without_a_file_the_card_fitted_decides(review_bank: Bank) -> None:
    file = review_bank.places.documents / CARD
    card = review_bank.places.document(CARD).hash
    file.unlink()
    with review_bank.work() as work:
        assert review_book(work, plan=plan_of(review_bank)).card_hash == card


def test_of_several_cards_fitted_none_is_taken_for_the_one_meant(review_bank: Bank) -> None:
    """A card fitted again is not kept again, so the one kept last need not be the one fitted last."""
    file = review_bank.places.documents / CARD
    first = review_bank.places.document(CARD)
    other = write_plan(review_bank, "points_to_double_odds: 20", "points_to_double_odds: 40")
    with review_bank.work() as work:
        second = fit(work, plan=other).document
        fit(work, plan=plan_of(review_bank))
    file.unlink()
    with pytest.raises(OutOfOrder, match="which of the cards fitted") as caught, review_bank.work() as work:
        review_book(work, plan=plan_of(review_bank))
    assert set(str(caught.value.got).split(", ")) == {first.hash, second.hash}
    with review_bank.work() as work:
        review_book(work, plan=plan_of(review_bank), card=work.adopted(first.hash))
        assert read_plan_rules(work, plan=plan_of(review_bank)).rules.card.hash == first.hash


@pytest.mark.parametrize(
    ("old", "new"), [("fit_share: 0.5", "fit_share: 0.4"), ("salt: creditloop", "salt: others")]
)
def test_a_card_fitted_on_another_half_is_refused(review_bank: Bank, old: str, new: str) -> None:
    """Else some of those it was fitted on would be decided, and measured on."""
    plan = write_plan(review_bank, old, new)
    before = card_and_counts(review_bank)
    for attempt in (
        lambda work: review_book(work, plan=plan),
        lambda work: review_party(work, plan=plan, party_id=party_of("decide"), request_id="r-1"),
        lambda work: decided_cases(work, plan=plan),
        lambda work: compare_plan(work, plan=plan, draws=100, seed=1),
    ):
        with pytest.raises(StateError, match="fitted on another half") as caught, review_bank.work() as work:
            attempt(work)
        assert str(caught.value.got).startswith("salt creditloop-limit-review-2005, share 500000000")
        assert caught.value.got != caught.value.expected
    assert card_and_counts(review_bank) == before


def card_and_counts(bank: Bank) -> tuple[object, ...]:
    with connect(bank.url) as connection:
        tables = ("admit.decision", "oversight.comparison", "kernel.document", "data.access_log")
        return tuple(
            connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in tables
        )


def test_without_a_card_it_says_how_to_get_one(review_bank: Bank) -> None:
    plan = write_plan(review_bank, f"file: {CARD}", "file: cards/never.yaml")
    with pytest.raises(OutOfOrder, match="no card to decide by") as caught, review_bank.work() as work:
        review_book(work, plan=plan)
    assert caught.value.hint == "creditloop fit other.yaml"


def test_a_plan_without_mandates_has_no_desk(review_bank: Bank) -> None:
    text = "review:\n  mandates: policies/credit_card/admit/mandates.yaml\n  amount: limit_fen\n"
    plan = write_plan(review_bank, text, "")
    with review_bank.work() as work:
        batch = review_book(work, plan=plan)
        assert find_cases(work.connection) == []
    assert batch.mandates_hash is None


def test_mandates_by_an_amount_no_decision_has_are_refused(review_bank: Bank) -> None:
    plan = write_plan(review_bank, "amount: limit_fen", "amount: limit_feng")
    with pytest.raises(PolicyError, match="an amount that no decision has"), review_bank.work() as work:
        review_book(work, plan=plan)


def test_a_protected_column_cannot_be_decided_by(review_bank: Bank) -> None:
    file = review_bank.places.documents / "features" / "credit_card_behaviour.yaml"
    text = file.read_text("utf-8")
    other = text.replace("column: age_years}", "column: marriage}").replace(
        'value: "age_years"', "value: \"if age_years = '1' then 1 else 0\""
    )
    assert other != text
    file.write_text(other, "utf-8")
    with pytest.raises(InputError, match="protected attribute"), review_bank.work() as work:
        review_book(work, plan=plan_of(review_bank))
    with connect(review_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM admit.decision").fetchone() == (0,)


def test_a_plan_that_only_fits_a_card_decides_nobody(review_bank: Bank) -> None:
    decide(review_bank)
    with review_bank.work() as work:
        plan = replace(plan_of(review_bank), decides=False)
        for attempt in (
            lambda: review_book(work, plan=plan),
            lambda: review_party(work, plan=plan, party_id="review_cards/1", request_id="r"),
        ):
            with pytest.raises(StateError, match="only fits a card"):
                attempt()
