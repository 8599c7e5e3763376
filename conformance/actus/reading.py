"""Reading of a case's terms into ours; what they mean is said in tables of words, nothing is computed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from conformance.actus.steps import principal_steps_of, rate_steps_of, steps_of
from conformance.actus.values import (
    SCALE,
    Case,
    RefusedError,
    day,
    many,
    moment,
    notice,
    number,
    units,
    word,
)

from creditloop.book.calendars import (
    EVERY_DAY,
    MONDAY_TO_FRIDAY,
    BusinessDayConvention,
    BusinessDays,
)
from creditloop.book.flows import (
    Fee,
    FlowKind,
    InterestBase,
    Market,
    Penalty,
    PenaltyKind,
    Repayment,
    Reset,
    Scaling,
    Side,
    Step,
    Terms,
    Trade,
    Unscheduled,
)
from creditloop.book.interest import DayCount

REPAYMENTS = {
    "PAM": Repayment.AT_MATURITY,
    "LAM": Repayment.EQUAL_PRINCIPAL,
    "LAX": Repayment.STEPPED,
    "NAM": Repayment.FIXED_PAYMENT,
    "ANN": Repayment.EQUAL_INSTALMENT,
    "CLM": Repayment.AT_MATURITY,
    "UMP": Repayment.AT_MATURITY,
    "CSH": Repayment.AT_MATURITY,
}
_DAY_COUNTS = {
    "AA": DayCount.ACT_ACT,
    "A360": DayCount.ACT_360,
    "A365": DayCount.ACT_365,
    "A364": DayCount.ACT_364,
    "30360": DayCount.THIRTY_360,
    "30E360": DayCount.THIRTY_E_360,
    "30E360ISDA": DayCount.THIRTY_E_360_ISDA,
    "28E336": DayCount.TWENTY_EIGHT_E_336,
    "28336": DayCount.TWENTY_EIGHT_E_336,
}
_SIDES = {
    **dict.fromkeys(("RPA", "LG", "BUY", "CLO", "CNO", "COL"), Side.LENDER),
    **dict.fromkeys(("RPL", "ST", "SEL"), Side.BORROWER),
}
_BASES = {
    "NT": InterestBase.OUTSTANDING,
    "NTIED": InterestBase.AT_DISBURSEMENT,
    "NTL": InterestBase.LAGGING,
}
_CALENDARS = {
    "NC": EVERY_DAY,
    "NoCalendar": EVERY_DAY,
    "NoHoliday": EVERY_DAY,
    "MF": MONDAY_TO_FRIDAY,
    "MondayToFriday": MONDAY_TO_FRIDAY,
}
_SHIFTS = {
    "F": BusinessDayConvention.FOLLOWING,
    "MF": BusinessDayConvention.MODIFIED_FOLLOWING,
    "P": BusinessDayConvention.PRECEDING,
    "MP": BusinessDayConvention.MODIFIED_PRECEDING,
}
_CONVENTIONS = {
    "NOS": (BusinessDayConvention.NONE, False),
    "NULL": (BusinessDayConvention.NONE, False),
    **{f"SC{name}": (shift, False) for name, shift in _SHIFTS.items()},
    **{f"CS{name}": (shift, True) for name, shift in _SHIFTS.items()},
}
"""Convention, and whether interest is counted to the planned day (calculate, then shift)."""
_END_OF_MONTH = {"SD": False, "EOM": True}
_FEE_BASES = {"A": "amount", "N": "rate"}
_PENALTIES = {
    "A": PenaltyKind.AMOUNT,
    "N": PenaltyKind.PRINCIPAL,
    "I": PenaltyKind.INTEREST_DIFFERENCE,
    "O": None,
}
_EFFECTS_ON_PAYMENT = {"N": False, "M": False, "A": True}
_SCALING_LETTERS = frozenset("IN0OM")
_EVENTS = {
    "AD": FlowKind.OBSERVED,
    "PP": FlowKind.PREPAID,
    "PR": FlowKind.PRINCIPAL_DUE,
    "XD": FlowKind.CALLED,
    "CE": FlowKind.DEFAULTED,
}
_ONLY = {"cyclePointOfInterestPayment": "E", "cyclePointOfRateReset": "B"}
"""Terms of which one value is taken over: interest due at the end, rates set at the beginning of a cycle."""
_TYPES_ON_CALL = frozenset({"CLM"})
_TYPES_OPEN = frozenset({"UMP", "CSH"})


def terms_of(case: Case) -> Terms:
    """Return a case's terms as ours.

    Raises: RefusedError naming the contract type or term that is not taken over.
    """
    kind = str(case.get("contractType"))
    repayment = word(kind, REPAYMENTS, term="contract type")
    is_open = kind in _TYPES_OPEN
    _refuse_what_is_not_taken_over(case)
    opened = _opened_on(case)
    convention, to_planned = convention_of(case)
    base = case.get("interestCalculationBase", "NT")
    last = case.get("maturityDate") or case.get("amortizationDate")
    return Terms(
        scale=SCALE,
        side=side_of(case),
        opened_on=opened,
        disbursed_on=day(case["initialExchangeDate"]) if "initialExchangeDate" in case else opened,
        principal=units(case["notionalPrincipal"]),
        discount=units(case.get("premiumDiscountAtIED", 0)),
        rate=number(case["nominalInterestRate"]) if "nominalInterestRate" in case else None,
        accrued=_amount(case, "accruedInterest"),
        day_count=_day_count(case),
        repayment=repayment,
        maturity=moment(case["maturityDate"]).day if case.get("maturityDate") and not is_open else None,
        maturity_closes_day=bool(last) and moment(last).closes_day,
        amortised_by=moment(case["amortizationDate"]).day if case.get("amortizationDate") else None,
        payment=_amount(case, "nextPrincipalRedemptionPayment"),
        interest_steps=steps_of(case, "InterestPayment"),
        principal_steps=principal_steps_of(case),
        rate_steps=rate_steps_of(case),
        reset=_reset(case),
        interest_base=_interest_base(case),
        interest_base_amount=_amount(case, "interestCalculationBaseAmount") if base != "NT" else None,
        base_steps=steps_of(case, "InterestCalculationBase") if base == "NTL" else (),
        scaling=_scaling(case),
        scaling_steps=steps_of(case, "ScalingIndex") if _scaling(case) else (),
        fee=fee_of(case),
        fee_steps=steps_of(case, "Fee") if fee_of(case) else (),
        penalty=_penalty(case),
        prepayment_steps=_prepayment_steps(case),
        prepayment_index=_text(case, "objectCodeOfPrepaymentModel"),
        refix_after_prepayment=word(
            case.get("prepaymentEffect", "N"), _EFFECTS_ON_PAYMENT, term="prepayment effect"
        ),
        capitalised_until=_day(case, "capitalizationEndDate"),
        always_capitalised=is_open or kind in _TYPES_ON_CALL,
        open_ended=is_open,
        notice=notice(case.get("xDayNotice", "P0D")) if kind in _TYPES_ON_CALL else None,
        purchase=trade_of(case, "purchaseDate", "priceAtPurchaseDate"),
        termination=trade_of(case, "terminationDate", "priceAtTerminationDate"),
        end_of_month=word(case.get("endOfMonthConvention") or "SD", _END_OF_MONTH, term="end of month"),
        convention=convention,
        business_days=calendar_of(case),
        accrue_to_planned_day=to_planned,
    )


def market_of(observed: object) -> Market:
    """Return a case's observed series; where a date stands twice the later entry holds.

    Before its first date a series has its first value, as it has its last after the last.
    """
    series = observed.values() if isinstance(observed, Mapping) else many(observed or [])
    read = {}
    for one in series:
        if not isinstance(one, Mapping):
            raise RefusedError(f"observed data of an unknown form: {one}")
        points = {moment(point["timestamp"]).day: number(point["value"]) for point in one["data"]}
        if points:
            points.setdefault(date.min, points[min(points)])
        read[str(one["identifier"])] = sorted(points.items())
    return Market(series=read)


def unscheduled_of(observed: object, *, loan: str | None = None) -> list[Unscheduled]:
    """Return a case's observed events; those that name another contract are not this loan's."""
    events = []
    for one in many(observed or []):
        if not isinstance(one, Mapping):
            raise RefusedError(f"an observed event of an unknown form: {one}")
        if one.get("contractId") not in {None, "", loan}:
            continue
        kind = word(one.get("type"), _EVENTS, term="observed event")
        if kind is FlowKind.DEFAULTED and performance_of(one) != "DF":
            continue
        amount = units(one.get("value") or 0)
        if amount < 0 and kind is FlowKind.PRINCIPAL_DUE:
            kind, amount = FlowKind.PRINCIPAL_DRAWN, -amount
        events.append(Unscheduled(kind=kind, day=moment(one["time"]).day, amount=amount))
    return events


def performance_of(event: Mapping[str, object]) -> str:
    """Return the performance that a credit event tells: DL, DQ or DF."""
    states = event.get("states")
    return str(states.get("contractPerformance")) if isinstance(states, Mapping) else ""


def until_of(value: object) -> date | None:
    """Return the day up to which results are wanted; none if the file leaves it empty."""
    return moment(value).day if value not in {None, ""} else None


def _refuse_what_is_not_taken_over(case: Case) -> None:
    for name, only in _ONLY.items():
        if str(case.get(name, only)) != only:
            raise RefusedError(f"{name} {case[name]}")


def _opened_on(case: Case) -> date:
    """Return the status date; its end is as good as itself where interest begins later."""
    read = moment(case["statusDate"])
    if read.closes_day and (
        "initialExchangeDate" not in case or day(case["initialExchangeDate"]) <= read.day
    ):
        raise RefusedError(f"interest counted from the end of a day: {case['statusDate']}")
    return read.day


def _interest_base(case: Case) -> InterestBase:
    """Return what bears interest; repayment by stated principal lowers every base that is not fixed anew."""
    base = word(case.get("interestCalculationBase", "NT"), _BASES, term="interest base")
    if base is InterestBase.AT_DISBURSEMENT and case.get("contractType") in {"LAM", "LAX"}:
        return InterestBase.OUTSTANDING
    return base


def _text(case: Case, name: str) -> str | None:
    return str(case[name]) if case.get(name) else None


def _number(case: Case, name: str) -> Decimal | None:
    return number(case[name]) if case.get(name) not in {None, ""} else None


def _amount(case: Case, name: str) -> int | None:
    return units(case[name]) if case.get(name) not in {None, ""} else None


def _day(case: Case, name: str) -> date | None:
    return day(case[name]) if case.get(name) else None


def _day_count(case: Case) -> DayCount:
    if "dayCountConvention" not in case and "nominalInterestRate" not in case:
        return DayCount.ACT_ACT  # nothing is counted with it
    return word(case.get("dayCountConvention"), _DAY_COUNTS, term="day count")


def _reset(case: Case) -> Reset:
    """Return how the rate follows the market; the series hold fixings by the day they apply from."""
    bounds = {
        ours: _number(case, theirs)
        for ours, theirs in (
            ("fixed_rate", "nextResetRate"),
            ("rate_min", "lifeFloor"),
            ("rate_max", "lifeCap"),
            ("change_max", "periodCap"),
        )
    }
    floor = _number(case, "periodFloor")  # the largest fall, written with either sign
    return Reset(
        index=_text(case, "marketObjectCodeOfRateReset") or _text(case, "marketObjectCodeRateReset"),
        multiplier=number(case.get("rateMultiplier", 1)),
        spread=number(case.get("rateSpread", 0)),
        change_min=None if floor is None else -abs(floor),
        **bounds,
    )


def _scaling(case: Case) -> Scaling | None:
    effect = str(case.get("scalingEffect") or "000")
    if not set(effect) <= _SCALING_LETTERS:
        raise RefusedError(f"scaling effect {effect}")
    if "I" not in effect and "N" not in effect:
        return None
    return Scaling(
        index=str(case.get("marketObjectCodeOfScalingIndex")),
        index_at_start=number(
            case.get("scalingIndexAtContractDealDate", case.get("scalingIndexAtStatusDate", 1))
        ),
        scales_interest="I" in effect,
        scales_principal="N" in effect,
        interest_at_opening=number(case.get("interestScalingMultiplier", 1)),
        principal_at_opening=number(case.get("notionalScalingMultiplier", 1)),
    )


def fee_of(case: Case) -> Fee | None:
    """Return the fee, if there is one."""
    if not case.get("feeRate") or number(case["feeRate"]) == 0:
        return None
    basis = word(case.get("feeBasis"), _FEE_BASES, term="fee basis")
    if basis == "amount":
        return Fee(amount=units(case["feeRate"]))
    return Fee(rate=number(case["feeRate"]))


def _penalty(case: Case) -> Penalty | None:
    kind = word(case.get("penaltyType", "O"), _PENALTIES, term="penalty type")
    if kind is None:
        return None
    if kind is PenaltyKind.AMOUNT:
        return Penalty(kind=kind, amount=units(case.get("penaltyRate", 0)))
    return Penalty(kind=kind, rate=number(case.get("penaltyRate", 0)))


def _prepayment_steps(case: Case) -> list[Step]:
    return steps_of(case, "Optionality") if case.get("prepaymentEffect", "N") != "N" else []


def side_of(case: Case) -> Side:
    """Return whose book a contract is in."""
    return word(case.get("contractRole"), _SIDES, term="contract role")


def calendar_of(case: Case) -> BusinessDays:
    """Return a contract's business days."""
    return word(case.get("calendar") or "NC", _CALENDARS, term="calendar")


def convention_of(case: Case) -> tuple[BusinessDayConvention, bool]:
    """Return a contract's convention, and whether interest is counted to the planned day."""
    return word(case.get("businessDayConvention") or "NOS", _CONVENTIONS, term="business day convention")


def trade_of(case: Case, on: str, price: str) -> Trade | None:
    """Return a purchase or termination, if the terms have one."""
    if not case.get(on):
        return None
    read = moment(case[on])
    return Trade(day=read.day, price=units(case.get(price, 0)), closes_day=read.closes_day)
