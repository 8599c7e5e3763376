"""What is recorded and what waits (记录与等待规则), by `policies/lending/lend/evidence_network.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from creditloop.evidence.network import RecordKind
from creditloop.evidence.package import DocumentKind
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work

RULES = "policies/lending/lend/evidence_network.yaml"
"""The document that says it."""


class Step(StrEnum):
    """A step of a loan's life, as the policy names it."""

    AGREEMENT = "agreement"
    BREAK_GLASS = "break_glass"
    CHANGE = "change"
    CHARGE = "charge"
    CLASSIFICATION = "classification"
    CONTACT = "contact"
    DECISION = "decision"
    OVERDUE = "overdue"
    PAYOUT = "payout"
    PAYOUT_ORDER = "payout_order"
    RECOVERY = "recovery"
    REFUND = "refund"
    REPAYMENT = "repayment"
    REVERSAL = "reversal"
    STATEMENT = "statement"
    WAIVER = "waiver"
    WARNING = "warning"
    WRITE_OFF = "write_off"


RECORD_KIND: Mapping[Step, RecordKind] = MappingProxyType(
    {step: RecordKind(step.value) for step in Step if step is not Step.PAYOUT_ORDER}
    | {Step.PAYOUT_ORDER: RecordKind.PAYOUT}
)
"""The kind of record of each step."""
DOCUMENT_KIND: Mapping[Step, DocumentKind] = MappingProxyType(
    dict.fromkeys(Step, DocumentKind.EVENT)
    | {step: DocumentKind(step.value) for step in Step if step.value in set(DocumentKind)}
    | {
        Step.PAYOUT_ORDER: DocumentKind.PAYOUT,
        Step.BREAK_GLASS: DocumentKind.OTHER,
        Step.RECOVERY: DocumentKind.REPAYMENT,
    }
)
"""The kind of a step's own document: kinds that packages had from the first, so every reader knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """What holds for a step.

    Attributes:
        recorded: it becomes a record.
        waits: what it orders is done only once the record is final.
        policy_hash: of the document that says so.
    """

    recorded: bool
    waits: bool
    policy_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRule:
    """How long a payout waits, and who may pay it out without.

    Attributes:
        within_seconds: after this long without a final record it may be paid out by break-glass.
        persons: how many different persons that takes.
        roles: what each of them must be.
    """

    within_seconds: int
    persons: int
    roles: tuple[str, ...]
    policy_hash: str


def step_rule(work: Work, *, step: Step, lenders: int, named: bool, on: date) -> StepRule:
    """Return what holds for a step of a loan of a bank that takes part.

    Args:
        lenders: of the loan, ourselves counted in.
        named: the loan has a name on the logs, as a step of it was noted before.
        on: the day the step is made.
    Raises: PolicyError if no policy is in force on the day, or it decides nothing for the step, or has a step
        wait for a record that is not made: nothing is paid out without its say.
    """
    policy = _policy(work, on)
    outputs: dict[str, object] = {}
    for table in policy.tables:
        verdict = table.decide({"step": step.value, "lenders": lenders, "named": named})
        if verdict.refers:
            raise PolicyError("nothing is decided for this step", got=step.value, where={"file": RULES})
        outputs |= verdict.outputs
    recorded, waits = outputs["recorded"] == "recorded", outputs["waits"] == "for_final"
    if waits and not recorded:
        raise PolicyError("a step waits for a record that is not made", got=step.value, where={"file": RULES})
    return StepRule(recorded=recorded, waits=waits, policy_hash=policy.hash)


def waiting_rule(work: Work, *, on: date) -> WaitingRule:
    """Return how long a payout waits and who may break glass.

    Raises: PolicyError if no policy is in force on the day.
    """
    policy = _policy(work, on)
    listed = next(each for each in policy.lists if each.name == "break_glass_roles")
    return WaitingRule(
        within_seconds=_number(policy, "final_within_seconds"),
        persons=_number(policy, "break_glass_persons"),
        roles=tuple(str(entry.value) for entry in listed.entries if entry.holds(on)),
        policy_hash=policy.hash,
    )


def ask_again_seconds(work: Work, *, on: date) -> int:
    """Return after how many seconds a record that lacked agreements is proposed again.

    Raises: PolicyError if no policy is in force on the day.
    """
    return _number(_policy(work, on), "ask_again_after_seconds")


def _policy(work: Work, on: date) -> Policy:
    if not (work.places.documents / RULES).is_file():
        raise PolicyError(
            "the bank takes part in the evidence network, and no policy says what waits for it",
            expected=RULES,
            hint="restore the document, or creditloop evidence network-leave",
        )
    return deciding_policy(work, path=RULES, rules_as_of=on)


def _number(policy: Policy, name: str) -> int:
    found = next((entry.parameter.value for entry in policy.parameters if entry.parameter.name == name), None)
    if not isinstance(found, int) or isinstance(found, bool):
        raise PolicyError(
            "a number of the policy is missing", got=found, expected=name, where={"file": RULES}
        )
    return found
