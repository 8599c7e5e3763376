"""Bad requests: each gets the right status and code, says what is wrong, and leaves nothing behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from tests.service.http.caller import Caller, written
from tests.service.http.deciding_bank import PLAN, decided_parties
from tests.service.small_bank import CONTRACT

from creditloop.kernel.errors import (
    BookError,
    ConflictingRepeat,
    CreditloopError,
    EvidenceError,
    InputError,
    LimitExceeded,
    OutOfOrder,
    PolicyError,
    SourceError,
    StateError,
    UnknownId,
)
from creditloop.service.doors import NotAllowed, NotSignedIn
from creditloop.service.http.bodies import BYTES_MAX
from creditloop.service.http.problems import MEDIA_TYPE, problem_of, status_of
from creditloop.service.http.refusals import Malformed, TooLarge

ME = f"{CONTRACT}/1"
GOOD = {"plan": PLAN, "party_id": ME}
SOME_ID = "00000000-0000-8000-8000-000000000000"
NO_KEY = "cl_0123456789abcdef_" + "x" * 43


@dataclass(frozen=True)
class Bad:
    """A request that is wrong in one way."""

    what: str
    status: int
    code: str
    path: str = "/v1/decisions"
    method: str = "POST"
    body: Any = field(default_factory=lambda: GOOD)
    name: str | None = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Any = None
    told: str = ""
    """A piece of the answer that names what is wrong."""


def read(what: str, status: int, code: str, path: str, told: str = "", /, **params: Any) -> Bad:
    """A GET that is wrong in one way."""
    return Bad(what, status, code, method="GET", path=path, told=told, params=params)


def complain(what: str, status: int, code: str, case: str = SOME_ID, told: str = "", **other: Any) -> Bad:
    """A complaint that is wrong in one way."""
    body = {"kind": "complaint", "note": "x"} | other
    return Bad(what, status, code, path=f"/v1/cases/{case}/complaints", body=body, told=told)


def rule(what: str, status: int, code: str, told: str = "", **other: Any) -> Bad:
    """A reviewer's decision that is wrong in one way."""
    body = {"outcome": "keep", "reason": "x", "acted_on": "2005-07-01"} | other
    return Bad(what, status, code, path=f"/v1/reviews/{SOME_ID}/decisions", body=body, told=told)


def prove(what: str, status: int, code: str, told: str = "", **other: Any) -> Bad:
    """A proof asked for wrongly in one way."""
    params = {"table": "book.event", "batch_id": SOME_ID, "row_no": "0"} | other
    return read(what, status, code, "/v1/evidence/proof", told, **params)


