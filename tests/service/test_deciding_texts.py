"""The version that is live decides; an edited file does not, and without a live version nothing does."""

from datetime import date

import pytest
from tests.service.published_strategies import edit, publish, publish_live, put
from tests.service.small_bank import MONTHS, RULES, plan_of

from creditloop.kernel.errors import PolicyError, StateError, UnknownId
from creditloop.kernel.storage import Connection, connect
from creditloop.monitor import find_verdict
from creditloop.oversight import ReleasedVersion, find_released
from creditloop.risk import Policy
from creditloop.service.bank import Bank
from creditloop.service.deciding_texts import UNPUBLISHED, deciding_policy, folder_state, version_label
from creditloop.service.lending.limits import take_over_limits
from creditloop.service.monitoring.classifying import classify_book
from creditloop.service.recovering.routing import recover_policy
from creditloop.service.strategies.publishing import put_strategy
from creditloop.service.strategies.replaying import replay_stages

LATE_DAYS = "policies/credit_card/monitor/days_past_due.yaml"
CASES = "policies/credit_card/monitor/cases/days_past_due.yaml"
OLD, NEW = "value: 30\n", "value: 29\n"
"""How many days a month of delay counts."""
LATER = date(2025, 1, 1)


def decide(bank: Bank, path: str = LATE_DAYS, on: date = RULES) -> Policy:
    with bank.work() as work:
        return deciding_policy(work, path=path, rules_as_of=on)


def label(bank: Bank, policy: Policy) -> str:
    with bank.work() as work:
        return version_label(work, policy_hash=policy.hash)


def in_folder(bank: Bank) -> str:
    with connect(bank.url) as connection:
        (version,) = find_released(connection)
    return folder_state(bank.places, version)


def loosen_cases(bank: Bank) -> None:
    """Leave one worked case, which holds for any length of a month."""
    (bank.places.documents / CASES).write_text(
        f"rules_as_of: {RULES}\ncases:\n"
        '  - {case: "未逾期 not late", given: {months_late: 0}, expect: {bucket: M0}}\n',
        "utf-8",
    )


def days_per_month(policy: Policy) -> object:
    return {each.parameter.name: each.parameter.value for each in policy.parameters}["days_per_month"]


def test_a_strategy_never_put_live_decides_by_its_document(small_bank: Bank) -> None:
    first = decide(small_bank)
    assert label(small_bank, first) == UNPUBLISHED
    publish(small_bank, LATE_DAYS)
    edit(small_bank, LATE_DAYS, OLD, NEW)
    assert days_per_month(decide(small_bank)) == 29, "publishing alone, by one person, changes nothing"
    assert label(small_bank, first) == UNPUBLISHED
    with small_bank.work() as work, pytest.raises(UnknownId):
        version_label(work, policy_hash="0" * 64)


def test_the_live_version_decides_whatever_lies_in_the_folder(small_bank: Bank) -> None:
    version = publish_live(small_bank, LATE_DAYS)
    live = decide(small_bank)
    assert label(small_bank, live) == str(version)
    assert in_folder(small_bank) == "as published"
    place = edit(small_bank, LATE_DAYS, OLD, NEW)
    assert in_folder(small_bank) == "edited"
    assert decide(small_bank).hash == live.hash
    place.write_text("not a strategy", "utf-8")
    assert in_folder(small_bank) == "edited"
    assert days_per_month(decide(small_bank)) == 30
    place.unlink()
    assert in_folder(small_bank) == "not there"
    assert days_per_month(decide(small_bank, path=f"./policies/../{LATE_DAYS}")) == 30
    assert small_bank.verify().problems == ()


def test_a_renamed_file_is_still_the_strategy_that_is_live(small_bank: Bank) -> None:
    publish_live(small_bank, LATE_DAYS)
    edit(small_bank, LATE_DAYS, "policy: days_past_due", "policy: days_past_due_other")
    assert decide(small_bank).name == "days_past_due"


def test_the_version_effective_last_by_the_rules_date_decides(small_bank: Bank) -> None:
    loosen_cases(small_bank)
    first = publish_live(small_bank, LATE_DAYS)
    edit(small_bank, LATE_DAYS, OLD, NEW)
    second = publish_live(small_bank, LATE_DAYS, since=LATER)
    assert [days_per_month(decide(small_bank, on=day)) for day in (RULES, LATER)] == [30, 29]
    put(small_bank, second, "retired")
    assert label(small_bank, decide(small_bank, on=LATER)) == str(first), "the version before is live again"


def test_of_two_from_the_same_day_the_one_put_live_last_decides(small_bank: Bank) -> None:
    loosen_cases(small_bank)
    first = publish(small_bank, LATE_DAYS)
    edit(small_bank, LATE_DAYS, OLD, NEW)
    publish_live(small_bank, LATE_DAYS)
    assert days_per_month(decide(small_bank)) == 29
    put(small_bank, first.batch_id, "live")
    assert days_per_month(decide(small_bank)) == 30


