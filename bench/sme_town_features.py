"""What the bank's firm portrait is made of, for all firms and sole traders of a town on a day (simulated).

1 files of the town are cut to firms, sole traders and their owners, and prepared under their contracts
2 of each source it is said whether it is known of a party: it was asked, it answered, the party consents
3 the portrait's own program gives its derived features and dimension scores, the same as for one party
4 who owns a firm, who stands in for it and whom it supplies is read from the relations known by that day

What a live firm is rated from (`creditloop.service.rating`), for a whole town and without a bank. How fresh
an answer is does not count here: the town asks most sources twice, near its end.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.data import Contract
from creditloop.data.contracts import PARTY_ID
from creditloop.data.derived import KNOWN, window_frame
from creditloop.data.events import prepare_events
from creditloop.data.portraits import PortraitDefinition, portrait_frame
from creditloop.formula import NUMBERS, polars_columns
from creditloop.service.portraying import PortraitDocuments
from creditloop.service.rating import (
    RatingPlan,
    enhancement_of,
    guarantors_of,
    holding_on,
    owner_facts,
    owner_of,
    supplies_of,
)

_ANSWERED = ("found", "none")
_REGISTER = "customer/"


def town_rows(
    town: Path,
    *,
    plan: RatingPlan,
    documents: PortraitDocuments,
    as_of: date,
    outcome_until: date,
    scratch: Path,
) -> pl.DataFrame:
    """Return a row for each firm and sole trader that paid until the day, with features and outcome.

    Returns: `party_no`, kind, region, industry, size, `bad` (first default after the day and by
        `outcome_until`), the portrait's numbers and dimension scores, `owner_record`, `owner_overdue_fen`,
        `enhancement`, `taxpayer_class`, `supplies`.
    """
    portrait = documents.portrait(plan.portrait)
    parties, relations = _parties(town), _relations(town, as_of)
    traders = parties.filter(pl.col("kind") == "sole_trader")["party_no"].to_list()
    owners = owner_of(relations, sole_traders=traders)
    asked = pl.concat([parties["party_no"], pl.Series([*owners.values()], dtype=pl.String)]).unique().sort()
    found = _features(town, asked, documents, portrait, as_of, scratch)
    truth = pl.read_parquet(town / "truth" / "parties.parquet").select("party_no", "default_on")
    paid = pl.col("default_on").is_null() | (pl.col("default_on") > as_of)
    rows = (
        parties.join(truth, on="party_no")
        .filter(paid)
        .with_columns(bad=(pl.col("default_on") <= outcome_until).fill_null(value=False))
        .join(found, on="party_no")
        .join(_taxpayer_class(town, documents.contract("tax_filings"), as_of), on="party_no", how="left")
        .sort("party_no")
        .drop("default_on")
        .with_columns(sources_stale=pl.lit(0, dtype=pl.Int64))  # every answer counts as of the day
    )
    known = set(_known(town, documents.contract("relations"), as_of))
    return pl.concat(
        [rows, _of_owners(rows, owners, found, plan), _of_relations(rows, relations, owners, known, plan)],
        how="horizontal",
    )


def _of_owners(
    rows: pl.DataFrame, owners: dict[str, str], found: pl.DataFrame, plan: RatingPlan
) -> pl.DataFrame:
    """Return what the owner's own record says of each row."""
    asked = list(dict.fromkeys([plan.owner.record, plan.owner.overdue]))
    told = rows.select(owner=pl.col("party_no").replace_strict(owners, default=None, return_dtype=pl.String))
    read = told.join(
        found.select("party_no", *asked),
        left_on="owner",
        right_on="party_no",
        how="left",
        maintain_order="left",
    )
    return owner_facts(plan.owner, read)


def _of_relations(
    rows: pl.DataFrame,
    relations: pl.DataFrame,
    owners: dict[str, str],
    known: Collection[str],
    plan: RatingPlan,
) -> pl.DataFrame:
    """Return who stands in for each row, and whether it supplies a core firm."""
    guarantors, supplying = guarantors_of(relations), supplies_of(relations)
    parties = rows["party_no"].to_list()
    return pl.DataFrame(
        {
            "enhancement": [
                enhancement_of(
                    one,
                    guarantors=guarantors,
                    owners=owners,
                    known=known,
                    steps_max=plan.guarantee_steps_max,
                )
                for one in parties
            ],
            "supplies": [one in supplying if one in known else None for one in parties],
        },
        schema={"enhancement": pl.String, "supplies": pl.Boolean},
    )


def _parties(town: Path) -> pl.DataFrame:
    columns = ["party_no", "kind", "region", "industry", "size"]
    return pl.read_parquet(town / "parties.parquet", columns=columns).filter(pl.col("kind") != "person")


def _relations(town: Path, as_of: date) -> pl.DataFrame:
    """Return the relations that are known and hold on the day."""
    told = pl.read_parquet(town / "relations.parquet").filter(pl.col("known_on") <= as_of)
    return holding_on(told.rename({"party_no": "party_id", "other_party": "other"}), as_of=as_of)


def _taxpayer_class(town: Path, contract: Contract, as_of: date) -> pl.DataFrame:
    """Return the class that the newest filing known by the day tells, of whom filings may be read."""
    known = _known(town, contract, as_of)
    filings = pl.read_parquet(town / "tax_filings.parquet").filter(
        pl.col("known_on") <= as_of, pl.col("party_no").is_in(known.implode())
    )
    newest = filings.sort("party_no", "filed_on", "filing_no").unique("party_no", keep="last")
    return newest.select("party_no", "taxpayer_class")


def _features(
    town: Path,
    asked: pl.Series,
    documents: PortraitDocuments,
    definition: PortraitDefinition,
    as_of: date,
    scratch: Path,
) -> pl.DataFrame:
    """Compute the portrait of the parties; their columns are its numbers and scores."""
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
    frame = window_frame(definition.draft, events=events, parties=told.drop("party_no").to_arrow())
    numbers = [one.name for one in definition.draft.features if one.kind in NUMBERS]
    values = polars_columns(definition.program, frame, steps=numbers, states=False).select(numbers)
    scores = portrait_frame(definition, frame).select(f"{one.name}_score" for one in definition.dimensions)
    return pl.concat([told.select("party_no"), values, scores], how="horizontal")


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
