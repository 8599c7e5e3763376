"""What a review decides by: a policy and a scorecard, checked against each other (评审所依据的规则).

The policy says which outputs there are. `outcome` must be; the others are there or not: `scope` (who is
reviewed at all), `grade`, `outcome_proposed` (what the strategy suggests to the person a case is referred
to), `limit_proposed_fen`, `rate_annual_nano`. It may read `score` and `pd_nano`, which the card gives.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import Card, DecisionTable, Policy, ReasonCode

OUTCOME, SCOPE = "outcome", "scope"
OUTPUTS: Mapping[str, Kind] = {
    SCOPE: Kind.TEXT,
    "grade": Kind.TEXT,
    OUTCOME: Kind.TEXT,
    "outcome_proposed": Kind.TEXT,
    "limit_proposed_fen": Kind.MONEY,
    "rate_annual_nano": Kind.NANO,
}
"""What a policy may give, and of which kind."""
SCORES: Mapping[str, Kind] = {"score": Kind.INTEGER, "pd_nano": Kind.NANO}
"""What the card gives the policy."""
LIMIT = "limit_fen"
"""The input that is the limit in force, where a policy reads one."""
REFERRED = "refer"
"""The outcome that leaves a case to a person, also where a table could not be evaluated."""
REVIEWED = "reviewed"
"""The scope of those the card decides about, and is fitted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """A policy and the card it reads the score from; made by `review_rules`, which checks them.

    Attributes:
        inputs: every value a decision is made from, by name: the card's and the policy's.
        outputs: which of `OUTPUTS` the policy gives.
    """

    policy: Policy
    card: Card
    inputs: Mapping[str, Kind]
    outputs: tuple[str, ...]

    @property
    def outcome_table(self) -> DecisionTable:
        """The table that gives the outcome; its row is the rule of a decision."""
        return outcome_table(self.policy)


def review_rules(*, policy: Policy, card: Card) -> ReviewRules:
    """Put a policy and a card together.

    Raises: PolicyError naming the policy's file if it gives no outcome, an output of another kind, or reads
        the score as something else; InputError if card and policy are of different products.
    """
    if policy.product != card.product:
        raise InputError("the card is of another product", got=card.product, expected=policy.product)
    given, where = policy.outputs, {"file": policy.document.path}
    if OUTCOME not in given:
        raise PolicyError(
            "a review's policy gives an outcome", got=sorted(given), expected=OUTCOME, where=where
        )
    for name in OUTPUTS.keys() & given.keys():
        output = given[name]
        if output.kind is not OUTPUTS[name] or output.step is None:
            raise PolicyError(
                f"{name!r} is one value of its own kind in a review",
                got=f"{output.kind.value}, hit policy {'collect' if output.step is None else 'first'}",
                expected=f"{OUTPUTS[name].value}, hit policy first",
                where=where,
            )
    if given[OUTCOME].values is None:
        raise PolicyError("the outcomes must be declared: values: […]", got="none", where=where)
    if given[OUTCOME].table is None:
        raise PolicyError("the outcome is what one table gives", got="no table", where=where)
    return ReviewRules(
        policy=policy,
        card=card,
        inputs=_inputs(policy, card),
        outputs=tuple(name for name in OUTPUTS if name in given),
    )


def outcome_table(policy: Policy) -> DecisionTable:
    """Return the table that gives a policy's outcome; see `review_rules` for what such a policy is."""
    return next(table for table in policy.tables if table.id == policy.outputs[OUTCOME].table)


def check_given(rules: ReviewRules, *, given: Collection[str], where: str) -> None:
    """Refuse rules that read a value the features do not give.

    Args:
        where: what gives the values, as people know it.
    Raises: PolicyError naming the values that are missing.
    """
    if missing := sorted(rules.inputs.keys() - set(given)):
        raise PolicyError(
            "the review reads what its features do not give",
            got=missing,
            expected=f"names given by {where}",
            where={"file": rules.policy.document.path, "card": rules.card.name},
        )


def outcomes_of(policy: Policy) -> tuple[str, ...]:
    """Return the outcomes a person may decide: those a policy declares, but for referring once more."""
    declared = policy.outputs[OUTCOME].values or ()
    return tuple(str(value) for value in declared if value != REFERRED)


def reason_codes(policy: Policy) -> dict[str, ReasonCode]:
    """Return the reasons of a policy's rows by code."""
    rows = [
        row
        for table in policy.tables
        for row in (*table.rows, *([table.otherwise] if table.otherwise is not None else []))
    ]
    return {row.rule.reason.code: row.rule.reason for row in rows}


def _inputs(policy: Policy, card: Card) -> dict[str, Kind]:
    read = {entry.name: entry.kind for entry in policy.inputs}
    for name, kind in SCORES.items():
        if read.pop(name, kind) is not kind:
            raise PolicyError(
                f"the card gives {name!r} as another kind",
                got=next(entry.kind.value for entry in policy.inputs if entry.name == name),
                expected=kind.value,
                where={"file": policy.document.path},
            )
    for entry in card.inputs:
        if read.get(entry.name, entry.kind) is not entry.kind:
            raise PolicyError(
                f"card and policy read {entry.name!r} as different kinds",
                got=read[entry.name].value,
                expected=entry.kind.value,
                where={"file": policy.document.path, "card": card.name},
            )
        read[entry.name] = entry.kind
    return dict(sorted(read.items()))
