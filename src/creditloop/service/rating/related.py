"""A live firm's relations (关系取数): its own, and those of the firms that stand in for it, step by step."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.data.freshness import FreshState, SourceFreshness
from creditloop.service.portraying import NOTHING
from creditloop.service.rating.documents import RatingDocuments
from creditloop.service.rating.door import RELATION_TABLE, RELATIONS, Door, GatheredFact, SourceRow
from creditloop.service.rating.relations import (
    enhancement_of,
    guarantors_of,
    holding_on,
    owner_of,
    supplies_of,
)

_RELATION_COLUMNS = ("party_id", "relation_no", "kind", "other_party", "since_on", "ended_on")
_NO_RELATIONS = pl.DataFrame(schema=dict.fromkeys(("party_id", "relation_no", "kind", "other"), pl.String))


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """The firm's relations, and those of who stands in for it.

    Attributes:
        rows: that hold on the day, `other` the id of the other party; `known`: whose relations could be read.
    """

    firm: str
    rows: pl.DataFrame
    known: frozenset[str]
    owner: str | None
    owners: Mapping[str, str]

    @classmethod
    def read(
        cls, door: Door, documents: RatingDocuments, *, sole_trader: bool, state: SourceFreshness
    ) -> "Related":
        """Read relations step by step: the firm's own, then those of the firms that stand in for it."""
        firm, frames = door.asking.firm, list[pl.DataFrame]()
        traders = {firm} if sole_trader else set[str]()
        now, states, asked, known = [firm], [state], set[str](), set[str]()
        imported = door.is_imported(door.contract(RELATIONS), RELATION_TABLE)
        for _ in range(documents.plan.guarantee_steps_max + 1):
            asked |= set(now)
            told = [one.party_id for one in states if _is_known(one, imported=imported)]
            known |= set(told)
            if not told or not imported:
                break
            frames.append(_relations(door, told))
            now = sorted(_firms_standing_in(frames[-1]) - asked)
            if not now:
                break
            states = list(door.states(now))
        rows = pl.concat(frames) if frames else _NO_RELATIONS
        owners = owner_of(rows, sole_traders=traders)
        return cls(firm=firm, rows=rows, known=frozenset(known), owner=owners.get(firm), owners=owners)

    def facts(self, door: Door, documents: RatingDocuments) -> tuple[GatheredFact, ...]:
        """Return who stands in for the firm and whom it supplies, with the rows that say so."""
        enhancement = enhancement_of(
            self.firm,
            guarantors=guarantors_of(self.rows),
            owners=self.owners,
            known=self.known,
            steps_max=documents.plan.guarantee_steps_max,
        )
        supplies = self.firm in supplies_of(self.rows) if self.firm in self.known else None
        return (
            self._fact(door, "enhancement", enhancement, kind="guarantor", of=None),
            self._fact(door, "supplies", supplies, kind="customer", of=self.firm),
        )

    def owner_rows(self, door: Door) -> tuple[SourceRow, ...]:
        """Return the rows that say who owns the firm; a sole trader needs none."""
        return self._rows(door, kind="owner", of=self.firm)

    def _fact(
        self, door: Door, name: str, value: str | bool | None, *, kind: str, of: str | None
    ) -> GatheredFact:
        return GatheredFact(name=name, value=value, source=RELATIONS, rows=self._rows(door, kind=kind, of=of))

    def _rows(self, door: Door, *, kind: str, of: str | None) -> tuple[SourceRow, ...]:
        told = self.rows.filter(pl.col("kind") == kind)
        told = told if of is None else told.filter(pl.col("party_id") == of)
        return tuple(
            door.origin(RELATIONS, RELATION_TABLE, party_id=party, relation_no=number)
            for party, number in told.select("party_id", "relation_no").iter_rows()
        )


def _is_known(state: SourceFreshness, *, imported: bool) -> bool:
    """Whether what is not among a party's relations is not there; see `portraying`."""
    said = state.answer == NOTHING or (imported and state.known_on is not None)
    return state.state is FreshState.FRESH and said


def _firms_standing_in(relations: pl.DataFrame) -> set[str]:
    """Return who stands in for the parties of these relations, without their owners."""
    owners = owner_of(relations, sole_traders=())
    guarantors = guarantors_of(relations)
    return {one for party, every in guarantors.items() for one in every if one != owners.get(party)}


def _relations(door: Door, party_ids: Collection[str]) -> pl.DataFrame:
    register = door.contract(RELATIONS).party.register
    rows = door.rows(RELATIONS, RELATION_TABLE, columns=_RELATION_COLUMNS, party_ids=party_ids)
    other = pl.lit(f"{register}/") + pl.col("other_party")
    held = holding_on(rows.with_columns(other=other), as_of=door.asking.as_of)
    return held.select("party_id", "relation_no", "kind", "other")
