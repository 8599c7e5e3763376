"""特征目录: every window feature the bank's documents stand for, searched by words of either language."""

from functools import lru_cache
from pathlib import Path

from creditloop.data.catalogue import (
    Catalogue,
    CatalogueEntry,
    FeatureVersion,
    feature_versions,
    live_feature_versions,
    read_catalogue,
)
from creditloop.data.windows import null_rule
from creditloop.formula import Kind
from creditloop.kernel.errors import UnknownId
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit

KINDS = tuple(kind.value for kind in (Kind.INTEGER, Kind.MONEY, Kind.NANO))
_CHOSEN_BY = ("text", "source", "kind")


def show_features(visit: Visit) -> Page:
    """Show a page of the features whose name or meaning has all the words asked for."""
    chosen = {name: visit.query.get(name) or None for name in _CHOSEN_BY}
    catalogue, asked = catalogue_of(visit), paging(visit)
    kind = Kind(chosen["kind"]) if chosen["kind"] in KINDS else None
    found = catalogue.search(chosen["text"] or "", source=chosen["source"], kind=kind)
    with visit.reading() as connection:
        live = {one.document: one for one in live_feature_versions(connection)}
    record = {
        "total": len(catalogue.entries),
        "documents": len(catalogue.sets),
        "sources": sorted(catalogue.counts),
        "kinds": KINDS,
        "chosen": chosen,
        "rows": [_row(entry, live) for entry in found[asked.skip : asked.skip + ON_A_PAGE]],
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
    entry = next((one for one in catalogue_of(visit).entries if one.feature.name == name), None)
    if entry is None:
        raise UnknownId("no document stands for such a feature", got=name)
    with visit.reading() as connection:
        versions = feature_versions(connection, document=entry.features.name)
    record = {
        "entry": entry,
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


def catalogue_of(visit: Visit) -> Catalogue:
    """Return the catalogue of the bank's documents as they stand; read again when one has changed."""
    root = visit.bank.places.documents
    files = sorted([*(root / "features").rglob("*.yaml"), *(root / "contracts").glob("*.yaml")])
    states = ((file.stat(), file) for file in files)
    return _read(root, tuple((str(file), state.st_mtime_ns, state.st_size) for state, file in states))


@lru_cache(maxsize=2)
def _read(root: Path, _: tuple[tuple[str, int, int], ...]) -> Catalogue:
    return read_catalogue(root)


def _row(entry: CatalogueEntry, live: dict[str, FeatureVersion]) -> dict[str, object]:
    version = live.get(entry.features.name)
    return {
        "feature": entry.feature,
        "source": entry.source,
        "null_rule": null_rule(entry.feature),
        "version_no": None if version is None else version.version_no,
        "as_published": version is not None and version.document_hash == entry.features.hash,
    }


def _alike(one: str, name: str) -> bool:
    """Whether two features differ in the window only."""
    return one != name and one.rpartition("_")[0] == name.rpartition("_")[0]
