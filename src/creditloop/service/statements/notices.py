"""What a statement tells its customer (告知事项), by the tables of a dated document: a paragraph a table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.kernel.money import text_from_fen
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work

NOTICES = "policies/lending/lend/statement.yaml"
"""The document that words them."""
_LANGUAGES = ("zh", "en")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_SILENT = ("none",)
"""Outputs of a table whose paragraph is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What the paragraphs are decided by and filled with; amounts in fen."""

    loan_id: str
    until: date
    owed_fen: int
    overdue_fen: int
    overpaid_fen: int
    dpd: int
    next_due: date
    next_amount_fen: int


def find_notices(
    work: Work, *, facts: NoticeFacts, document: str
) -> tuple[tuple[Mapping[str, str], ...], str]:
    """Return the paragraphs in both languages, and the hash of the document, as in force on the last day.

    Raises: InputError if a paragraph could not be decided; PolicyError if one asks for a word there is not.
    """
    policy = deciding_policy(work, path=document, rules_as_of=facts.until)
    numbers = {entry.parameter.name: str(entry.parameter.value) for entry in policy.parameters}
    words = {**numbers, **_words(facts)}
    given = {
        "owed_fen": facts.owed_fen,
        "overdue_fen": facts.overdue_fen,
        "overpaid_fen": facts.overpaid_fen,
    }
    told = []
    for table in policy.tables:
        verdict = table.decide(given)
        if verdict.refers:
            raise InputError("a paragraph of a statement could not be decided", got=table.id)
        if not set(verdict.outputs.values()) & set(_SILENT):
            reason = verdict.reasons[0]
            told.append({name: _fill(getattr(reason, name), words, document) for name in _LANGUAGES})
    return tuple(told), policy.hash


def _words(facts: NoticeFacts) -> dict[str, str]:
    return {
        "loan": facts.loan_id,
        "until": facts.until.isoformat(),
        "overdue": _amount(facts.overdue_fen),
        "overpaid": _amount(facts.overpaid_fen),
        "dpd": str(facts.dpd),
        "next_due": facts.next_due.isoformat(),
        "next_amount": _amount(facts.next_amount_fen),
    }


def _amount(amount_fen: int) -> str:
    units, _, decimals = text_from_fen(amount_fen).partition(".")
    return f"{int(units):,}.{decimals}"


def _fill(wording: str, words: Mapping[str, str], document: str) -> str:
    for name in _SLOT.findall(wording):
        if name not in words:
            raise PolicyError(
                "a statement asks for a word that is not there",
                got=name,
                expected=sorted(words),
                where={"file": document},
            )
    return _SLOT.sub(lambda slot: words[slot[1]], wording)
