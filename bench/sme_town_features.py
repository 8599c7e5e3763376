"""What the bank's firm portrait is made of, for all firms and sole traders of a town on a day (simulated).

1 files of the town are cut to firms, sole traders and their owners, and prepared under their contracts
2 of each source it is said whether it is known of a party: it was asked, it answered, the party consents
3 the portrait's own program gives its derived features and dimension scores, the same as for one party
4 who owns a firm, who stands in for it and whom it supplies is read from the relations known by that day:
  each row is told of the firm, and names the other

How fresh an answer is does not count here: the town asks most sources twice, near its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.data import Contract
from creditloop.data.contracts import PARTY_ID
from creditloop.data.derived import KNOWN, DerivedFeature, window_frame
from creditloop.data.events import prepare_events
from creditloop.data.portraits import PortraitDefinition, portrait_frame
from creditloop.formula import NUMBERS, polars_columns
from creditloop.service.places import Places
from creditloop.service.portraying import PortraitDocuments

PORTRAIT = "features/portraits/firm.yaml"
SIX = (
    "debt_service",
    "profitability",
    "industry_growth",
    "capital_allocation",
    "leverage_tolerance",
    "operations",
)
"""The dimensions of ability in the portrait."""
BUREAU = frozenset({"bureau_accounts", "bureau_months", "bureau_queries", "bureau_guarantees"})
_FOR_APPROVAL = ("overdue_now_fen", "control_changes", "cases_severe", "contradictions")
"""Features of the portrait that the approval reads."""
_ANSWERED = ("found", "none")
_REGISTER = "customer/"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityFeatures:
    """The portrait's features as a rating reads them.

    Attributes:
        dimension: of each feature that no bureau tells of, by its name, in the portrait's order.
        bureau: those that the credit bureau tells of.
    """

    definition: PortraitDefinition
    dimension: Mapping[str, str]
    bureau: tuple[str, ...]

    def described(self, name: str) -> DerivedFeature:
        """Return what the portrait says of a feature."""
        return next(one for one in self.definition.draft.features if one.name == name)


def ability_features(documents: PortraitDocuments) -> AbilityFeatures:
    """Sort the portrait's numbers into the six dimensions and what the bureau tells."""
    definition = documents.portrait(PORTRAIT)
    numbers = {one.name: one for one in definition.draft.features if one.kind in NUMBERS}
    told = {name for name, one in numbers.items() if BUREAU & set(one.sources)}
    dimension = {
        part.feature: entry.name
        for entry in definition.dimensions
        if entry.name in SIX
        for part in entry.parts
        if part.feature in numbers and part.feature not in told
    }
    alone = tuple(name for name in numbers if name in told and set(numbers[name].sources) <= BUREAU)
    return AbilityFeatures(definition=definition, dimension=dimension, bureau=alone)


def town_rows(
    town: Path, *, places: Places, as_of: date, outcome_until: date, scratch: Path
) -> tuple[pl.DataFrame, AbilityFeatures]:
    """Return a row for each firm and sole trader that paid until the day, with features and outcome.

    Returns: `party_no`, kind, region, industry, size, `bad` (first default after the day and by
        `outcome_until`), `no_bureau`, the portrait's features and scores, `owner_overdue_fen`, `enhancement`,
        `taxpayer_class`, `supplies`; and what the features are.
    """
    documents = PortraitDocuments(places)
    ability = ability_features(documents)
    parties, relations = _parties(town), _relations(town, as_of)
    owners = _owners(parties, relations)
    asked = pl.concat([parties["party_no"], owners["owner"]]).unique().sort()
    found = _features(town, asked, documents, ability, as_of, scratch)
    truth = pl.read_parquet(town / "truth" / "parties.parquet").select("party_no", "default_on")
    rows = parties.join(truth, on="party_no").filter(
        pl.col("default_on").is_null() | (pl.col("default_on") > as_of)
    )
    overdue = found.select(owner="party_no", owner_overdue_fen="overdue_now_fen")
    rows = (
        rows.with_columns(bad=(pl.col("default_on") <= outcome_until).fill_null(value=False))
        .join(found, on="party_no")
        .join(owners.join(overdue, on="owner"), on="party_no", how="left")
        .join(_enhancement(parties, relations), on="party_no", how="left")
        .join(_taxpayer_class(town, as_of), on="party_no", how="left")
        .with_columns(
            pl.col("enhancement").fill_null("none"),
            supplies=pl.col("party_no").is_in(
                relations.filter(pl.col("kind") == "customer")["party_no"].implode()
            ),
        )
    )
    return rows.sort("party_no").drop("default_on", "owner"), ability


def _parties(town: Path) -> pl.DataFrame:
    columns = ["party_no", "kind", "region", "industry", "size"]
    return pl.read_parquet(town / "parties.parquet", columns=columns).filter(pl.col("kind") != "person")


def _relations(town: Path, as_of: date) -> pl.DataFrame:
    """Return the relations that are known and hold on the day."""
    there = (pl.col("known_on") <= as_of) & (pl.col("since_on") <= as_of)
    ended = pl.col("ended_on").is_not_null() & (pl.col("ended_on") <= as_of)
    return pl.read_parquet(town / "relations.parquet").filter(there & ~ended)


def _owners(parties: pl.DataFrame, relations: pl.DataFrame) -> pl.DataFrame:
    """Return the owner of each party: a sole trader is its own."""
    traders = parties.filter(pl.col("kind") == "sole_trader").select("party_no", owner="party_no")
    told = _other(relations, "owner", "owner").filter(
        ~pl.col("party_no").is_in(traders["party_no"].implode())
    )
    return pl.concat([traders, told.sort("party_no", "owner").unique("party_no", keep="first")])


