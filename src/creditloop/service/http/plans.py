"""The bank's plans by name: a caller names a plan, never a file."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import UnknownId
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.places import Places

_FOLDERS = (".", "examples/*", "plans")
"""Where plans stand in a bank's folder."""
_MARK = "plan: review"


def find_plan(places: Places, *, name: str) -> ReviewPlan:
    """Return the plan of a name that somebody may be decided by, as its file says it now.

    Raises: UnknownId if the bank has no plan of that name; PolicyError if a plan is not well formed.
    """
    plans = {plan.name: plan for plan in _plans(places) if plan.decides}
    if name not in plans:
        raise UnknownId("the bank has no plan of this name", got=name, expected=sorted(plans))
    return plans[name]


def _plans(places: Places) -> Iterator[ReviewPlan]:
    for folder in _FOLDERS:
        for file in sorted(places.documents.glob(f"{folder}/*.yaml")):
            text = file.read_text("utf-8")
            if _MARK in text.splitlines():
                yield _parsed(text, str(file.relative_to(places.documents)))


@lru_cache(maxsize=32)
def _parsed(text: str, path: str) -> ReviewPlan:
    """Return a plan from its text, once for a text."""
    return read_review_plan(parse_document(text, path=str(Path(path))))
