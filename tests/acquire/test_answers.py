"""Answers: once, while the invitation is open, all of them or none; what is simulated stays marked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from tests.acquire.whitelist_rows import AUGUST, JULY, JUNE, PRODUCT, key, policies, rows

from creditloop.acquire import (
    AnswerBatch,
    find_invitations,
    record_acceptance,
    record_screening,
    screen,
    whitelist,
)
from creditloop.kernel.errors import InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
POLICIES = policies()


def screened(
    connection: Connection, *parties: dict[str, object], trigger: str = "initial", on: date = JUNE
) -> None:
    made = screen(rows=rows(*parties), policies=POLICIES)
    record_screening(
        connection, key=key(trigger=trigger, on=on), screened=made, considered=len(parties), now=NOW
    )


def answered(
    connection: Connection, *parties: str, accepted: bool = True, on: date = JULY, source: str = "script 1"
) -> AnswerBatch:
    return record_acceptance(
        connection,
        product=PRODUCT,
        party_ids=parties,
        accepted=accepted,
        occurred_on=on,
        source=source,
        simulated=True,
        now=NOW,
    )


def statuses(connection: Connection, on: date = JULY) -> list[str]:
    return whitelist(connection, product=PRODUCT, on=on)["status"].to_list()


@pytest.mark.parametrize(("accepted", "status"), [(True, "accepted"), (False, "declined")])
def test_an_answer_stands_and_is_marked(database: Connection, accepted: bool, status: str) -> None:
    screened(database, {}, {})
    batch = answered(database, "p0", accepted=accepted)
    assert (batch.parties, batch.accepted, batch.repeated) == (1, accepted, False)
    assert statuses(database) == [status, "invited"]
    assert statuses(database, on=JUNE) == ["invited", "invited"], "as it stood the month before"
    frame = whitelist(database, product=PRODUCT, on=JULY)
    assert (frame["simulated"].to_list(), frame["since"].to_list()) == ([True, False], [JULY, JUNE])
    event = find_invitations(database, product=PRODUCT, party_id="p0")[-1]
    assert (event.event_no, event.kind, event.trigger, event.source) == (2, status, "answer", "script 1")
    assert (event.simulated, event.batch_id) == (True, batch.batch_id)


def test_a_repeat_returns_the_first(database: Connection) -> None:
    screened(database, {}, {})
    first = answered(database, "p0", "p1")
    again = answered(database, "p1", "p0")
    assert (again.batch_id, again.repeated, first.repeated) == (first.batch_id, True, False)
    assert len(find_invitations(database, product=PRODUCT, party_id="p0")) == 2


def events(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM acquire.invitation").fetchone()
    assert row is not None
    return int(row[0])


BAD: list[tuple[Sequence[str], date, type[Exception], str]] = [
    (["p0", "p9"], JULY, UnknownId, "never invited"),
    (["p0", "p1"], JULY, UnknownId, "never invited"),  # screened, and watched
    (["p0"], date(2005, 6, 29), OutOfOrder, "not open on this day"),
    ([], JULY, InputError, "name their parties"),
    (["p0", "p0"], JULY, InputError, "each once"),
]


@pytest.mark.parametrize(("parties", "on", "error", "message"), BAD)
def test_answers_that_cannot_be_are_refused_all_together(
    database: Connection, parties: Sequence[str], on: date, error: type[Exception], message: str
) -> None:
    screened(database, {}, {"score": 550})
    with pytest.raises(error, match=message):
        answered(database, *parties, on=on)
    assert events(database) == 1


def test_who_says_so_must_be_said(database: Connection) -> None:
    screened(database, {})
    with pytest.raises(InputError, match="who says so"):
        answered(database, "p0", source=" ")


def test_a_closed_or_answered_invitation_takes_no_answer(database: Connection) -> None:
    screened(database, {}, {})
    screened(database, {}, {"months_late_now": 2}, trigger="account_change", on=JULY)
    with pytest.raises(OutOfOrder, match="not open") as caught:
        answered(database, "p1", on=AUGUST)
    assert caught.value.where == {"party": "p1"}
    answered(database, "p0", on=AUGUST)
    with pytest.raises(OutOfOrder, match="not open"):
        answered(database, "p0", accepted=False, on=AUGUST)
