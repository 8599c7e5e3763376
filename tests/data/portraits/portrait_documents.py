"""The bank's portraits, and a small one to change."""

from functools import cache

from tests.data.derived.derived_documents import ROOT, bank_derived, named, small

from creditloop.data.derived import window_documents
from creditloop.data.portraits import PortraitDefinition, included_documents, read_portrait
from creditloop.kernel.documents import parse_document, read_document

SMALL = """portrait: small
title: {zh: 小画像, en: small portrait}
parties: [firm]
include:
  - features/small.yaml
windows:
  - features/derived_windows/parties.yaml
  - features/derived_windows/invoices.yaml
inputs:
  opened: customer_count_365d
  buyers: vat_invoice_distinct_counterparty_sale_normal_365d
features:
  - name: is_new
    kind: boolean
    value: "opened > 0"
    null: refer
    meaning: {zh: 新客户, en: new customer}
    direction: up
  - name: buyers_count
    kind: integer
    value: "buyers"
    null: refer
    meaning: {zh: 客户数, en: buyers}
    direction: down
not_used:
  parties:
    region: {zh: 地区, en: place}
coverage_least: {share: 0.5, source: {title: this test}}
missing: {share: 0.4, source: {title: this test}}
dimensions:
  - name: sales
    title: {zh: 销售, en: sales}
    parts:
      - feature: invoiced_to_declared
        safer: neither
        bands:
          - {below: 0.8, points: 100, meaning: {zh: 偏低, en: low}}
          - {below: 1.25, points: 600, meaning: {zh: 吻合, en: near}}
          - {points: 0, meaning: {zh: 偏高, en: high}}
        source: {title: this test}
      - feature: buyers_count
        safer: high
        bands:
          - {below: 3, points: 0, meaning: {zh: 少, en: few}}
          - {below: 10, points: 120, meaning: {zh: 几个, en: some}}
          - {points: 250, meaning: {zh: 多, en: many}}
        source: {title: this test}
      - feature: filings_owed
        safer: low
        missing: 7
        bands:
          - {below: 1, points: 150, meaning: {zh: 无, en: none}}
          - {points: 0, meaning: {zh: 有, en: some}}
        source: {title: this test}
  - name: standing
    title: {zh: 地位, en: standing}
    parts:
      - feature: payer
        safer: neither
        bands:
          - {is: [honest], points: 800, meaning: {zh: 如实, en: honest}}
          - {is: [other, owing], points: 200, meaning: {zh: 其他, en: other}}
        source: {title: this test}
      - feature: is_new
        safer: neither
        bands:
          - {is: ["false"], points: 200, meaning: {zh: 老客户, en: known for long}}
          - {is: ["true"], points: 50, meaning: {zh: 新客户, en: new}}
        source: {title: this test}
"""
OPENED, BUYERS = "customer_count_365d", "vat_invoice_distinct_counterparty_sale_normal_365d"


def small_portrait(*changes: tuple[str, str]) -> PortraitDefinition:
    """Read the small portrait with texts replaced, each of which must be there."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    document = parse_document(text, path="features/portraits/small.yaml")
    paths = ("features/derived_windows/parties.yaml", "features/derived_windows/invoices.yaml")
    return read_portrait(document, windows=named(paths), derived={"features/small.yaml": small()})


@cache
def bank_portrait(path: str) -> PortraitDefinition:
    """Read a portrait of the bank's."""
    document = read_document(ROOT / path, root=ROOT)
    return read_portrait(
        document,
        windows=named(window_documents(document)),
        derived={one: bank_derived(one) for one in included_documents(document)},
    )
