"""Sign-off, putting live and retirement: by whom, in which order, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from tests.oversight.registered_models import AUGUST, CARD, JULY, JUNE, MODEL, NOW

from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.oversight import (
    Model,
    answer_finding,
    close_finding,
    find_model_acts,
    find_models,
    put_live,
    raise_finding,
    register_model,
    retire_model,
    review_model,
    sign_off_model,
)

OTHER = "d" * 64


def told(person: str = "approver_c", on: date = JULY, card: str = CARD) -> Mapping[str, object]:
    said = {"person": person, "reason": "read", "on": on, "simulated": True, "now": NOW}
    return {"card_hash": card, **said}


@pytest.fixture(autouse=True)
def model(database: Connection) -> Model:
    return register_model(database, model=MODEL, now=NOW)


def hold(database: Connection, severity: str) -> None:
    """Raise a finding that nobody has answered."""
    raise_finding(
        database,
        card_hash=CARD,
        validator="validator_b",
        severity=severity,
        text="not stable",
        found_on=JULY,
        due_on=AUGUST,
        simulated=True,
        now=NOW,
    )


def test_a_sign_off_is_a_review_and_then_the_model_becomes_live(database: Connection) -> None:
    act, entry = sign_off_model(database, **told())  # type: ignore[arg-type]
    assert (act.act, act.developer, entry.state) == ("signed_off", "modeller_a", "published")
    assert entry.next_review_due == date(2005, 10, 31)
    assert sign_off_model(database, **told()) == (act, entry)  # type: ignore[arg-type]
    _, live = put_live(database, **told())  # type: ignore[arg-type]
    assert live.state == "live"
    assert find_models(database, on=JULY) == [live], "of one day the later state counts"
    assert [one.act for one in find_model_acts(database, card_hash=CARD)] == ["signed_off", "put_live"]
    later = review_model(database, card_hash=CARD, state="live", on=AUGUST, now=NOW)
    assert later.state == "live"


def test_unsigned_it_does_not_become_live(database: Connection) -> None:
    with pytest.raises(OutOfOrder, match="only when it is signed off"):
        put_live(database, **told())  # type: ignore[arg-type]
    sign_off_model(database, **told(on=AUGUST))  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="only when it is signed off"):
        put_live(database, **told(on=JULY))  # type: ignore[arg-type]


@pytest.mark.parametrize("person", ["modeller_a", " Modeller_A "])
def test_its_developer_neither_signs_nor_puts_live(database: Connection, person: str) -> None:
    for step in (sign_off_model, put_live):
        with pytest.raises(InputError, match="somebody else than its developer"):
            step(database, **told(person))  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.CheckViolation), database.transaction():
        database.execute(
            "INSERT INTO oversight.model_act VALUES (gen_random_uuid(), 0, %s, 'signed_off', 'modeller_a',"
            " %s, 'read', NULL, '2005-07-31', true, now())",
            [CARD, person],
        )


def test_an_open_high_finding_stops_it_and_a_lower_one_does_not(database: Connection) -> None:
    hold(database, "medium")
    sign_off_model(database, **told())  # type: ignore[arg-type]
    hold(database, "high")
    with pytest.raises(OutOfOrder, match="open finding of high severity"):
        put_live(database, **told(on=AUGUST))  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.CheckViolation), database.transaction():
        review_model(database, card_hash=CARD, state="live", on=AUGUST, now=NOW)
    with pytest.raises(OutOfOrder, match="open finding of high severity"):
        sign_off_model(database, **told(on=AUGUST))  # type: ignore[arg-type]


def test_a_closed_high_finding_lets_it_pass(database: Connection) -> None:
    finding = raise_finding(
        database,
        card_hash=CARD,
        validator="validator_b",
        severity="high",
        text="not stable",
        found_on=JUNE,
        due_on=JULY,
        simulated=True,
        now=NOW,
    )
    said = {"finding_id": finding.batch_id, "text": "done", "done_on": JULY, "simulated": True, "now": NOW}
    answer_finding(database, person="modeller_a", **said)  # type: ignore[arg-type]
    close_finding(database, person="validator_b", **said)  # type: ignore[arg-type]
    sign_off_model(database, **told())  # type: ignore[arg-type]
    assert put_live(database, **told())[1].state == "live"  # type: ignore[arg-type]


def test_a_model_is_retired_once_for_a_reason_and_names_its_successor(database: Connection) -> None:
    register_model(database, model=replace(MODEL, card_hash=OTHER, name="next"), now=NOW)
    act, entry = retire_model(database, successor=OTHER, **told())  # type: ignore[arg-type]
    assert (act.successor, entry.state) == (OTHER, "retired")
    assert retire_model(database, successor=OTHER, **told()) == (act, entry)  # type: ignore[arg-type]
    with pytest.raises(ConflictingRepeat, match="done by somebody else"):
        retire_model(database, successor=None, **told())  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="is retired"):
        sign_off_model(database, **told(on=AUGUST))  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="is retired"):
        retire_model(database, successor=CARD, **told(card=OTHER, on=AUGUST))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"successor": CARD}, InputError, "does not succeed itself"),
        ({"successor": "nobody"}, UnknownId, "not in the register"),
        ({"reason": " "}, InputError, "a person and a reason"),
        ({"card_hash": "x"}, UnknownId, "not in the register"),
    ],
)
def test_a_retirement_that_cannot_be_is_refused(
    database: Connection, changed: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        retire_model(database, **({"successor": None} | dict(told()) | changed))  # type: ignore[arg-type]
    assert find_model_acts(database) == []


def test_a_repeat_by_somebody_else_is_refused(database: Connection) -> None:
    sign_off_model(database, **told())  # type: ignore[arg-type]
    with pytest.raises(ConflictingRepeat, match="done by somebody else"):
        sign_off_model(database, **told("approver_d"))  # type: ignore[arg-type]


def test_putting_live_is_no_review(database: Connection) -> None:
    sign_off_model(database, **told())  # type: ignore[arg-type]
    _, live = put_live(database, **told(on=AUGUST))  # type: ignore[arg-type]
    assert (live.registered_on, live.next_review_due) == (AUGUST, date(2005, 10, 31))
    assert put_live(database, **told(on=AUGUST))[1] == live  # type: ignore[arg-type]


def test_whose_review_is_due_is_signed_off_before_it_becomes_live(database: Connection) -> None:
    sign_off_model(database, **told())  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="whose review is due"):
        put_live(database, **told(on=date(2005, 10, 31)))  # type: ignore[arg-type]


def test_nothing_is_done_before_the_models_last_entry(database: Connection) -> None:
    sign_off_model(database, **told(on=AUGUST))  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="a later entry"):
        sign_off_model(database, **told())  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="a later entry"):
        retire_model(database, **told(), successor=None)  # type: ignore[arg-type]
    assert find_models(database, on=date.max)[0].state == "published"
