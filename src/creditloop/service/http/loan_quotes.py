"""Quotes (试算): what a loan would cost, and whether the rules of its day let it be drawn.

A quote changes nothing and keeps nothing, so it needs no name of its own (`Idempotency-Key`); its body is
read as strictly as a command's.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from creditloop.book.plan import Plan
from creditloop.lend.products import DrawdownOutcome, RuleResult, plain
from creditloop.service.doors import check_scope, key_of_secret
from creditloop.service.http.bodies import parse_body, read_body
from creditloop.service.http.loan_answers import (
    DrawdownCheck,
    DrawdownRule,
    LoanQuote,
    PlannedInstalment,
    QuotedFee,
    QuotedRate,
    Words,
)
from creditloop.service.http.loan_bodies import QuoteRequest, borrower_facts, loan_asked
from creditloop.service.http.loan_products import words
from creditloop.service.http.loan_scopes import QUOTE
from creditloop.service.http.pooled_bank import PooledBank
from creditloop.service.http.visits import check_parameters, shown_secret
from creditloop.service.loans import QuotedFee as ServiceFee
from creditloop.service.loans import (
    QuotedLoan,
    checked_drawdown,
    nano_of_rate,
    percent_of_rate,
    quoted_loan,
)

router = APIRouter(tags=["loans 贷款"])
EXAMPLE: Mapping[str, Any] = {
    "product": "retail_line",
    "method": "equal_instalment",
    "amount_fen": 1_200_000,
    "rate_annual_nano": 108_000_000,
    "start": "2026-01-05",
    "term_months": 12,
    "facts": {
        "customer": "person",
        "limit_fen": 5_000_000,
        "owed_fen": 0,
        "frozen": False,
        "dpd": 0,
        "loan_purpose": "consumption",
        "region": "r01",
        "consumer_unsecured_fen": 0,
    },
}
"""A quote of twelve thousand over a year."""
_COMPUTING = Lock()
"""Quotes are computed in turn: side by side, threads of one process only take each other's time."""


def inlined(schema: object, definitions: Mapping[str, Any]) -> Any:
    """Return a JSON schema with what it refers to in its place."""
    if isinstance(schema, Mapping):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name:
            return inlined(definitions[name], definitions)
        return {key: inlined(inner, definitions) for key, inner in schema.items() if key != "$defs"}
    return [inlined(inner, definitions) for inner in schema] if isinstance(schema, list) else schema


def described_body(described: type[msgspec.Struct], example: Mapping[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of the body of a route that reads it by itself."""
    schema = msgspec.json.schema(described)
    body = {"schema": inlined(schema, schema["$defs"]), "example": dict(example)}
    return {"requestBody": {"required": True, "content": {"application/json": body}}}


@router.post(
    "/v1/loan-quotes",
    summary="贷款试算 what a loan would cost",
    response_model=LoanQuote,
    openapi_extra=described_body(QuoteRequest, EXAMPLE),
)
async def quote_loan(request: Request) -> Response:
    """Return a loan's plan, all its fees and its yearly cost by the IRR method, then its other rates.

    With `facts` the drawdown is checked by every rule of its day: approve, refer or decline, with reasons.
    Nothing is kept and nothing promised; an `Idempotency-Key` is not needed.
    """
    body = await read_body(request)
    return await run_in_threadpool(_quoted, request, body)


def check_quote_key(request: Request) -> None:
    """Refuse a caller whose key is not for quotes, and parameters; nothing is recorded, so it is no work.

    Raises: NotSignedIn; NotAllowed; InputError.
    """
    bank: PooledBank = request.app.state.bank
    with bank.connection() as connection:
        check_scope(key_of_secret(connection, secret=shown_secret(request)), QUOTE)
    check_parameters(request)


def _quoted(request: Request, body: bytes) -> Response:
    check_quote_key(request)
    asked = parse_body(body, described=QuoteRequest)
    bank: PooledBank = request.app.state.bank
    with _COMPUTING:
        quoted = quoted_loan(bank.places, asked=loan_asked(asked))
        check = None
        if asked.facts is not None:
            check = checked_drawdown(quoted, facts=borrower_facts(asked.facts))
        told = quote_answer(quoted, check).model_dump_json()
    return Response(told, media_type="application/json")


def quote_answer(quoted: QuotedLoan, check: DrawdownOutcome | None) -> LoanQuote:
    """Return a quote as it is answered."""
    asked, quote = quoted.asked, quoted.quote.quote
    total_interest, total_fees = quote.total_interest_fen, quote.total_fees_fen
    return LoanQuote(
        rates=[
            QuotedRate(
                code=each.code,
                zh=each.zh,
                en=each.en,
                rate_nano=nano_of_rate(each.rate),
                percent=percent_of_rate(each.rate),
            )
            for each in quote.rates
        ],
        product=asked.product,
        method=asked.method.value,
        amount_fen=asked.amount_fen,
        rate_annual_nano=nano_of_rate(asked.rate_annual),
        start=asked.start,
        term_months=asked.term_months,
        total_interest_fen=total_interest,
        total_fees_fen=total_fees,
        total_fen=asked.amount_fen + total_interest + total_fees,
        fees=[_fee(each) for each in quoted.fees],
        instalments=plan_rows(quote.plan, quote.fees_fen),
        check=None if check is None else check_answer(check),
        rules_as_of=quoted.rules.rules_as_of,
        documents=quoted.documents,
    )


def plan_rows(plan: Plan, fees_fen: tuple[int, ...]) -> list[PlannedInstalment]:
    """Return the rows of a plan with the fees paid with each; at 0 stand those of the pay-out."""
    return [
        PlannedInstalment(
            nr=row.nr,
            start=row.start,
            due=row.due,
            days=row.days,
            principal_fen=row.principal_fen,
            interest_fen=row.interest_fen,
            fees_fen=fee,
            amount_fen=row.amount_fen + fee,
            balance_fen=row.balance_fen,
        )
        for row, fee in zip(plan.instalments(), fees_fen[1:], strict=True)
    ]


def _fee(quoted: ServiceFee) -> QuotedFee:
    fee, paid = quoted.fee, quoted.paid_fen
    return QuotedFee(
        fee=fee.name,
        title=words(fee.title),
        basis=fee.basis.value,
        paid_to=fee.paid_to,
        at_pay_out_fen=paid[0],
        with_instalments_fen=list(paid[1:]),
        total_fen=sum(paid),
    )


def check_answer(check: DrawdownOutcome) -> DrawdownCheck:
    """Return what the rules say of a drawdown as it is answered."""
    return DrawdownCheck(
        outcome=check.outcome,
        broken=[result.rule for result in check.broken],
        unknown=[result.rule for result in check.unknown],
        kept=[result.rule for result in check.results if result.holds],
        rules=[_rule(result) for result in check.results if not result.holds],
    )


def _rule(result: RuleResult) -> DrawdownRule:
    return DrawdownRule(
        rule=result.rule,
        norm=words(result.norm),
        holds=result.holds,
        code=result.code,
        why=None if result.why is None else Words(zh=result.why.zh, en=result.why.en),
        missing=list(result.missing),
        side=result.side,
        since=result.since,
        policy=result.policy,
        numbers=[number.as_record() for number in result.numbers],
        facts={name: plain(value) for name, value in result.facts.items()},
    )
