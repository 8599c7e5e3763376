"""When each source was asked (查询留痕): which are missing for whom, and what each answered.

A source is missing for a party if it could not answer or was never asked; then its file has no row of the
party. Sources of one office are missing together. An answer is `found` if the office had told something of
the party by that day, `none` if it had nothing: that is known of no source before all others are made.
"""

import numpy as np

from creditloop.world.draws import Flags, Ints, generator
from creditloop.world.planted.people import People
from creditloop.world.setting import Setting
from creditloop.world.writing.columns import Codes, Rows, stack, worded

OFFICES = {
    "account_flows": "own",
    "card_statements": "own",
    "repayments": "own",
    "device_events": "own",
    "listed_parties": "own",
    "field_notes": "own",
    "bureau_accounts": "bureau",
    "bureau_months": "bureau",
    "bureau_queries": "bureau",
    "bureau_guarantees": "bureau",
    "bureau_records": "bureau",
    "judicial_cases": "courts",
    "court_texts": "courts",
    "relations": "registry",
    "business_registry": "registry",
    "patents": "patents",
    "tax_filings": "tax",
    "invoices": "tax",
    "financial_statements": "statements",
    "orders": "orders",
    "social_security": "insurance",
    "housing_fund": "fund",
    "electricity": "power",
    "bank_flow_files": "banks",
}
"""Who is asked for each source; the bank's own are never missing."""
OF_TRADES_ONLY = (
    "business_registry",
    "tax_filings",
    "invoices",
    "orders",
    "financial_statements",
    "patents",
    "bank_flow_files",
    "field_notes",
)
"""Sources that nobody asks about a person."""
CHECKED = tuple(OFFICES)
FOUND, NONE, UNAVAILABLE, NEVER_ASKED = range(4)
NOT_HEARD = 2**31 - 1
"""First day of a party that a source never tells of."""


def asked_of(setting: Setting, people: People) -> tuple[Ints, Ints, Ints]:
    """Return (party, index into CHECKED, state) of every source a party could be asked for.

    The state is FOUND if the source answers at all, else UNAVAILABLE or NEVER_ASKED.
    """
    plan, offices = setting.plan, sorted(set(OFFICES.values()))
    of_office = np.array([offices.index(OFFICES[name]) for name in CHECKED])
    of_person = np.array([name not in OF_TRADES_ONLY for name in CHECKED])
    party, source = np.nonzero(people.trades[:, None] | of_person[None, :])
    draw = setting.uniform("missing", people.number[party] * 64 + of_office[source])
    gone = plan["facts.unavailable"] + plan["facts.never_asked"]
    state = np.where(draw < plan["facts.unavailable"], UNAVAILABLE, np.where(draw < gone, NEVER_ASKED, FOUND))
    return party, source, np.where(of_office[source] == offices.index("own"), FOUND, state)


def missing(setting: Setting, people: People, source: str) -> Flags:
    """Say for which parties a source is missing."""
    gone = np.zeros(len(people), np.bool_)
    if source in CHECKED:
        party, index, state = asked_of(setting, people)
        gone[party[(index == CHECKED.index(source)) & (state != FOUND)]] = True
    return gone


def source_checks(setting: Setting, shard: int, people: People, heard: Ints) -> Rows:
    """Return when each source was asked about each party, and its answer: some time ago, and near the end.

    Args:
        heard: (parties, CHECKED) first day on which something was known, or NOT_HEARD.
    """
    random, months = generator(setting.seed, shard, "source_checks"), setting.months
    party, source, state = asked_of(setting, people)
    party, source, state = (each[state != NEVER_ASKED] for each in (party, source, state))
    stale = random.random(len(party)) < setting.plan["facts.stale"]
    recent = months.last - random.integers(0, 20, len(party))
    last = np.where(stale, months.last - random.integers(120, 300, len(party)), recent)
    last = np.maximum(last, people.since[party])
    before = np.maximum(last - random.integers(150, 360, len(party)), months.first + 30)
    asked_before = (before < last) & (before >= people.since[party])
    first = heard[party, source]
    parts = [
        _checks(party, source, day, np.where((state == FOUND) & (first > day), NONE, state))
        for day in (before, last)
    ]
    rows = stack([parts[0].take(asked_before), parts[1]])
    rows = rows.take(np.lexsort((rows.whole("checked_on"), rows.whole("source"), rows.party)))
    return rows.with_columns(
        source=worded(rows.whole("source"), CHECKED),
        answer=Codes(rows.whole("answer"), ("found", "none", "unavailable")),
    )


def _checks(party: Ints, source: Ints, day: Ints, answer: Ints) -> Rows:
    return Rows(party=party, columns={"source": source, "checked_on": day, "answer": answer, "known_on": day})
