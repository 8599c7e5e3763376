"""Programmes of joint lending (联合放款方案): who lends, with which share from which day, and who does what.

A programme is a document, policies/lending/programmes/<name>.yaml. Its shares by date are `book.split`'s; a
loan keeps those of the day it was paid out. Whether shares are lawful is not asked here: a programme may say
what it likes, the rules of the day judge it (`lend.products.check_drawdown`), seen from every lender.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from creditloop.book import Shares, SharesByDate, shares_of
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.lend.dated_values import (
    Dated,
    change_days,
    dated_from_node,
    ratio_from_node,
    wording_from_node,
    words_from_node,
)
from creditloop.risk import Wording

OWN = "own"
"""The name of our own bank in every programme; it stands first."""


class LenderScope(StrEnum):
    """Where a lender may lend."""

    NATIONAL = "national"
    """Anywhere in the country."""
    REGIONAL = "regional"
    """In its own regions only (地方法人银行)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderStanding:
    """What a lender is, as of a day.

    Attributes:
        regions: where it may lend; empty for a national one.
        own_steps: the steps of lending it does itself.
    """

    scope: LenderScope
    regions: tuple[str, ...]
    own_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """A lender of a programme: `standing` is as in force on the programme's day."""

    name: str
    title: Wording
    standing: Dated[LenderStanding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A programme of joint lending, as in force on a day.

    Attributes:
        lenders: our own bank first.
        shares: those in force; `shares_by_date` has all.
    """

    name: str
    title: Wording
    document: Document
    rules_as_of: date
    lenders: tuple[Lender, ...]
    shares: Dated[Shares]
    shares_by_date: SharesByDate

    def others_share(self, lender: str) -> Fraction:
        """Return what all other lenders together put up of a loan, seen from one of them.

        Raises: InputError if it is no lender of the programme.
        """
        return 1 - self.shares.value.share(lender)

    def part_of(self, lender: str, amount_fen: int) -> int:
        """Return a lender's part of an amount, fen; the parts add up to it."""
        shares = self.shares.value
        return shares.parts(amount_fen)[shares.parties.index(lender)]


def read_programme(document: Document, *, on: date) -> Programme:
    """Read a programme as in force on a day.

    Raises: PolicyError naming file, line and field: shares that do not add up to one or are of others than
        the lenders, no share in force, a regional lender without regions.
    """
    entries = document.root.mapping(required=["colending", "title", "lenders", "shares"], optional=[])
    lenders = tuple(_lender(name, node, on) for name, node in entries["lenders"].mapping().items())
    names = [lender.name for lender in lenders]
    if names[:1] != [OWN] or len(names) < 2:
        raise entries["lenders"].fail(
            "our own bank stands first, partners after it",
            got=names,
            expected=f"{OWN}, and at least one more",
        )

    def read(node: Node) -> Shares:
        return _shares(node, names)

    versions = tuple(
        (day, dated_from_node(entries["shares"], on=day, read=read).value)
        for day in change_days(entries["shares"])
    )
    return Programme(
        name=entries["colending"].text(),
        title=wording_from_node(entries["title"]),
        document=document,
        rules_as_of=on,
        lenders=lenders,
        shares=dated_from_node(entries["shares"], on=on, read=read),
        shares_by_date=SharesByDate(versions=versions),
    )


def _lender(name: str, node: Node, on: date) -> Lender:
    parts = node.mapping(required=["title", "standing"], optional=[])
    return Lender(
        name=name,
        title=wording_from_node(parts["title"]),
        standing=dated_from_node(parts["standing"], on=on, read=_standing),
    )


def _standing(node: Node) -> LenderStanding:
    parts = node.mapping(required=["scope", "own_steps"], optional=["regions"])
    scope = LenderScope(parts["scope"].text(among=[scope.value for scope in LenderScope]))
    if (scope is LenderScope.REGIONAL) != ("regions" in parts):
        raise node.fail(
            "a regional lender names its regions, a national one has none",
            got=scope.value,
            expected="regional with regions, or national without",
        )
    return LenderStanding(
        scope=scope,
        regions=words_from_node(parts["regions"]) if "regions" in parts else (),
        own_steps=tuple(step.text() for step in parts["own_steps"].items()),
    )


def _shares(node: Node, lenders: list[str]) -> Shares:
    given: Mapping[str, Node] = node.mapping()
    if list(given) != lenders:
        raise node.fail("a share for each lender, in their order", got=list(given), expected=lenders)
    try:
        return shares_of({name: ratio_from_node(part) for name, part in given.items()})
    except InputError as error:
        if error.where:
            raise
        raise node.fail(error.message, got=error.got, expected=error.expected) from error
