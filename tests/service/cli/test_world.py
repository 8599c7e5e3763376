"""`creditloop world`: builds a town, says what is in it, refuses what cannot be."""

import json
from pathlib import Path

from tests.service.cli.said import Shell

_SMALL = ["world", "--parties", "1000", "--seed", "5", "--years", "1", "--workers", "1"]


def test_a_town_is_built_and_told(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "town"
    said = shell([*_SMALL, "--out", str(out), "--json"])
    assert (said.status, said.err) == (0, "")
    record = said.record
    assert (record["simulated"], record["parties"], record["last_day"]) == (True, 1_000, "2024-12-31")
    written = json.loads((out / "town.json").read_text(encoding="utf-8"))
    assert record == {**written, "folder": str(out)}
    again = shell([*_SMALL, "--out", str(out)])
    assert again.status == 2
    assert "folder of its own" in again.err
    assert json.loads((out / "town.json").read_text(encoding="utf-8")) == written


def test_a_town_too_small_is_refused_before_anything_is_written(shell: Shell, tmp_path: Path) -> None:
    said = shell(["world", "--parties", "10", "--seed", "5", "--out", str(tmp_path / "town")])
    assert said.status == 2
    assert "--parties" in said.err and "1000 to 10000000" in said.err
    assert not list(tmp_path.iterdir())
