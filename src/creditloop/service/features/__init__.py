"""Window features on their way to production (特征上线): one document, one command, with proof.

`publishing` proves a document, shows that the future changes none of its features, keeps text, contract,
proof and probe sealed, and reads back what is in production: from the archive, not from a folder somebody
may have edited since. `choosing` says which version of a document is computed.
"""

from creditloop.service.features.choosing import ChosenFeatures, chosen_features, published_features
from creditloop.service.features.publishing import live_features, publish_features

__all__ = ["ChosenFeatures", "chosen_features", "live_features", "publish_features", "published_features"]
