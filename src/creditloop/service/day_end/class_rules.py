"""The documents that say of what class and stage a loan is (分类依据), as in force on a date."""

from dataclasses import dataclass
from datetime import date

from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work

FOLDER = "policies/lending/monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRules:
    """What decides class and stage.

    Attributes:
        five_tier: the class (五级分类), and when a restructured loan is released.
        ecl_stage: the stage of expected loss.
        risk_signs: what tells of more risk besides days.
        debts: which of a debtor's debts count as late at all banks.
    """

    five_tier: Policy
    ecl_stage: Policy
    risk_signs: Policy
    debts: Policy

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All of them, in the order in which they are asked."""
        return self.risk_signs, self.debts, self.five_tier, self.ecl_stage


def read_class_rules(work: Work, *, rules_as_of: date) -> ClassRules:
    """Read the documents as in force on a date; their texts are kept.

    Raises: as `deciding_policy`.
    """
    five_tier, ecl_stage, risk_signs, debts = (
        deciding_policy(work, path=f"{FOLDER}/{name}.yaml", rules_as_of=rules_as_of)
        for name in ("five_tier", "ecl_stage", "risk_signs", "debts_elsewhere")
    )
    return ClassRules(five_tier=five_tier, ecl_stage=ecl_stage, risk_signs=risk_signs, debts=debts)


def whole_number(policy: Policy, name: str) -> int:
    """Return a parameter that is a whole number.

    Raises: PolicyError if the document has no such number.
    """
    for entry in policy.parameters:
        if entry.parameter.name == name and isinstance(entry.parameter.value, int):
            return entry.parameter.value
    raise PolicyError(
        "the document does not say this number",
        got="nothing",
        expected=f"parameter {name}, an integer",
        where={"file": policy.document.path},
    )


def listed_numbers(policy: Policy, name: str) -> list[int]:
    """Return the whole numbers of a list.

    Raises: PolicyError if the document has no such list.
    """
    for entry in policy.lists:
        if entry.name == name:
            return [value for value in entry.listed.values if isinstance(value, int)]
    raise PolicyError(
        "the document does not have this list",
        got="nothing",
        expected=f"list {name}, of integers",
        where={"file": policy.document.path},
    )
