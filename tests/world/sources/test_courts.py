"""Courts: defaulters are sued, plaintiffs are no risk, a text tells its case, lists have reasons."""

import re
from collections.abc import Callable

import polars as pl

Read = Callable[[str], pl.DataFrame]


def test_who_stopped_paying_is_sued_as_defendant_by_its_lender(read: Read) -> None:
    truth = read("truth/parties").filter(pl.col("default_on").is_not_null() & pl.col("owes"))
    cases = read("judicial_cases").join(truth, on="party_no")
    sued = cases.filter((pl.col("stage") == "filed") & (pl.col("cause").is_in(["loan", "criminal"])))
    after = (sued["happened_on"] - sued["default_on"]).dt.total_days()
    assert sued.filter(after > 0)["party_no"].n_unique() > 0.2 * truth.height
    assert (sued.filter(after > 0)["role"] == "defendant").mean() > 0.9  # type: ignore[operator]


def test_plaintiffs_default_no_more_often_than_other_traders(read: Read) -> None:
    truth = read("truth/parties").filter(pl.col("kind") != "person")
    plaintiffs = read("judicial_cases").filter(pl.col("role") == "plaintiff")["party_no"].unique()
    falls = truth.filter(pl.col("party_no").is_in(plaintiffs.to_list()))["default_on"].is_not_null()
    assert len(falls) > 20
    assert falls.mean() < 0.25  # type: ignore[operator]


def test_stages_of_a_case_follow_each_other(read: Read) -> None:
    order = {"filed": 0, "judged": 1, "closed": 1, "enforced": 2, "dishonest": 3}
    for (_, _), case in read("judicial_cases").sort("happened_on").group_by(["party_no", "case_no"]):
        stages = [order[stage] for stage in case["stage"]]
        assert stages == sorted(stages)
        assert ("enforced" not in case["stage"].to_list()) or case["role"][-1] == "executed"


def test_a_text_tells_the_facts_of_its_case(read: Read) -> None:
    texts = read("court_texts")
    cases = read("judicial_cases")
    amounts = {(party, f"{amount:.2f}") for party, amount in cases.select("party_no", "amount").iter_rows()}
    for party, published, text in texts.select("party_no", "published_on", "text").iter_rows():
        assert text.count(f"客户{party}") == 1
        told = re.search(r"人民币([0-9]+\.[0-9]{2})元", text)
        assert told is not None and re.search(r"案由：[^。]+。", text)
        assert (party, told[1]) in amounts or published.year == 2025  # its case may be told only later
        assert text.endswith(f"{published.year}年{published.month}月{published.day}日。")


def test_the_black_list_is_for_fraud_and_the_grey_one_expires(read: Read) -> None:
    listed = read("listed_parties").join(read("truth/parties"), on="party_no")
    black, grey = listed.filter(pl.col("list") == "black"), listed.filter(pl.col("list") == "grey")
    assert black.height and grey.height
    assert (black["driver"] == "fraud").all() and black["expires_on"].is_null().all()
    assert grey["expires_on"].is_not_null().all()
