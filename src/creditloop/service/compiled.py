"""Documents of the bank, compiled once for a text: a request about one party does not wait for it again."""

from datetime import date
from functools import lru_cache

from creditloop.data import Contract
from creditloop.data.features import FeatureSet, read_features
from creditloop.kernel.documents import Document
from creditloop.risk import Card, Policy, read_card, read_policy
from creditloop.service.places import parsed_document

_KEPT = 64
"""Texts kept; more than a bank has in force at once, so that replaying does not compile a text twice."""


def compiled_policy(document: Document, *, rules_as_of: date) -> Policy:
    """Return a policy as in force on a date.

    Raises: PolicyError as `risk.read_policy` does.
    """
    return _policy(document.text, document.path, rules_as_of)


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


_FEATURES: dict[tuple[str, str, str], FeatureSet] = {}
"""By the features' text and path and the contract's hash; a contract itself cannot be a key."""


@lru_cache(maxsize=_KEPT)
def _policy(text: str, path: str, rules_as_of: date) -> Policy:
    return read_policy(parsed_document(text, path), rules_as_of=rules_as_of)


@lru_cache(maxsize=_KEPT)
def _card(text: str, path: str) -> Card:
    return read_card(parsed_document(text, path))
