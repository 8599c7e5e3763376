"""口径: a share of the loan book opened up — what stands above and below the line, each with its loans."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.book.portfolio import (
    BUCKETS,
    LATE_OVER,
    NPL_TIERS,
    BookDays,
    Figures,
    cells_of,
    day_cells,
    figures,
    find_day_totals,
)
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.service.console.figures import ratio
from creditloop.service.console.loan_rolls import lines_of, month_of
from creditloop.service.console.loan_scope import (
    ECL_STAGE,
    FIVE_TIER,
    Scope,
    month_asked,
    read_days,
    read_scope,
    rule_documents,
    way_here,
)
from creditloop.service.console.loan_vintages import vintages_of, window_of
from creditloop.service.console.shares import Part
from creditloop.service.console.visit import Page, Visit

TIER, STAGE, BUCKET = "tier", "stage", "bucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanShare:
    """A share of the loan book opened up.

    Attributes:
        about: what it is a share of, in words.
        counted: what stands above the line; `whole` what stands below it.
        is_money: whether the parts are amounts in fen; else they are numbers of loans.
        days: the closed days it was read from.
        versions: words and hash of each document that classified them.
    """

    about: str
    nano: int | None
    counted: Sequence[Part]
    whole: Sequence[Part]
    is_money: bool
    days: Sequence[date]
    versions: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a share is asked about."""

    visit: Visit
    connection: Connection
    days: BookDays
    scope: Scope

    @property
    def on(self) -> date:
        """The closed day."""
        return self.days.closed(self.visit.day("on"))

    def loans(self, on: date, **query: object) -> str:
        """Return the address of the loans behind a part of a day."""
        return self._list("/portfolio-loans", on=on, **query)

    def vintage(self, on: date, **query: object) -> str:
        """Return the address of the loans behind a part of a vintage."""
        return self._list("/vintage-loans", on=on, **query)

    def rolled(self, on: date, **query: object) -> str:
        """Return the address of the loans behind a part of a roll rate."""
        return self._list("/rolled-loans", on=on, **query)

    def _list(self, path: str, **query: object) -> str:
        """Return the address of a list, nothing for who may not see whose loans they are."""
        return self.visit.at(path, **query, **self.scope.query) if self.visit.allows("see_customer") else ""


def show_loan_share(visit: Visit) -> Page:
    """Show how a share of the loan book is made."""
    name = visit.path["name"]
    opened = LOAN_SHARES.get(name)
    if opened is None:
        raise UnknownId("there is no such figure", got=name)
    with visit.reading() as connection:
        days = read_days(connection)
        if days is None:
            raise UnknownId("no day of the loan book is closed yet")
        asked = Asked(visit=visit, connection=connection, days=days, scope=read_scope(visit, connection))
        share = opened(asked)
    trail = way_here(visit, (visit.words.of("share", name), None))
    return Page(template="loan_share.html", record={"name": name, "share": share}, trail=trail)


def _day(asked: Asked) -> tuple[date, pl.DataFrame, Figures]:
    """Return the day, its cells within the scope, and what all of them add up to."""
    cells = day_cells(asked.connection, business_date=asked.on)
    cells = cells_of(cells, programmes=asked.scope.numbers)
    return asked.on, cells, figures(cells)


def _share_of_day(asked: Asked, *, about: str, counted: Sequence[Part], whole_fen: int) -> LoanShare:
    """Return a share of the principal outstanding at the close of the day."""
    on, words = asked.on, asked.visit.words
    [totals] = find_day_totals(asked.connection, since=on, until=on)
    documents = rule_documents(asked.connection, closed_at=totals.closed_at)
    whole = Part(label=words("loan_portfolio.principal"), value=whole_fen, href=asked.loans(on))
    return LoanShare(
        about=f"{about} · {on}",
        nano=ratio(sum(part.value for part in counted), whole_fen),
        counted=counted,
        whole=[whole],
        is_money=True,
        versions=[
            (words(key), found)
            for key, path in (("share_of.five_tier", FIVE_TIER), ("loan_portfolio.ecl_stage", ECL_STAGE))
            if (found := documents[path]) is not None
        ],
        days=[on],
    )


def _by_key(asked: Asked, key: str, value: int, said: str, query: str) -> LoanShare:
    on, cells, every = _day(asked)
    found = figures(cells.filter(pl.col(key) == value))
    part = Part(label=said, value=found.principal_fen, href=asked.loans(on, **{key: query}))
    return _share_of_day(asked, about=said, counted=[part], whole_fen=every.principal_fen)


def _tier(asked: Asked) -> LoanShare:
    """What stands in a class, of the principal outstanding."""
    tier = asked.visit.number(TIER, otherwise=1, most=6)
    return _by_key(asked, TIER, tier, asked.visit.words.of("loan_tier", tier), str(tier))


