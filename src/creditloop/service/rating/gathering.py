"""Gather what a firm's rating is made of (取数): portrait, owner, relations, filings, through the door.

1 the firm's portrait as of the day, by the plan's own document; whatever was not read of it is unknown
2 the firm's relations, and those of who stands in for it, step by step, as far as the plan looks for a ring
3 the owner's record, by the same document of features; where it may not be read it is not
4 the bank's own file of the firm, and its newest filing: every row is kept with its key, for its origin
"""

from dataclasses import dataclass

import polars as pl

from creditloop.data import WhenStale
from creditloop.data.freshness import FreshState, SourceFreshness
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.portraying import PARTIES, PARTY_TABLE, PartyPortrait
from creditloop.service.rating.documents import (
    PARTY_FACTS,
    SOURCES_STALE,
    TAXPAYER_CLASS,
    RatingDocuments,
    score_name,
)
from creditloop.service.rating.door import Asking, Door, GatheredFact
from creditloop.service.rating.related import Related
from creditloop.service.rating.scoring import owner_facts
from creditloop.service.work import Work

FILINGS, FILING_TABLE = "tax_filings", "filing"
SOLE_TRADER = "sole_trader"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredFirm:
    """Everything a firm's rating is made of.

    Attributes:
        owner: None where nobody is known to own it; `owner_portrait` None where there is none of the owner.
        relations: how fresh what is known of the firm's relations is.
    """

    asking: Asking
    portrait: PartyPortrait
    owner: str | None
    owner_portrait: PartyPortrait | None
    relations: SourceFreshness
    facts: tuple[GatheredFact, ...]

    @property
    def row(self) -> dict[str, object]:
        """The values that cards and policies read, by name; see `scoring`."""
        portrait = self.portrait.portrait
        values = {one.feature.name: one.value for one in portrait.values}
        states = {f"{one.feature.name}__state": one.state for one in portrait.values}
        scores = {score_name(one.dimension.name): one.score for one in portrait.dimensions}
        return {**values, **states, **scores, **{one.name: one.value for one in self.facts}}


def gather_firm(work: Work, asking: Asking, *, documents: RatingDocuments) -> GatheredFirm:
    """Gather a firm's portrait and facts; every read is logged.

    Raises: UnknownId if no such party was known by that day; InputError if it is a person, or the purpose may
        not read a source.
    """
    door = Door(work, asking)
    party = door.rows(PARTIES, PARTY_TABLE, columns=PARTY_FACTS, party_ids=[asking.firm])
    if party.is_empty():
        raise UnknownId("no such party was known by that day", got=asking.firm, where={"as_of": asking.as_of})
    if party["kind"][0] not in documents.portrait.parties:
        raise InputError(
            "what is rated is a firm or a sole trader",
            got=party["kind"][0],
            expected=list(documents.portrait.parties),
            where={"party": asking.firm},
        )
    portrait = door.portrait(asking.firm, documents)
    (state,) = door.states([asking.firm])
    related = Related.read(door, documents, sole_trader=party["kind"][0] == SOLE_TRADER, state=state)
    owner_portrait = portrait if related.owner == asking.firm else _of_owner(door, documents, related.owner)
    return GatheredFirm(
        asking=asking,
        portrait=portrait,
        owner=related.owner,
        owner_portrait=owner_portrait,
        relations=state,
        facts=(
            *_party_facts(door, party),
            _taxpayer_class(door, portrait),
            *_owner_facts(door, documents, related, owner_portrait),
            *related.facts(door, documents),
            _sources_stale(documents, portrait),
        ),
    )


def _of_owner(door: Door, documents: RatingDocuments, owner: str | None) -> PartyPortrait | None:
    """Return the owner's portrait; None of an owner who is not known, or of whom the bank knows nothing."""
    if owner is None:
        return None
    try:
        return door.portrait(owner, documents)
    except UnknownId:
        return None


def _party_facts(door: Door, party: pl.DataFrame) -> tuple[GatheredFact, ...]:
    row = door.origin(PARTIES, PARTY_TABLE, party_id=door.asking.firm)
    return tuple(
        GatheredFact(name=name, value=party[name][0], source=PARTIES, rows=(row,)) for name in PARTY_FACTS
    )


def _taxpayer_class(door: Door, portrait: PartyPortrait) -> GatheredFact:
    """Return the class that the newest filing tells; None where filings are not known, or there are none."""
    name, firm = TAXPAYER_CLASS, door.asking.firm
    known = FILINGS not in portrait.portrait.unknown_sources
    if not known or not door.is_imported(door.contract(FILINGS), FILING_TABLE):
        return GatheredFact(name=name, value=None, source=FILINGS, rows=())
    columns = ["filing_no", "filed_on", "taxpayer_class"]
    rows = door.rows(FILINGS, FILING_TABLE, columns=columns, party_ids=[firm])
    newest = rows.sort("filed_on", "filing_no").tail(1)
    if newest.is_empty():
        return GatheredFact(name=name, value=None, source=FILINGS, rows=())
    row = door.origin(FILINGS, FILING_TABLE, party_id=firm, filing_no=newest["filing_no"][0])
    return GatheredFact(name=name, value=newest["taxpayer_class"][0], source=FILINGS, rows=(row,))


def _owner_facts(
    door: Door, documents: RatingDocuments, related: Related, portrait: PartyPortrait | None
) -> tuple[GatheredFact, ...]:
    """Return what the owner's own record says, by the features that the plan names."""
    asked = documents.plan.owner
    values = dict[str, object]()
    if portrait is not None:
        values = {one.feature.name: one.value for one in portrait.portrait.values}
    names = dict.fromkeys([asked.record, asked.overdue], pl.Int64)
    owners = pl.DataFrame({name: [values.get(name)] for name in names}, schema=names)
    told = owner_facts(asked, owners).row(0, named=True)
    rows = related.owner_rows(door)
    return tuple(
        GatheredFact(name=name, value=told[name], source=f"portrait of {related.owner}", rows=rows)
        for name in ("owner_record", "owner_overdue_fen")
    )


def _sources_stale(documents: RatingDocuments, portrait: PartyPortrait) -> GatheredFact:
    """Count the sources read whose contract asks for a person where what is known of them is too old."""
    draft = documents.portrait.draft
    read = {source for one in draft.features if one.name in documents.read_features for source in one.sources}
    stale = [
        one.contract
        for one in portrait.sources
        if one.contract in read and one.state is FreshState.STALE and one.then is WhenStale.REFER
    ]
    return GatheredFact(name=SOURCES_STALE, value=len(stale), source=", ".join(stale), rows=())
