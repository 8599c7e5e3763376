"""The door of one rating (取数入口): sources about a firm, as known by a day; each read is logged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.data import Contract, lineage, read_table, source_table_name, source_tables
from creditloop.data.freshness import SourceFreshness
from creditloop.service.day_reads import known_by_day
from creditloop.service.portraying import PURPOSE, PartyPortrait, party_portraits
from creditloop.service.rating.documents import RatingDocuments
from creditloop.service.source_states import source_freshness
from creditloop.service.work import Work

RELATIONS, RELATION_TABLE = "relations", "relation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks about which firm, as of which day, for what and why."""

    firm: str
    as_of: date
    reader: str
    reason: str
    purpose: str = PURPOSE


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A row a fact was read from.

    Attributes:
        table: with its schema; `key`: of the row, without the instant it became known.
        origins: file, line and batch of each of its versions known by the day, as plain data.
    """

    table: str
    key: Mapping[str, str]
    origins: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredFact:
    """Something policies read that is no feature of the portrait; None where it is not known."""

    name: str
    value: str | int | bool | None
    source: str
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class Door:
    """Reads sources about the firm and those related to it, as known by the day."""

    work: Work
    asking: Asking

    def contract(self, name: str) -> Contract:
        """Read a contract of the bank."""
        return self.work.contract(name)

    def is_imported(self, contract: Contract, table: str) -> bool:
        """Whether anything of a table was ever imported."""
        described = contract.table(table)
        there = {one.name for one in source_tables(self.work.connection)}
        return described is not None and source_table_name(contract, described) in there

    def rows(
        self, name: str, table: str, *, columns: Sequence[str], party_ids: Collection[str]
    ) -> pl.DataFrame:
        """Read rows of parties from a table, by its contract."""
        contract, asking = self.contract(name), self.asking
        return read_table(
            self.work.connection,
            contract=contract,
            table=table,
            columns=list(dict.fromkeys(["party_id", *columns])),
            purpose=asking.purpose,
            reader=asking.reader,
            reason=asking.reason,
            known_by=known_by_day(contract, table=table, as_of=asking.as_of),
            now=self.work.now,
            record_denial=self.work.record_denial,
            party_ids=party_ids,
        )

    def portrait(self, party_id: str, documents: RatingDocuments) -> PartyPortrait:
        """Return a party's portrait by the plan's document; raises what `party_portraits` does."""
        asking = self.asking
        (found,) = party_portraits(
            self.work,
            party_id=party_id,
            as_of=asking.as_of,
            reader=asking.reader,
            reason=asking.reason,
            purpose=asking.purpose,
            paths=[documents.plan.portrait],
        )
        return found

    def states(self, party_ids: Collection[str]) -> tuple[SourceFreshness, ...]:
        """Return how fresh the relations of parties are."""
        asking = self.asking
        return source_freshness(
            self.work,
            contracts=[self.contract(RELATIONS)],
            party_ids=party_ids,
            as_of=asking.as_of,
            purpose=asking.purpose,
            reader=asking.reader,
            reason=asking.reason,
        )

    def origin(self, name: str, table: str, **key: str) -> SourceRow:
        """Return where a row came from: each version of it that was known by the day."""
        contract = self.contract(name)
        described = contract.table(table)
        assert described is not None, "the row was read from it"
        full = source_table_name(contract, described)
        by = known_by_day(contract, table=table, as_of=self.asking.as_of)
        found = lineage(self.work.connection, table=full, key=key)
        return SourceRow(
            table=full,
            key=key,
            origins=tuple(
                {
                    "file": one.file_name,
                    "file_sha256": one.file_sha256,
                    "source_row": one.source_row,
                    "batch": str(one.batch_id),
                    "contract_hash": one.contract_hash,
                }
                for one in found
                if one.known_at <= by
            ),
        )