def _stage(asked: Asked) -> LoanShare:
    """What stands in a stage, of the principal outstanding."""
    stage = asked.visit.number(STAGE, otherwise=1, most=3)
    return _by_key(asked, STAGE, stage, asked.visit.words.of("loan_stage", stage), str(stage))


def _bucket(asked: Asked) -> LoanShare:
    """What stands in a bucket, of the principal outstanding."""
    bucket = asked.visit.query.get(BUCKET, "")
    if bucket not in BUCKETS:
        raise UnknownId("there is no such bucket", got=bucket, expected=BUCKETS)
    return _by_key(asked, BUCKET, BUCKETS.index(bucket), asked.visit.words.of("dpd_bucket", bucket), bucket)


def _npl(asked: Asked) -> LoanShare:
    """What stands in the classes not performing, of the principal outstanding."""
    on, cells, every = _day(asked)
    counted = [
        Part(
            label=asked.visit.words.of("loan_tier", tier),
            value=figures(cells_of(cells, tiers=(tier,))).principal_fen,
            href=asked.loans(on, tier=tier),
        )
        for tier in NPL_TIERS
    ]
    about = asked.visit.words.of("share", "loan_npl")
    return _share_of_day(asked, about=about, counted=counted, whole_fen=every.principal_fen)


def _overdue(asked: Asked) -> LoanShare:
    """What came due and is unpaid, of the principal outstanding."""
    on, _, every = _day(asked)
    part = Part(
        label=asked.visit.words("loan_portfolio.overdue_principal"),
        value=every.overdue_principal_fen,
        href=asked.loans(on, bucket="overdue"),
    )
    about = asked.visit.words.of("share", "loan_overdue")
    return _share_of_day(asked, about=about, counted=[part], whole_fen=every.principal_fen)


def _vintage(asked: Asked) -> LoanShare:
    """What of a vintage was late by a month on book, of what was paid out."""
    visit, words = asked.visit, asked.visit.words
    measure, mob = visit.query.get("measure", ""), visit.number("mob", otherwise=0)
    month, ends = month_asked(visit, "paid_out"), asked.days.month_ends
    found = (
        vintages_of(
            asked.connection, scope=asked.scope, month_ends=ends, window=window_of(visit), measure=measure
        )
        if ends
        else []
    )
    one = next((each for each in found if each.month == month), None)
    cell = None if one is None else one.at(mob)
    if one is None or cell is None:
        raise UnknownId("this vintage was not looked at then", got=f"{month}, month {mob} on book")
    of_month, said = f"{one.month:%Y-%m}", words.of("vintage_measure", measure)
    if measure in LATE_OVER:
        behind = asked.vintage(cell.month_end, paid_out=of_month, measure=measure)
    else:
        behind = asked.loans(cell.month_end, paid_out=of_month, tier="npl")
    paid_out = words("loan_vintages.paid_out", month=of_month)
    return LoanShare(
        about=f"{said} · {of_month} · {words('loan_vintages.mob')} {mob} · {cell.month_end}",
        nano=ratio(cell.part_fen, one.principal_fen),
        counted=[Part(label=said, value=cell.part_fen, href=behind)],
        whole=[
            Part(label=paid_out, value=one.principal_fen, href=asked.vintage(ends[-1], paid_out=of_month))
        ],
        is_money=True,
        days=[each.month_end for each in one.cells if each.mob <= mob],
        versions=[],
    )


def _roll(asked: Asked) -> LoanShare:
    """Who went from one state to another, of all who began there; by number, or by principal."""
    visit, words = asked.visit, asked.visit.words
    before, after = month_of(visit, asked.days)
    begun, ended = visit.query.get("from_state", ""), visit.query.get("to_state", "")
    is_money = visit.query.get("basis") == "principal"
    lines = lines_of(asked.connection, scope=asked.scope, before=before, after=after)
    cells = next((line.cells for line in lines if line.from_state == begun), ())
    parts = {
        cell.to_state: Part(
            label=words.of("dpd_bucket", cell.to_state),
            value=cell.principal_before_fen if is_money else cell.loans,
            href=asked.rolled(after, from_state=begun, to_state=cell.to_state),
        )
        for cell in cells
    }
    if ended not in parts:
        raise UnknownId("nobody moved so", got=f"{begun} → {ended}")
    return LoanShare(
        about=f"{words.of('dpd_bucket', begun)} → {words.of('dpd_bucket', ended)} · {before} → {after}",
        nano=ratio(parts[ended].value, sum(part.value for part in parts.values())),
        counted=[parts[ended]],
        whole=list(parts.values()),
        is_money=is_money,
        days=[before, after],
        versions=[],
    )


LOAN_SHARES: Mapping[str, Callable[[Asked], LoanShare]] = {
    "loan_tier": _tier,
    "loan_stage": _stage,
    "loan_bucket": _bucket,
    "loan_npl": _npl,
    "loan_overdue": _overdue,
    "loan_vintage": _vintage,
    "loan_roll": _roll,
}
"""Every share of the loan book by name, and how it is opened."""
