"""Write the letters (撰写告知书) of a run of decisions: who gets one, and the reasons it gives.

A decision keeps codes. Their words come from the very policy and card that decided, out of the archive by
their hashes, so that a letter written later says what was true then: the rule that decided first, then the
features that cost the score most. No letter may speak of a contract's protected attributes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.admit import REFERRED, DecisionBatch, outcome_table, reason_codes
from creditloop.data import Contract
from creditloop.kernel.errors import PolicyError
from creditloop.lend import CarriedOut, Letter, LetterCase, letter_is_due, write_letters
from creditloop.risk import Policy, ReasonCode
from creditloop.service.compiled import compiled_card, compiled_policy
from creditloop.service.work import Work

_NOTE = re.compile(r"[(（;；]")
"""Where the note for readers of the model begins."""
NOT_JUDGED = ReasonCode(
    code="NOT_JUDGED",
    zh="部分资料缺失或无法计算，规则未能作出判断，改由人工决定",
    en="some information was missing or could not be computed, so a person decided in place of the rules",
)
"""What a customer is told of a case that no rule could judge: a person's decision has a reason as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReasons:
    """The words of a policy and a card.

    Attributes:
        by_rule: the reason of each row that can decide the outcome.
        by_factor: what a feature of the card is called, by code.
    """

    by_rule: Mapping[str, ReasonCode]
    by_factor: Mapping[str, ReasonCode]

    def of(self, said: Mapping[str, object]) -> tuple[ReasonCode, ...]:
        """Return a decision's reasons, the rule first, then the features that cost the score most.

        Args:
            said: the decision's columns: rule, factors (canonical JSON list of codes).
        Raises: PolicyError if the rule is not of this policy, or a factor not of this card.
        """
        told = [NOT_JUDGED if said["rule"] == REFERRED else _named(self.by_rule, str(said["rule"]))]
        told += [_named(self.by_factor, code) for code in json.loads(str(said["factors"]))]
        return tuple(dict.fromkeys(told))


def _named(reasons: Mapping[str, ReasonCode], name: str) -> ReasonCode:
    if name not in reasons:
        raise PolicyError("policy and card have no such reason", got=name, expected=sorted(reasons))
    return reasons[name]


def read_letter_reasons(work: Work, *, batch: DecisionBatch) -> LetterReasons:
    """Read the words of the policy and the card a batch was decided by.

    Raises: UnknownId if one of them is not in the archive.
    """
    policy = compiled_policy(work.adopted(batch.policy_hash), rules_as_of=batch.dates.rules_as_of)
    card = compiled_card(work.adopted(batch.card_hash))
    by_code = reason_codes(policy)
    deciding = outcome_table(policy)
    rows = (*deciding.rows, *([deciding.otherwise] if deciding.otherwise else []))
    return LetterReasons(
        by_rule={row.rule.id: by_code[row.rule.reason.code] for row in rows},
        by_factor={
            f"CARD_{scored.feature.name.upper()}": ReasonCode(
                code=f"CARD_{scored.feature.name.upper()}",
                zh=customer_words(scored.feature.zh),
                en=customer_words(scored.feature.en),
            )
            for scored in card.features
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDesk:
    """What the letters of a run are written with.

    Attributes:
        on: the day they are written.
        decided_by: "rules" or "person".
        forbidden: see `protected_words`.
        owed_fen: what each party owes that day; who is not in it owes nothing.
        told: each decision's columns, by its id.
        simulated: the person who decided was not in the data.
    """

    policy: Policy
    batch: DecisionBatch
    on: date
    decided_by: str
    forbidden: tuple[str, ...]
    reasons: LetterReasons
    owed_fen: Mapping[str, int]
    told: Mapping[str, Mapping[str, object]]
    simulated: bool

    def write(self, done: CarriedOut) -> Sequence[Letter]:
        """Write the letters of those for whom one is due, in each language."""
        return [
            letter
            for row in done.acts.filter(done.acts["act"] == "freeze").iter_rows(named=True)
            if letter_is_due(policy=self.policy, outcome=row["outcome"])
            for letter in write_letters(policy=self.policy, case=self._case(row))
        ]

    def _case(self, row: Mapping[str, object]) -> LetterCase:
        party, decision = str(row["party_id"]), str(row["decision_id"])
        return LetterCase(
            party_id=party,
            decision_id=UUID(decision),
            outcome=str(row["outcome"]),
            decided_by=self.decided_by,
            as_of=self.batch.dates.business_date,
            written_on=self.on,
            currency=self.batch.currency,
            limit_fen=int(str(row["limit_fen"])),
            owed_fen=self.owed_fen.get(party, 0),
            reasons=self.reasons.of(self.told[decision]),
            forbidden=self.forbidden,
            simulated=self.simulated,
        )


def customer_words(meaning: str) -> str:
    """Return a feature's meaning without the note for readers of the model, in brackets or after a semicolon.

    >>> customer_words("growth of the bill over two statements; from nothing: 1")
    'growth of the bill over two statements'
    """
    return _NOTE.split(meaning, maxsplit=1)[0].strip() or meaning


def protected_words(contract: Contract) -> tuple[str, ...]:
    """Return what a contract's protected attributes are called, in Chinese and English."""
    return tuple(
        word
        for table in contract.tables
        for column in table.columns
        if column.protected
        for word in (column.meaning.zh, column.meaning.en)
    )
