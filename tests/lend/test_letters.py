"""Letters: golden texts in both languages; one case, one text; what must not be told is refused."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lend.limit_rows import REASONS, case, policy

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.lend import LANGUAGES, letter_is_due, render_letter, write_letters
from creditloop.risk import ReasonCode, read_policy

GOLDEN = Path(__file__).parent / "golden"
POLICY = policy("letters")
CASES = {
    "nothing_owed": case(),
    "owing": case(owed_fen=1_234_567),
    "above_limit_by_person": case(owed_fen=5_000_100, decided_by="person"),
}
RECORD = "CREDITLOOP_RECORD_GOLDEN"
"""Set to record the texts again; the change is then read as a diff."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_a_letter_reads_as_recorded(name: str, language: str) -> None:
    file = GOLDEN / f"{name}.{language}.txt"
    body = render_letter(policy=POLICY, case=CASES[name], language=language)
    if os.environ.get(RECORD):
        file.parent.mkdir(exist_ok=True)
        file.write_text(body, "utf-8")
    assert body == file.read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_says_the_reasons_the_review_and_the_complaint(language: str) -> None:
    body = render_letter(policy=POLICY, case=CASES["owing"], language=language)
    for reason in REASONS:
        assert getattr(reason, language) in body
    for word in {"zh": ("人工复核", "投诉", "60 日", "15 日"), "en": ("by a person", "complain", "60 days")}[
        language
    ]:
        assert word in body
    assert "{" not in body
    assert body.endswith("\n")


def test_both_languages_are_written_with_the_hash_of_their_text() -> None:
    letters = write_letters(policy=POLICY, case=CASES["owing"])
    assert [letter.language for letter in letters] == ["zh", "en"]
    for letter in letters:
        assert letter.body_hash == hashlib.sha256(letter.body.encode()).hexdigest()
    assert write_letters(policy=POLICY, case=CASES["owing"]) == letters
    assert len({letter.letter_id for letter in letters}) == 2


def test_a_reason_that_is_a_sentence_loses_its_full_stop() -> None:
    sentence = (ReasonCode(code="R", zh="您曾逾期。", en="You were late."), *REASONS[1:])
    assert "(1) 您曾逾期；(2)" in render_letter(policy=POLICY, case=case(reasons=sentence), language="zh")
    assert "(1) You were late; (2)" in render_letter(
        policy=POLICY, case=case(reasons=sentence), language="en"
    )


def test_at_most_as_many_reasons_are_told_as_the_policy_says() -> None:
    many = tuple(ReasonCode(code=f"R{n}", zh=f"原因{n}", en=f"reason {n}") for n in range(1, 8))
    body = render_letter(policy=POLICY, case=case(reasons=many), language="en")
    assert "(4) reason 4." in body
    assert "reason 5" not in body


@pytest.mark.parametrize("outcome", ["keep", "raise", "refer", "collections"])
def test_nobody_else_is_written_to(outcome: str) -> None:
    assert not letter_is_due(policy=POLICY, outcome=outcome)
    with pytest.raises(InputError, match="no letter is due"):
        render_letter(policy=POLICY, case=case(outcome=outcome), language="zh")


@pytest.mark.parametrize(
    ("zh", "en", "language"),
    [
        ("因性别而定", "fine", "zh"),
        ("可以", "because of your Sex", "en"),
        ("婚姻状况", "fine", "zh"),
        ("可以", "marital status", "en"),
    ],
)
def test_a_protected_attribute_is_never_spoken_of(zh: str, en: str, language: str) -> None:
    spoilt = case(reasons=(ReasonCode(code="X", zh=zh, en=en),))
    with pytest.raises(InputError, match="must not speak of a protected attribute"):
        render_letter(policy=POLICY, case=spoilt, language=language)


def test_a_word_that_only_contains_one_may_be_said() -> None:
    spoken = case(reasons=(ReasonCode(code="X", zh="可以", en="the bank of Essex"),))
    assert "Essex" in render_letter(policy=POLICY, case=spoken, language="en")


def test_a_letter_without_a_reason_or_in_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="without a reason"):
        render_letter(policy=POLICY, case=case(reasons=()), language="zh")
    with pytest.raises(InputError, match="not written in this language"):
        render_letter(policy=POLICY, case=case(), language="fr")


def test_a_wording_that_asks_for_an_unknown_word_is_a_fault_of_the_policy() -> None:
    text = POLICY.document.text.replace("{reasons}", "{astrology}")
    spoilt = read_policy(parse_document(text, path="letters.yaml"), rules_as_of=POLICY.rules_as_of)
    with pytest.raises(PolicyError, match="a word that is not there") as caught:
        render_letter(policy=spoilt, case=case(), language="zh")
    assert caught.value.got == "astrology"
    with pytest.raises(PolicyError, match="say nowhere when one is due"):
        letter_is_due(policy=replace(POLICY, steps=POLICY.steps[1:]), outcome="freeze")
