"""Which loans and which closed day a screen of the loan book is about: day, product, programme of lenders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from creditloop.book.day_end import Programme, find_programmes
from creditloop.book.portfolio import BookDays, find_book_days
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection, list_documents
from creditloop.service.console.figures import percent, ratio
from creditloop.service.console.visit import Page, Visit
from creditloop.service.simulated import holds_simulated_loans

FIVE_TIER = "policies/lending/monitor/five_tier.yaml"
ECL_STAGE = "policies/lending/monitor/ecl_stage.yaml"
Trail = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The loans a screen is about.

    Attributes:
        all: every programme of the book.
        product, programme: what was chosen, a product's name or a programme's number; None: all loans.
    """

    all: Sequence[Programme]
    product: str | None
    programme: int | None

    @property
    def products(self) -> list[str]:
        """The products there are."""
        return sorted({one.product for one in self.all})

    @property
    def chosen(self) -> tuple[Programme, ...]:
        """The programmes that fit."""
        return tuple(
            one
            for one in self.all
            if self.product in {None, one.product} and self.programme in {None, one.number}
        )

    @property
    def numbers(self) -> frozenset[int] | None:
        """The numbers of the programmes chosen; None if none was."""
        if self.product is None and self.programme is None:
            return None
        return frozenset(one.number for one in self.chosen)

    @property
    def query(self) -> dict[str, object]:
        """What an address says of it."""
        return {"product": self.product, "programme": self.programme}

    @property
    def names(self) -> dict[int, str]:
        """The programmes in words: product, and each lender with his share."""
        return {one.number: f"{one.product} · {lenders(one)}" for one in self.all}


def lenders(programme: Programme) -> str:
    """Write a programme's lenders with their shares, ourselves first.

    >>> from creditloop.book import Shares
    >>> lenders(Programme(number=1, product="x", shares=Shares(("us", "partner"), (3, 7))))
    'us 30%, partner 70%'
    """
    shares = programme.shares
    return ", ".join(
        f"{party} {_short(percent(ratio(weight, shares.total)))}"
        for party, weight in zip(shares.parties, shares.weights, strict=True)
    )


def _short(share: str) -> str:
    return share.replace(".00%", "%")


def read_scope(visit: Visit, connection: Connection) -> Scope:
    """Return the loans asked for.

    Raises: UnknownId for a product or programme the book does not have.
    """
    scope = Scope(
        all=find_programmes(connection),
        product=visit.query.get("product") or None,
        programme=visit.number("programme", otherwise=0, most=2**15 - 1) or None,
    )
    if not scope.chosen and scope.numbers is not None:
        raise UnknownId("the book has no such programme of lenders", got=dict(scope.query))
    return scope


def read_days(connection: Connection) -> BookDays | None:
    """Return the days of the book, None before the first was closed."""
    return find_book_days(connection)


def nothing_closed(visit: Visit) -> Page:
    """Say that no day of the loan book was closed yet."""
    trail: Trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words.of("screen", visit.screen), None),
    ]
    return Page(template="empty.html", record={"why": "loan_portfolio.empty"}, trail=trail)


def month_asked(visit: Visit, name: str) -> date | None:
    """Read a month of the query, written YYYY-MM; return its first day, None if it is not asked for."""
    text = visit.query.get(name, "")
    return date_from_text(f"{text}-01") if text else None


def way_here(visit: Visit, *steps: tuple[str, str | None]) -> Trail:
    """Return the way to a screen of the loan book: the portfolio, further steps, the screen.

    It says of the book if any of it is made up: its sums and lists are too, then.
    """
    book = visit.words("screen.loan_portfolio")
    with visit.reading() as connection:
        if holds_simulated_loans(connection):
            book = visit.words("loan_portfolio.simulated", book=book)
    return [(visit.words("screen.cockpit"), visit.at("/")), (book, visit.at("/loan-portfolio")), *steps]


def rule_documents(connection: Connection, *, closed_at: datetime) -> Mapping[str, str | None]:
    """Return the hashes of the texts that classified a day: of each path the last kept by its close."""
    kept = list_documents(connection, kind="policy")
    return {
        path: next((one.hash for one in kept if one.path == path and one.adopted_at <= closed_at), None)
        for path in (FIVE_TIER, ECL_STAGE)
    }
