"""特征目录: every window feature of the bank, as published or, where it never was, as drafted in its file.

What is shown is what is computed: a document somebody edits after it was published changes nothing here until
it is published again; that it was edited is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from creditloop.data.catalogue import (
    Catalogue,
    CatalogueEntry,
    FeatureVersion,
    feature_versions,
    live_feature_versions,
    window_documents,
)
from creditloop.data.windows import null_rule
from creditloop.formula import Kind
from creditloop.kernel.errors import UnknownId
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit
from creditloop.service.features import ChosenFeatures, chosen_features
from creditloop.service.work import Work

KINDS = tuple(kind.value for kind in (Kind.INTEGER, Kind.MONEY, Kind.NANO))
_CHOSEN_BY = ("text", "source", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFeatures:
    """The bank's window features as they are computed.

    Attributes:
        chosen: the document of each set, by its hash.
        files: hash of each document as it stands in its file.
    """

    catalogue: Catalogue
    chosen: Mapping[str, ChosenFeatures]
    files: frozenset[str]

    def entry(self, name: str) -> CatalogueEntry:
        """Return a feature.

        Raises: UnknownId if no document stands for it.
        """
        entry = next((one for one in self.catalogue.entries if one.feature.name == name), None)
        if entry is None:
            raise UnknownId("no document stands for such a feature", got=name)
        return entry

    def version(self, entry: CatalogueEntry) -> FeatureVersion | None:
        """Return the version in production that a feature is shown as; None of a draft."""
        return self.chosen[entry.features.hash].version

    def edited(self, entry: CatalogueEntry) -> bool:
        """Whether no file says what is shown: it was changed, or is gone."""
        return entry.features.hash not in self.files


def show_features(visit: Visit) -> Page:
    """Show a page of the features whose name or meaning has all the words asked for."""
    chosen = {name: visit.query.get(name) or None for name in _CHOSEN_BY}
    asked = paging(visit)
    with visit.work() as work:
        shown = shown_features(work)
    catalogue = shown.catalogue
    kind = Kind(chosen["kind"]) if chosen["kind"] in KINDS else None
    found = catalogue.search(chosen["text"] or "", source=chosen["source"], kind=kind)
    record = {
        "total": len(catalogue.entries),
        "documents": len(catalogue.sets),
        "sources": sorted(catalogue.counts),
        "kinds": KINDS,
        "chosen": chosen,
        "rows": [_row(entry, shown) for entry in found[asked.skip : asked.skip + ON_A_PAGE]],
        "found": len(found),
        "page": asked.page,
        "pages": asked.pages(len(found)),
    }
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.features"), None)]
    return Page(template="features.html", record=record, trail=trail)


def show_feature(visit: Visit) -> Page:
    """Show one feature: what it means and is made of, and the versions its document was published in.

    Raises: UnknownId if no document stands for it.
    """
    name = visit.path["name"]
    with visit.work() as work:
        shown = shown_features(work)
        entry = shown.entry(name)
        versions = feature_versions(work.connection, document=entry.features.name)
    record = {
        "entry": entry,
        "version": shown.version(entry),
        "edited": shown.edited(entry),
        "null_rule": null_rule(entry.feature),
        "versions": versions,
        "siblings": [one.name for one in entry.features.features if _alike(one.name, name)],
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.features"), visit.at("/features")),
        (name, None),
    ]
    return Page(template="feature.html", record=record, trail=trail)


def shown_features(work: Work) -> ShownFeatures:
    """Return the bank's features as they are computed; read again when a file or what is live has changed."""
    root = work.places.documents
    files = sorted([*(root / "features").rglob("*.yaml"), *(root / "contracts").glob("*.yaml")])
    states = ((file.stat(), file) for file in files)
    live = live_feature_versions(work.connection)
    place = _place(
        root,
        tuple((str(file), state.st_mtime_ns, state.st_size) for state, file in states),
        tuple(str(one.batch_id) for one in live),
    )
    if not place:
        place.append(_shown(work, any_live=bool(live)))
    return place[0]


@lru_cache(maxsize=2)
def _place(_: Path, files: tuple[tuple[str, int, int], ...], live: tuple[str, ...]) -> list[ShownFeatures]:
    """Return where what was read of these files and versions is kept; empty the first time."""
    return []


def _shown(work: Work, *, any_live: bool) -> ShownFeatures:
    files = frozenset(one.hash for one in window_documents(work.places.documents))
    chosen = tuple(chosen_features(work)) if files or any_live else ()
    return ShownFeatures(
        catalogue=Catalogue(tuple(one.features for one in chosen)),
        chosen={one.features.hash: one for one in chosen},
        files=files,
    )


def _row(entry: CatalogueEntry, shown: ShownFeatures) -> dict[str, object]:
    version = shown.version(entry)
    return {
        "feature": entry.feature,
        "source": entry.source,
        "null_rule": null_rule(entry.feature),
        "version_no": None if version is None else version.version_no,
        "as_published": version is not None and not shown.edited(entry),
    }


def _alike(one: str, name: str) -> bool:
    """Whether two features differ in the window only."""
    return one != name and one.rpartition("_")[0] == name.rpartition("_")[0]
