"""The documents as the tests read them: pages, their links, their blocks of code."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line it begins on."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """A Markdown page; `place` is its path from the repository's root."""

    place: str
    text: str

    @property
    def file(self) -> Path:
        """The file it stands in."""
        return REPOSITORY / self.place

    @cached_property
    def blocks(self) -> list[Block]:
        """Fenced blocks of code."""
        found = re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", self.text, re.MULTILINE | re.DOTALL)
        return [Block(match[1], match[2], self.text.count("\n", 0, match.start()) + 2) for match in found]

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks, line for line."""
        return re.sub(
            r"^```.*?^```\s*$",
            lambda match: "\n" * match[0].count("\n"),
            self.text,
            flags=re.MULTILINE | re.DOTALL,
        )

    @cached_property
    def links(self) -> list[tuple[int, str]]:
        """Targets of its links and pictures, with their lines."""
        found = re.finditer(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)", re.sub(r"`[^`\n]*`", "", self.prose))
        text = re.sub(r"`[^`\n]*`", "", self.prose)
        return [(text.count("\n", 0, match.start()) + 1, match[1]) for match in found]

    @cached_property
    def anchors(self) -> set[str]:
        """Names by which its headings are linked to, as the usual sites make them."""
        headings = re.findall(r"^#+\s+(.*?)\s*$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def read_page(file: Path) -> Page:
    """Read a page."""
    return Page(file.relative_to(REPOSITORY).as_posix(), file.read_text("utf-8"))


PAGES = [
    read_page(file)
    for file in (*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md")))
]
