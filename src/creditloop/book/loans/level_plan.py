"""Level instalments recalculated as a loan lives: tranches, rate resets and early payments move them.

Periods are cut where the balance changes; the interest of each piece is rounded to the unit. After every
change the last instalment that is not fully paid takes the difference, so that what is due adds up to what
was paid out and its interest. The conventions are values: the days of a month and a year, the multiple, and
the nudge that shares out a last instalment which differs too much.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from creditloop.book.calendars import Cycle
from creditloop.book.interest import Ratio, Scale, days_in_year, divide, level_instalment, ratio, reduced
from creditloop.book.loans.rows import added, to_multiple
from creditloop.kernel.dates import month_end
from creditloop.kernel.errors import InputError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelConventions:
    """How level instalments are computed.

    Attributes:
        scale: unit and rounding; multiple: instalments are rounded to a multiple of so many units.
        cycle: nominal length of a period.
        days_in_year: 360, 364, 365; None: the year's own (a period across a year's end counts both years).
        days_in_month: 30; None: the month's own.
        nudge: whether a last instalment that differs by more hundredths of the currency than half the number
            of instalments is shared out over all of them, if that brings it closer.
    """

    scale: Scale
    cycle: Cycle
    multiple: int = 1
    days_in_year: int | None = 365
    days_in_month: int | None = None
    nudge: bool = True


@dataclass(slots=True, kw_only=True)
class Piece:
    """A part of a period with one balance; its tranche and correction count from its end.

    Attributes:
        factor: interest of one unit over it; balance: units that bear interest.
    """

    start: date
    end: date
    factor: Ratio = (0, 1)
    balance: int = 0
    tranche: int = 0
    correction: int = 0

    @property
    def after(self) -> int:
        """The balance after it."""
        return self.balance + self.tranche + self.correction


@dataclass(slots=True, kw_only=True)
class LevelPeriod:
    """A period with its instalment; amounts in units.

    Attributes:
        instalment: what is due; paid_principal, paid_interest: of it.
        carried: interest that the period before has left over.
    """

    start: date
    due: date
    before: "LevelPeriod | None"
    scale: Scale
    instalment: int = 0
    paid_principal: int = 0
    paid_interest: int = 0
    carried: int = 0
    pieces: list[Piece] = field(default_factory=list)

    @property
    def factor(self) -> Ratio:
        """Interest of one unit over the whole period."""
        total = (0, 1)
        for piece in self.pieces:
            total = added(total, piece.factor)
        return total

    def interest_of(self, piece: Piece) -> int:
        """Interest of a piece, rounded."""
        return self.scale.divide(piece.balance * piece.factor[0], piece.factor[1])

    @property
    def interest_computed(self) -> int:
        """Interest of the period, with what the period before has left over."""
        own = sum(self.interest_of(piece) for piece in self.pieces)
        return own + self.carried

    @property
    def interest_due(self) -> int:
        """Interest due: what is computed, but no more than is paid once the principal is paid early."""
        computed = self.interest_computed
        early = self.paid_principal > self.instalment - computed
        return max(self.paid_interest if early else computed, self.paid_interest)

    @property
    def interest_left(self) -> int:
        """Interest that the next period takes over."""
        return self.interest_computed - self.interest_due

    @property
    def principal_due(self) -> int:
        """Principal due: what the instalment leaves for it, or what was paid early."""
        return max(self.instalment - self.interest_due, self.paid_principal)

    @property
    def balance(self) -> int:
        """Principal outstanding after the period."""
        return max(0, self.pieces[-1].after - self.principal_due + self.paid_principal)

    @property
    def paid(self) -> int:
        """Units paid of the instalment."""
        return self.paid_principal + self.paid_interest


class LevelPlan:
    """The level instalments of one loan over given periods.

    Args:
        periods: first day and due date of each, in order.
        rate: yearly fraction.
    """

    def __init__(
        self, *, periods: Sequence[tuple[date, date]], rate: Decimal, conventions: LevelConventions
    ) -> None:
        if not periods:
            raise InputError("a plan has no periods")
        self._conventions = conventions
        self._rates: list[tuple[date, Decimal]] = [(date.min, rate)]
        self.periods: list[LevelPeriod] = []
        before = None
        for start, due in periods:
            period = LevelPeriod(start=start, due=due, before=before, scale=conventions.scale)
            period.pieces.append(Piece(start=start, end=due))
            self.periods.append(period)
            before = period

    def add_tranche(self, *, day: date, units: int) -> None:
        """Pay out a tranche; the instalments after it are found anew."""
        period = self._cut(day, tranche=units)
        if period is not None:
            self._level_from(self._first_changed(period, day))

    def reset_rate(self, *, day: date, rate: Decimal) -> None:
        """Compute with another yearly rate from a day on."""
        before = day - _DAY
        self._rates.append((before, rate))
        period = self._cut(before)
        if period is not None:
            self._level_from(self._first_changed(period, before))

    def correct_balance(self, *, day: date, units: int) -> None:
        """Let the balance that bears interest differ by so many units from a day on."""
        period = self._cut(day, correction=units)
        if period is not None:
            self._set_factors(period)
            self._carry()
            self._close()

    def pay_principal(self, *, due: date, day: date, units: int) -> None:
        """Pay principal of the instalment due on a date; paid late it counts from the due date."""
        self._period_due(due).paid_principal += units
        self.correct_balance(day=min(day, due), units=-units)

    def pay_interest(self, *, due: date, units: int) -> None:
        """Pay interest of the instalment due on a date."""
        self._period_due(due).paid_interest += units
        self._carry()
        self._close()

    def _period_due(self, due: date) -> LevelPeriod:
        for period in self.periods:
            if period.due == due:
                return period
        raise InputError("no instalment is due on this day", got=due)

    def _cut(self, day: date, *, tranche: int = 0, correction: int = 0) -> LevelPeriod | None:
        """Cut the period around a day so that a piece ends there; that piece takes the change."""
        for number, period in enumerate(self.periods):
            if period.start < day <= period.due or (number == 0 and day == period.start):
                piece = self._piece_ending(period, day)
                piece.tranche += tranche
                piece.correction += correction
                return period
        return None

    def _piece_ending(self, period: LevelPeriod, day: date) -> Piece:
        for number, piece in enumerate(period.pieces):
            if piece.end == day:
                return piece
            if day < piece.end:
                cut = Piece(start=piece.start, end=day, balance=piece.balance)
                piece.start = day
                period.pieces.insert(number, cut)
                return cut
        raise InputError("a day outside its period", got=day, expected=f"{period.start} to {period.due}")

    def _first_changed(self, period: LevelPeriod, day: date) -> int:
        """Return the first period whose instalment changes: the next one, if the day is the due date."""
        number = self.periods.index(period)
        return number + 1 if day == period.due and number + 1 < len(self.periods) else number

    def _level_from(self, first: int) -> None:
        changed = self.periods[first:]
        for period in changed:
            self._set_factors(period)
        self._carry()
        start = changed[0]
        units = sum(piece.tranche for piece in start.pieces) + (start.before.balance if start.before else 0)
        level = level_instalment(
            units=units,
            factors=[period.factor for period in changed],
            rounding=self._conventions.scale.rounding,
        )
        self._set_level(changed, self._rounded(level))
        if self._conventions.nudge:
            self._nudge(first)

    def _set_level(self, changed: Sequence[LevelPeriod], level: int) -> None:
        for period in changed:
            if level >= period.paid:
                period.instalment = level
        self._carry()
        self._close()

    def _rounded(self, units: int) -> int:
        conventions = self._conventions
        return to_multiple(units=units, multiple=conventions.multiple, rounding=conventions.scale.rounding)

    def _nudge(self, first: int) -> None:
        """Share out the difference of the last instalment, if that brings it closer to the others."""
        changed = self.periods[first:]
        off, half = _last_difference(changed), len(changed) // 2
        scale = self._conventions.scale
        if half == 0 or abs(off) * 100 <= half * scale.one:
            return
        level = changed[-2].instalment
        sharing = max(1, len(changed) - sum(level < period.paid for period in changed))
        nudged = self._rounded(level + divide(numerator=off, denominator=sharing, rounding=scale.rounding))
        if nudged == level:
            return
        trial = deepcopy(self)
        trial._set_level(trial.periods[first:], nudged)
        if abs(_last_difference(trial.periods)) < abs(off):
            self.periods = trial.periods

    def _carry(self) -> None:
        """Carry the balance from piece to piece."""
        before: LevelPeriod | None = None
        for period in self.periods:
            balance = period.pieces[0].balance
            if before is not None:
                balance = before.pieces[-1].after - before.principal_due + before.paid_principal
                period.carried = before.interest_left
            for piece in period.pieces:
                piece.balance = balance
                balance = piece.after
            before = period

    def _carry_interest(self) -> None:
        """Carry what a period leaves over of its interest to the next one."""
        for before, period in pairwise(self.periods):
            period.carried = before.interest_left

    def _close(self) -> None:
        """Let the last instalment that is not fully paid take what is missing or too much."""
        due = sum(period.interest_due for period in self.periods)
        out = sum(piece.tranche for period in self.periods for piece in period.pieces)
        off = out + due - sum(period.instalment for period in self.periods)
        for period in reversed(self.periods):
            if period.instalment != period.paid:
                period.instalment += off
                break
        self._carry_interest()

    def _set_factors(self, period: LevelPeriod) -> None:
        for piece in period.pieces:
            rate = max((day, rate) for day, rate in self._rates if day <= piece.start)[1]
            above, below = ratio(rate)
            part = _part_of_year(self._conventions, period, piece)
            piece.factor = reduced((above * part[0], below * part[1]))


def _last_difference(periods: Sequence[LevelPeriod]) -> int:
    if len(periods) < 2:
        return 0
    return periods[-1].instalment - periods[-2].instalment


def _part_of_year(conventions: LevelConventions, period: LevelPeriod, piece: Piece) -> Ratio:
    """Return the part of a year of a piece: its days' part of the period's nominal length."""
    if conventions.days_in_year is None and piece.start.year != piece.end.year:
        return _across_years(piece, conventions.cycle)
    cycle = conventions.cycle
    year = conventions.days_in_year or days_in_year(piece.start.year)
    month = conventions.days_in_month or month_end(piece.start.year, piece.start.month).day
    nominal = cycle.days or cycle.months * month
    return nominal * (piece.end - piece.start).days, year * (period.due - period.start).days


def _across_years(piece: Piece, cycle: Cycle) -> Ratio:
    """Return days over their own years, times the months or days of the cycle.

    The last day of a year counts with the next one: the origin of this convention cuts at 31 December.
    """
    total, start = (0, 1), piece.start
    for year in range(piece.start.year, piece.end.year + 1):
        end = piece.end if year == piece.end.year else date(year, 12, 31)
        total = added(total, ((end - start).days, days_in_year(year)))
        start = end
    return total[0] * (cycle.months or 1), total[1]
