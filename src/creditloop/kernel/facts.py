"""Facts: what happened, said once, in the past tense, for whoever has to act on it.

A fact is put on the outbox in the same transaction as the change it reports (`storage.outbox`); the
subscribers are wired in one file, `service/wiring.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened.

    Attributes:
        kind: past tense, CamelCase: `FileImported`, `MonthPosted`.
        key: what makes this fact this one; the same kind and key is the same fact.
        occurred_at: when it was true in the world (UTC).
        known_at: when the bank knew it (UTC), never before `occurred_at`.
        payload: canonical JSON values; personal data stays out, ids go in.
    """

    kind: str
    key: str
    occurred_at: datetime
    known_at: datetime
    payload: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.kind.isidentifier() and self.kind[:1].isupper()):
            raise InputError("a fact's kind is a CamelCase word", got=self.kind, expected="e.g. MonthPosted")
        if check_aware(self.known_at, name="known_at") < check_aware(self.occurred_at, name="occurred_at"):
            raise InputError(
                "a fact cannot be known before it occurred", got=self.known_at, expected=self.occurred_at
            )
        canonical_bytes(self.payload)

    @property
    def fact_id(self) -> UUID:
        """The id made from kind and key: the same fact said twice has one id."""
        return content_id("fact", self.kind, self.key)