def _other(relations: pl.DataFrame, kind: str, name: str) -> pl.DataFrame:
    """Return parties with the other of a relation: their owner, who stands in for them, whom they supply."""
    return relations.filter(pl.col("kind") == kind).select("party_no", pl.col("other_party").alias(name))


def _enhancement(parties: pl.DataFrame, relations: pl.DataFrame) -> pl.DataFrame:
    """Tell who stands in for a party: its owner, another, or one of a circle that it is in (互保)."""
    stands = _other(relations, "guarantor", "by")
    owners = _owners(parties, relations).rename({"owner": "by"})
    mutual = pl.col("party_no").is_in(stands["by"].implode())
    by_owner = stands.join(owners, on=["by", "party_no"], how="semi").with_columns(word=pl.lit("owner"))
    by_firm = stands.join(owners, on=["by", "party_no"], how="anti").with_columns(
        word=pl.when(mutual).then(pl.lit("mutual")).otherwise(pl.lit("firm"))
    )
    rank = pl.col("word").replace_strict({"mutual": 0, "firm": 1, "owner": 2}, return_dtype=pl.Int64)
    told = pl.concat([by_owner, by_firm]).sort("party_no", rank)
    return told.unique("party_no", keep="first").select("party_no", enhancement="word")


def _taxpayer_class(town: Path, as_of: date) -> pl.DataFrame:
    """Return the class that the newest filing known by the day tells."""
    filings = pl.read_parquet(town / "tax_filings.parquet").filter(pl.col("known_on") <= as_of)
    newest = filings.sort("party_no", "filed_on", "filing_no").unique("party_no", keep="last")
    return newest.select("party_no", "taxpayer_class")


def _features(
    town: Path,
    asked: pl.Series,
    documents: PortraitDocuments,
    ability: AbilityFeatures,
    as_of: date,
    scratch: Path,
) -> pl.DataFrame:
    """Compute the portrait of the parties; their columns are its features and scores."""
    definition = ability.definition
    told = pl.DataFrame({"party_no": asked, PARTY_ID: _REGISTER + asked, "as_of": [as_of] * len(asked)})
    events = {}
    for own in definition.draft.windows:
        contract = documents.contract(own.contract)
        file = town / f"{own.contract}.parquet"
        known = _known(town, contract, as_of) if file.is_file() else pl.Series([], dtype=pl.String)
        told = told.with_columns(pl.col("party_no").is_in(known.implode()).alias(f"{KNOWN}{own.contract}"))
        if file.is_file():
            kept = told.filter(pl.col(f"{KNOWN}{own.contract}"))["party_no"]
            events[own.contract] = _prepared(file, contract, own.table.name, kept, scratch)
    parties = told.drop("party_no").to_arrow()
    frame = window_frame(definition.draft, events=events, parties=parties)
    names = [*ability.dimension, *ability.bureau]
    steps = [*dict.fromkeys([*names, *_FOR_APPROVAL])]
    values = polars_columns(definition.program, frame, steps=steps, states=False).select(steps)
    scores = portrait_frame(definition, frame).select(f"{name}_score" for name in SIX)
    recorded = pl.col("party_no").is_in(_recorded(town, as_of).implode())
    accounts = pl.col(f"{KNOWN}bureau_accounts")
    record = told.select("party_no", no_bureau=~(recorded & accounts))
    return pl.concat([record, values, scores], how="horizontal")


def _prepared(file: Path, contract: Contract, table: str, kept: pl.Series, scratch: Path) -> str:
    """Cut a source's file to the parties that consent, and prepare it; return it as SQL after FROM."""
    cut = scratch / f"{contract.name}.cut.parquet"
    pl.scan_parquet(file).filter(pl.col("party_no").is_in(kept.implode())).sink_parquet(cut)
    asks = contract.document.root.mapping().get("consent")
    prepared = prepare_events(
        contract=contract,
        table=table,
        files=[cut],
        target=scratch / f"{contract.name}.parquet",
        purpose="model",
        consenting=None if asks is None else list(_REGISTER + kept),
    )
    return prepared.relation


def _known(town: Path, contract: Contract, as_of: date) -> pl.Series:
    """Return of whom a source answered, and who consents to it on the day where it asks for that."""
    checks = pl.scan_parquet(town / "source_checks.parquet").filter(
        pl.col("source") == contract.name, pl.col("answer").is_in(_ANSWERED)
    )
    answered = checks.select("party_no").unique().collect()["party_no"]
    if "consent" not in contract.document.root.mapping():
        return answered
    covers = pl.read_parquet(town / "consents.parquet").filter(
        pl.col("sources").str.split(";").list.contains(contract.name), pl.col("valid_from") <= as_of
    )
    lasts = pl.col("valid_until").is_null() | (pl.col("valid_until") > as_of)
    given = covers.filter(pl.col("kind") == "given", lasts)["party_no"]
    gone = covers.filter(pl.col("kind") == "withdrawn")["party_no"]
    holds = answered.is_in(given.implode()) & ~answered.is_in(gone.implode())
    return answered.filter(holds)


def _recorded(town: Path, as_of: date) -> pl.Series:
    """Return who has an account at the bureau that was known by the day."""
    known = pl.scan_parquet(town / "bureau_accounts.parquet").filter(pl.col("known_on") <= as_of)
    return known.select("party_no").unique().collect()["party_no"]
