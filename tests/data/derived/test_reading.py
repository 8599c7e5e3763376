"""Documents of derived features: what they say, and what is refused with its place."""

import pytest
from tests.data.derived.derived_documents import bank_derived, small

from creditloop.kernel.errors import PolicyError


def test_a_feature_tells_which_sources_it_depends_on() -> None:
    features = {feature.name: feature for feature in small().draft.features}
    assert features["invoiced_to_declared"].sources == ("invoices", "tax_filings")
    assert features["filings_owed"].sources == ("tax_filings",)
    assert small().draft.sources == ("invoices", "tax_filings")


@pytest.mark.parametrize("path", ["features/cross_checks.yaml", "features/multi_lender.yaml"])
def test_every_feature_of_the_bank_has_both_languages_a_null_rule_and_a_source(path: str) -> None:
    read = bank_derived(path)
    assert len(read.draft.features) >= 25
    for feature in read.draft.features:
        assert feature.meaning.zh != feature.meaning.en
        assert feature.sources
    for check in read.draft.checks:
        compared = {entry.source for entry in read.draft.inputs if entry.name in check.numbers}
        assert len(compared) >= 2
        assert check.source.title


def test_the_bank_compares_every_pair_it_says_it_compares() -> None:
    read = bank_derived("features/cross_checks.yaml")
    sources = {entry.name: entry.source for entry in read.draft.inputs}
    pairs = [{sources[name] for name in check.numbers} for check in read.draft.checks]
    for pair in (
        {"invoices", "tax_filings"},
        {"account_flows", "tax_filings"},
        {"account_flows", "invoices"},
        {"orders", "invoices"},
        {"orders", "account_flows"},
        {"financial_statements", "tax_filings"},
        {"financial_statements", "invoices"},
        {"invoices", "electricity"},
        {"tax_filings", "electricity"},
        {"account_flows", "social_security"},
        {"housing_fund", "social_security"},
    ):
        assert pair in pairs


@pytest.mark.parametrize(
    ("old", "new", "message", "field"),
    [
        (
            "vat_invoice_sum_amount_sale_normal_365d",
            "vat_invoice_sum_9d",
            "has this feature",
            "inputs.invoiced",
        ),
        (
            "  invoiced: vat",
            "  known_invoiced: vat",
            "says whether a source is known",
            "inputs.known_invoiced",
        ),
        ("- features/derived_windows/invoices.yaml", "- features/nothing.yaml", "not one of", "windows.0"),
        (
            "- features/derived_windows/invoices.yaml",
            "- features/derived_windows/tax_filings.yaml",
            "about one source",
            "windows",
        ),
        ("invoiced / max(", "invoced / max(", "invoced", "features.0.value"),
        ("kind: integer\n    unit", "kind: money\n    unit", "kind", "features.1.value"),
        ("null: refer", "null: zero", "not one of", "features.0.null"),
        ("direction: up", "direction: worse", "not one of", "features.1.direction"),
        ("name: filings_owed", "name: declared", "given twice", "inputs"),
        ("band: {least: 0.8, most: 1.25}", "band: {least: 2, most: 1.25}", "empty", "cross_checks.0.band"),
        ("band: {least: 0.8, most: 1.25}", "band: {most: 1.25}", "goes with", "cross_checks.0"),
        (
            "numbers: [invoiced, declared]",
            "numbers: [owed, declared]",
            "two sources",
            "cross_checks.0.numbers",
        ),
        ("of: invoiced_to_declared", "of: invoiced", "not one of", "cross_checks.0.of"),
        ("effect: refer", "effect: decline", "not one of", "cross_checks.0.effect"),
        ("    other: {zh", "    unknown: {zh", "given by no row", "classification.classes"),
        ("class: honest", "class: other", "no row gives", "classification.rows"),
        ("id: agrees", "id: owes", "different ids", "classification.rows"),
        ('when: "filings_owed > 0"', 'when: "filings_owed"', "boolean", "classification.rows.0.when"),
        ("title: {zh: 发票与申报, en", "more: 1\ntitle: {zh: 发票与申报, en", "unknown key", "more"),
        ("    source: {title: this test}\nfeatures", "features", "is missing", "parameters.least"),
    ],
)
def test_a_bad_document_is_refused_with_its_place(old: str, new: str, message: str, field: str) -> None:
    with pytest.raises(PolicyError) as raised:
        small((old, new))
    assert message in raised.value.diagnostics()
    assert raised.value.where["file"] == "features/small.yaml"
    assert raised.value.where["field"] == field
