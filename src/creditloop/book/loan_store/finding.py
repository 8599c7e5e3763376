"""Reading a loan back (借据查询): who owes it, what was agreed, and every event with what it posted."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from creditloop.book.loans import (
    FIRST_PREVIOUS_HASH,
    LenderLeg,
    LoanAccount,
    LoanEvent,
    LoanRules,
    LoanState,
    LoanTerms,
    Standing,
    event_hash,
    event_kind,
    event_of,
    event_payload,
    from_text,
    replay,
    standing_of,
)
from creditloop.book.split import Shares
from creditloop.kernel.errors import BookError, StateError, UnknownId
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.book.loan_store")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it stands in the book.

    Attributes:
        legs: its postings, by account and lender; a debit is positive.
        booked_at: the moment; `event.booked_on` is the business date.
        batch_id: names its rows to whoever proves them.
    """

    event: LoanEvent
    legs: tuple[LenderLeg, ...]
    booked_at: datetime
    previous_hash: str
    hash: str
    batch_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLoan:
    """A loan as it stands in the book.

    Attributes:
        shares: its lenders, ourselves first.
        terms_hash: of the text of the terms.
        agreed: terms and rules; None for a loan taken in without them, which takes no events.
        events: in the order they were booked.
    """

    loan_no: int
    loan_id: str
    party_id: str
    debtor_no: int
    retail: bool
    shard: int
    paid_out_on: date
    programme_no: int
    product: str
    shares: Shares
    terms_hash: str
    rules_hash: str | None
    agreed: tuple[LoanTerms, LoanRules] | None
    events: tuple[StoredEvent, ...]

    @property
    def terms(self) -> LoanTerms:
        """What was agreed. Raises: StateError if the book does not hold it."""
        return self._agreed()[0]

    @property
    def rules(self) -> LoanRules:
        """The rules of its life. Raises: StateError if the book does not hold them."""
        return self._agreed()[1]

    @property
    def history(self) -> tuple[LoanEvent, ...]:
        """The events alone."""
        return tuple(stored.event for stored in self.events)

    def state(self, *, as_of: date) -> LoanState:
        """Return the loan as of a day, with the income recognised that was earned before it."""
        return replay(terms=self.terms, rules=self.rules, events=self.history, as_of=as_of, recognised=True)

    def standing(self, *, day: date) -> Standing:
        """Return where the loan stands as a day begins, its events counted."""
        return standing_of(terms=self.terms, rules=self.rules, events=self.history, day=day)[1]

    def _agreed(self) -> tuple[LoanTerms, LoanRules]:
        if self.agreed is None:
            raise StateError(
                "the book does not hold what was agreed for this loan",
                where={"loan": self.loan_id},
                hint="It was taken in with others, without texts; it ages, and takes no events.",
            )
        return self.agreed


def find_loan(connection: Connection, *, loan_id: str) -> StoredLoan:
    """Return a loan with its events, each checked against the hash it is stored with.

    Raises: UnknownId if there is none; BookError naming the first event that is not what its hash says.
    """
    row = _QUERIES.find_loan(connection, loan_id=loan_id)
    if row is None:
        raise UnknownId("the book has no such loan", got=loan_id)
    loan_no, loan_id, party_id, debtor_no, retail, shard, paid_out_on, programme_no, *rest = row
    product, lenders, weights, terms_hash, rules_hash, terms, rules = rest
    return StoredLoan(
        loan_no=loan_no,
        loan_id=loan_id,
        party_id=party_id,
        debtor_no=debtor_no,
        retail=retail == 1,
        shard=shard,
        paid_out_on=paid_out_on,
        programme_no=programme_no,
        product=product,
        shares=Shares(tuple(lenders), tuple(weights)),
        terms_hash=terms_hash,
        rules_hash=rules_hash,
        agreed=None if terms is None else (_terms(terms), _rules(rules)),
        events=_events(connection, loan_no, loan_id),
    )


def find_loan_ids(connection: Connection, *, party_id: str | None = None) -> list[str]:
    """Return the ids of a party's loans, or of all, in the order they were opened."""
    return [loan_id for (loan_id,) in _QUERIES.find_loan_ids(connection, party_id=party_id)]


@lru_cache(maxsize=512)
def _terms(body: str) -> LoanTerms:
    return from_text(LoanTerms, body)


@lru_cache(maxsize=512)
def _rules(body: str) -> LoanRules:
    return from_text(LoanRules, body)


def _events(connection: Connection, loan_no: int, loan_id: str) -> tuple[StoredEvent, ...]:
    found: list[StoredEvent] = []
    previous = FIRST_PREVIOUS_HASH
    for row in _QUERIES.find_events(connection, loan_no=loan_no):
        sequence, event_id, kind, value_date, booked_on, payload, accounts, lenders, amounts, *rest = row
        booked_at, previous_hash, digest, batch_id = rest
        event = event_of(
            kind=kind,
            event_id=event_id,
            sequence=sequence,
            value_date=value_date,
            booked_on=booked_on,
            payload=payload,
        )
        stored = StoredEvent(
            event=event,
            legs=tuple(
                (LoanAccount(account), lender, amount)
                for account, lender, amount in zip(accounts, lenders, amounts, strict=True)
            ),
            booked_at=booked_at,
            previous_hash=previous_hash,
            hash=digest,
            batch_id=batch_id,
        )
        expected = hash_of(loan_no=loan_no, event=event, legs=stored.legs, previous_hash=previous)
        if (previous_hash, digest) != (previous, expected):
            raise BookError(
                "an event of a loan is not what its hash says",
                got=digest,
                expected=expected,
                where={"loan": loan_id, "event": sequence},
            )
        previous = digest
        found.append(stored)
    return tuple(found)


def hash_of(*, loan_no: int, event: LoanEvent, legs: tuple[LenderLeg, ...], previous_hash: str) -> str:
    """Return the hash an event is stored with."""
    return event_hash(
        previous_hash=previous_hash,
        loan_no=loan_no,
        sequence=event.sequence,
        kind=event_kind(event),
        value_date=event.value_date,
        booked_on=event.booked_on,
        event_id=event.id,
        payload=event_payload(event),
        legs=legs,
    )
