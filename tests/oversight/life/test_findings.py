"""Findings of a validation: who raises, answers and closes them, and what is refused."""

import uuid
from collections.abc import Mapping
from datetime import date

import psycopg
import pytest
from tests.oversight.registered_models import AUGUST, CARD, JULY, JUNE, MODEL, NOW

from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.oversight import (
    Model,
    ModelFinding,
    answer_finding,
    close_finding,
    find_model_finding,
    find_model_findings,
    raise_finding,
    register_model,
)

RAISED = {
    "card_hash": CARD,
    "validator": "validator_b",
    "severity": "high",
    "text": "no month of stress in the sample",
    "found_on": JUNE,
    "due_on": JULY,
    "simulated": False,
}


def raised(database: Connection, **changed: object) -> ModelFinding:
    return raise_finding(database, now=NOW, **(RAISED | changed))  # type: ignore[arg-type]


def step(person: str, on: date = JULY, text: str = "done") -> Mapping[str, object]:
    return {"person": person, "text": text, "done_on": on, "simulated": False, "now": NOW}


@pytest.fixture(autouse=True)
def model(database: Connection) -> Model:
    return register_model(database, model=MODEL, now=NOW)


def test_a_finding_is_open_until_its_validator_closes_it(database: Connection) -> None:
    finding = raised(database)
    assert (finding.state, finding.is_open) == ("open", True)
    assert (finding.is_overdue(on=JULY), finding.is_overdue(on=AUGUST)) == (False, True)
    answered = answer_finding(database, finding_id=finding.batch_id, **step("modeller_a"))  # type: ignore[arg-type]
    assert (answered.state, answered.is_open) == ("answered", True)
    closed = close_finding(database, finding_id=finding.batch_id, **step("Validator_B", AUGUST))  # type: ignore[arg-type]
    assert (closed.state, closed.is_open, closed.is_overdue(on=date(2006, 1, 1))) == ("closed", False, False)
    assert [one.person for one in closed.steps] == ["modeller_a", "validator_b"]
    assert find_model_findings(database, card_hash=CARD) == [closed]
    assert find_model_findings(database, card_hash="other") == []
    record = closed.as_record()
    assert (record["state"], record["due_on"]) == ("closed", "2005-07-31")


def test_repeats_return_the_first(database: Connection) -> None:
    finding = raised(database)
    assert raised(database) == finding
    with pytest.raises(ConflictingRepeat, match="another due day"):
        raised(database, due_on=AUGUST)
    first = answer_finding(database, finding_id=finding.batch_id, **step("modeller_a"))  # type: ignore[arg-type]
    assert answer_finding(database, finding_id=finding.batch_id, **step("modeller_a")) == first  # type: ignore[arg-type]
    assert len(first.steps) == 1


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"validator": "modeller_a"}, InputError, "by the model's validator"),
        ({"severity": "grave"}, InputError, "no such severity"),
        ({"due_on": date(2005, 6, 29)}, InputError, "due before it was found"),
        ({"text": " "}, InputError, "says what it is about"),
        ({"card_hash": "x"}, UnknownId, "not in the register"),
        ({"found_on": date(2005, 6, 29)}, UnknownId, "not in the register"),
    ],
)
def test_a_finding_that_cannot_be_is_refused(
    database: Connection, changed: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        raised(database, **changed)
    assert find_model_findings(database) == []


def test_nobody_else_closes_and_the_validator_does_not_answer(database: Connection) -> None:
    finding = raised(database)
    with pytest.raises(InputError, match="its validator alone"):
        close_finding(database, finding_id=finding.batch_id, **step("modeller_a"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="somebody else than its validator"):
        answer_finding(database, finding_id=finding.batch_id, **step(" VALIDATOR_B"))  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="answered before it is closed"):
        close_finding(database, finding_id=finding.batch_id, **step("validator_b"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="follow each other"):
        answer_finding(database, finding_id=finding.batch_id, **step("modeller_a", date(2005, 6, 1)))  # type: ignore[arg-type]
    with pytest.raises(UnknownId, match="no such finding"):
        find_model_finding(database, finding_id=uuid.uuid4())


def test_a_closed_finding_takes_no_more(database: Connection) -> None:
    finding = raised(database)
    answer_finding(database, finding_id=finding.batch_id, **step("modeller_a"))  # type: ignore[arg-type]
    close_finding(database, finding_id=finding.batch_id, **step("validator_b"))  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder, match="is closed"):
        answer_finding(database, finding_id=finding.batch_id, **step("modeller_a", AUGUST))  # type: ignore[arg-type]


def test_the_database_itself_refuses_a_stranger_who_closes(database: Connection) -> None:
    finding = raised(database)
    with pytest.raises(psycopg.errors.CheckViolation), database.transaction():
        database.execute(
            "INSERT INTO oversight.model_finding_step VALUES (gen_random_uuid(), 0, %s, 'validator_b', 0,"
            " 'closed', 'modeller_a', 'done', '2005-07-31', false, now())",
            [finding.batch_id],
        )
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation), database.transaction():
        database.execute("UPDATE oversight.model_finding SET severity = 'low'")


def test_a_person_does_not_repeat_a_script(database: Connection) -> None:
    finding = raised(database)
    scripted = {**step("modeller_a"), "simulated": True}
    answer_finding(database, finding_id=finding.batch_id, **scripted)  # type: ignore[arg-type]
    with pytest.raises(ConflictingRepeat, match="by a script or by a person"):
        answer_finding(database, finding_id=finding.batch_id, **step("modeller_a"))  # type: ignore[arg-type]
