"""Run the command line in this process, as a shell would see it."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import typer
from typer.main import get_command

from creditloop.service.cli import main
from creditloop.service.cli.program import build_app


@dataclass(frozen=True)
class Said:
    """What a command left: its exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, object]:
        """The one JSON object on standard output, with nothing before or after it."""
        record = json.loads(self.out)
        assert isinstance(record, dict)
        return record


class Shell:
    """Calls `creditloop` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, line: str | Sequence[str]) -> Said:
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line) if isinstance(line, str) else line)
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, *self.capsys.readouterr())


def commands() -> dict[str, typer.core.TyperCommand | typer.core.TyperGroup]:
    """Every command that does something, by its words: "book post"."""
    root = get_command(build_app())
    assert isinstance(root, typer.core.TyperGroup)
    return _within(root, "")


def _within(
    group: typer.core.TyperGroup, words: str
) -> dict[str, typer.core.TyperCommand | typer.core.TyperGroup]:
    found: dict[str, typer.core.TyperCommand | typer.core.TyperGroup] = {}
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            found |= _within(command, f"{words}{name} ")
            # some groups do something by themselves
            found |= {f"{words}{name}": command} if command.invoke_without_command else {}
        else:
            found[f"{words}{name}"] = command
    return found


def example_of(help_text: str) -> list[str]:
    """The words of the line that begins with `Example:`, wrapped or not; without `creditloop` and pipes."""
    match = re.search(r"Example: creditloop (.*?)(?:\n\s*\n|\Z)", help_text, re.DOTALL)
    assert match is not None, help_text
    return shlex.split(match.group(1).split(">")[0])
