"""Append-only tables, described once for whoever has to seal or list them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendOnlyTable:
    """A table whose rows come in batches, numbered densely from 0, and never change.

    Attributes:
        name: with its schema: "book.posting".
        key: columns that name a row to a person.
        columns: the columns that are hashed, in hashing order; `batch_id` and `row_no` among them.
        unhashed: columns that are not, each with the reason.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    unhashed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = (*self.columns, *self.unhashed)
        if len(set(names)) != len(names) or not {"batch_id", "row_no"} <= set(self.columns):
            raise InputError("batch_id and row_no must be hashed, and no column listed twice", got=names)
        if not set(self.key) <= set(names):
            raise InputError("the key of a table must be among its columns", got=self.key, expected=names)
        if not all(reason.strip() for reason in self.unhashed.values()):
            raise InputError("a column that is not hashed needs a reason", got=dict(self.unhashed))


KERNEL_TABLES = (
    AppendOnlyTable(
        name="kernel.document",
        key=("path", "document_hash"),
        columns=("batch_id", "row_no", "document_hash", "kind", "path", "body", "adopted_at"),
    ),
    AppendOnlyTable(
        name="kernel.fact",
        key=("kind", "key"),
        columns=("batch_id", "row_no", "fact_id", "kind", "key", "occurred_at", "known_at", "payload"),
        unhashed={"fact_no": "the order of arrival, given by the database; what was said is hashed"},
    ),
)
