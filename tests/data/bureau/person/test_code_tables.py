"""The code tables are whole: both languages, the statuses the field knows, states for every type."""

import re

import pytest

from creditloop.data.bureau import codes
from creditloop.data.bureau.person import account_codes, person_codes
from creditloop.data.bureau.reading.code_table import CodeTable

TABLES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": table
    for module in (codes, account_codes, person_codes)
    for name, table in vars(module).items()
    if isinstance(table, CodeTable)
} | {f"ACCOUNT_STATES[{kind}]": table for kind, table in account_codes.ACCOUNT_STATES.items()}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_code_means_something_in_both_languages(table: CodeTable) -> None:
    assert len(table.codes) >= 2
    for code, words in table.codes.items():
        assert code == code.strip() != ""
        assert words.en
        assert re.search(r"[\u4e00-\u9fff]", words.zh) or table is codes.CURRENCIES
        assert table.meaning(code) is words
        assert code in table
    assert "?" not in table


def test_the_statuses_of_a_repayment_record() -> None:
    assert set(account_codes.REPAYMENT_STATUSES.codes) == set("N*1234567CDGBZMA#/")


def test_every_type_of_account_has_its_states() -> None:
    assert set(account_codes.ACCOUNT_STATES) == set(account_codes.ACCOUNT_TYPES.codes)
    for kind, state in account_codes.CLOSED.items():
        assert account_codes.ACCOUNT_STATES[kind].meaning(state).zh in {"结清", "销户"}
