"""The console's sentences (词条): one catalogue, each key in both languages, read once.

A key is a dotted name ("cockpit.title"); the part before the last dot is its family. Codes of the rooms
(buckets, classes, outcomes, …) are worded by family and value. Texts of the bank's own documents carry both
languages themselves; `pick` chooses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import InputError

LANGUAGES = ("zh", "en")
"""The first is what a visitor gets who has not chosen."""
_BOTH = re.compile("(?P<zh>.*[\u3000-\u9fff\uff00-\uffef])[ /\u00b7]+(?P<en>[^\u3000-\u9fff\uff00-\uffef]+)")
_FILE = Path(__file__).with_name("catalogue.yaml")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Read the catalogue: key to the sentence in each language.

    Raises: PolicyError naming the line of a key that lacks a language.
    """
    document = read_document(_FILE, root=_FILE.parent)
    sentences = {}
    for family, keys in document.root.mapping().items():
        for key, node in keys.mapping().items():
            texts = node.mapping(required=LANGUAGES, optional=())
            sentences[f"{family}.{key}"] = {name: texts[name].text() for name in LANGUAGES}
    return sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The catalogue in one language."""

    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InputError(
                "the console does not speak this language", got=self.language, expected=LANGUAGES
            )

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence with its values put in.

        Raises: InputError if the catalogue has no such key.
        """
        texts = catalogue().get(key)
        if texts is None:
            raise InputError("the catalogue has no such key", got=key, where={"file": _FILE.name})
        return texts[self.language].format(**values) if values else texts[self.language]

    def marked(self, key: str, **values: object) -> Markup:
        """Return a sentence whose values may be mark-up, a figure with its link say; all else is escaped."""
        return Markup(escape(self(key))).format(**values)

    def of(self, family: str, value: object) -> str:
        """Return the wording of a code; one the catalogue does not know (a document's own) as it stands."""
        texts = catalogue().get(f"{family}.{value}")
        return str(value) if texts is None else texts[self.language]

    def half(self, text: str) -> str:
        """Return a text's part in this language, if it says the same in both: first Chinese, then English."""
        both = _BOTH.fullmatch(text)
        return text if both is None else both[self.language]

    def pick(self, texts: object) -> str:
        """Choose from a text in both languages, a mapping or an object with `zh` and `en`; text stays."""
        if isinstance(texts, Mapping):
            return str(texts[self.language])
        return texts if isinstance(texts, str) else str(getattr(texts, self.language))
