"""A strategy with sub-strategies is one thing: its hash covers all texts, the archive gives them back."""

from datetime import date
from pathlib import Path

import pytest
from tests.service.published_strategies import edit, publish_live
from tests.service.small_bank import MONTHS, RULES, plan_of

from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.kernel.storage import connect
from creditloop.monitor import find_verdict
from creditloop.service.bank import Bank
from creditloop.service.compiled import compiled_policy
from creditloop.service.deciding_texts import deciding_policy, version_label
from creditloop.service.monitoring.classifying import classify_book
from creditloop.service.places import Places
from creditloop.service.strategies.replaying import replay_stages
from creditloop.service.strategy_texts import (
    StrategyTexts,
    find_inside,
    is_list,
    texts_of_list,
    with_parts,
)

OUTER = "policies/credit_card/monitor/days_past_due.yaml"
INNER = "policies/credit_card/monitor/month_length.yaml"
INNER_TEXT = """\
policy: month_length
product: credit_card
stage: monitor
title: {zh: 一个月的天数, en: days of a month}
inputs:
  months_late: {kind: integer, unit: month, "null": refer}
parameters:
  days_per_month:
    kind: integer
    unit: day
    values:
      - {from: 2005-01-01, value: 30, source: {title: a test's choice}}
steps:
  - name: days_in_month
    kind: integer
    value: "if months_late >= 1 then parameter.days_per_month else 0"
    meaning: {zh: 天数, en: days}
"""
STEP = """\
steps:
  - strategy: {id: length, document: ./month_length.yaml, gives: {days_in_month: days_in_month}}
"""


def document(path: str, text: str = "a: 1\n") -> Document:
    return parse_document(text, path=path)


def test_the_hash_is_of_all_texts_and_the_list_gives_them_back() -> None:
    own, part, nested = document("a/own.yaml"), document("a/数.yaml", "b: 2\n"), document("0.yaml", "c: 3\n")
    assert with_parts(own, []) is own
    whole = with_parts(own, [part, nested, part])
    assert isinstance(whole, StrategyTexts)
    assert (whole.own, whole.parts, whole.path, whole.text) == (own, (part, nested), own.path, own.text)
    assert with_parts(whole, [part]).hash == with_parts(own, [part]).hash
    hashes = {own.hash, whole.hash, with_parts(own, [part]).hash, with_parts(own, [nested, part]).hash}
    assert len(hashes) == 4
    other = document(part.path, "b: 3\n")
    assert with_parts(own, [other]).hash != with_parts(own, [part]).hash
    assert is_list(whole.listing)
    assert not is_list(own)
    assert whole.listing.hash == whole.hash
    archived = {each.hash: each for each in (own, part, nested)}
    assert texts_of_list(whole.listing, find=archived.__getitem__) == whole
    assert whole.find("0.yaml") == nested
    with pytest.raises(PolicyError, match="not one of the texts"):
        whole.find("a/own.yaml")


def test_a_sub_strategy_lies_in_the_bank_s_folder(tmp_path: Path) -> None:
    root = tmp_path / "bank"
    root.mkdir()
    places = Places(documents=root, state=tmp_path, environment={})
    (root / "in.yaml").write_text("a: 1\n", "utf-8")
    (tmp_path / "out.yaml").write_text("a: 1\n", "utf-8")
    (root / "link.yaml").symlink_to(tmp_path / "out.yaml")
    assert find_inside(places, "in.yaml").path == "in.yaml"
    for path in ("../out.yaml", str(tmp_path / "out.yaml"), "link.yaml"):
        with pytest.raises(PolicyError, match="lies in the bank's folder"):
            find_inside(places, path)
    with pytest.raises(PolicyError, match="no such document"):
        find_inside(places, "none.yaml")


def test_another_text_of_a_sub_strategy_is_compiled_anew() -> None:
    texts = {"inner.yaml": INNER_TEXT}
    outer = document(
        "outer.yaml",
        INNER_TEXT.replace("policy: month_length", "policy: outer").replace(
            "steps:\n",
            STEP.replace("./month_length.yaml", "./inner.yaml").replace("days_in_month:", "length_days:"),
        ),
    )

    def find(path: str) -> Document:
        if path not in texts:
            raise PolicyError("no such document", got=path)
        return document(path, texts[path])

    first = compiled_policy(outer, rules_as_of=RULES, find=find)
    assert compiled_policy(outer, rules_as_of=RULES, find=find) is first
    texts["inner.yaml"] = INNER_TEXT.replace("value: 30", "value: 31")
    second = compiled_policy(outer, rules_as_of=RULES, find=find)
    assert first.hash != second.hash
    assert (first.judge({"months_late": 1}).outputs, second.judge({"months_late": 1}).outputs) == (
        {"length_days": 30},
        {"length_days": 31},
    )
    assert compiled_policy(first.document, rules_as_of=RULES).hash == first.hash, "its texts come with it"
    with pytest.raises(PolicyError, match="other documents cannot be read here"):
        compiled_policy(outer, rules_as_of=RULES)
    texts.clear()
    with pytest.raises(PolicyError, match="no such document"):
        compiled_policy(outer, rules_as_of=RULES, find=find)


@pytest.fixture
def bank(posted_bank: Bank) -> Bank:
    """A posted bank whose days past due are counted by a strategy with a sub-strategy."""
    (posted_bank.places.documents / INNER).write_text(INNER_TEXT, "utf-8")
    edit(posted_bank, OUTER, "steps:\n", STEP)
    edit(posted_bank, OUTER, "months_late * parameter.days_per_month", "months_late * days_in_month")
    return posted_bank


def classified(bank: Bank) -> tuple[object, object]:
    """Classify the last month; return the run and how late the late customer is."""
    plan = plan_of(bank)
    with bank.work() as work:
        run = classify_book(work, plan=plan, dates=plan.dates(MONTHS[-1]))
    with connect(bank.url) as connection:
        verdict = find_verdict(connection, batch_id=run.batch_id, party_id="small_cards/4")
    return run, verdict["days_past_due"]


def test_a_stage_decides_by_a_sub_strategy_and_replays_it_from_the_archive(bank: Bank) -> None:
    first, days = classified(bank)
    assert days == 120
    assert classified(bank) == (first, 120), "a repeat finds the first"
    edit(bank, INNER, "value: 30", "value: 31")
    second, days = classified(bank)
    assert days == 124
    assert first != second
    (bank.places.documents / INNER).unlink()
    edit(bank, OUTER, "policy: ", "polcy: ")
    with bank.work() as work:
        stages = {each.table: each for each in replay_stages(work, stage="monitor")}
    assert stages["monitor.classification"].runs == 8
    assert stages["monitor.classification"].differing == ()
    assert bank.verify().problems == ()


def test_a_published_sub_strategy_decides_whatever_lies_in_the_folder(bank: Bank) -> None:
    unpublished, _ = classified(bank)
    version = publish_live(bank, OUTER)
    for file in (INNER, OUTER):
        (bank.places.documents / file).write_text("edited", "utf-8")
    with bank.work() as work:
        policy = deciding_policy(work, path=OUTER, rules_as_of=date(2024, 7, 1))
        assert version_label(work, policy_hash=policy.hash) == str(version)
    assert [each.path for each in policy.documents] == [INNER]
    assert policy.judge({"months_late": 2}).steps["days_past_due"].value == 60
    assert classified(bank)[0] == unpublished, "the same texts, the same run"
    assert bank.verify().problems == ()
