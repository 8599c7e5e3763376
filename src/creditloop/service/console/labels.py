"""What the second line's figures are about, in words: outcomes as the plan says them, groups as the contract.

`first` and `second` stand for the outcomes of a product's review plan; `sex=1` for a value of a coded column.
What neither document words stays as it is written.
"""

from collections.abc import Iterable, Mapping

from creditloop.admit import find_batches
from creditloop.data import imports, parse_contract
from creditloop.kernel.documents import Node
from creditloop.oversight import Comparison
from creditloop.service.console.words import LANGUAGES, Words
from creditloop.service.work import Work

_OUTCOMES = {"first": "outcome", "second": "second_outcome"}


def outcome_words(work: Work, words: Words, *, product: str) -> Mapping[str, str]:
    """Return the wording of each outcome by the plan the product was last decided by."""
    decided = find_batches(work.connection, product=product)
    if not decided:
        return {}
    entries = work.adopted(decided[-1].plan_hash).root.mapping()
    return {name: _said(entries[key], words) for name, key in _OUTCOMES.items() if key in entries}


def baseline_words(work: Work, words: Words, lines: Iterable[Comparison]) -> Mapping[str, str]:
    """Return the title of each rule strategy compared with, by its hash, as its own document says it."""
    found = {}
    for one in lines:
        root = work.adopted(one.baseline_hash).root.mapping()
        if "title" in root:
            found[one.baseline_hash] = root["title"].mapping(required=LANGUAGES)[words.language].text()
    return found


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
