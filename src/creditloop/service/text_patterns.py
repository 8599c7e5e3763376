"""The bank's documents of patterns for texts (文本模式): `features/texts/*.yaml`, one a source."""

from creditloop.data.texts import PatternSet, read_patterns
from creditloop.kernel.errors import InputError
from creditloop.service.places import Places

_PLACE = "features/texts"


def all_patterns(places: Places) -> tuple[PatternSet, ...]:
    """Read every document of patterns, by path.

    Raises: InputError if there is none; PolicyError naming file and line for one that does not hold.
    """
    files = sorted((places.documents / _PLACE).glob("*.yaml"))
    if not files:
        raise InputError("the bank has no documents of patterns", got="none", expected=f"{_PLACE}/*.yaml")
    return tuple(read_patterns(places.document(file.relative_to(places.documents))) for file in files)


def patterns_for(places: Places, source: str) -> PatternSet:
    """Return the patterns for texts of a source, by its contract's name.

    Raises: as `all_patterns`; InputError if there are none for it.
    """
    known = {each.contract: each for each in all_patterns(places)}
    if source not in known:
        raise InputError(
            "no patterns for this source", got=source, expected=sorted(known), hint="name it with --source"
        )
    return known[source]
