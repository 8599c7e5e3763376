"""What the second line's figures are about, in words: outcomes as the plan says them, groups as the contract.

`first` and `second` stand for the outcomes of a product's review plan; `sex=1` for a value of a coded column.
What neither document words stays as it is written.
"""

from collections.abc import Mapping

from creditloop.data import imports, parse_contract
from creditloop.kernel.documents import Node
from creditloop.kernel.storage import load_queries
from creditloop.service.console.customers import QUERIES
from creditloop.service.console.words import LANGUAGES, Words
from creditloop.service.work import Work

_OUTCOMES = {"first": "outcome", "second": "second_outcome"}


def outcome_words(work: Work, words: Words, *, product: str) -> Mapping[str, str]:
    """Return the wording of each outcome by the product's last adopted plan that names one."""
    for document_hash, kind, *_ in load_queries(QUERIES).list_documents(work.connection):
        if kind == "plan":
            entries = work.adopted(document_hash).root.mapping()
            if "outcome" in entries and "product" in entries and entries["product"].value == product:
                named = {name: entries[key] for name, key in _OUTCOMES.items() if key in entries}
                return {name: _said(node, words) for name, node in named.items()}
    return {}


def group_words(work: Work, words: Words) -> Mapping[str, str]:
    """Return the wording of `column=value` for every coded column of the contracts imported."""
    found = {}
    for one in imports(work.connection):
        text = work.adopted(one.contract_hash)
        for table in parse_contract(text.text, path=text.path).tables:
            for column in table.columns:
                for value, told in column.values.items():
                    name = f"{words.pick(column.meaning)} {words.pick(told.meaning)}"
                    found[f"{column.name}={value}"] = name if told.documented else f"{name} ({value})"
    return found


def _said(node: Node, words: Words) -> str:
    """Return what an outcome of a plan means, in the language of the words."""
    meaning = node.mapping(required=["meaning"])["meaning"]
    return meaning.mapping(required=LANGUAGES)[words.language].text()
