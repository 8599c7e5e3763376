"""Window features on their way to production (特征上线): one document, one command, with proof.

`publishing` proves a document, shows that the future changes none of its features, keeps text, contract,
proof and probe sealed, and reads back what is in production: from the archive, not from a folder somebody
may have edited since. `choosing` says which version of a document is computed.
"""

from creditloop.service.features.choosing import (
    ChosenFeatures,
    PublishedTexts,
    chosen_features,
    features_in_production,
    for_the_door,
    live_texts,
    published_features,
)
from creditloop.service.features.publishing import live_features, publish_features

__all__ = [
    "ChosenFeatures",
    "PublishedTexts",
    "chosen_features",
    "features_in_production",
    "for_the_door",
    "live_features",
    "live_texts",
    "publish_features",
    "published_features",
]
