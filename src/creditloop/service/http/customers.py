"""Customers: what the bank knows of one, and the balances its book adds up to."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from creditloop.admit import find_decisions
from creditloop.book import ACCOUNTS, CUSTOMER_ACCOUNTS, HistoryLine, check_history, history
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.lend import find_position
from creditloop.monitor import ClassificationRun, find_party_warnings, find_runs, find_verdict
from creditloop.recover import find_case, find_cases
from creditloop.service.http.answers import (
    AccountBalance,
    Answer,
    Balances,
    BookEvent,
    Classification,
    Customer,
    LimitPosition,
)
from creditloop.service.http.visits import Visit, visit
from creditloop.service.http.warnings import warning

router = APIRouter(tags=["customers 客户"])
PartyPath = Annotated[
    str,
    Path(
        max_length=200,
        description="主体编号 party; a slash in it may stand as it is",
        examples=["taiwan_cards/7"],
    ),
]


@router.get(
    "/v1/customers/{party_id:path}/balances", summary="余额与流水 balances and the events behind them"
)
def find_balances(
    request: Request,
    party_id: PartyPath,
    as_of: Annotated[
        date | None, Query(description="截至日 (value date); the last event's day if not said")
    ] = None,
) -> Balances:
    """Return a customer's balances on a day, recomputed from the events, whose hashes are checked."""
    with visit(request, scope="customers:read") as visited:
        lines = history(visited.work.connection, party_id=party_id)
        check_history([line.event for line in lines])
        visited.read(
            package="creditloop.book",
            table="book.event",
            columns=["party_id", "kind", "value_date", "amount_fen", "owed_after_fen", "source_ref"],
            parties_count=1,
            party_id=party_id,
        )
    day = as_of or lines[-1].event.value_date
    seen = [line for line in lines if line.event.value_date <= day]
    return _balances(party_id, day, seen, currency=lines[0].event.currency)


def _balances(party_id: str, day: date, lines: Sequence[HistoryLine], *, currency: str) -> Balances:
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        for leg in line.event.legs:
            sums[leg.account] += leg.amount_fen
    return Balances(
        party_id=party_id,
        as_of=day,
        currency=currency,
        owed_fen=lines[-1].owed_after_fen if lines else 0,
        accounts=[
            AccountBalance(account=account.code, zh=account.zh, en=account.en, balance_fen=sums[account.code])
            for account in ACCOUNTS
            if account.code in CUSTOMER_ACCOUNTS
        ],
        events=[_event(line) for line in lines],
    )


def _event(line: HistoryLine) -> BookEvent:
    event = line.event
    return BookEvent(
        sequence=event.sequence,
        kind=event.kind.value,
        value_date=event.value_date,
        booking_date=event.booking_date,
        amount_fen=event.amount_fen,
        owed_after_fen=line.owed_after_fen,
        derived=event.derived,
        source_ref=event.source_ref,
        hash=event.hash,
    )


@router.get("/v1/customers/{party_id:path}", summary="客户 what the bank knows of a customer")
def find_customer(request: Request, party_id: PartyPath) -> Customer:
    """Return classification, limit, last warning, open case and decisions, each as of the last day."""
    with visit(request, scope="customers:read") as visited:
        connection = visited.work.connection
        classification = _classification(connection, party_id)
        warnings = find_party_warnings(connection, party_id=party_id)
        decided = find_decisions(connection, party_id=party_id)
        cases = find_cases(connection, party_id=party_id)
        if classification is None and not warnings and not decided and not cases:
            raise UnknownId("the bank knows no such customer", got=party_id)
        on = None if classification is None else classification.business_date
        open_case = None if on is None else find_case(connection, party_id=party_id, on=on)
        answer = Customer(
            party_id=party_id,
            classification=classification,
            limit=_limit(connection, party_id, classification),
            warning=warning(*warnings[-1]) if warnings else None,
            case=None if open_case is None else open_case.case_id,
            decisions=[decision.decision_id for decision in decided],
        )
        _log(visited, answer)
    return answer


def _log(visited: Visit, answer: Customer) -> None:
    """Log what was seen: a row for each table that said something."""
    seen = {
        ("creditloop.monitor", "monitor.classification"): answer.classification,
        ("creditloop.lend", "lend.limit_event"): answer.limit,
        ("creditloop.monitor", "monitor.warning"): answer.warning,
        ("creditloop.recover", "recover.case"): answer.case,
        ("creditloop.admit", "admit.decision"): answer.decisions or None,
    }
    for (package, table), told in seen.items():
        if told is not None:
            columns = tuple(type(told).model_fields) if isinstance(told, Answer) else ("party_id",)
            visited.read(
                package=package, table=table, columns=columns, parties_count=1, party_id=answer.party_id
            )


def _classification(connection: Connection, party_id: str) -> Classification | None:
    """Return the last verdict on a customer; a run may be of another product, so the last that has one."""
    newest: dict[str, ClassificationRun] = {run.product: run for run in find_runs(connection)}
    for run in newest.values():
        with suppress(UnknownId):
            verdict = dict(find_verdict(connection, batch_id=run.batch_id, party_id=party_id))
            told = {name: value for name, value in verdict.items() if name in Classification.model_fields}
            return Classification(
                product=run.product,
                business_date=run.dates.business_date,
                rules_as_of=run.dates.rules_as_of,
                batch_id=run.batch_id,
                days_past_due_policy=run.delinquency_policy_hash,
                five_tier_policy=run.five_tier_policy_hash,
                **told,  # type: ignore[arg-type]  # the columns of a verdict, checked by the answer itself
            )
    return None


def _limit(
    connection: Connection, party_id: str, classification: Classification | None
) -> LimitPosition | None:
    """Return the limit's use on the day of the last verdict, None where no limit was taken over."""
    if classification is None:
        return None
    with suppress(UnknownId):
        position = find_position(
            connection, party_id=party_id, owed_fen=classification.owed_fen, on=classification.business_date
        )
        told = position.as_record()
        del told["party_id"]
        return LimitPosition(**told)  # type: ignore[arg-type]  # the same fields, checked by the answer itself
    return None
