"""A request is answered once; its name is its caller's own."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from creditloop.kernel.errors import ConflictingRepeat, InputError
from creditloop.kernel.storage import Connection
from creditloop.service.doors import FirstAnswer, Request, find_answer, record_answer

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
REQUEST = Request(
    key_id="0" * 16,
    idempotency_key="request-1",
    method="POST",
    path="/v1/decisions",
    body={"a": 1, "b": "中"},
)
ANSWER = FirstAnswer(status=201, response='{"outcome": "保持 keep"}')


def test_the_first_answer_is_given_again(database: Connection) -> None:
    assert find_answer(database, request=REQUEST) is None
    record_answer(database, request=REQUEST, answer=ANSWER, now=NOW)
    assert find_answer(database, request=replace(REQUEST, body={"b": "中", "a": 1})) == ANSWER


@pytest.mark.parametrize(
    "other", [{"body": {"a": 2}}, {"path": "/v1/cases"}, {"method": "PUT"}, {"body": {"a": "1", "b": "中"}}]
)
def test_another_request_of_the_same_name_is_refused(database: Connection, other: dict[str, object]) -> None:
    record_answer(database, request=REQUEST, answer=ANSWER, now=NOW)
    with pytest.raises(ConflictingRepeat, match="used for another request"):
        find_answer(database, request=replace(REQUEST, **other))  # type: ignore[arg-type]


def test_names_of_two_callers_never_meet(database: Connection) -> None:
    record_answer(database, request=REQUEST, answer=ANSWER, now=NOW)
    other = replace(REQUEST, key_id="1" * 16)
    assert find_answer(database, request=other) is None
    assert other.batch_id != REQUEST.batch_id


@pytest.mark.parametrize(
    "name", ["", "short", "with space", "中文的名字中文的名字", "x" * 201, "tab\tinside", "nul\0inside"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="not a name"):
        replace(REQUEST, idempotency_key=name)
