"""The whitelist over a summer: invited, closed by a change or a new card, reopened; each trigger when due."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from tests.service.screening_bank import PRODUCT, WHITELIST, party, stricter, write_whitelist

from creditloop.acquire import (
    ScreeningRun,
    find_invitations,
    find_screenings,
    record_acceptance,
    screening_frame,
    whitelist,
)
from creditloop.data import accesses
from creditloop.kernel.errors import InputError, OutOfOrder, PolicyError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import connect
from creditloop.oversight import find_metrics, find_model_runs, frame_hash
from creditloop.risk import Card
from creditloop.service.acquiring.scorings import scored_population
from creditloop.service.acquiring.screening import (
    ScreeningPlan,
    answer_card,
    answer_month,
    find_screening_working,
    last_card,
    read_screening_plan,
    rescreen_changed,
    rescreen_due,
    rescreen_model,
    screen_initial,
)
from creditloop.service.admitting.scorings import kept_scoring
from creditloop.service.bank import Bank

JUNE, JULY, AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (
    date(2005, month, day) for month, day in ((6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30))
)
FOLLOWED = (7, 8, 9, 10, 11)


@pytest.fixture
def listed(small_bank: Bank) -> tuple[Bank, ScreeningPlan, Card]:
    """A bank that has screened its customers at the end of June."""
    plan, card = write_whitelist(small_bank)
    with small_bank.work() as work:
        screen_initial(work, plan=plan, card=card, on=JUNE)
    return small_bank, plan, card


def statuses(bank: Bank, on: date) -> list[str]:
    """How the followed customers stand."""
    with connect(bank.url) as connection:
        frame = whitelist(connection, product=PRODUCT, on=on)
    known = {row["party_id"]: row["status"] for row in frame.iter_rows(named=True)}
    return [known[party(number)] for number in FOLLOWED]


def events(bank: Bank, number: int) -> list[tuple[str, str, date]]:
    """What happened to a customer's invitation."""
    with connect(bank.url) as connection:
        found = find_invitations(connection, product=PRODUCT, party_id=party(number))
    return [(event.kind, event.trigger, event.occurred_on) for event in found]


def runs(bank: Bank) -> list[ScreeningRun]:
    with connect(bank.url) as connection:
        return find_screenings(connection)


def accept(bank: Bank, *numbers: int, on: date) -> None:
    with bank.work() as work:
        batch = record_acceptance(
            work.connection,
            product=PRODUCT,
            party_ids=[party(number) for number in numbers],
            accepted=True,
            occurred_on=on,
            source="a test",
            simulated=True,
            now=work.now,
        )
        work.recorded(batch.batch_id)


def fact(kind: str, on: date, **payload: str) -> Fact:
    stated = {"product": "credit_card", "business_date": str(on), **payload}
    return Fact(kind=kind, key="a test", occurred_at=NOW, known_at=NOW, payload=stated)


NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_summer(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed
    #                                7          8          9          10        11
    assert statuses(bank, JUNE) == ["invited", "invited", "invited", "closed", "invited"]

    with bank.work() as work:
        run = rescreen_changed(work, plan=plan, card=card, month=JULY)
    assert run.screened < run.considered < 20
    assert statuses(bank, JULY) == ["closed", "invited", "invited", "closed", "invited"]
    assert events(bank, 7) == [("invited", "initial", JUNE), ("closed", "account_change", JULY)]
    accept(bank, 9, on=JULY)

    with bank.work() as work:
        not_due = rescreen_due(work, plan=plan, card=card, on=JULY)
    assert (not_due.screened, not_due.considered) == (0, 19)
    with bank.work() as work:
        due = rescreen_due(work, plan=plan, card=card, on=AUGUST)
    assert due.considered == 19
    assert due.screened == 19 - run.screened, "who was screened in July is not due in August"
    assert statuses(bank, AUGUST) == ["closed", "invited", "accepted", "watched", "invited"]

    with bank.work() as work:
        by_new_card = rescreen_model(work, plan=plan, card=stricter(card), on=SEPTEMBER)
    assert by_new_card.screened == by_new_card.considered
    assert statuses(bank, SEPTEMBER) == ["closed", "closed", "accepted", "closed", "closed"]
    assert events(bank, 8) == [("invited", "initial", JUNE), ("closed", "model_update", SEPTEMBER)]
    assert events(bank, 9) == [("invited", "initial", JUNE), ("accepted", "answer", JULY)]

    with bank.work() as work:
        rescreen_due(work, plan=plan, card=card, on=NOVEMBER)
    assert statuses(bank, NOVEMBER) == ["closed", "invited", "accepted", "invited", "invited"]
    assert events(bank, 10) == [("invited", "interval", NOVEMBER)], "June is out of sight"
    assert bank.verify().problems == ()


def test_what_the_card_said_of_those_screened_is_on_record(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed
    with bank.work() as work:
        screen_initial(work, plan=plan, card=card, on=JUNE)
        (run,) = find_model_runs(work.connection)
        (screened,) = find_screenings(work.connection)
        figures = find_metrics(work.connection, batch_id=run.batch_id)
        kept = screening_frame(work.connection, batch_id=screened.batch_id)
    assert (run.kind, run.card_hash, run.product) == ("scoring", card.hash, "credit_card")
    assert (run.population, run.dates) == (scored_population("initial"), screened.key.dates)
    assert run.rows == screened.screened == kept.height
    shown = kept_scoring(card=card, kept=kept).drop("score", "pd_nano")
    assert run.inputs_hash == frame_hash(shown), "the screening keeps what was shown"
    assert {figure.name for figure in figures} == {"unscored", "unseen"}
    assert bank.verify().problems == ()


def test_an_invitation_is_opened_again(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed
    with bank.work() as work:
        rescreen_model(work, plan=plan, card=stricter(card), on=JULY)
    with bank.work() as work:
        rescreen_due(work, plan=plan, card=card, on=SEPTEMBER)
    assert events(bank, 8) == [
        ("invited", "initial", JUNE),
        ("closed", "model_update", JULY),
        ("reopened", "interval", SEPTEMBER),
    ]
    accept(bank, 8, on=SEPTEMBER)
    assert events(bank, 8)[-1] == ("accepted", "answer", SEPTEMBER)


def test_a_repeat_finds_the_first_result(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed

    def everything() -> list[ScreeningRun]:
        with bank.work() as work:
            made = [screen_initial(work, plan=plan, card=card, on=JUNE)]
            made.append(rescreen_changed(work, plan=plan, card=card, month=JULY))
            made.append(rescreen_due(work, plan=plan, card=card, on=AUGUST))
            made.append(rescreen_model(work, plan=plan, card=stricter(card), on=SEPTEMBER))
            return made

    first = everything()
    assert everything() == first == runs(bank)
    assert [run.screening_no for run in first] == [1, 2, 3, 4]
    assert bank.verify().problems == ()


def test_nothing_is_screened_again_before_it_was_screened(small_bank: Bank) -> None:
    plan, card = write_whitelist(small_bank)
    for again in (rescreen_due, rescreen_model):
        with (
            pytest.raises(OutOfOrder, match="nobody was screened for this product yet"),
            small_bank.work() as work,
        ):
            again(work, plan=plan, card=card, on=JULY)
    with pytest.raises(OutOfOrder), small_bank.work() as work:
        rescreen_changed(work, plan=plan, card=card, month=JULY)
    with pytest.raises(OutOfOrder), small_bank.work() as work:
        last_card(work, plan=plan)
    assert runs(small_bank) == []


def test_a_day_before_the_last_is_refused(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed
    with pytest.raises(OutOfOrder, match="a later day was screened already"), bank.work() as work:
        rescreen_changed(work, plan=plan, card=card, month=date(2005, 5, 31))


def test_before_three_statements_are_known_everybody_is_referred(small_bank: Bank) -> None:
    plan, card = write_whitelist(small_bank)
    with small_bank.work() as work:
        screen_initial(work, plan=plan, card=card, on=date(2005, 5, 31))
        frame = whitelist(work.connection, product=PRODUCT, on=JUNE)
    assert set(frame["status"]) <= {"refer", "closed"}
    referred = frame.filter(pl.col("status") == "refer")
    assert referred.height > 0
    assert all("MISSING_" in reasons for reasons in referred["reasons"])


def test_a_posted_month_is_answered_by_the_card_and_plan_of_the_last_screening(
    listed: tuple[Bank, ScreeningPlan, Card],
) -> None:
    bank, plan, card = listed
    (bank.places.documents / WHITELIST).unlink()  # it is in the archive
    with bank.work() as work:
        answer_month(work, fact("MonthPosted", date(2005, 5, 31)))
    assert len(runs(bank)) == 1, "a month before the last screening has nothing to say"
    with bank.work() as work:
        answer_month(work, fact("MonthPosted", JULY, product="mortgage"))
    assert len(runs(bank)) == 1, "another product's customers"
    with bank.work() as work:
        answer_month(work, fact("MonthPosted", JULY))
    made = runs(bank)[-1]
    assert (made.key.trigger, made.key.dates.business_date, made.key.card_hash) == (
        "account_change",
        JULY,
        card.hash,
    )
    assert made.key.plan_hash == plan.document.hash
    assert statuses(bank, JULY)[0] == "closed"


def test_months_before_the_first_screening_call_for_nothing(small_bank: Bank) -> None:
    write_whitelist(small_bank)
    with small_bank.work() as work:
        answer_month(work, fact("MonthPosted", JULY))
    assert runs(small_bank) == []


def test_a_published_card_rescreens_the_list_as_it_stands(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, _, card = listed
    new = stricter(card)
    with bank.work() as work:
        work.adopt(new.document, kind="card")
        answer_card(work, fact("CardPublished", JUNE, card=card.hash))
    assert len(runs(bank)) == 1, "the card in use is no news"
    with bank.work() as work:
        answer_card(work, fact("CardPublished", date(2005, 4, 30), card=new.hash))
    made = runs(bank)[-1]
    assert (made.key.trigger, made.key.card_hash) == ("model_update", new.hash)
    assert made.key.dates.business_date == JUNE, "the card's day is earlier than the list's"
    assert set(statuses(bank, JUNE)) == {"closed"}
    with pytest.raises(UnknownId, match="no document with this hash"), bank.work() as work:
        answer_card(work, fact("CardPublished", JULY, card="0" * 64))


def test_an_outcome_is_explained_from_the_archive(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed
    with bank.work() as work:
        rescreen_model(work, plan=plan, card=stricter(card), on=JULY)
    policy = bank.places.documents / "policies" / "credit_card" / "acquire" / "whitelist.yaml"
    policy.write_text(policy.read_text("utf-8").replace("value: 540\n", "value: 100\n"), "utf-8")
    with bank.work() as work:
        run, working = find_screening_working(
            work, product=PRODUCT, party_id=party(8), on=AUGUST, reader="li.ming", reason="a question"
        )
        before, first = find_screening_working(
            work, product=PRODUCT, party_id=party(8), on=JUNE, reader="li.ming", reason="a question"
        )
    assert (run.key.trigger, working.screened.outcome, working.differing) == ("model_update", "closed", {})
    assert [reason.code for reason in working.whitelist.reasons] == ["WL_02"]
    assert (before.key.trigger, first.screened.outcome, first.differing) == ("initial", "invited", {})
    with connect(bank.url) as connection:
        assert [access.reader for access in accesses(connection, party_id=party(8))] == ["li.ming"] * 2


def test_reads_are_for_a_rule_and_on_record(listed: tuple[Bank, ScreeningPlan, Card]) -> None:
    bank, plan, card = listed
    with bank.work() as work:
        rescreen_due(work, plan=plan, card=card, on=JULY)
    with connect(bank.url) as connection:
        made = [access for access in accesses(connection) if access.reader == "service.screening"]
    assert {access.purpose for access in made} == {"rule"}
    last = [(access.table, access.parties_count) for access in made[-3:]]
    assert last == [
        ("acquire.screening", 20),
        ("source.small_cards_customer", 0),
        ("source.small_cards_statement", 0),
    ], "of whom is not due nothing is read"


def test_features_that_read_a_protected_attribute_are_refused(
    listed: tuple[Bank, ScreeningPlan, Card],
) -> None:
    bank, plan, card = listed
    file = bank.places.documents / plan.features
    file.write_text(file.read_text("utf-8").replace("column: age_years", "column: marriage"), "utf-8")
    with pytest.raises(PolicyError), bank.work() as work:  # a text where a number was
        rescreen_changed(work, plan=plan, card=card, month=JULY)
    text = file.read_text("utf-8").replace("kind: integer\n    unit: year\n", "kind: text\n    unit: year\n")
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match="'marriage' is a protected attribute"), bank.work() as work:
        rescreen_changed(work, plan=plan, card=card, month=JULY)
    assert len(runs(bank)) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plan: whitelist", "plan: review", "not one of the words"),
        ("customers: credit_card\n", "", "'customers' is missing"),
        ("rules_as_of: 2024-06-30", "rules_as_of: soon", "expected a date"),
        ("product:", "note: x\nproduct:", "unknown key"),
    ],
)
def test_a_plan_that_is_none_is_refused(small_bank: Bank, old: str, new: str, message: str) -> None:
    write_whitelist(small_bank)
    file = small_bank.places.documents / WHITELIST
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(PolicyError, match=message):
        read_screening_plan(small_bank.places.document(WHITELIST))
