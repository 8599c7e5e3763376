"""Adverse-action letter (不利决定告知书): why, how to have it reviewed by a person, how to complain.

The wording is a policy (`policies/<product>/lend/letters.yaml`): each table is a paragraph, the row that
decides gives its words in Chinese and English. Rendering is pure: the same case, policy and language give
the same text. What must not be told is refused, not left out.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.kernel.ids import content_id
from creditloop.kernel.money import text_from_fen
from creditloop.risk import Policy, ReasonCode

LANGUAGES = ("zh", "en")
_HEADING = "heading"
"""The table that says whether a letter is due; its row's words are the heading."""
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCase:
    """What a letter is about.

    Attributes:
        decided_by: "rules" (and a score), or "person" (at the review desk).
        reasons: in the customer's words, the main one first.
        forbidden: words of protected attributes, none of which may stand in the letter.
        simulated: the person who decided was not in the data.
    """

    party_id: str
    decision_id: UUID
    outcome: str
    decided_by: str
    as_of: date
    written_on: date
    currency: str
    limit_fen: int
    owed_fen: int
    reasons: tuple[ReasonCode, ...]
    forbidden: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as written; `body_hash` is the SHA-256 of its text."""

    letter_id: UUID
    party_id: str
    decision_id: UUID
    language: str
    written_on: date
    body: str
    body_hash: str
    simulated: bool


def letter_is_due(*, policy: Policy, outcome: str) -> bool:
    """Say whether a decision's outcome calls for a letter, by the policy's heading."""
    heading = next((table for table in policy.tables if table.id == _HEADING), None)
    if heading is None:
        raise PolicyError("the letters say nowhere when one is due", where={"file": policy.document.path})
    return heading.decide({"outcome": outcome}).outputs.get("letter") == "adverse_action"


def write_letters(*, policy: Policy, case: LetterCase) -> tuple[Letter, ...]:
    """Write a case's letter in each language; see `render_letter`."""
    return tuple(_letter(case, language, render_letter(policy=policy, case=case, language=language))
                 for language in LANGUAGES)  # fmt: skip


def render_letter(*, policy: Policy, case: LetterCase, language: str) -> str:
    """Render a letter: the heading, then a paragraph a table, in the order of the document.

    Args:
        language: "zh" or "en".
    Raises: InputError if no letter is due, no reason can be told, a paragraph could not be decided, or a
        forbidden word would stand in it; PolicyError if the wording asks for a word that is not there.
    """
    if language not in LANGUAGES:
        raise InputError("letters are not written in this language", got=language, expected=LANGUAGES)
    if not letter_is_due(policy=policy, outcome=case.outcome):
        raise InputError("no letter is due for this outcome", got=case.outcome, where=_where(case))
    if not case.reasons:
        raise InputError("a letter without a reason is not sent", where=_where(case))
    numbers = {entry.parameter.name: str(entry.parameter.value) for entry in policy.parameters}
    told = case.reasons[: int(numbers["reasons_most"])]
    words = {**numbers, **_words(case, told, language)}
    paragraphs = [_fill(wording, words, policy) for wording in _wordings(policy, case, language)]
    body = "\n\n".join(paragraphs) + "\n"
    _check_forbidden(body, case)
    return body


def _wordings(policy: Policy, case: LetterCase, language: str) -> Sequence[str]:
    given = {
        "outcome": case.outcome,
        "limit_fen": case.limit_fen,
        "owed_fen": case.owed_fen,
        "reasons_count": len(case.reasons),
        "decided_by": case.decided_by,
    }
    wordings = []
    for table in policy.tables:
        verdict = table.decide(given)
        if verdict.refers:
            raise InputError("a paragraph could not be decided", got=table.id, where=_where(case))
        wordings.append(getattr(verdict.reasons[0], language))
    return wordings


def _words(case: LetterCase, told: Sequence[ReasonCode], language: str) -> dict[str, str]:
    # a reason may be written as a sentence of its own; in a list it loses its full stop
    reasons = (getattr(reason, language).rstrip("。.") for reason in told)
    numbered = (f"({number}) {reason}" for number, reason in enumerate(reasons, start=1))
    return {
        "party": case.party_id,
        "decision": str(case.decision_id),
        "as_of": case.as_of.isoformat(),
        "written_on": case.written_on.isoformat(),
        "currency": case.currency,
        "limit": _amount(case.limit_fen),
        "owed": _amount(case.owed_fen),
        "above": _amount(max(0, case.owed_fen - case.limit_fen)),
        "reasons": ("；" if language == "zh" else "; ").join(numbered) + ("。" if language == "zh" else "."),
    }


def _amount(amount_fen: int) -> str:
    units, _, decimals = text_from_fen(amount_fen).partition(".")
    return f"{int(units):,}.{decimals}"


def _fill(wording: str, words: dict[str, str], policy: Policy) -> str:
    for name in _SLOT.findall(wording):
        if name not in words:
            raise PolicyError(
                "the letter asks for a word that is not there",
                got=name,
                expected=sorted(words),
                where={"file": policy.document.path},
            )
    return _SLOT.sub(lambda slot: words[slot[1]], wording)


def _check_forbidden(body: str, case: LetterCase) -> None:
    for word in case.forbidden:
        # a word in letters stands alone ("age" is not in "message"); Chinese has no such borders
        pattern = rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
        if re.search(pattern, body, re.IGNORECASE):
            raise InputError("a letter must not speak of a protected attribute", got=word, where=_where(case))


def _where(case: LetterCase) -> dict[str, object]:
    return {"party": case.party_id, "decision": str(case.decision_id)}


def _letter(case: LetterCase, language: str, body: str) -> Letter:
    return Letter(
        letter_id=content_id("letter", case.party_id, str(case.decision_id), language),
        party_id=case.party_id,
        decision_id=case.decision_id,
        language=language,
        written_on=case.written_on,
        body=body,
        body_hash=hashlib.sha256(body.encode()).hexdigest(),
        simulated=case.simulated,
    )
