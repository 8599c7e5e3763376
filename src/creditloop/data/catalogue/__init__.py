"""The catalogue of window features (特征目录): all that documents stand for, and what is in production.

`reading` reads every document of window features below a folder, each with its contract, and refuses a name
that stands for two features; a `Catalogue` is searched by words of either language, source, kind and unit.
`versions` keeps documents as published: append-only, each with the hash of its text and of its contract, the
proof that both executions agree and the probe that the future changes nothing. The version of a document that
is live is the one published last; one whose proof or probe does not hold is not published at all.
"""

from creditloop.data.catalogue.reading import Catalogue, CatalogueEntry, read_catalogue, window_documents
from creditloop.data.catalogue.versions import (
    FeatureVersion,
    feature_version_id,
    feature_versions,
    find_feature_version,
    first_published,
    live_feature_versions,
    record_feature_version,
)

__all__ = [
    "Catalogue",
    "CatalogueEntry",
    "FeatureVersion",
    "feature_version_id",
    "feature_versions",
    "find_feature_version",
    "first_published",
    "live_feature_versions",
    "read_catalogue",
    "record_feature_version",
    "window_documents",
]