BAD = (
    # the body as bytes
    Bad("no body", 400, "malformed", body=b""),
    Bad("not JSON", 400, "malformed", body=b"plan=small"),
    Bad("cut off", 400, "malformed", body=b'{"plan": "x"'),
    Bad("two bodies", 400, "malformed", body=b"{}{}"),
    Bad("not UTF-8", 400, "malformed", body=b'{"plan": "\xff", "party_id": "a"}'),
    Bad("UTF-16", 400, "malformed", body='{"plan": "x"}'.encode("utf-16")),
    Bad("with a byte order mark", 400, "malformed", body=b"\xef\xbb\xbf{}"),
    Bad("a name twice", 400, "malformed", body=b'{"plan": "a", "plan": "b"}', told="plan"),
    Bad("a name twice inside", 400, "malformed", body=b'{"plan": {"a": 1, "a": 2}}', told="a"),
    Bad("NaN", 400, "malformed", body=b'{"plan": NaN, "party_id": "a"}', told="NaN"),
    Bad("Infinity", 400, "malformed", body=b'{"plan": -Infinity, "party_id": "a"}', told="-Infinity"),
    Bad("a comment", 400, "malformed", body=b'{"plan": "a" /* b */}'),
    Bad("nested without end", 400, "malformed", body=b"[" * 60_000),
    Bad("a number without end", 400, "malformed", body=b'{"plan": ' + b"9" * 5000 + b"}"),
    Bad("too long", 413, "too_large", body=b'"' + b"a" * BYTES_MAX + b'"'),
    Bad("not said to be JSON", 415, "wrong_media_type", headers={"Content-Type": "text/plain"}),
    Bad("a form", 415, "wrong_media_type", headers={"Content-Type": "multipart/form-data"}),
    # the body as a description
    Bad("a list", 422, "input", body=[GOOD]),
    Bad("null", 422, "input", body=b"null"),
    Bad("a field missing", 422, "input", body={"plan": PLAN}, told="party_id"),
    Bad("a field nobody knows", 422, "input", body=GOOD | {"limit_fen": 1}, told="limit_fen"),
    Bad("a field in capitals", 422, "input", body={"Plan": PLAN, "party_id": ME}, told="Plan"),
    Bad("a number for a text", 422, "input", body=GOOD | {"party_id": 1}, told="party_id"),
    Bad("null for a text", 422, "input", body=GOOD | {"plan": None}, told="plan"),
    Bad("an empty text", 422, "input", body=GOOD | {"plan": ""}, told="plan"),
    Bad("a text too long", 422, "input", body=GOOD | {"party_id": "x" * 201}, told="party_id"),
    Bad("half a surrogate pair", 422, "input", body=b'{"plan": "a", "party_id": "\\ud800"}'),
    Bad("NUL in a text", 422, "input", body=GOOD | {"party_id": "a\u0000b"}, told="party_id"),
    # what does not exist
    Bad("a plan there is not", 404, "unknown_id", body=GOOD | {"plan": "other"}, told="other"),
    Bad("a plan named as a file", 404, "unknown_id", body=GOOD | {"plan": "../review.yaml"}),
    Bad("a customer there is not", 404, "unknown_id", body=GOOD | {"party_id": f"{CONTRACT}/999"}),
    Bad("SQL for a customer", 404, "unknown_id", body=GOOD | {"party_id": "x' OR '1'='1"}),
    read("a decision there is not", 404, "unknown_id", f"/v1/decisions/{SOME_ID}"),
    read("a customer nobody knows", 404, "unknown_id", "/v1/customers/nobody"),
    read("balances of nobody", 404, "unknown_id", "/v1/customers/nobody/balances"),
    read("a month without warnings", 404, "unknown_id", "/v1/warnings", on="2001-01-31"),
    complain("a case there is not", 404, "unknown_id"),
    read("a route there is not", 404, "unknown_route", "/v1/limits"),
    read("a slash too many", 404, "unknown_route", "/v1/health/"),
    prove("a proof of no table", 404, "unknown_id", table="pg_catalog.pg_authid"),
    prove("a proof of no row", 404, "unknown_id"),
    # method
    Bad("DELETE", 405, "method_not_allowed", method="DELETE", path=f"/v1/decisions/{SOME_ID}"),
    Bad("GET what is asked by POST", 405, "method_not_allowed", method="GET"),
    # parameters
    read("an id that is none", 422, "input", "/v1/decisions/7", "decision_id"),
    complain("a case's id that is none", 422, "input", "7", "case_id"),
    read("a day that no calendar has", 422, "input", "/v1/cases", "on", on="2005-02-30"),
    read("a day as a week", 422, "input", "/v1/cases", "on", on="2005-W26-4"),
    read("a parameter nobody knows", 422, "input", "/v1/cases", "limits", limits="1"),
    read("a parameter twice", 422, "input", "/v1/cases", "limit", limit=["1", "2"]),
    Bad("a parameter of a command", 422, "input", path="/v1/decisions?now=1", told="now"),
    read("a page without rows", 422, "input", "/v1/cases", "limit", limit="0"),
    read("a page too long", 422, "input", "/v1/reviews", "limit", limit="100000"),
    read("before the first page", 422, "input", "/v1/warnings", "skip", skip="-1"),
    read("a level there is not", 422, "input", "/v1/warnings", "red", level="red"),
    read("a status there is not", 422, "input", "/v1/reviews", "status", status="half"),
    prove("a proof of a row below 0", 422, "input", "row_no", row_no="-1"),
    prove("a proof of a row too far", 422, "input", "row_no", row_no=str(2**31)),
    read("a proof of nothing", 422, "input", "/v1/evidence/proof", "table"),
    read("NUL for a customer", 422, "input", "/v1/customers/a%00b"),
    read("NUL for a level", 422, "input", "/v1/warnings", level="a\u0000"),
    # the request's name
    Bad("without a name", 422, "input", name=None, told="Idempotency-Key"),
    Bad("too short a name", 422, "input", name="1234567", told="Idempotency-Key"),
    Bad("too long a name", 422, "input", name="x" * 201, told="Idempotency-Key"),
    Bad("a name with a space", 422, "input", name="name of mine", told="Idempotency-Key"),
    # who asks
    Bad("nobody", 401, "not_signed_in", headers={"Authorization": ""}),
    Bad("somebody else", 401, "not_signed_in", headers={"Authorization": f"Bearer {NO_KEY}"}),
    Bad("a password", 401, "not_signed_in", headers={"Authorization": "Basic Y2hlbjp4"}),
    Bad("a key that is SQL", 401, "not_signed_in", headers={"Authorization": "Bearer ' OR true --"}),
    Bad("nobody reads", 401, "not_signed_in", method="GET", path="/v1/cases", headers={"Authorization": ""}),
    # what the stages say
    complain("a complaint of no kind", 422, "input", told="kind", kind="praise"),
    complain("a complaint without words", 422, "input", told="note", note=""),
    complain("a complaint without a time zone", 422, "input", told="at", at="2005-09-30T10:00:00"),
    rule("a ruling of half a fen", 422, "input", "limit_fen", limit_fen=0.5),
    rule("a ruling below 0", 422, "input", "limit_fen", limit_fen=-1),
    rule("a ruling on no day", 422, "input", "acted_on", acted_on="2005-13-01"),
    rule("a ruling without a reason", 422, "input", "reason", reason=""),
)


