"""The bank's documents of derived features and portraits, and a small one to change."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from creditloop.data import read_contract
from creditloop.data.derived import DerivedSet, read_derived_features, window_documents
from creditloop.data.windows import WindowFeatureSet, contract_named, read_window_features
from creditloop.kernel.documents import parse_document, read_document

ROOT = Path(__file__).resolve().parents[3]
SMALL = """derived_features: small
title: {zh: 发票与申报, en: invoices and filings}
windows:
  - features/derived_windows/invoices.yaml
  - features/derived_windows/tax_filings.yaml
inputs:
  invoiced: vat_invoice_sum_amount_sale_normal_365d
  declared: tax_filing_sum_revenue_vat_365d
  owed: tax_filing_count_owed_365d
parameters:
  least:
    kind: money
    value: yuan(100)
    meaning: {zh: 最小金额, en: least amount}
    source: {title: this test}
features:
  - name: invoiced_to_declared
    kind: nano
    value: >-
      if max(invoiced, declared) < parameter.least then null
      else invoiced / max(declared, parameter.least)
    null: refer
    meaning: {zh: 开票÷申报, en: invoiced by declared}
    direction: none
  - name: filings_owed
    kind: integer
    unit: filing
    value: "owed"
    null: no_match
    meaning: {zh: 欠税申报, en: filings owed}
    direction: up
cross_checks:
  - code: invoices_and_filings
    of: invoiced_to_declared
    numbers: [invoiced, declared]
    band: {least: 0.8, most: 1.25}
    meaning: {zh: 发票与申报, en: invoices and filings}
    above: {zh: 少报, en: under-declared}
    below: {zh: 虚报, en: made up}
    effect: refer
    source: {title: this test}
classification:
  name: payer
  title: {zh: 纳税人, en: tax payer}
  classes:
    owing: {zh: 欠税, en: owing}
    honest: {zh: 如实, en: honest}
    other: {zh: 其他, en: other}
  unknown: {zh: 无法判断, en: unknown}
  rows:
    - id: owes
      class: owing
      when: "filings_owed > 0"
      because: {zh: 欠税, en: owes}
      source: {title: this test}
    - id: agrees
      class: honest
      when: "invoiced_to_declared in [0.8..1.25]"
      because: {zh: 一致, en: agrees}
      source: {title: this test}
    - {id: rest, class: other, because: {zh: 其余, en: the rest}, source: {title: this test}}
"""
INVOICED, DECLARED, OWED = (
    "vat_invoice_sum_amount_sale_normal_365d",
    "tax_filing_sum_revenue_vat_365d",
    "tax_filing_count_owed_365d",
)


@cache
def windows(path: str) -> WindowFeatureSet:
    """Read a document of window features of the bank's."""
    document = read_document(ROOT / path, root=ROOT)
    contract = read_contract(ROOT / "contracts" / f"{contract_named(document)}.yaml", root=ROOT)
    return read_window_features(document, contract=contract)


def named(paths: tuple[str, ...]) -> Mapping[str, WindowFeatureSet]:
    """Read documents of window features."""
    return {path: windows(path) for path in paths}


@cache
def bank_derived(path: str) -> DerivedSet:
    """Read a document of derived features of the bank's."""
    document = read_document(ROOT / path, root=ROOT)
    return read_derived_features(document, windows=named(window_documents(document)))


def small(*changes: tuple[str, str]) -> DerivedSet:
    """Read the small document with texts replaced, each of which must be there."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    document = parse_document(text, path="features/small.yaml")
    paths = ("features/derived_windows/invoices.yaml", "features/derived_windows/tax_filings.yaml")
    return read_derived_features(document, windows=named(paths))
