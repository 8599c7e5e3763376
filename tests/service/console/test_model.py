"""A model's page: what is made of the figures on record, and a card with tables of two features."""

from collections.abc import Mapping
from datetime import date

from tests.risk.pair_cards import drawn_card
from tests.service.console.browser import HOME, Browser
from tests.service.console.loop_bank import decided_party
from tests.service.console.test_click_down import unled

from creditloop.kernel.storage import connect
from creditloop.oversight import Metric, find_models
from creditloop.risk import wilson_interval
from creditloop.service.bank import Bank
from creditloop.service.console.model_figures import band_lines, month_drift, month_lines

NANO = 10**9


def metric(name: str, segment: str, bad: int | None, rows: int, value: int | None = None) -> Metric:
    nano = value if bad is None else bad * NANO // rows
    return Metric(name=name, segment=segment, value_nano=nano, numerator=bad, denominator=rows)


def test_bands_add_up_from_the_riskiest_to_all_bads_and_goods() -> None:
    rates = [metric("bad_rate", f"first/{number:02}", bad, 10) for number, bad in ((1, 0), (2, 2), (10, 8))]
    riskiest, middle, safest = band_lines([*rates, metric("auc", "first", None, 30)], outcome="first")
    assert [one.number for one in (riskiest, middle, safest)] == [10, 2, 1]
    assert (riskiest.bad_share_nano, riskiest.good_share_nano) == (800_000_000, 100_000_000)
    assert (riskiest.gap_nano, riskiest.lift_nano) == (700_000_000, 2_400_000_000)
    assert (safest.bad_share_nano, safest.good_share_nano, safest.gap_nano) == (NANO, NANO, 0)
    low, high = wilson_interval(8, 10)
    assert (riskiest.low_nano, riskiest.high_nano) == (round(low * NANO), round(high * NANO))
    assert band_lines(rates, outcome="second") == []


def test_without_a_bad_one_nothing_is_made_up() -> None:
    (line,) = band_lines([metric("bad_rate", "first/01", 0, 10)], outcome="first")
    assert (line.bad_share_nano, line.gap_nano, line.lift_nano) == (None, None, None)
    assert line.low_nano == 0


def test_months_stand_in_order_and_drift_by_month_and_feature() -> None:
    metrics = [
        metric("psi_feature", "2005-08/use", None, 9, 5),
        metric("psi_score", "2005-08", None, 9, 3),
        metric("bad_rate", "2005-08", 1, 9),
        metric("psi_score", "2005-07", None, 9, 2),
    ]
    assert [(one.month, one.low_nano is None) for one in month_lines(metrics)] == [
        ("2005-07", True),
        ("2005-08", False),
    ]
    drift = {name: [one and one.value_nano for one in found] for name, found in month_drift(metrics)}
    assert list(drift.items()) == [("score", [2, 3]), ("use", [None, 5])], "the score stands first"
    assert month_drift([]) == []


def test_pairs_are_heat_maps_whose_cells_lead_to_the_card(browser: Browser, loop_bank: Bank) -> None:
    card = drawn_card(seed=7, features=3, pairs=2, decimals=2)
    with loop_bank.work() as work:
        work.adopt(card.document, kind="card")
    browser.sign_in("auditor")
    seen = browser.get(f"{HOME}models/{card.hash}")
    assert seen.status == 200
    assert "双变量分值表" in seen.text
    assert "该评分卡不在模型台账中" in seen.text
    assert unled(seen.response.text) == []
    points = card.pairs[0].points[0][0]
    assert f"{'-' if points < 0 else ''}{abs(points) // 100}.{abs(points) % 100:02}" in seen.text


def test_a_rows_points_are_for_those_who_may_see_decisions(
    signed_in: Mapping[str, Browser], loop_once: tuple[object, Bank]
) -> None:
    bank = loop_once[1]
    with connect(bank.url) as connection:
        (model,) = find_models(connection, on=date(2005, 12, 31))
    page = f"{HOME}models/{model.card_hash}"
    asked = f"{page}?party={decided_party(bank)}"
    assert "查看单户决策" in signed_in["modeller"].get(page).text
    assert signed_in["modeller"].get(asked).status == 403
    with connect(bank.url) as connection:
        before = connection.execute("SELECT count(*) FROM data.access_log").fetchone()
    assert signed_in["strategist"].get(asked).status == 200
    with connect(bank.url) as connection:
        after = connection.execute("SELECT count(*) FROM data.access_log").fetchone()
    assert before is not None
    assert after is not None
    assert after[0] > before[0], "what was shown of a person is on the log of reads"
