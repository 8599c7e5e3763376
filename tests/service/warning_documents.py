"""What a small bank's warnings are held against."""

from tests.service.small_bank import PLAN

from creditloop.service.bank import Bank

CHECK = "warning.yaml"
SALT = "a salt of the tests"
CHECK_TEXT = f"""\
plan: warning_check
title: {{zh: 预警检验, en: warnings held against the outcome}}
book: {PLAN}
outcome: {{table: outcome, column: defaulted, known_on: 2005-10-31}}
split: {{salt: {SALT}, fit_share: 0.5}}
alert_shares: [0.1, 0.5]
"""


def write_check(bank: Bank, *changes: tuple[str, str]) -> None:
    """Write the check document into the bank's folder, perhaps with its text changed."""
    text = CHECK_TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (bank.places.documents / CHECK).write_text(text, "utf-8")
