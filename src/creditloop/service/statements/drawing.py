"""A statement on paper (对账单 PDF): the record set by the template beside this module, in one language.

The template only draws; every figure was computed before. The type setter and its font for Chinese come with
the extra `creditloop[report]`. The same statement gives the same bytes: its date of creation is its last day.
"""

from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable

from creditloop.kernel.errors import InputError
from creditloop.oversight.report import typeset_pages, typeset_pdf
from creditloop.service.statements.stating import LoanStatement
from creditloop.service.statements.words import WORDS

_TEMPLATE = "statement.typ"


def render_statement_pdf(statement: LoanStatement, *, language: str = "zh") -> bytes:
    """Set a statement as a PDF.

    Args:
        language: "zh" or "en".
    Raises: InputError for another language; StateError if the extra `report` is not installed.
    """
    created_on: date = statement.until
    return typeset_pdf(_template(), record=_record(statement, language), created_on=created_on)


def render_statement_pages(statement: LoanStatement, *, language: str = "zh") -> list[bytes]:
    """Set a statement as one PNG a page, for looking at; raises what `render_statement_pdf` raises."""
    return typeset_pages(_template(), record=_record(statement, language))


def _record(statement: LoanStatement, language: str) -> dict[str, object]:
    if language not in WORDS:
        raise InputError("statements are not written in this language", got=language, expected=list(WORDS))
    return {"language": language, "words": WORDS[language], "statement": statement.as_record()}


def _template() -> Traversable:
    return resources.files(__package__).joinpath(_TEMPLATE)
