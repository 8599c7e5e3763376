"""Documents of the bank, compiled once for a text: a request about one party does not wait for it again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from creditloop.data import Contract
from creditloop.data.features import FeatureSet, read_features
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Card, Policy, read_card, read_policy
from creditloop.service.places import parsed_document
from creditloop.service.strategy_texts import StrategyTexts, with_parts

_KEPT = 64
"""Texts kept; more than a bank has in force at once, so that replaying does not compile a text twice."""


def compiled_policy(
    document: Document, *, rules_as_of: date, find: Callable[[str], Document] | None = None
) -> Policy:
    """Return a policy as in force on a date; with sub-strategies its document and hash are of all its texts.

    Args:
        find: gives the documents of sub-strategies by path; what comes from the archive has them with it.
    Raises: PolicyError as `risk.read_policy` does.
    """
    whole = isinstance(document, StrategyTexts)
    find = document.find if isinstance(document, StrategyTexts) else find
    key = (document.hash if whole else document.text, document.path, rules_as_of)
    known = _POLICIES.pop(key, None)
    if known is None or not _has_same_texts(known, find):
        known = read_policy(document, rules_as_of=rules_as_of, find=find)
        known = replace(known, document=with_parts(known.document, known.documents))
    _POLICIES[key] = known  # what was asked for last is dropped last
    while len(_POLICIES) > _KEPT:
        _POLICIES.pop(next(iter(_POLICIES)), None)
    return known


def _has_same_texts(policy: Policy, find: Callable[[str], Document] | None) -> bool:
    """Whether the sub-strategies a policy was read with are found with the same texts again."""
    if not policy.documents or find is None:
        return not policy.documents
    try:
        return all(find(each.path).text == each.text for each in policy.documents)
    except PolicyError:  # one is gone: reading tells which, and where it is named
        return False


def compiled_card(document: Document) -> Card:
    """Return a scorecard.

    Raises: PolicyError as `risk.read_card` does.
    """
    return _card(document.text, document.path)


def compiled_features(document: Document, *, contract: Contract) -> FeatureSet:
    """Return features over a contract.

    Raises: PolicyError as `data.features.read_features` does.
    """
    key = (document.text, document.path, contract.document.hash)
    if (known := _FEATURES.get(key)) is None:
        known = _FEATURES[key] = read_features(document, contract=contract)
        while len(_FEATURES) > _KEPT:
            _FEATURES.pop(next(iter(_FEATURES)), None)
    return known


_POLICIES: dict[tuple[str, str, date], Policy] = {}
"""By text (or the hash of all texts), path and rules date, what was asked for last at the end."""
_FEATURES: dict[tuple[str, str, str], FeatureSet] = {}
"""By the features' text and path and the contract's hash; a contract itself cannot be a key."""


@lru_cache(maxsize=_KEPT)
def _card(text: str, path: str) -> Card:
    return read_card(parsed_document(text, path))
