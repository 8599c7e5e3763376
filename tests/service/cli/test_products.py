"""`creditloop products`: the list, one product with days and sources, and what cannot be asked."""

import shutil
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from tests.service.small_bank import REPOSITORY


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the bank's own policies."""
    shutil.copytree(REPOSITORY / "policies", tmp_path / "policies")
    (tmp_path / "contracts").mkdir()
    monkeypatch.setenv("CREDITLOOP_BANK", str(tmp_path))
    return tmp_path


def test_the_list_names_every_product(shell: Shell, bank: Path) -> None:
    said = shell("products list --as-of 2026-01-01")
    assert (said.status, said.err) == (0, "")
    for words in ("零售循环贷", "instalment_loan", "500.00 – 40,000.00", "5, 10, 20", "3.45 % – 9 %"):
        assert words in said.out
    record = shell("products list --as-of 2026-01-01 --json").record
    assert [each["product"] for each in record["products"]] == [  # type: ignore[attr-defined]
        "bullet_loan",
        "instalment_loan",
        "patent_line",
        "retail_line",
        "sme_working_capital",
    ]
    assert record["not_sold"] == []
    assert shell("products list").status == 0


def test_a_day_before_the_first_lists_why_nothing_is_sold(shell: Shell, bank: Path) -> None:
    said = shell("products list --as-of 2020-12-31")
    assert said.status == 0
    assert "未售 not sold" in said.out
    record = shell("products list --as-of 2020-12-31 --json").record
    assert (record["products"], len(record["not_sold"])) == ([], 5)  # type: ignore[arg-type]


def test_a_product_shows_every_value_with_its_day_and_source(shell: Shell, bank: Path) -> None:
    said = shell("products show retail_line --as-of 2021-12-31")
    assert (said.status, said.err) == (0, "")
    for words in (
        "最高年利率 rate_annual_max",
        "18 %",
        "2025-10-01",
        "合作银行",
        "4/5",
        "来源 sources",
        "[1]",
    ):
        assert words in said.out
    record = shell("products show retail_line --as-of 2022-01-01 --json").record
    terms = record["terms"]
    assert terms["rate_annual_max"] == {  # type: ignore[index]
        "value": "0.18",
        "since": "2021-01-01",
        "until": "2025-10-01",
        "source": "0.05 % a day: what such lines cost at most, general knowledge, no source page at hand",
        "reference": None,
        "checked": "2026-11-23",
    }
    assert record["colending"]["shares"]["value"] == {  # type: ignore[index]
        "own": "3/10",
        "partner_bank": "7/10",
    }
    assert all(number["source"] for number in record["numbers"])  # type: ignore[attr-defined]


def test_a_fixed_fee_and_a_calendar_are_told(shell: Shell, bank: Path) -> None:
    said = shell("products show patent_line --as-of 2024-06-30")
    for words in ("知识产权评估费", "china", "day 20"):
        assert words in said.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("products show gold_loan", "no such product"),
        ("products show retail_line --as-of 2020-12-31", "not sold on this date"),
        ("products show retail_line --as-of yesterday", "yesterday"),
    ],
)
def test_what_cannot_be_asked_ends_with_2(shell: Shell, bank: Path, line: str, words: str) -> None:
    said = shell(line)
    assert said.status == 2
    assert words in said.err


def test_a_quote_tells_the_annualised_rates_before_the_daily_one_and_repays_the_loan(
    shell: Shell, bank: Path
) -> None:
    asked = "products quote instalment_loan --amount 10000 --rate 0.072 --months 10 --start 2026-01-05"
    said = shell(asked)
    assert (said.status, said.err) == (0, "")
    assert said.out.index("年化利率") < said.out.index("日利率")
    record = shell(f"{asked} --json").record
    rows: list[dict[str, int]] = record["instalments"]  # type: ignore[assignment]
    assert sum(row["principal_fen"] for row in rows) == 1_000_000
    assert [row["nr"] for row in rows] == list(range(1, 11))
    assert rows[-1]["balance_fen"] == 0
    assert record["total_interest_fen"] == sum(row["interest_fen"] for row in rows)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("--amount 10,0x --rate 0.072 --months 10", "not an amount of money"),
        ("--amount 10000 --rate 7.2% --months 10", "not a rate"),
        ("--amount 10000 --rate 0.072 --months 0", "no such number of instalments"),
    ],
)
def test_a_quote_that_cannot_be_is_refused(shell: Shell, bank: Path, words: str, wrong: str) -> None:
    said = shell(f"products quote instalment_loan --start 2026-01-05 {words}")
    assert said.status == 2
    assert wrong in said.err
