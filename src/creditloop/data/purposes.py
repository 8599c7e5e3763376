"""What data may be read for (目的), and how sensitive it is (敏感级别): the house's two short lists.

A contract says for each column which of these purposes may read it and which class it has; it cannot invent
others, so that "model" means the same thing in every contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SENSITIVITY_SCALE = "JR/T 0197-2020"
"""Financial data security, data security classification guide: levels 1 (public) to 5 (most sensitive)."""
SENSITIVITY_MIN = 1
SENSITIVITY_MAX = 5
CLEAR_IN_FINDINGS_MAX = 3
"""Highest class whose values stand in clear in a finding's `got`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """A purpose: its two names, and whether what is read decides about a person."""

    zh: str
    en: str
    decides: bool


PURPOSES: Mapping[str, Purpose] = {
    "posting": Purpose(zh="记账", en="posting to the book", decides=False),
    "rule": Purpose(zh="策略规则", en="a rule of a strategy", decides=True),
    "model": Purpose(zh="建模与评分", en="fitting or running a scorecard or learner", decides=True),
    "monitoring": Purpose(zh="贷后监测", en="watching loans after payout", decides=False),
    "fairness": Purpose(zh="公平性检验", en="testing that outcomes are fair", decides=False),
    "quality": Purpose(zh="数据质量", en="checking and correcting the data", decides=False),
    "audit": Purpose(zh="审计", en="audit and evidence", decides=False),
    "display": Purpose(zh="页面展示", en="a person's screen", decides=False),
}
"""A purpose that decides may never read a protected attribute (受保护属性): sex, education, marriage, …"""
