"""Penalty rules (罚息规则): policies that say what being overdue costs, told as what the book computes with.

A penalty policy takes the agreement's rate, what fees cost a year and whether the money was misused; it gives
the multiples of the rate charged as penalty and still as interest, the cap that is left, the yearly rate that
follows, and why.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book.interest import DayCount
from creditloop.book.loans import PenaltyBase, PenaltyVariant
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.lend.dated_values import nano_from_ratio, ratio_from_nano, rounded_nano
from creditloop.risk import Policy, ReasonCode

_INPUTS = {"rate_annual_nano", "fees_annual_nano", "funds_misused"}
_GIVES = ("penalty_multiple", "interest_multiple", "left_of_the_cap")
_BASES = {"overdue_principal", "overdue_principal_and_interest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyTerms:
    """What being overdue costs on one loan.

    Attributes:
        rate_annual: yearly rate of penalty, under the cap.
        interest_annual: yearly rate still charged as interest on the same base.
        multiple, interest_multiple: of the agreement's rate, before the cap.
        cap: highest yearly rate of both together, fees taken off.
        why: the rule that decided.
    """

    rate_annual: Decimal
    interest_annual: Decimal
    multiple: Decimal
    interest_multiple: Decimal
    cap: Decimal
    base: PenaltyBase
    why: ReasonCode

    def variant(
        self, *, valid_from: date, day_count: DayCount, grace_days: int, grace_is_charged: bool
    ) -> PenaltyVariant:
        """Return it as a variant the book replays a loan with."""
        return PenaltyVariant(
            valid_from=valid_from,
            multiple=self.multiple,
            interest_multiple=self.interest_multiple,
            base=self.base,
            day_count=day_count,
            cap=self.cap,
            grace_days=grace_days,
            grace_is_charged=grace_is_charged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyRule:
    """A penalty policy as in force on a day."""

    policy: Policy

    def terms(self, *, rate_annual: Decimal, fees_annual: Decimal, funds_misused: bool) -> PenaltyTerms:
        """Say what being overdue costs on a loan of this rate.

        Args:
            fees_annual: what the loan costs a year besides interest, rounded to nine decimals; 0 if nothing.
        Raises: InputError if the policy cannot say: fees and interest alone are above the cap.
        """
        judged = self.policy.judge(
            {
                "rate_annual_nano": nano_from_ratio(rate_annual, what="the rate"),
                "fees_annual_nano": rounded_nano(fees_annual, what="the cost of fees"),
                "funds_misused": funds_misused,
            }
        )
        penalty = judged.outputs["penalty_nano"]
        if judged.refers or not isinstance(penalty, int):
            raise InputError(
                "the penalty cannot be told by its rule",
                got=", ".join(reason.en for reason in judged.referral_reasons),
                where={"file": self.policy.document.path, "rate": rate_annual, "fees": fees_annual},
            )
        multiple, continued, cap = (_ratio(judged.steps[name].value) for name in _GIVES)
        return PenaltyTerms(
            rate_annual=ratio_from_nano(penalty),
            interest_annual=rate_annual * continued,
            multiple=multiple,
            interest_multiple=continued,
            cap=cap,
            base=PenaltyBase(str(judged.outputs["penalty_base"])),
            why=judged.verdict("penalty").reasons[0],
        )


def penalty_rule(policy: Policy) -> PenaltyRule:
    """Take a policy as a penalty rule.

    Raises: PolicyError naming the file if it does not take or give what a penalty rule does.
    """
    inputs = {entry.name for entry in policy.inputs}
    gives = {*policy.expression_names, *policy.outputs}
    wanted = {*_GIVES, "penalty_nano", "penalty_base"}
    if inputs != _INPUTS or not wanted <= gives:
        raise PolicyError(
            "not a penalty rule",
            got=f"takes {sorted(inputs)}, gives {sorted(gives)}",
            expected=f"takes {sorted(_INPUTS)}, gives {sorted(wanted)}",
            where={"file": policy.document.path},
        )
    outputs = [output for table in policy.tables if table.id == "penalty" for output in table.outputs]
    bases = next((output.values for output in outputs if output.name == "penalty_base"), None)
    if bases is None or not set(map(str, bases)) <= _BASES:
        raise PolicyError(
            "a penalty is on overdue principal, alone or with overdue interest",
            got=bases,
            expected=sorted(_BASES),
            where={"file": policy.document.path},
        )
    return PenaltyRule(policy=policy)


def _ratio(value: object) -> Decimal:
    assert isinstance(value, int), "an expression that does not refer has a value"
    return ratio_from_nano(value)
