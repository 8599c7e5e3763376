"""Why a decision graph is refused: each reason has a name, nothing is approximated (拒收原因)."""

from collections.abc import Mapping
from enum import StrEnum

from creditloop.kernel.errors import PolicyError


class Refusal(StrEnum):
    """The named reasons; a value is what people read and reports count by."""

    SYNTAX = "not well formed"
    FUNCTION_NODE = "function node"
    CUSTOM_NODE = "node of another type"
    LOOP = "loop"
    CLOSURE = "closure"
    ARRAY = "array as a value"
    OBJECT = "object as a value"
    PATTERN = "pattern"
    RANDOM = "random number"
    CLOCK = "clock"
    TIME_OF_DAY = "time of day or time zone"
    CALENDAR = "calendar function"
    ASSIGNMENT = "assignment"
    NUMBER_AS_TEXT = "number written as text"
    TYPE_TEST = "type test or conversion"
    ZERO = "division by a written zero"
    POWER = "power"
    PLACES = "number of more than nine decimal places, or too large"
    DYNAMIC_KEY = "index or dynamic key"
    NODE_ACCESS = "value of another node"
    FUNCTION = "function that is not known"
    KIND_UNKNOWN = "kind of an input is not known"
    KIND_CONFLICT = "kinds do not go together"
    MERGE = "branches that may both write"
    MISSING_DECISION = "sub-decision is not given"
    SCHEMA = "schema of the input"
    EXTENSION = "extension that does not belong to the nodes"
    SHAPE = "shape of the graph"
    SIZE = "too large or too deep for our language"


def outside(reason: Refusal, detail: str, *, where: Mapping[str, object] | None = None) -> PolicyError:
    """Return the error that refuses something by name, for the caller to raise.

    Args:
        detail: what was found, in the graph's own words.
        where: node and field, as far as known; callers above add theirs with `placed_in`.
    """
    return PolicyError(
        f"outside what is taken over from JDM: {reason.value}",
        got=detail,
        where={**(where or {}), "reason": reason.value},
    )


def placed_in(error: PolicyError, **place: object) -> None:
    """Add node, field or text to an error's place, where they are not known yet; the caller re-raises."""
    for key, value in place.items():
        error.where.setdefault(key, value)
