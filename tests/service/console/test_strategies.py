"""Strategies as published: the list, a version, what it decided, differences, proofs, experiments."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.service.console.browser import Browser
from tests.service.console.loop_bank import SECOND_FROM
from tests.service.console.test_click_down import Tree, figures
from tests.service.console.test_pages import opened

from creditloop import acquire, admit, lend, monitor, oversight, recover
from creditloop.admit import find_batches
from creditloop.data import accesses
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import connect
from creditloop.oversight import StrategyVersion, find_versions
from creditloop.service.bank import Bank
from creditloop.service.console.rows import find_table
from creditloop.service.console.sealed_rows import Choice, totals
from creditloop.service.console.strategy_uses import USES, made_by_version

LIST = "/strategies"


@pytest.fixture(scope="module")
def bank(loop_once: tuple[Path, Bank]) -> Bank:
    return loop_once[1]


@pytest.fixture(scope="module")
def versions(bank: Bank) -> list[StrategyVersion]:
    """The two versions of the strategy that decides, the live one first."""
    with connect(bank.url) as connection:
        return find_versions(connection)


@pytest.fixture
def auditor(signed_in: Mapping[str, Browser]) -> Browser:
    return signed_in["auditor"]


def page(version: StrategyVersion, below: str = "") -> str:
    return f"{LIST}/{version.batch_id}{below}"


def test_the_list_tells_who_proved_published_and_put_live(
    auditor: Browser, versions: list[StrategyVersion]
) -> None:
    live, later = versions
    seen = opened(auditor, LIST)
    for words in ("limit_review", "准入", "已上线", live.document_hash[:10], "approver 模拟", "一致"):
        assert words in seen.text, words
    assert later.document_hash[:10] not in seen.text, "one line a strategy, the live version's"
    assert f"/console{page(live)}" in seen.links
    assert f"/console/proofs/{live.proof_batch}" in seen.links


def test_a_version_is_shown_whole(auditor: Browser, versions: list[StrategyVersion]) -> None:
    live, later = versions
    seen = opened(auditor, page(later))
    told = ("已发布", "strategist 模拟", "written down <b>beforehand</b>", "还没有由本版本作出的决定")
    read = (
        "LR_O5",
        "grade = 'D' and months_late_max",
        "转人工",
        "grade_d_pd_max",
        "0.2800",
        "提示",
        "null_stops",
    )
    for words in (*told, *read, "policy: limit_review"):
        assert words in seen.text, words
    since = [one.given["title"] for one in Tree(seen.response.text).root.inside() if "title" in one.given]
    assert live.document_hash in since, "its rules are there since the version before"
    assert f"/console{page(later, '/difference')}?old={live.batch_id}" in seen.links
    assert "line171" in seen.reader.ids, "the text as adopted, line by line"


def test_what_a_version_decided_is_a_count_that_leads_to_the_decisions(
    auditor: Browser, bank: Bank, versions: list[StrategyVersion]
) -> None:
    live = versions[0]
    with connect(bank.url) as connection:
        decided = sum(
            one.decided for one in find_batches(connection) if one.policy_hash == live.document_hash
        )
        before = len(accesses(connection))
    path = f"/console{page(live, '/decisions')}"
    assert (f"{decided:,}", path) in figures(auditor, f"/console{page(live)}")
    kept = opened(auditor, page(live, "/decisions?outcome=keep"))
    rows = [link for link in kept.links if link.startswith("/console/decisions/")]
    assert 0 < len(rows) < decided
    with connect(bank.url) as connection:
        read = accesses(connection)[before:]
    assert [(one.table, one.parties_count) for one in read] == [("admit.decision", len(rows))]


def test_what_a_version_decided_is_of_its_days(bank: Bank, versions: list[StrategyVersion]) -> None:
    day = versions[0].effective_from
    with bank.work() as work:
        made_by = made_by_version(work, versions[0], table="admit.decision")
        table = find_table(work.connection, "admit.decision")

        def rows(since: date, until: date | None) -> int:
            choice = Choice(made_by=replace(made_by, since=since, until=until))
            return totals(work.connection, table=table, choice=choice).rows

        assert made_by.since == day, "all was decided by the rules of this day"
        assert rows(day, None) == rows(day, day + timedelta(days=1)) > 0
        assert rows(day + timedelta(days=1), None) == rows(day - timedelta(days=9), day) == 0
        with pytest.raises(UnknownId, match="no strategy decides"):
            made_by_version(work, versions[0], table="book.event")


def test_versions_differ_rule_by_rule_line_by_line_and_case_by_case(
    auditor: Browser, versions: list[StrategyVersion]
) -> None:
    live, later = versions
    seen = opened(auditor, page(later, "/difference"))
    for words in ("参数", "grade_d_pd_max", "自 2005-01-01 起的值", "0.30", "0.28", "grade.LR_GD", "条件"):
        assert words in seen.text, words
    assert "outcome.LR_O3" in seen.text, "who was D is E now, and frozen"
    assert f"自 {SECOND_FROM} 起" in seen.text
    same = opened(auditor, page(live, "/difference"))
    for words in ("两个版本的程序相同", "没有差异", "文本相同"):
        assert words in same.text, "the first version has none before it"


def test_a_proof_tells_rows_engines_and_what_was_seen(
    auditor: Browser, versions: list[StrategyVersion]
) -> None:
    seen = opened(auditor, f"/proofs/{versions[0].proof_batch}")
    for words in (
        "limit_review 一致性证明",
        "边界行 7",
        "随机种子 1",
        "duckdb",
        "made up",
        "空值（转人工） 记录",
    ):
        assert words in seen.text, words
    assert "1 步只出现过一种结果" in seen.text
    assert f"/console{page(versions[0])}" in seen.links
    assert "/console/evidence" in seen.links


def test_an_experiment_is_counted_by_arm_and_by_what_its_shadows_said(auditor: Browser) -> None:
    path = next(link for link in opened(auditor, LIST).links if "/experiments/" in link)
    told = figures(auditor, path)
    arms = [count for count, link in told if "strategy_assignment" in link]
    shadows = [(count, link) for count, link in told if "shadow_verdict" in link]
    assert (arms, [count for count, _ in shadows]) == (["1"], ["1", "1"])
    assert ["absent=outcome" in link for _, link in shadows] == [True, False], (
        "broken could not say, other did"
    )
    for _, link in shadows:
        assert auditor.get(link).status == 200


def test_who_may_see_what_of_a_strategy(
    signed_in: Mapping[str, Browser], versions: list[StrategyVersion]
) -> None:
    live = versions[0]
    modeller, collector = signed_in["modeller"], signed_in["collector"]
    assert collector.get(f"/console{LIST}").status == 403
    decisions = f"/console{page(live, '/decisions')}"
    assert decisions not in opened(modeller, page(live)).links, "the count stands there, closed"
    assert modeller.get(decisions).status == 403


def columns() -> Iterator[tuple[str, tuple[str, ...]]]:
    for room in (acquire, admit, lend, monitor, recover, oversight):
        yield from ((table.name, table.columns) for table in room.TABLES)


def test_every_use_names_tables_and_columns_there_are() -> None:
    known = dict(columns())
    for use in USES:
        assert set(use.columns) <= set(known[use.runs]), use.runs
        assert {"batch_id"} <= set(known[use.rows]), use.rows
        assert not use.is_dated or "rules_as_of" in known[use.runs]
    named = {
        (table, column)
        for table, names in known.items()
        for column in names
        if column.endswith("policy_hash") and not table.startswith("oversight.s")
    }
    used = {(use.runs, column) for use in USES for column in use.columns}
    assert named <= used, "a run that names a strategy shows what it decided"
