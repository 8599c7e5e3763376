"""A fault of a report on its way up: said where it is found, its path added on the way."""

from creditloop.kernel.errors import ContractBroken

_SHOWN_MAX = 60
"""Longest text of the report shown in an error, in characters."""


class Fault(Exception):  # noqa: N818 -- caught and turned into an error of the house by `refusal`
    """What is wrong at one place; each element it passes on its way up adds its key or index to `steps`."""

    def __init__(self, what: str, *, got: str, expected: str, rule: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.got = got
        self.expected = expected
        self.rule = rule
        self.steps: list[str | int] = []

    def at(self, *steps: str | int) -> "Fault":
        """Say where it is, outermost step first, below whatever holds it."""
        self.steps.extend(reversed(steps))
        return self


def path_of(steps: list[str | int]) -> str:
    """Write steps, innermost first, as a path: `PDA.PD01[3].PD01A`."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in reversed(steps)]
    return "".join(parts).removeprefix(".")


def shown(raw: object) -> str:
    """Describe what was found where something else should be; texts are cut."""
    if raw is None:
        return "nothing"
    if isinstance(raw, str):
        return f'"{raw[:_SHOWN_MAX]}"' + ("…" if len(raw) > _SHOWN_MAX else "")
    if isinstance(raw, dict):
        return "an element with parts"
    if isinstance(raw, list):
        return f"a list of {len(raw)}"
    return f"{raw!s:.{_SHOWN_MAX}} ({'true or false' if isinstance(raw, bool) else 'a number'})"


def refusal(fault: Fault) -> ContractBroken:
    """Make the error that refuses the whole report, naming the path of the fault."""
    path = path_of(fault.steps)
    where = {"path": path} | ({"rule": fault.rule} if fault.rule else {})
    message = f"{path}: {fault.what}" if path else fault.what
    return ContractBroken(message, got=fault.got, expected=fault.expected, where=where)
