"""The register of models: who answers, when it is reviewed, what is refused."""

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from tests.oversight.registered_models import JUNE, MODEL, NOW

from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.oversight import find_models, register_model, review_due, review_model


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"validator": "modeller_a"}, "somebody else than its developer"),
        ({"next_review_due": date(2005, 10, 1)}, "within three months"),
        ({"next_review_due": JUNE}, "within three months"),
        ({"fitted_on": date(2005, 7, 1)}, "before it was fitted"),
        ({"materiality": "huge"}, "no such materiality"),
        ({"state": "approved"}, "no such state"),
        ({"owner": " "}, "says all of itself"),
    ],
)
def test_an_entry_nobody_could_answer_for_is_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(MODEL, **changed)  # type: ignore[arg-type]


def test_a_model_is_found_from_the_day_it_is_registered(database: Connection) -> None:
    register_model(database, model=MODEL, now=NOW)
    assert find_models(database, on=JUNE) == [MODEL]
    assert find_models(database, on=date(2005, 6, 29)) == []


def test_a_repeat_returns_the_first_and_other_words_are_refused(database: Connection) -> None:
    assert register_model(database, model=MODEL, now=NOW) == MODEL
    assert register_model(database, model=MODEL, now=NOW) == MODEL
    with pytest.raises(ConflictingRepeat, match="other words"):
        register_model(database, model=replace(MODEL, owner="somebody_else"), now=NOW)
    assert find_models(database, on=JUNE) == [MODEL]


def test_a_review_moves_the_next_one_three_months_on(database: Connection) -> None:
    register_model(database, model=MODEL, now=NOW)
    september, december = date(2005, 9, 30), date(2005, 12, 30)
    assert review_due(find_models(database, on=september), on=september) == [MODEL]
    assert review_due([MODEL], on=date(2005, 9, 29)) == []
    reviewed = review_model(database, card_hash=MODEL.card_hash, state="draft", on=september, now=NOW)
    assert (reviewed.state, reviewed.next_review_due) == ("draft", december)
    assert find_models(database, on=september) == [reviewed]
    assert find_models(database, on=JUNE) == [MODEL], "the past stays as it was"


def test_the_database_refuses_a_live_entry_nobody_signed_and_a_retired_one_nobody_retired(
    database: Connection,
) -> None:
    register_model(database, model=MODEL, now=NOW)
    for state in ("live", "retired"):
        with pytest.raises(psycopg.errors.CheckViolation), database.transaction():
            review_model(database, card_hash=MODEL.card_hash, state=state, on=date(2005, 7, 31), now=NOW)
    assert find_models(database, on=date(2005, 7, 31)) == [MODEL]


def test_a_card_that_is_not_registered_cannot_be_reviewed(database: Connection) -> None:
    with pytest.raises(UnknownId, match="not in the register"):
        review_model(database, card_hash="x", state="live", on=JUNE, now=NOW)


def test_the_database_itself_refuses_a_developer_who_validates(database: Connection) -> None:
    register_model(database, model=MODEL, now=NOW)
    with pytest.raises(psycopg.errors.CheckViolation):
        database.execute(
            "INSERT INTO oversight.model SELECT gen_random_uuid(), 0, 'other', name, product, purpose,"
            " materiality, owner, developer, developer, state, fitted_on, registered_on, next_review_due,"
            " recorded_at FROM oversight.model"
        )


def test_an_entry_cannot_be_changed(database: Connection) -> None:
    register_model(database, model=MODEL, now=NOW)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        database.execute("UPDATE oversight.model SET owner = 'x'")
