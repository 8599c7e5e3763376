"""Derived features of one party and of many: by hand, known and not known, the same both ways."""

from datetime import date

import polars as pl
import pyarrow as pa
import pytest
from tests.data.derived.derived_documents import DECLARED, INVOICED, OWED, bank_derived, small

from creditloop.data.derived import (
    Agreement,
    DerivedSet,
    DerivedValues,
    derived_frame,
    derived_values,
    window_frame,
    window_values,
)
from creditloop.formula import boundary_rows, prove, random_row, samples_of
from creditloop.kernel.errors import InputError

KNOWN = {"invoices": True, "tax_filings": True}
YUAN = 100


def told(invoiced: int, declared: int, owed: int = 0, **known: bool) -> DerivedValues:
    values = {INVOICED: invoiced * YUAN, DECLARED: declared * YUAN, OWED: owed}
    return derived_values(small(), values=values, known=KNOWN | known)


# by hand


def test_sources_that_contradict_each_other_are_found_with_both_numbers() -> None:
    (check,) = told(950, 600).findings
    assert (check.agreement, check.value) == (Agreement.ABOVE, 1_583_333_333)
    assert [(one.name, one.source, one.value) for one in check.numbers] == [
        ("invoiced", "invoices", 95_000),
        ("declared", "tax_filings", 60_000),
    ]
    assert check.refers
    assert check.told.en == "under-declared"
    (other,) = told(300, 600).findings
    assert (other.agreement, other.value, other.told.en) == (Agreement.BELOW, 500_000_000, "made up")


@pytest.mark.parametrize(
    ("invoiced", "declared", "agreement"),
    [
        (1000, 800, Agreement.AGREES),  # 1.25, the band's end
        (1001, 800, Agreement.ABOVE),
        (640, 800, Agreement.AGREES),  # 0.8
        (639, 800, Agreement.BELOW),
        (300, 0, Agreement.ABOVE),  # nothing declared counts as the least amount
        (0, 300, Agreement.BELOW),
        (99, 99, Agreement.UNKNOWN),  # too little on both sides
    ],
)
def test_the_band_has_both_its_ends(invoiced: int, declared: int, agreement: Agreement) -> None:
    (check,) = told(invoiced, declared).checks
    assert check.agreement is agreement
    assert check.is_finding == (agreement in {Agreement.ABOVE, Agreement.BELOW})


def test_a_source_never_asked_is_another_thing_than_one_that_has_nothing() -> None:
    asked = told(950, 0)
    never = told(950, 0, tax_filings=False)
    assert asked.findings
    assert asked.value("filings_owed") == 0
    (check,) = never.checks
    assert (check.agreement, check.value, check.missing) == (Agreement.UNKNOWN, None, ("tax_filings",))
    assert never.value("filings_owed") is None
    assert not never.findings
    assert [(one.known, one.value) for one in never.numbers] == [(True, 95_000), (False, None), (False, None)]


def test_what_a_null_does_to_a_rule_is_what_the_feature_says() -> None:
    never = told(950, 600, tax_filings=False)
    states = {value.feature.name: value.state for value in never.values}
    assert states == {"invoiced_to_declared": 3, "filings_owed": 2}


def test_the_first_row_that_holds_gives_the_class_and_one_undecided_gives_none() -> None:
    assert [(one.gives, one.row and one.row.id) for one in told(800, 800, owed=1).classes] == [
        ("owing", "owes")
    ]
    assert [(one.gives, one.row and one.row.id) for one in told(800, 800).classes] == [("honest", "agrees")]
    assert [(one.gives, one.row and one.row.id) for one in told(800, 400).classes] == [("other", "rest")]
    (unknown,) = told(800, 800, invoices=False).classes
    assert (unknown.gives, unknown.row, unknown.called.en) == ("unknown", None, "unknown")


@pytest.mark.parametrize(
    ("values", "known", "message"),
    [
        ({INVOICED: 1}, {"invoices": True}, "not said whether"),
        ({INVOICED: 1}, KNOWN, "has no value here"),
        ({}, KNOWN, "has no value here"),
    ],
)
def test_what_is_not_said_is_refused(values: dict[str, int], known: dict[str, bool], message: str) -> None:
    with pytest.raises(InputError, match=message):
        derived_values(small(), values=values, known=known)


# the same both ways


def same_both_ways(features: DerivedSet, *, rows: int) -> None:
    """Compare one by one with all at once, on boundary and random rows."""
    samples = samples_of(features.program, seed=7)
    drawn = [*boundary_rows(samples)][:rows] + [random_row(samples) for _ in range(rows)]
    flags = [f"known_{source}" for source in features.draft.sources]
    drawn = [{**row, **{flag: bool(row[flag]) for flag in flags}} for row in drawn]
    schema = {name: pl.Boolean if name in flags else pl.Int64 for name in drawn[0]}
    bulk = derived_frame(features, pl.DataFrame(drawn, schema=schema)).to_dicts()
    for row, many in zip(drawn, bulk, strict=True):
        one = derived_values(
            features, values=row, known={flag.removeprefix("known_"): row[flag] for flag in flags}
        )
        assert many == {
            **{value.feature.name: value.value for value in one.values},
            **{check.check.code: check.agreement.value for check in one.checks},
            **{entry.classification.name: entry.gives for entry in one.classes},
        }


