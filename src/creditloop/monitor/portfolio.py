"""Portfolio figures (组合指标) of one classification run: buckets, classes, non-performing share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditloop.kernel.money import divide_half_away
from creditloop.kernel.storage import Connection, load_queries
from creditloop.monitor.classification import CLASSES, NOT_PERFORMING, REFERRED
from creditloop.monitor.store import ClassificationRun

_NANO = 10**9
"""A ratio of 1, in nano."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioLine:
    """Customers and amounts of one bucket, or of one class."""

    name: str
    customers: int
    owed_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """The figures of a run; amounts in fen, ratios in nano, None where nothing is owed.

    Attributes:
        owing: customers who owe something; `in_credit` those whose account is in credit (溢缴款, a
            liability).
        above_limit: customers who owe more than their limit.
        regulatory_npl_nano: non-performing share of what is owed by the regulation's tiers; `bank_npl_nano`
            by the class in force, which may be stricter.
        referred: customers whose class could not be decided.
    """

    run: ClassificationRun
    customers: int
    owing: int
    in_credit: int
    above_limit: int
    limit_fen: int
    owed_fen: int
    credit_fen: int
    utilisation_nano: int | None
    buckets: tuple[PortfolioLine, ...]
    regulatory_classes: tuple[PortfolioLine, ...]
    bank_classes: tuple[PortfolioLine, ...]
    regulatory_npl_nano: int | None
    bank_npl_nano: int | None
    referred: int

    def as_record(self) -> dict[str, object]:
        """Return the figures as plain data: both dates, policies by hash, fen, ratios in nano."""
        return {
            **self.run.dates.as_record(),
            "product": self.run.product,
            "currency": self.run.currency,
            "policies": {
                "days_past_due": self.run.delinquency_policy_hash,
                "five_tier": self.run.five_tier_policy_hash,
            },
            "customers": self.customers,
            "owing": self.owing,
            "in_credit": self.in_credit,
            "above_limit": self.above_limit,
            "limit_fen": self.limit_fen,
            "owed_fen": self.owed_fen,
            "credit_fen": self.credit_fen,
            "utilisation_nano": self.utilisation_nano,
            "buckets": _record(self.buckets),
            "regulatory_classes": _record(self.regulatory_classes),
            "bank_classes": _record(self.bank_classes),
            "regulatory_npl_nano": self.regulatory_npl_nano,
            "bank_npl_nano": self.bank_npl_nano,
            "referred": self.referred,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    bucket: str
    regulatory_class: str
    bank_class: str
    customers: int
    owed_fen: int
    credit_fen: int
    limit_fen: int
    owing: int
    in_credit: int
    above_limit: int


def portfolio(connection: Connection, *, run: ClassificationRun) -> Portfolio:
    """Add a run's verdicts up to the portfolio's figures."""
    rows = load_queries("creditloop.monitor").portfolio_by_class(connection, batch_id=run.batch_id)
    cells = [_Cell(**dict(zip(_Cell.__dataclass_fields__, row, strict=True))) for row in rows]
    owed = sum(cell.owed_fen for cell in cells)
    limit = sum(cell.limit_fen for cell in cells)
    regulatory = _lines(cells, lambda cell: cell.regulatory_class, order=(*CLASSES, REFERRED))
    bank = _lines(cells, lambda cell: cell.bank_class, order=(*CLASSES, REFERRED))
    return Portfolio(
        run=run,
        customers=sum(cell.customers for cell in cells),
        owing=sum(cell.owing for cell in cells),
        in_credit=sum(cell.in_credit for cell in cells),
        above_limit=sum(cell.above_limit for cell in cells),
        limit_fen=limit,
        owed_fen=owed,
        credit_fen=sum(cell.credit_fen for cell in cells),
        utilisation_nano=_share(owed, limit),
        buckets=_lines(cells, lambda cell: cell.bucket, order=sorted({cell.bucket for cell in cells})),
        regulatory_classes=regulatory,
        bank_classes=bank,
        regulatory_npl_nano=_share(_not_performing(regulatory), owed),
        bank_npl_nano=_share(_not_performing(bank), owed),
        referred=sum(line.customers for line in bank if line.name == REFERRED),
    )


def _lines(
    cells: Sequence[_Cell], name_of: Callable[[_Cell], str], *, order: Sequence[str]
) -> tuple[PortfolioLine, ...]:
    lines = []
    for name in order:
        of_name = [cell for cell in cells if name_of(cell) == name]
        if of_name:
            customers = sum(cell.customers for cell in of_name)
            owed = sum(cell.owed_fen for cell in of_name)
            lines.append(PortfolioLine(name=name, customers=customers, owed_fen=owed))
    return tuple(lines)


def _record(lines: Sequence[PortfolioLine]) -> dict[str, object]:
    return {line.name: {"customers": line.customers, "owed_fen": line.owed_fen} for line in lines}


def _not_performing(lines: Sequence[PortfolioLine]) -> int:
    return sum(line.owed_fen for line in lines if line.name in NOT_PERFORMING)


def _share(part: int, whole: int) -> int | None:
    return divide_half_away(part * _NANO, whole) if whole else None
