"""Documents of portraits: what may enter, tables of points, and what is refused with its place."""

from pathlib import Path

import pytest
import yaml
from tests.data.derived.derived_documents import ROOT
from tests.data.portraits.portrait_documents import bank_portrait, small_portrait

from creditloop.data import read_contract
from creditloop.data.portraits import Safer
from creditloop.data.portraits.reading import columns_of
from creditloop.data.windows import read_window_features
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError

RETAIL, FIRM = "features/portraits/retail.yaml", "features/portraits/firm.yaml"


def test_the_bank_has_the_dimensions_asked_for() -> None:
    assert [one.name for one in bank_portrait(RETAIL).dimensions] == [
        *("stability", "ability", "willingness", "debt", "behaviour")
    ]
    assert [one.name for one in bank_portrait(FIRM).dimensions] == [
        *("registry", "finance", "government", "tax", "risk"),
        *("debt_service", "profitability", "industry_growth"),
        *("capital_allocation", "leverage_tolerance", "operations"),
    ]


@pytest.mark.parametrize("path", [RETAIL, FIRM])
def test_every_part_is_readable_sourced_and_goes_the_way_it_says(path: str) -> None:
    for dimension in bank_portrait(path).dimensions:
        assert sum(part.most for part in dimension.parts) == 1_000
        for part in dimension.parts:
            points = [band.points for band in part.bands]
            assert part.source.title
            assert all(band.meaning.zh and band.meaning.en for band in part.bands)
            assert min(points) < part.most
            assert 0 <= part.missing < part.most
            if part.safer is Safer.HIGH:
                assert points == sorted(points)
            if part.safer is Safer.LOW:
                assert points == sorted(points, reverse=True)


@pytest.mark.parametrize("path", [RETAIL, FIRM])
def test_nobodys_place_telephone_age_or_sex_enters(path: str) -> None:
    definition = bank_portrait(path)
    declared = {feature.name: (feature, own) for own in definition.draft.windows for feature in own.features}
    used = {
        (declared[name][1].contract, column)
        for name in definition.draft.window_features
        for column in columns_of(declared[name][0], declared[name][1].table)
    }
    forbidden = {
        "place",
        "device",
        "network",
        "hour",
        "region",
        "birth_year",
        "sex",
        "phone",
        "address",
        "id_number",
    }
    assert not {column for _, column in used} & forbidden
    for contract_name, column in used:
        contract = read_contract(ROOT / "contracts" / f"{contract_name}.yaml", root=ROOT)
        of = next(one for table in contract.tables for one in table.columns if one.name == column)
        assert not of.protected
        assert of.identifier is None


@pytest.mark.parametrize("path", [RETAIL, FIRM])
def test_what_is_kept_out_is_in_the_contracts(path: str) -> None:
    kept_out = yaml.safe_load((ROOT / path).read_text("utf-8"))["not_used"]
    for name, columns in kept_out.items():
        contract = read_contract(ROOT / "contracts" / f"{name}.yaml", root=ROOT)
        assert set(columns) <= {column.name for table in contract.tables for column in table.columns}


def test_a_protected_attribute_is_refused_before_it_could_enter() -> None:
    text = (ROOT / "features/derived_windows/parties.yaml").read_text("utf-8")
    more = text.replace(
        "families:", "dimensions:\n  sex: {column: sex, called: {zh: 性别, en: sex}}\nfamilies:"
    )
    contract = read_contract(Path(ROOT / "contracts/parties.yaml"), root=ROOT)
    with pytest.raises(PolicyError, match="protected"):
        read_window_features(parse_document(more, path="features/x.yaml"), contract=contract)


def test_a_column_that_is_kept_out_is_refused() -> None:
    kept_out = "  invoices:\n    counterparty: {zh: 交易对方, en: who it is}\n"
    with pytest.raises(PolicyError, match="kept out") as raised:
        small_portrait(("not_used:\n", f"not_used:\n{kept_out}"))
    assert raised.value.where["field"] == "not_used"
    assert BUYERS in str(raised.value.got)


BUYERS = "vat_invoice_distinct_counterparty_sale_normal_365d"


@pytest.mark.parametrize(
    ("old", "new", "message", "field"),
    [
        ("points: 250", "points: 251", "add up to 1000", "dimensions.0.parts"),
        ("below: 10,", "below: 3,", "in order", "dimensions.0.parts.1.bands.1.below"),
        ("below: 10, points: 120", "points: 120", "'below' is missing", "dimensions.0.parts.1.bands.1"),
        ("{points: 250", "{below: 20, points: 250", "unknown key", "dimensions.0.parts.1.bands.2.below"),
        ("{below: 3, points: 0", "{below: 3, points: 130", "go against", "dimensions.0.parts.1.bands"),
        ("missing: 7", "missing: 151", "out of range", "dimensions.0.parts.2.missing"),
        ("points: 600", "points: -1", "out of range", "dimensions.0.parts.0.bands.1.points"),
        ("is: [other, owing]", "is: [other]", "in one band", "dimensions.1.parts.0.bands"),
        ("is: [other, owing]", "is: [other, owing, honest]", "in one band", "dimensions.1.parts.0.bands"),
        ("payer\n        safer: neither", "payer\n        safer: low", "order", "dimensions.1.parts.0.safer"),
        ("feature: is_new\n", "feature: payer\n", "in one band", "dimensions.1.parts.1.bands"),
        ("feature: filings_owed", "feature: owed", "not one of", "dimensions.0.parts.2.feature"),
        ("points: 50, meaning", "points: 200, meaning", "says nothing", "dimensions.1.parts.1.bands"),
        ("share: 0.5", "share: 1.5", "from 0 to 1", "coverage_least.share"),
        ("- name: standing", "- name: sales", "own name", "dimensions"),
        ("parties: [firm]", "parties: [bank]", "not one of", "parties.0"),
        ("  opened: customer", "  owed: customer", "means two things", "windows"),
        ("name: is_new", "name: filings_owed", "given twice", "inputs"),
        ("missing: {share: 0.4, source: {title: this test}}", "missing: {share: 1}", "is missing", "missing"),
    ],
)  # fmt: skip
def test_a_bad_portrait_is_refused_with_its_place(old: str, new: str, message: str, field: str) -> None:
    with pytest.raises(PolicyError) as raised:
        small_portrait((old, new))
    assert message in raised.value.diagnostics()
    assert raised.value.where["field"] == field
