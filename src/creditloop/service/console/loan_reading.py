"""What the pages of one loan read, once, with the read logged; and the way to them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditloop.book.explaining import Trace, trace_of
from creditloop.book.loan_records import LoanPlaces, find_places
from creditloop.book.loan_store import StoredEvent, StoredLoan, find_loan
from creditloop.book.loans import LoanState
from creditloop.service.console.loan_scope import way_here
from creditloop.service.console.visit import Visit
from creditloop.service.loans import LastClose, find_loan_view
from creditloop.service.simulated import is_simulated
from creditloop.service.work import Work

COLUMNS = (
    "loan_id",
    "party_id",
    "principal_fen",
    "kind",
    "payload",
    "accounts",
    "amounts_fen",
    "dpd",
    "tier",
)
"""What a page of a loan shows of it, for the log of reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRead:
    """A loan as its pages show it.

    Attributes:
        on: the day it is shown on; None with `state` for a loan that the book holds no terms of.
        signed: the agreement that was signed, empty without one; agreement_hash: of its text.
        simulated: its customer's data is made up.
    """

    loan: StoredLoan
    on: date | None
    state: LoanState | None
    last_close: LastClose | None
    places: LoanPlaces
    agreement_hash: str | None
    signed: Mapping[str, Any]
    simulated: bool

    @property
    def documents(self) -> Sequence[Mapping[str, str]]:
        """The documents the agreement follows from: path and hash."""
        return tuple(self.signed.get("documents", ()))

    def document_about(self, word: str) -> str | None:
        """Return the hash of the first document whose path holds a word."""
        return next((one["sha256"] for one in self.documents if word in one["path"]), None)

    def event(self, event_id: str) -> StoredEvent | None:
        """Return an event of the loan by its id."""
        return next((one for one in self.loan.events if one.event.id == event_id), None)

    def trace(self) -> Trace:
        """Return the loan's moments up to the day it is shown on."""
        assert self.on is not None, "a loan without terms is not traced"
        loan = self.loan
        return trace_of(terms=loan.terms, rules=loan.rules, events=loan.history, as_of=self.on)


def read_loan(visit: Visit, work: Work) -> LoanRead:
    """Return the loan of the address, its read logged.

    Raises: UnknownId; InputError for a day before the loan.
    """
    loan_id = visit.path["loan_id"]
    loan = find_loan(work.connection, loan_id=loan_id)
    visit.log_read(
        work,
        package="creditloop.book",
        table="book.loan",
        columns=COLUMNS,
        parties_count=1,
        party_id=loan.party_id,
    )
    places = find_places(work.connection, loan_no=loan.loan_no)
    simulated = is_simulated(work.connection, party_id=loan.party_id)
    if loan.agreed is None:
        return LoanRead(
            loan=loan,
            on=None,
            state=None,
            last_close=None,
            places=places,
            agreement_hash=None,
            signed={},
            simulated=simulated,
        )
    view = find_loan_view(work, loan_id=loan_id, on=visit.day("on"))
    text = None if view.agreement_hash is None else work.adopted(view.agreement_hash).text
    return LoanRead(
        loan=view.loan,
        on=view.on,
        state=view.state,
        last_close=view.last_close,
        places=places,
        agreement_hash=view.agreement_hash,
        signed={} if text is None else json.loads(text),
        simulated=simulated,
    )


def way_to_loan(visit: Visit, loan_id: str, *steps: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Return the way to a loan's page, or to one below it."""
    here = visit.at(f"/loans/{loan_id}") if steps else None
    loans = (visit.words("screen.loans"), visit.at("/loans"))
    return list(way_here(visit, loans, (loan_id, here), *steps))
