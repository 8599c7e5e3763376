"""The tour of docs/tour.md: its commands, run as printed on a fresh database, give the figures it tells."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from tests.service.banks import URL
from tests.service.cli.said import Said, Shell

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "tour.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line.removeprefix("creditloop "))
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
FOLDERS = ("contracts", "features", "policies", "examples/south_german_credit")


@pytest.fixture
def said(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, Said]:
    """What each command of the page said, by its first words; run in order in a folder of its own."""
    for folder in FOLDERS:
        shutil.copytree(REPOSITORY / folder, tmp_path / "bank" / folder)
    monkeypatch.setenv(URL, database_url)
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("CREDITLOOP_BANK", raising=False)
    monkeypatch.chdir(tmp_path / "bank")
    shell = Shell(capsys)
    answers = {}
    for words in COMMANDS:
        answers[" ".join(words[:2])] = answer = shell([*words, "--json"])
        assert answer.status == 0, (words, answer.out, answer.err)
    return answers


def told(pattern: str) -> list[str]:
    """The figures a sentence or row of the page tells."""
    found = re.search(pattern, PAGE, re.DOTALL)
    assert found is not None, pattern
    return [text.replace(",", "") for text in found.groups()]


def test_the_page_holds_the_four_commands() -> None:
    assert [words[0] for words in COMMANDS] == ["import", "fit", "decide", "compare", "decide", "decide"]


def test_the_commands_give_the_figures_of_the_page(said: dict[str, Said]) -> None:
    (imported,) = said["import contracts/south_german_credit.yaml"].record["imports"]
    assert [str(imported["rows_read"])] == told(r"checks ([\d,]+) rows and rejects none")
    assert imported["rows_rejected"] == 0

    fitted = said["fit examples/south_german_credit/application.yaml"].record
    assert [str(fitted["rows"])] == told(r"on the (\d+) applicants whose number")

    decided = said["decide book"].record
    counts = {"approve": 0, "refer": 0, "decline": 0}
    for line in decided["counts"]:
        counts[line["outcome"]] += line["decisions"]
    assert [str(decided["decided"]), *(str(count) for count in counts.values())] == told(
        r"decides the other (\d+): (\d+) approved, (\d+) referred to a\s+person, (\d+) declined"
    )

    replayed = said["decide replay"].record
    assert replayed["decisions"] == decided["decided"]
    assert replayed["differing"] == []


def test_the_comparison_gives_the_table_of_the_page(said: dict[str, Said]) -> None:
    rows = re.findall(
        r"\| [a-z ]+ \| (\d+) → (\d+), \w+(?: own)? \| ([\d.]+) % → ([\d.]+) % \| −([\d.]+) \[", PAGE
    )
    lines = said["compare examples/south_german_credit/application.yaml"].record["outcomes"][0]["lines"]
    made = [
        (
            str(line["baseline_approved"]),
            str(line["strategy_approved"]),
            f"{line['baseline_bad_rate_nano'] / 10**7:.2f}",
            f"{line['strategy_bad_rate_nano'] / 10**7:.2f}",
        )
        for line in lines
    ]
    assert made == [row[:4] for row in rows]
    assert len(rows) == 4
