"""The agreement of a loan (借款合同): all that was agreed as one canonical text; its hash is what is signed.

The text says who borrows what, the plan row by row, what it costs a year, what being overdue costs, in which
order a repayment settles, how it may be repaid early, who lends, and the version of every document that all
of it follows from. The terms and rules that the book replays the loan with are in it by their hashes, so that
nothing of the loan's life is left out of what was signed. The same loan asked for again gives the same text.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from creditloop.book import Shares, shares_of
from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN
from creditloop.book.loans import LoanRules, LoanTerms, text_of
from creditloop.book.plan import InterestBy
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import InputError
from creditloop.lend.products import PenaltyTerms, plain
from creditloop.service.loans.quoting import QuotedLoan
from creditloop.service.loans.rates import percent_of_rate

FORM = 1
"""The form of the text; another one has another number."""
_OWN = "own"
_LOAN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanAgreement:
    """What is agreed for one loan.

    Attributes:
        terms, rules: what the book replays the loan with.
        shares: the lenders and their shares, ourselves first.
        text: canonical JSON; `hash` is its SHA-256.
    """

    loan_id: str
    party_id: str
    quoted: QuotedLoan
    terms: LoanTerms
    rules: LoanRules
    shares: Shares
    text: str
    hash: str

    @property
    def document(self) -> Document:
        """The text as the bank's archive keeps it, under its hash."""
        return parse_document(self.text, path=f"agreements/{self.loan_id}.json")


def agreement_of(quoted: QuotedLoan, *, loan_id: str, party_id: str) -> LoanAgreement:
    """Return the agreement of a quoted loan with somebody.

    Args:
        loan_id: the caller's own number of the loan (借据编号), 1 to 64 of A-Z a-z 0-9 . _ -
    Raises: InputError for another id; if fees and interest leave no room for a penalty under the cap; or if
        the product has a rule that a loan's life is not replayed with.
    """
    if not _LOAN_ID.fullmatch(loan_id):
        raise InputError(
            "not a loan's id",
            got=loan_id[:80],
            expected="1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first",
            where={"field": "loan_id"},
        )
    asked, rules = quoted.asked, quoted.rules
    terms = loan_terms(quoted)
    life = rules.loan_rules(rate_annual=asked.rate_annual, fees_annual=quoted.quote.fees_annual)
    penalty = rules.penalty_terms(rate_annual=asked.rate_annual, fees_annual=quoted.quote.fees_annual)
    programme = rules.programme
    shares = shares_of({_OWN: Fraction(1)}) if programme is None else programme.shares.value
    said = {
        "agreement": "loan",
        "form": FORM,
        "loan_id": loan_id,
        "party_id": party_id,
        **_asked(quoted),
        "plan": _plan(quoted),
        "fees": [_fee(quoted, number) for number in range(len(quoted.fees))],
        "overdue": _overdue(quoted, penalty),
        "allocation": _allocation(quoted),
        "prepayment": plain(rules.product.terms.prepayment.value),
        "lenders": {
            lender: f"{weight}/{shares.total}"
            for lender, weight in zip(shares.parties, shares.weights, strict=True)
        },
        "terms_hash": _sha256(text_of(terms)),
        "rules_hash": _sha256(text_of(life)),
        "documents": [{"path": path, "sha256": digest} for path, digest in quoted.documents.items()],
    }
    text = canonical_bytes(said).decode()
    return LoanAgreement(
        loan_id=loan_id,
        party_id=party_id,
        quoted=quoted,
        terms=terms,
        rules=life,
        shares=shares,
        text=text,
        hash=_sha256(text),
    )


def loan_terms(quoted: QuotedLoan) -> LoanTerms:
    """Return a quoted loan's terms with its plan, as the book replays them."""
    made, rules = quoted.terms, quoted.terms.rules
    return LoanTerms(
        principal=made.principal_fen,
        start=made.start,
        count=made.count,
        cycle=Cycle(months=rules.period.months),
        rate=made.rate,
        repayment=rules.method,
        scale=FEN,
        day_count=rules.day_count if rules.interest_by is InterestBy.DAYS else None,
        agreed=quoted.quote.quote.plan,
    )


def _asked(quoted: QuotedLoan) -> Mapping[str, object]:
    asked, product = quoted.asked, quoted.rules.product
    return {
        "product": {"name": product.name, "zh": product.title.zh, "en": product.title.en},
        "rules_as_of": quoted.rules.rules_as_of,
        "method": asked.method.value,
        "amount_fen": asked.amount_fen,
        "start": asked.start,
        "term_months": asked.term_months,
        "rates": [
            {"code": rate.code, "zh": rate.zh, "en": rate.en, "rate": _ratio(rate.rate),
             "shown": percent_of_rate(rate.rate)}
            for rate in quoted.quote.quote.rates
        ],
        "day_count": quoted.terms.rules.day_count.value,
        "total_interest_fen": quoted.quote.quote.total_interest_fen,
        "total_fees_fen": quoted.quote.quote.total_fees_fen,
    }  # fmt: skip


def _plan(quoted: QuotedLoan) -> list[Mapping[str, object]]:
    quote = quoted.quote.quote
    return [
        {
            "nr": row.nr,
            "start": row.start,
            "due": row.due,
            "principal_fen": row.principal_fen,
            "interest_fen": row.interest_fen,
            "fees_fen": fee,
            "balance_fen": row.balance_fen,
        }
        for row, fee in zip(quote.plan.instalments(), quote.fees_fen[1:], strict=True)
    ]


def _fee(quoted: QuotedLoan, number: int) -> Mapping[str, object]:
    fee, paid = quoted.fees[number].fee, quoted.fees[number].paid_fen
    return {
        "fee": fee.name,
        "zh": fee.title.zh,
        "en": fee.title.en,
        "paid_to": fee.paid_to,
        "at_pay_out_fen": paid[0],
        "with_instalments_fen": list(paid[1:]),
    }


def _overdue(quoted: QuotedLoan, penalty: PenaltyTerms) -> Mapping[str, object]:
    grace = quoted.rules.product.terms.grace.value
    return {
        "penalty_rate": _ratio(penalty.rate_annual),
        "interest_rate": _ratio(penalty.interest_annual),
        "base": penalty.base.value,
        "cap": _ratio(penalty.cap),
        "grace_days": grace.days,
        "grace_charged_after": grace.charged_after,
        "why": {"code": penalty.why.code, "zh": penalty.why.zh, "en": penalty.why.en},
    }


def _allocation(quoted: QuotedLoan) -> list[Mapping[str, object]]:
    rule = quoted.rules.allocation
    orders = [(None, rule.allocation), *((each.above_dpd, each.allocation) for each in rule.by_dpd)]
    return [
        {
            "above_dpd": above,
            "order": [f"{due.value}.{part.name.lower()}" for due, part in order.cells],
            "across": order.across.value,
            "future": order.future.value,
        }
        for above, order in orders
    ]


def _ratio(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