def test_each_is_another() -> None:
    assert len({bad.what for bad in BAD}) == len(BAD) >= 30


def test_every_bad_request_is_answered_rightly_and_leaves_nothing(caller: Caller, app: FastAPI) -> None:
    before = written(app.state.bank)
    wrong = []
    for bad in BAD:
        if bad.method == "POST":
            answer = caller.post(bad.path, bad.body, name=bad.name, headers=bad.headers)
        else:
            answer = caller.send(
                bad.method, bad.path, params=bad.params, headers={**caller.headers, **bad.headers}
            )
        told = answer.json()
        got = (answer.status_code, told.get("code"), answer.headers["content-type"], told["status"])
        if got != (bad.status, bad.code, MEDIA_TYPE, bad.status) or bad.told not in answer.text:
            wrong.append(f"{bad.what}: {answer.status_code} {answer.text}")
        if "Traceback" in answer.text or ".py" in answer.text:
            wrong.append(f"{bad.what} shows our insides: {answer.text}")
        if written(app.state.bank) != before:
            wrong.append(f"{bad.what} left something behind")
            before = written(app.state.bank)
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_complaint_of_tomorrow_is_refused(caller: Caller, app: FastAPI) -> None:
    case = caller.get("/v1/cases").json()["cases"][0]["case_id"]
    before = written(app.state.bank)
    body = {"kind": "complaint", "note": "x", "at": "2036-01-01T00:00:00Z"}
    answer = caller.post(f"/v1/cases/{case}/complaints", body)
    assert (answer.status_code, answer.json()["where"]) == (422, {"field": "at"})
    assert written(app.state.bank) == before


def test_a_customer_the_card_was_fitted_on_is_refused(caller: Caller, app: FastAPI) -> None:
    decided = decided_parties(app.state.bank.places.documents)
    answers = [
        caller.post("/v1/decisions", {"plan": PLAN, "party_id": f"{CONTRACT}/{number}"})
        for number in range(1, 21)
        if f"{CONTRACT}/{number}" not in decided
    ]
    codes = {answer.json().get("code") for answer in answers if answer.status_code != 201}
    assert codes == {"state"}
    assert {answer.status_code for answer in answers} <= {201, 409}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (InputError, 422),
        (Malformed, 400),
        (TooLarge, 413),
        (NotSignedIn, 401),
        (NotAllowed, 403),
        (UnknownId, 404),
        (StateError, 409),
        (OutOfOrder, 409),
        (LimitExceeded, 409),
        (ConflictingRepeat, 409),
        (SourceError, 503),
        (PolicyError, 500),
        (BookError, 500),
        (EvidenceError, 500),
        (CreditloopError, 500),
    ],
)
def test_every_error_has_its_status(kind: type[CreditloopError], status: int) -> None:
    assert status_of(kind) == status_of(kind("what")) == status


def test_our_own_trouble_is_told_by_name_only() -> None:
    secret = "4111 1111 1111 1111"
    error = EvidenceError("a row was changed", got=secret, expected=secret, where={"file": secret})
    answer = problem_of(error)
    assert answer.status_code == 500
    assert secret.encode() not in bytes(answer.body)
    assert problem_of(SourceError("gone")).headers["Retry-After"] == "1"


def test_a_defect_shows_nothing(app: FastAPI, caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(_: object) -> None:
        raise ZeroDivisionError("4111 1111 1111 1111")

    app.add_route("/v1/broken", broken, methods=["GET"])  # type: ignore[arg-type]
    answer = caller.get("/v1/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    assert "4111" not in answer.text
    logged = capsys.readouterr().out
    assert answer.json()["instance"] in logged
    assert "4111" not in logged
    assert "test_bad_requests.py" in logged


def test_a_database_that_is_gone_is_unavailable(app: FastAPI, caller: Caller) -> None:
    bank = app.state.bank
    bank.settle()  # else whoever signs checkpoints may find out first, and make the pool good again
    name = bank.evidence.path.name
    with psycopg.connect(bank.url, dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    answer = caller.get("/v1/cases")
    assert (answer.status_code, answer.json()["code"]) == (503, "source")
    assert caller.get("/v1/cases").status_code == 200, "the pool heals"
