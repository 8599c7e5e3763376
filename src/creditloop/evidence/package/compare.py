"""Comparing a package's documents with the originals (与原件比对)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from creditloop.evidence.package.read import read_unsigned


class Comparison(StrEnum):
    """How a document compares with its original."""

    SAME = "same"
    DIFFERENT = "different"
    NO_ORIGINAL = "no_original"
    NOT_IN_PACKAGE = "not_in_package"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedDocument:
    """A document and its original.

    Attributes:
        file: the document's name in the package, without its folder.
        title_zh, title_en: its titles; empty for an original that is not in the package.
        result: how they compare.
        first_difference: place of the first byte that differs, from 0; None if none does.
    """

    file: str
    title_zh: str
    title_en: str
    result: Comparison
    first_difference: int | None = None


def compare_with_originals(package: bytes, originals: Mapping[str, bytes]) -> tuple[ComparedDocument, ...]:
    """Say of each document of a package whether it is the original, byte for byte.

    It says nothing of whether the package verifies: that is `verify_package`.

    Args:
        package: the package's bytes.
        originals: the originals by the documents' names in the package, for example "agreement.pdf".

    Raises: EvidenceError if the file is not a package.
    """
    members, manifest = read_unsigned(package)
    compared, names = [], set()
    for document in manifest.documents:
        name = document.path.removeprefix("documents/")
        names.add(name)
        body, original = members.get(document.path), originals.get(name)
        result, place = Comparison.NO_ORIGINAL, None
        if body is None:
            result = Comparison.NOT_IN_PACKAGE
        elif original is not None:
            place = _first_difference(body, original)
            result = Comparison.SAME if place is None else Comparison.DIFFERENT
        compared.append(
            ComparedDocument(
                file=name,
                title_zh=document.title_zh,
                title_en=document.title_en,
                result=result,
                first_difference=place,
            )
        )
    compared += [
        ComparedDocument(file=name, title_zh="", title_en="", result=Comparison.NOT_IN_PACKAGE)
        for name in sorted(set(originals) - names)
    ]
    return tuple(compared)


def _first_difference(one: bytes, other: bytes) -> int | None:
    if one == other:
        return None
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (ours, theirs) in pairs if ours != theirs), min(len(one), len(other)))
