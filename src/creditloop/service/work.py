"""A piece of work: one transaction, the moment it is done, and what it recorded."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from creditloop.data import Contract, RecordDenial, parse_contract
from creditloop.kernel.documents import Document, read_document_text
from creditloop.kernel.errors import EvidenceError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import (
    Connection,
    Subscription,
    adopt_document,
    find_document_text,
    load_queries,
    publish,
)
from creditloop.oversight import ReleasedVersion
from creditloop.service.places import Places, parsed_document
from creditloop.service.strategy_texts import StrategyTexts, is_list, texts_of_list


@lru_cache(maxsize=128)
def _parsed(text: str, path: str) -> Contract:
    """Return a contract from its text, once for a text: reading it takes longer than what is done with it."""
    return parse_contract(text, path=path)


@dataclass(slots=True, kw_only=True)
class Work:
    """What a piece of work is done with.

    Attributes:
        connection: its transaction; the work never commits by itself.
        now: the moment all its records carry.
        places: where the bank's documents are.
        subscriptions: who must hear the facts it says.
        record_denial: keeps a denied read although the work fails.
        batches: what it recorded, in order, to be sealed when it is done.
        released: the strategies put live in this bank, once they were asked for; see `deciding_texts`.
    """

    connection: Connection
    now: datetime
    places: Places
    subscriptions: Sequence[Subscription]
    record_denial: RecordDenial
    batches: list[UUID] = field(default_factory=list)
    released: Sequence[ReleasedVersion] | None = None

    def recorded(self, batch_id: UUID | None) -> None:
        """Note a batch of append-only rows; None if nothing was new."""
        if batch_id is not None and batch_id not in self.batches:
            self.batches.append(batch_id)

    def adopt(self, document: Document, *, kind: str) -> Document:
        """Keep the text of a document that decides, with those of its sub-strategies, and return it."""
        texts = [(document, kind)]
        if isinstance(document, StrategyTexts):
            texts = [
                *((each, kind) for each in (document.own, *document.parts)),
                (document.listing, "strategy"),
            ]
        for each, its_kind in texts:
            self.recorded(adopt_document(self.connection, document=each, kind=its_kind, now=self.now))
        return document

    def adopted(self, document_hash: str) -> Document:
        """Return a document that was adopted, from the bank's archive: what decided then, not a file of now.

        By the hash of a strategy's list of texts it is the strategy, with those of its sub-strategies.

        Raises: UnknownId if there is none with this hash; EvidenceError if its text was changed since.
        """
        found = find_document_text(self.connection, document_hash=document_hash)
        if found is None:
            raise UnknownId("no document with this hash was adopted", got=document_hash)
        text, path = found
        document = parsed_document(text, path)
        if document.hash != document_hash:
            raise EvidenceError(
                "the text of an adopted document was changed",
                got=document.hash,
                expected=document_hash,
                where={"file": path},
            )
        return texts_of_list(document, find=self.adopted) if is_list(document) else document

    def contract(self, name: str | Path) -> Contract:
        """Read a data contract by name or path, and keep its text."""
        text, path = read_document_text(self.places.contract_file(name), root=self.places.documents)
        document = parsed_document(text, path)
        self.adopt(document, kind="contract")
        return _parsed(document.text, document.path)

    def said(self, fact_id: UUID) -> dict[str, Any] | None:
        """Return the payload of a fact that was said before; None if it was not."""
        found = load_queries("creditloop.service").find_said_fact(self.connection, fact_id=fact_id)
        return None if found is None else dict(json.loads(found[0]))

    def say(self, fact: Fact) -> None:
        """Say a fact to whoever has to act on it."""
        if publish(self.connection, fact=fact, subscriptions=self.subscriptions):
            self.recorded(fact.fact_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Who acts on which kind of fact, and how; `react` works in the transaction of the delivery."""

    subscriber: str
    kind: str
    react: Callable[[Work, Fact], None]
