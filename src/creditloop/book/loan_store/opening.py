"""Opening a loan (借据开立): what was agreed, and its pay-out as the first event."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from creditloop.book.day_end import SHARDS
from creditloop.book.loan_store.booking import BookedEvent, book_event
from creditloop.book.loan_store.finding import find_loan
from creditloop.book.loan_store.rates import RATE_COLUMNS, overdue_rates, overdue_terms
from creditloop.book.loans import Disbursed, LoanRules, LoanTerms, text_of
from creditloop.book.split import Shares
from creditloop.kernel.errors import ConflictingRepeat, InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, load_queries

_QUERIES = load_queries("creditloop.book.loan_store")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoan:
    """A loan to be opened.

    Attributes:
        loan_id: made by the caller, unique in the book; without control characters.
        party_id: the debtor; retail: whether a retail customer.
        programme_no: the product with its lenders, see `add_programme`.
        terms, rules: what was agreed.
    """

    loan_id: str
    party_id: str
    retail: bool
    programme_no: int
    terms: LoanTerms
    rules: LoanRules


def add_programme(connection: Connection, *, product: str, shares: Shares, document_hash: str) -> int:
    """Return the number of a product with the lenders who share its loans; it is added if it is new."""
    values = {
        "product": product,
        "lenders": list(shares.parties),
        "weights": list(shares.weights),
        "document_hash": document_hash,
    }
    _QUERIES.lock_programmes(connection)
    if (found := _QUERIES.find_programme(connection, **values)) is None:
        _QUERIES.add_programme(connection, batch_id=content_id("programme", *values.values()), **values)
        found = _QUERIES.find_programme(connection, **values)
    return int(found)


def open_loan(connection: Connection, *, new: NewLoan, pay_out: Disbursed, now: datetime) -> BookedEvent:
    """Take a loan in and book its pay-out in the caller's transaction; the same again returns the first.

    Args:
        pay_out: sequence is given here.
        now: aware.
    Raises: ConflictingRepeat if the loan's id stands for another agreement; InputError if something cannot
        be, or the day end could not compute it; what `book_event` raises.
    """
    _QUERIES.lock_party(connection, party_id=new.party_id)
    _QUERIES.lock_loan(connection, loan_id=new.loan_id)
    if (known := _QUERIES.find_loan(connection, loan_id=new.loan_id)) is None:
        _add(connection, new, pay_out)
    else:
        _check_same(connection, new, known[0])
    return book_event(connection, loan_id=new.loan_id, event=replace(pay_out, sequence=1), now=now)


def _check_same(connection: Connection, new: NewLoan, loan_no: int) -> None:
    known = find_loan(connection, loan_id=new.loan_id)
    was = (known.party_id, known.retail, known.programme_no, known.terms_hash, known.rules_hash)
    now = (new.party_id, new.retail, new.programme_no, _hash(text_of(new.terms)), _hash(text_of(new.rules)))
    if was != now:
        raise ConflictingRepeat(
            "a loan's id was used for another agreement", where={"loan": new.loan_id, "number": loan_no}
        )


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _add(connection: Connection, new: NewLoan, pay_out: Disbursed) -> None:
    """Add the loan, its terms and rules, and what being overdue costs on it."""
    standing = overdue_terms(terms=new.terms, rules=new.rules)
    (_, penalty, interest), *later = overdue_rates(
        rules=new.rules, rate=new.terms.rate, since=pay_out.value_date
    )
    if new.loan_id != new.loan_id.strip() or not new.loan_id.isprintable():
        raise InputError("a loan's id holds control characters or spaces around it", got=new.loan_id)
    loan_no = int(_QUERIES.next_loan_no(connection)[0])
    debtor_no = int(_QUERIES.find_debtor(connection, party_id=new.party_id)[0])
    shard = debtor_no % SHARDS
    terms, rules = text_of(new.terms), text_of(new.rules)
    batch_id = content_id("loan_event", new.loan_id, pay_out.id)
    _QUERIES.add_loan(
        connection,
        batch_id=batch_id,
        loan_no=loan_no,
        loan_id=new.loan_id,
        party_id=new.party_id,
        debtor_no=debtor_no,
        retail=int(new.retail),
        programme_no=new.programme_no,
        shard=shard,
        paid_out_on=pay_out.value_date,
        principal_fen=pay_out.amount,
        penalty_rate_nano=penalty,
        overdue_interest_rate_nano=interest,
        interest_bears_penalty=standing.interest_bears_penalty,
        penalty_basis=standing.basis,
        grace_days=standing.grace_days,
        grace_is_charged=standing.grace_is_charged,
        terms_hash=_hash(terms),
    )
    _QUERIES.add_rules(connection, batch_id=batch_id, rules_hash=_hash(rules), body=rules)
    _QUERIES.add_terms(
        connection,
        batch_id=batch_id,
        loan_no=loan_no,
        rules_hash=_hash(rules),
        terms_hash=_hash(terms),
        body=terms,
    )
    rows = [(batch_id, number, loan_no, 1, day, shard, *nano) for number, (day, *nano) in enumerate(later)]
    if rows:
        copy_rows(connection, table="book.loan_overdue_rate", columns=RATE_COLUMNS, rows=rows)
