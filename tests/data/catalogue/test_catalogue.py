"""The bank's catalogue: ten thousand features and more, each named once, searchable, equal, without leaks."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from creditloop.data.catalogue import Catalogue, read_catalogue
from creditloop.data.windows import null_rule, probe_leaks, prove_windows, window_function
from creditloop.formula import Kind
from creditloop.kernel.errors import ContractBroken, PolicyError

REPOSITORY = Path(__file__).parents[3]
LATE = "还款月份 逾期 最长"


@cache
def catalogue() -> Catalogue:
    """Return the bank's catalogue, read once."""
    return read_catalogue(REPOSITORY)


def test_ten_thousand_features_and_more_over_the_sources_each_with_one_name() -> None:
    names = [entry.feature.name for entry in catalogue().entries]
    assert len(names) >= 10_000
    assert len(set(names)) == len(names) == sum(catalogue().counts.values())
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in names)
    assert len(catalogue().counts) >= 22


def test_every_feature_has_meaning_unit_and_null_rule() -> None:
    for features in catalogue().sets:
        for language in ("zh", "en"):
            meanings = {getattr(feature.meaning, language) for feature in features.features}
            assert len(meanings) == len(features.features), (features.name, language)
    for entry in catalogue().entries:
        assert entry.feature.unit
        assert null_rule(entry.feature).zh
        assert null_rule(entry.feature).en
        assert (entry.feature.kind is Kind.MONEY) == (entry.feature.unit == "fen")


def test_the_null_rule_is_what_a_party_without_events_gets() -> None:
    for features in catalogue().sets:
        evaluate = window_function(table=features.table, features=features.features).evaluate
        told = evaluate([], date(2024, 2, 29))
        assert told == tuple(feature.without_events for feature in features.features)


@pytest.mark.outside
def test_both_executions_agree_on_every_feature_and_the_future_changes_none() -> None:
    for number, features in enumerate(catalogue().sets):
        proof = prove_windows(features, parties=120, seed=number)
        assert proof.holds, (features.name, proof.first)
        assert proof.events > 0
        probe = probe_leaks(features, parties=50, seed=number)
        assert probe.holds, (features.name, probe.first)


def test_features_are_found_by_words_of_either_language_source_kind_and_unit() -> None:
    found = catalogue().search(LATE)
    assert 10 < len(found) < 200
    assert {entry.source for entry in found} == {"bureau_months"}
    assert all("longest" in entry.feature.name for entry in found)
    assert catalogue().search("Most Consecutive LATE months", source="bureau_months", unit="month")
    assert catalogue().search(LATE, source="invoices") == ()
    money = catalogue().search(source="invoices", kind=Kind.MONEY)
    assert {entry.feature.unit for entry in money} == {"fen"}
    assert catalogue().search() == catalogue().entries


def test_a_name_in_two_documents_is_refused_with_both(tmp_path: Path) -> None:
    for folder in ("features", "contracts"):
        (tmp_path / folder).mkdir()
    for name in ("contracts/bureau_queries.yaml", "features/bureau_queries_windows.yaml"):
        (tmp_path / name).write_text((REPOSITORY / name).read_text("utf-8"), "utf-8")
    (tmp_path / "features/of_a_row.yaml").write_text("features: other\n", "utf-8")
    whole = read_catalogue(tmp_path)
    assert set(whole.counts) == {"bureau_queries"}
    (tmp_path / "features/deeper").mkdir()
    twice = tmp_path / "features/deeper/twice.yaml"
    twice.write_text((tmp_path / "features/bureau_queries_windows.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(PolicyError, match="a feature's name is in two documents") as raised:
        read_catalogue(tmp_path)
    assert raised.value.where["file"] != raised.value.where["other"]
    (tmp_path / "contracts/bureau_queries.yaml").unlink()
    twice.unlink()
    with pytest.raises(ContractBroken):
        read_catalogue(tmp_path)