def test_without_a_live_version_nothing_decides(small_bank: Bank) -> None:
    version = publish_live(small_bank, LATE_DAYS)
    with pytest.raises(StateError, match="no version of this strategy is live") as early:
        decide(small_bank, on=date(2024, 6, 29))
    assert early.value.got == "live from 2024-06-30"
    put(small_bank, version, "retired")
    with pytest.raises(StateError, match="nothing decides in its place") as caught:
        decide(small_bank)
    assert caught.value.where == {"policy": "days_past_due", "product": "credit_card", "file": LATE_DAYS}
    assert (caught.value.got, caught.value.hint) == (
        "retired",
        "creditloop strategy versions --product credit_card",
    )


def test_another_document_of_the_same_name_is_refused_unless_it_is_the_live_text(small_bank: Bank) -> None:
    publish_live(small_bank, LATE_DAYS)
    copy = "policies/credit_card/monitor/moved.yaml"
    text = (small_bank.places.documents / LATE_DAYS).read_text("utf-8")
    (small_bank.places.documents / copy).write_text(text, "utf-8")
    assert decide(small_bank, path=copy).hash == decide(small_bank).hash
    edit(small_bank, copy, OLD, NEW)
    with pytest.raises(StateError, match="bears the name of a strategy that is live") as caught:
        decide(small_bank, path=copy)
    assert caught.value.where["published"] == LATE_DAYS
    edit(small_bank, copy, "policy: days_past_due", "policy: days_past_due_other")
    assert days_per_month(decide(small_bank, path=copy)) == 29, "a strategy of its own"
    (small_bank.places.documents / copy).write_text("steps: []\n", "utf-8")
    with pytest.raises(PolicyError):
        decide(small_bank, path=copy)


def test_what_is_put_live_within_a_piece_of_work_decides_at_once(small_bank: Bank) -> None:
    version = publish(small_bank, LATE_DAYS)
    edit(small_bank, LATE_DAYS, OLD, NEW)
    with small_bank.work() as work:
        assert days_per_month(deciding_policy(work, path=LATE_DAYS, rules_as_of=RULES)) == 29
        put_strategy(
            work, version_id=version.batch_id, state="live", by="other", reason="read", simulated=True
        )
        assert days_per_month(deciding_policy(work, path=LATE_DAYS, rules_as_of=RULES)) == 30


def test_a_piece_of_work_asks_once_which_strategies_are_live(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_live(small_bank, LATE_DAYS)
    asked = list[Connection]()

    def counted(connection: Connection) -> tuple[ReleasedVersion, ...]:
        asked.append(connection)
        return find_released(connection)

    monkeypatch.setattr("creditloop.service.deciding_texts.find_released", counted)
    with small_bank.work() as work:
        for name in ("days_past_due", "five_tier", "warning"):
            deciding_policy(work, path=f"policies/credit_card/monitor/{name}.yaml", rules_as_of=RULES)
    assert len(asked) == 1


def test_routing_asks_for_the_live_version(small_bank: Bank) -> None:
    file = "policies/credit_card/recover/routing.yaml"
    version = publish_live(small_bank, file)
    (small_bank.places.documents / file).write_text("edited", "utf-8")
    with small_bank.work() as work:
        policy = recover_policy(work, name="routing", product="credit_card", rules_as_of=RULES)
        assert version_label(work, policy_hash=policy.hash) == str(version)
    put(small_bank, version, "retired")
    with pytest.raises(StateError, match="nothing decides"), small_bank.work() as work:
        recover_policy(work, name="routing", product="credit_card", rules_as_of=RULES)


def test_a_book_is_classified_by_the_live_version_and_replayed(posted_bank: Bank) -> None:
    loosen_cases(posted_bank)
    plan, dates = plan_of(posted_bank), plan_of(posted_bank).dates(MONTHS[-1])
    edit(posted_bank, LATE_DAYS, OLD, NEW)
    publish_live(posted_bank, LATE_DAYS)
    edit(posted_bank, LATE_DAYS, NEW, "value: 28\n")
    with posted_bank.work() as work:
        take_over_limits(work, plan=plan)
        run = classify_book(work, plan=plan, dates=dates)
        (replayed,) = (one for one in replay_stages(work, stage="monitor") if "classif" in one.table)
    assert replayed.differing == ()
    with connect(posted_bank.url) as connection:
        verdict = find_verdict(connection, batch_id=run.batch_id, party_id="small_cards/4")
    assert verdict["days_past_due"] == 4 * 29
    assert posted_bank.verify().problems == ()
