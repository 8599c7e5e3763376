"""A code table (代码表): the codes a field of the report may hold, each with what it means."""

from collections.abc import Mapping
from dataclasses import dataclass

from creditloop.data.contracts import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """The codes of one field; a code that is not listed was never seen and is refused by name."""

    name: Words
    codes: Mapping[str, Words]

    def __contains__(self, code: object) -> bool:
        """Say whether the table lists a code."""
        return code in self.codes

    def meaning(self, code: str) -> Words:
        """Return what a listed code means."""
        return self.codes[code]


def code_table(zh: str, en: str, codes: Mapping[str, tuple[str, str]]) -> CodeTable:
    """Make a table from its name and `code: (Chinese, English)`."""
    meanings = {code: Words(zh=words[0], en=words[1]) for code, words in codes.items()}
    return CodeTable(name=Words(zh=zh, en=en), codes=meanings)