def test_one_by_one_and_all_at_once_say_the_same() -> None:
    same_both_ways(small(), rows=200)


@pytest.mark.parametrize("path", ["features/cross_checks.yaml", "features/multi_lender.yaml"])
def test_the_documents_of_the_bank_say_the_same_both_ways(path: str) -> None:
    same_both_ways(bank_derived(path), rows=60)


@pytest.mark.outside
@pytest.mark.parametrize("path", ["features/cross_checks.yaml", "features/multi_lender.yaml"])
def test_the_documents_of_the_bank_are_proven(path: str) -> None:
    assert prove(bank_derived(path).program, rows=2_000, seed=1).holds


def test_a_frame_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="lacks columns") as raised:
        derived_frame(small(), pl.DataFrame({INVOICED: [1], "known_invoices": [True]}))
    assert raised.value.got == ["known_tax_filings", DECLARED, OWED]


# from events

DAY = date(2026, 6, 30)
INVOICES = [  # issued, known, superseded, direction, state, amount, counterparty
    ("a", date(2026, 5, 1), date(2026, 5, 2), None, "sale", "normal", 90_000, "x"),
    ("a", date(2026, 6, 1), date(2026, 6, 2), None, "sale", "normal", 5_000, "y"),
    ("a", date(2026, 6, 1), date(2026, 7, 2), None, "sale", "normal", 999_999, "known too late"),
    ("a", date(2024, 6, 1), date(2024, 6, 2), None, "sale", "normal", 999_999, "too old"),
    ("b", date(2026, 6, 1), date(2026, 6, 2), None, "purchase", "normal", 999_999, "no sale"),
]


def events_of(rows: list[tuple[object, ...]], columns: tuple[str, ...]) -> pa.Table:
    days = {"issued_on", "filed_on", "known_on", "known_at", "superseded_at"}
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], pa.date32() if name in days else None)
            for place, name in enumerate(("party_id", *columns))
        }
    )


def test_events_of_one_party_and_of_many_give_the_same() -> None:
    features = small()
    invoices, filings = features.draft.windows
    given = {"issued_on": 1, "direction": 4, "state": 5, "amount_fen": 6, "counterparty": 7}
    rows: list[tuple[object, ...]] = []
    for row in INVOICES:
        known = {invoices.table.known_at: row[2], invoices.table.superseded: row[3]}
        rows.append(
            (row[0], *(row[given[name]] if name in given else known[name] for name in invoices.table.columns))
        )
    filed: list[tuple[object, ...]] = []
    told_of = {
        "filed_on": date(2026, 6, 1),
        filings.table.known_at: date(2026, 6, 1),
        filings.table.superseded: None,
    }
    for party, revenue in (("a", 60_000), ("b", 50_000)):
        values = {**told_of, "kind": "vat", "state": "owed", "revenue_fen": revenue, "taxpayer_class": "a"}
        filed.append((party, *(values.get(name, 0) for name in filings.table.columns)))
    of_party = {
        party: {
            "invoices": [row[1:] for row in rows if row[0] == party],
            "tax_filings": [row[1:] for row in filed if row[0] == party],
        }
        for party in ("a", "b")
    }
    evaluate = window_values(features.draft)
    parties = pa.table(
        {
            "party_id": ["a", "b"],
            "as_of": pa.array([DAY, DAY], pa.date32()),
            "known_invoices": [True, False],
            "known_tax_filings": [True, True],
        }
    )
    frame = window_frame(
        features.draft,
        events={
            "invoices": events_of(rows, invoices.table.columns),
            "tax_filings": events_of(filed, filings.table.columns),
        },
        parties=parties,
    )
    bulk = derived_frame(features, frame).to_dicts()
    for place, (party, known) in enumerate((("a", True), ("b", False))):
        one = derived_values(
            features, values=evaluate(of_party[party], DAY), known={"invoices": known, "tax_filings": True}
        )
        assert bulk[place]["invoiced_to_declared"] == one.value("invoiced_to_declared")
        assert bulk[place]["invoices_and_filings"] == one.checks[0].agreement
        assert bulk[place]["payer"] == one.classes[0].gives == "owing"
    assert bulk[0]["invoiced_to_declared"] == 1_583_333_333
    assert bulk[1]["invoiced_to_declared"] is None


def test_a_source_known_of_parties_has_events() -> None:
    features = small()
    flags = {"known_invoices": [False], "known_tax_filings": [True]}
    parties = pa.table({"party_id": ["a"], "as_of": pa.array([DAY], pa.date32()), **flags})
    with pytest.raises(InputError, match="has no events here") as raised:
        window_frame(features.draft, events={}, parties=parties)
    assert raised.value.got == "tax_filings"
    with pytest.raises(InputError, match="not said whether"):
        window_frame(features.draft, events={}, parties=parties.drop_columns("known_invoices"))
    assert window_values(features.draft)({}, DAY) == {}
