"""The one tree of errors: drawn as it is, each with a code of its own, each readable."""

import inspect
import json
import pickle
import re

import pytest

from creditloop.kernel import errors
from creditloop.kernel.errors import CreditloopError, InputError, PolicyError

CLASSES = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, CreditloopError) and member.__module__ == errors.__name__
]


def drawn_tree(docstring: str) -> dict[str, str | None]:
    """Read the tree from its drawing: each name with its parent, two spaces a level."""
    parents: dict[str, str | None] = {}
    open_names: list[str] = []
    for indent, name in re.findall(r"^((?:  )*)([A-Z]\w*)(?: |$)", docstring.split("\n\n")[1], re.MULTILINE):
        del open_names[len(indent) // 2 :]
        parents[name] = open_names[-1] if open_names else None
        open_names.append(name)
    return parents


def test_the_drawing_is_the_tree() -> None:
    assert errors.__doc__ is not None
    built = {cls.__name__: cls.__base__.__name__ for cls in CLASSES}
    assert drawn_tree(errors.__doc__) == {**built, "CreditloopError": None}


def test_a_drawing_that_lies_is_seen() -> None:
    assert drawn_tree("x\n\nA\n  B  one\n    C two\n  D  three") == {"A": None, "B": "A", "C": "B", "D": "A"}


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [cls.code for cls in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)
    assert all("code" in vars(cls) for cls in CLASSES), "a code is stated, not inherited"


def test_the_codes_are_stable() -> None:
    assert {cls.__name__: cls.code for cls in CLASSES} == {
        "CreditloopError": "error",
        "InputError": "input",
        "ContractBroken": "contract_broken",
        "PolicyError": "policy",
        "UnknownId": "unknown_id",
        "StateError": "state",
        "OutOfOrder": "out_of_order",
        "LimitExceeded": "limit_exceeded",
        "ConflictingRepeat": "conflicting_repeat",
        "SourceError": "source",
        "BookError": "book",
        "EvidenceError": "evidence",
    }


FULL = PolicyError(
    "rate out of range",
    got="1.5",
    expected="0 to 1",
    where={"file": "policies/a.yaml", "line": 12, "field": "rate"},
    hint="write 0.015 for 1.5 %",
)


def test_diagnostics_say_where_what_got_expected_and_what_next() -> None:
    assert FULL.diagnostics().splitlines() == [
        "policies/a.yaml:12: rate out of range [policy] (field rate)",
        "  got:      1.5",
        "  expected: 0 to 1",
        "  hint:     write 0.015 for 1.5 %",
    ]


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (InputError("no"), ["no [input]"]),
        (InputError("no", got=0), ["no [input]", "  got:      0"]),
        (InputError("no", expected=False), ["no [input]", "  expected: False"]),
        (InputError("no", where={"file": "a"}), ["a: no [input]"]),
        (InputError("no", where={"row": 3, "field": "x"}), ["no [input] (row 3, field x)"]),
    ],
)
def test_what_is_not_known_is_not_shown(error: InputError, lines: list[str]) -> None:
    assert error.diagnostics().splitlines() == lines


def test_the_record_of_an_error_is_plain_json() -> None:
    record = json.loads(json.dumps(FULL.as_record()))
    assert record == {
        "code": "policy",
        "message": "rate out of range",
        "got": "1.5",
        "expected": "0 to 1",
        "where": {"file": "policies/a.yaml", "line": "12", "field": "rate"},
        "hint": "write 0.015 for 1.5 %",
    }
    assert InputError("no").as_record() == {"code": "input", "message": "no"}


def test_the_place_is_a_copy_that_a_caller_cannot_change_afterwards() -> None:
    where: dict[str, object] = {"file": "a"}
    error = InputError("no", where=where)
    where["file"] = "b"
    assert error.where == {"file": "a"}


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_crosses_processes_whole(cls: type[CreditloopError]) -> None:
    error = cls("no", got=1, expected=2, where={"row": 3}, hint="try 2")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert again.as_record() == error.as_record()
    assert str(again) == "no"
