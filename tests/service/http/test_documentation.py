"""The description says what the API does: every answer keeps it, and nothing it allows makes the API fail."""

import json
import re
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from tests.service.http.caller import Caller, written
from tests.service.http.deciding_bank import PLAN, decided_parties
from tests.service.small_bank import CONTRACT

from creditloop.service.bank import Bank
from creditloop.service.doors import SCOPES
from creditloop.service.http import answers
from creditloop.service.http.app import COMMANDS
from creditloop.service.http.problems import MEDIA_TYPE, STATUSES

LATE = f"{CONTRACT}/4"
OUTSIDE = re.compile(r"<script|<link|<img|<iframe|@import|url\(|https?://(?!127\.0\.0\.1)", re.IGNORECASE)
FUZZED = 40
ROUTES = {
    "GET /v1/health",
    "POST /v1/decisions",
    "GET /v1/decisions/{decision_id}",
    "GET /v1/customers/{party_id}",
    "GET /v1/customers/{party_id}/balances",
    "GET /v1/warnings",
    "GET /v1/cases",
    "POST /v1/cases/{case_id}/complaints",
    "GET /v1/reviews",
    "POST /v1/reviews/{case_id}/decisions",
    "GET /v1/loan-products",
    "GET /v1/loan-products/{product}",
    "POST /v1/loan-quotes",
    "POST /v1/loan-agreements",
    "POST /v1/loans",
    "GET /v1/loans",
    "GET /v1/loans/{loan_id}",
    "GET /v1/loans/{loan_id}/payout",
    "GET /v1/loans/{loan_id}/plan",
    "GET /v1/loans/{loan_id}/agreement",
    "POST /v1/loans/{loan_id}/repayments",
    "POST /v1/loans/{loan_id}/events",
    "POST /v1/loans/{loan_id}/prepayments",
    "GET /v1/loans/{loan_id}/payoff",
    "GET /v1/loans/{loan_id}/statement",
    "GET /v1/loans/{loan_id}/events",
    "GET /v1/evidence/checkpoint",
    "GET /v1/evidence/proof",
}
"""What partners rely on."""


def description(caller: Caller) -> dict[str, Any]:
    found = caller.get("/v1/openapi.json").json()
    assert isinstance(found, dict)
    return found


def references(value: object) -> set[str]:
    """Every name that something in a description refers to."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(references(inner) for inner in value))
    return set()


def test_every_route_is_described_in_both_languages(caller: Caller) -> None:
    found = description(caller)
    paths = {f"{method.upper()} {path}" for path, methods in found["paths"].items() for method in methods}
    assert paths == ROUTES
    for path, methods in found["paths"].items():
        for operation in methods.values():
            assert re.search("[一-鿿]", operation["summary"]), path
            assert re.search("[a-z]", operation["summary"]), path
            assert operation["description"], path


def test_every_reference_leads_somewhere(caller: Caller) -> None:
    found = description(caller)
    schemas = {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}
    assert references(found) <= schemas
    assert found["openapi"].startswith("3.1")


def test_every_command_names_its_scope_and_has_an_example_that_is_read(caller: Caller) -> None:
    found = description(caller)
    for command in COMMANDS:
        operation = found["paths"][command.path]["post"]
        assert command.scope in SCOPES
        assert command.scope in operation["description"]
        example = operation["requestBody"]["content"]["application/json"]["example"]
        msgspec.convert(example, command.body)
        assert {one["name"] for one in operation["parameters"]} == {*command.parameters, "Idempotency-Key"}


def test_the_page_needs_nothing_from_elsewhere(caller: Caller) -> None:
    answer = caller.get("/v1/docs")
    assert answer.status_code == 200
    assert OUTSIDE.findall(answer.text) == []
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for kind, _ in STATUSES:
        assert f'id="{kind.code}"' in answer.text
    for path in description(caller)["paths"]:
        assert path in answer.text


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1/health", answers.Health),
        (f"/v1/customers/{LATE}", answers.Customer),
        (f"/v1/customers/{LATE}/balances", answers.Balances),
        ("/v1/warnings", answers.Warnings),
        ("/v1/cases", answers.CollectionCases),
        ("/v1/reviews", answers.Reviews),
        ("/v1/evidence/checkpoint", answers.Checkpoint),
    ],
)
def test_an_answer_has_exactly_the_fields_described(
    caller: Caller, path: str, model: type[BaseModel]
) -> None:
    model.model_validate_json(caller.get(path).content)


def test_a_commands_answer_has_exactly_the_fields_described(caller: Caller, bank: Bank) -> None:
    party = decided_parties(bank.places.documents)[0]
    answer = caller.post("/v1/decisions", {"plan": PLAN, "party_id": party})
    answers.Decision.model_validate_json(answer.content)


def test_every_answer_of_the_api_carries_its_headers(caller: Caller) -> None:
    for path in ("/v1/health", "/v1/docs", "/v1/cases", "/v1/nothing"):
        answer = caller.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def operations(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], Any]:
    """A request of the described kind: some of it well formed, most of it not."""
    found = draw(st.sampled_from(list(DESCRIBED)))
    method, path, operation = found
    parameters: dict[str, Any] = {}
    for one in operation.get("parameters", []):
        value = draw(_value(one["schema"]))
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", quote(str(value), safe="") or "-")
        elif one["in"] == "query" and (one["required"] or draw(st.booleans())):
            parameters[one["name"]] = value
    body = None
    if "requestBody" in operation:
        example = operation["requestBody"]["content"]["application/json"]["example"]
        body = draw(st.sampled_from([example, {}]))
        changed = draw(st.dictionaries(st.sampled_from(list(example)) | TEXT, JSON, max_size=2))
        body = {**body, **changed}
    return method, path, parameters, body


def _value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    kinds = {one.get("type") for one in schema.get("anyOf", [schema])}
    formats = {one.get("format") for one in schema.get("anyOf", [schema])}
    if "integer" in kinds:
        return st.integers(-5, 2**33) | TEXT
    if "date" in formats:
        return st.dates().map(str) | TEXT
    if "uuid" in formats:
        return st.uuids().map(str) | TEXT
    return TEXT | st.just(LATE) | st.uuids().map(str)


DESCRIBED: list[tuple[str, str, dict[str, Any]]] = []


@pytest.mark.outside
# a thread of the pool draws how long its new connection lives, by chance while a request is drawn
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_nothing_that_is_sent_makes_it_fail(caller: Caller, app: FastAPI) -> None:
    for path, methods in description(caller)["paths"].items():
        DESCRIBED.extend((method.upper(), path, operation) for method, operation in methods.items())
    before = written(app.state.bank)

    @settings(max_examples=FUZZED, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(request=operations())
    def fuzz(request: tuple[str, str, dict[str, Any], Any]) -> None:
        method, path, parameters, body = request
        answer = _sent(caller, method, path, parameters, body)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            told = answer.json()
            assert answer.headers["content-type"] == MEDIA_TYPE
            answers.Problem.model_validate(told)

    fuzz()
    after = written(app.state.bank)
    assert {name for name in after if after[name] != before[name]} <= {"data.access_log"}


def _sent(caller: Caller, method: str, path: str, parameters: dict[str, Any], body: Any) -> httpx.Response:
    if method == "GET":
        return caller.send("GET", path, params=parameters, headers=caller.headers)
    return caller.post(path, json.dumps(body).encode())
