"""What the API is asked about loans, read as strictly as `bodies` does, and what it means for the service."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from creditloop.book.loans import Keep
from creditloop.book.plan import RepaymentMethod
from creditloop.lend.products import Customer, LenderPosition
from creditloop.service.loans import SERVICING_KINDS, BorrowerFacts, LoanAsked, rate_of_nano

_FEN_MAX = 10**16
_TEXT_MAX = 200
Fen = Annotated[int, msgspec.Meta(ge=0, le=_FEN_MAX)]
Amount = Annotated[int, msgspec.Meta(ge=1, le=_FEN_MAX, description="金额 in fen, > 0")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=_TEXT_MAX)]


class LenderFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lender has on its books before the drawdown, in fen; what is not known is left out."""

    net_tier1_fen: Fen | None = None
    loans_fen: Fen | None = None
    colending_fen: Fen | None = None
    with_partner_fen: dict[Name, Fen] = {}


class DrawdownFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of the borrower; what is not known is left out, and a rule that needs it refers."""

    customer: Customer
    limit_fen: Fen | None = None
    owed_fen: Fen | None = None
    frozen: bool | None = None
    dpd: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    loan_purpose: Name | None = None
    region: Name | None = None
    consumer_unsecured_fen: Fen | None = None
    good_credit_large_need: bool | None = None
    lenders: dict[Name, LenderFacts] = {}


class QuoteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The loan to be quoted, and what is known of who asks."""

    product: Annotated[Name, msgspec.Meta(description="产品", examples=["retail_line"])]
    method: Annotated[RepaymentMethod, msgspec.Meta(description="还款方式")]
    amount_fen: Amount
    rate_annual_nano: Annotated[
        int, msgspec.Meta(ge=0, le=10**11, description="年利率 in nano", examples=[108_000_000])
    ]
    start: Annotated[date, msgspec.Meta(description="放款日 the day it is paid out")]
    term_months: Annotated[int, msgspec.Meta(ge=1, le=600)]
    facts: DrawdownFacts | None = None


LoanId = Annotated[
    str,
    msgspec.Meta(
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="借据编号 the caller's own number of the loan",
        examples=["JJ-20260105-0001"],
    ),
]
PaymentId = Annotated[
    str,
    msgspec.Meta(pattern="^[\\x21-\\x7e]{1,100}$", description="流水号 the caller's own name of the payment"),
]


class AgreementRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The loan to be agreed: what was quoted, with whom, under which number."""

    loan_id: LoanId
    party_id: Annotated[Name, msgspec.Meta(description="主体编号 party", examples=["taiwan_cards/9"])]
    product: Name
    method: RepaymentMethod
    amount_fen: Amount
    rate_annual_nano: Annotated[int, msgspec.Meta(ge=0, le=10**11)]
    start: date
    term_months: Annotated[int, msgspec.Meta(ge=1, le=600)]


class LoanRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The loan to be opened: what was agreed, what is known of the borrower, the hash that was signed."""

    loan_id: LoanId
    party_id: Annotated[Name, msgspec.Meta(description="主体编号 party", examples=["taiwan_cards/9"])]
    product: Name
    method: RepaymentMethod
    amount_fen: Amount
    rate_annual_nano: Annotated[int, msgspec.Meta(ge=0, le=10**11)]
    start: date
    term_months: Annotated[int, msgspec.Meta(ge=1, le=600)]
    facts: DrawdownFacts
    agreement_hash: Annotated[
        str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="合同哈希 of the text the customer signed")
    ]


class RepaymentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that came in."""

    payment_id: PaymentId
    amount_fen: Amount
    value_date: Annotated[
        date | None,
        msgspec.Meta(description="起息日 from when it counts; if not said, when it is booked"),
    ] = None


class PrepaymentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that came in to repay early."""

    payment_id: PaymentId
    amount_fen: Amount
    keep: Annotated[
        Keep, msgspec.Meta(description="保留 count: smaller instalments; instalment: fewer of them")
    ] = Keep.COUNT
    value_date: Annotated[
        date | None,
        msgspec.Meta(description="起息日 from when it counts; if not said, when it is booked"),
    ] = None


ChangeKind = Literal[*SERVICING_KINDS]  # type: ignore[valid-type]


class ChangeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to a loan besides money coming in."""

    event_id: PaymentId
    kind: Annotated[ChangeKind, msgspec.Meta(description="变更种类")]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=_TEXT_MAX, description="理由")]
    details: Annotated[
        dict[str, Any],
        msgspec.Meta(description="what it says, by the fields of its kind; fen, ISO dates, rates as text"),
    ] = {}
    value_date: Annotated[
        date | None,
        msgspec.Meta(description="起息日 from when it counts; if not said, when it is booked"),
    ] = None


def loan_asked(body: QuoteRequest | AgreementRequest | LoanRequest) -> LoanAsked:
    """Return a loan that is asked for as the service takes it."""
    return LoanAsked(
        product=body.product,
        method=body.method,
        amount_fen=body.amount_fen,
        rate_annual=rate_of_nano(body.rate_annual_nano),
        start=body.start,
        term_months=body.term_months,
    )


def borrower_facts(facts: DrawdownFacts) -> BorrowerFacts:
    """Return what is known of a borrower as the service takes it."""
    return BorrowerFacts(
        customer=facts.customer,
        limit_fen=facts.limit_fen,
        owed_fen=facts.owed_fen,
        frozen=facts.frozen,
        dpd=facts.dpd,
        loan_purpose=facts.loan_purpose,
        region=facts.region,
        consumer_unsecured_fen=facts.consumer_unsecured_fen,
        good_credit_large_need=facts.good_credit_large_need,
        lenders={
            name: LenderPosition(
                net_tier1_fen=lender.net_tier1_fen,
                loans_fen=lender.loans_fen,
                colending_fen=lender.colending_fen,
                with_partner_fen=lender.with_partner_fen,
            )
            for name, lender in facts.lenders.items()
        },
    )
