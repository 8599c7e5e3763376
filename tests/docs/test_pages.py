"""The documents: links lead somewhere, commands exist, code runs, every page can be found."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from pages import PAGES, REPOSITORY, Page, read_page
from typer.exceptions import TyperException
from typer.main import get_command

BY_PLACE = {page.place: page for page in PAGES}
COMMENT = re.compile(r"\s+#.*$")
DECISION_HEADINGS = ["Context", "Decision", "Consequences", "What would change it"]
NAMED_PATH = re.compile(
    r"`((?:src|docs|policies|contracts|tests|requirements|conformance|bench|examples)/[\w./-]*)`"
)


def broken_links(page: Page) -> Iterator[str]:
    """Find links to files or headings that are not there; addresses on the net are not fetched."""
    for line, link in page.links:
        target, _, anchor = unquote(link).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.file.parent / target).resolve()
        if target and not (file.exists() and file.is_relative_to(REPOSITORY)):
            yield f"{page.place}:{line}: {link} leads nowhere"
        elif anchor and anchor not in (read_page(file) if target else page).anchors:
            yield f"{page.place}:{line}: {link} names a heading that is not there"


def wrong_paths(page: Page) -> Iterator[str]:
    """Find paths of the repository named in the text that are not there."""
    for match in NAMED_PATH.finditer(page.prose):
        if not (REPOSITORY / match[1]).exists():
            yield f"{page.place}:{page.prose.count(chr(10), 0, match.start()) + 1}: {match[1]} is not there"


def commands(page: Page) -> Iterator[tuple[str, list[str]]]:
    """Give each `make` or `creditloop` command of a page, in `sh` blocks and in the text, with its place."""
    for match in re.finditer(r"`((?:make|creditloop) [^`\n]+)`", page.prose):
        yield f"{page.place}:{page.prose.count(chr(10), 0, match.start()) + 1}", match[1].split()
    for block in page.blocks:
        if block.language not in {"sh", "bash", "shell", "console"}:
            continue
        for offset, line in enumerate(re.sub(r"\\\n", "  ", block.text).splitlines()):
            for part in re.split(r"\s*(?:\||&&|;|>|<)\s*", COMMENT.sub("", line.removeprefix("$ "))):
                words = [word for word in part.split() if not re.match(r"[A-Z_]+=", word)]
                words = words[2:] if words[:2] == ["python", "-m"] else words
                if words and Path(words[0]).name in {"make", "creditloop"}:
                    yield f"{page.place}:{block.line + offset}", [Path(words[0]).name, *words[1:]]


def make_targets() -> set[str]:
    """List the tasks of the Makefile."""
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))


def fault(words: list[str]) -> str | None:
    """Say what is wrong with a command, by the Makefile or by the command line's own parser."""
    if words[0] == "make":
        unknown = [
            word for word in words[1:] if not re.match(r"-|[A-Z_]+=", word) and word not in make_targets()
        ]
        return f"make has no task {unknown}" if unknown else None
    from creditloop.service.cli.program import build_app

    command, name, rest = get_command(build_app()), "creditloop", words[1:]
    try:
        while True:
            context = command.make_context(name, [], resilient_parsing=True)
            context.resilient_parsing = False  # made without its arguments, it has to be strict about these
            _, rest, _ = command.make_parser(context).parse_args(list(rest))
            if not isinstance(getattr(command, "commands", None), dict) or not rest:
                break
            name, *rest = rest
            if name not in command.commands:
                return f"creditloop has no command {name}"
            command = command.commands[name]
    except TyperException as error:
        return str(error)
    return f"too many words: {rest}" if rest else None


def reachable(first: str) -> set[str]:
    """Find the pages one comes to by links from a page."""
    found, pending = set(), [first]
    while pending:
        place = pending.pop()
        if place in found or place not in BY_PLACE:
            continue
        found.add(place)
        page = BY_PLACE[place]
        for _, link in page.links:
            target = unquote(link).partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                file = (page.file.parent / target).resolve()
                if file.is_relative_to(REPOSITORY):
                    pending.append(file.relative_to(REPOSITORY).as_posix())
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.place)
def test_links_lead_somewhere(page: Page) -> None:
    broken = [*broken_links(page), *wrong_paths(page)]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.place)
def test_commands_exist(page: Page) -> None:
    wrong = [f"{place}: {' '.join(words)}: {fault(words)}" for place, words in commands(page) if fault(words)]
    assert not wrong, "\n" + "\n".join(wrong)


def python_faults(page: Page, folder: Path) -> str:
    """Run a page's Python, one block after the other, beside the files it shows; return what went wrong."""
    text = "\n".join(block.text for block in page.blocks if block.language in {"python", "py"})
    if not text:
        return ""
    for block in page.blocks:  # a document that names itself in its first line is there as a file
        if block.language == "yaml" and (named := re.match(r"# (\S+\.yaml)\n", block.text)):
            (folder / named[1]).parent.mkdir(parents=True, exist_ok=True)
            (folder / named[1]).write_text(block.text, "utf-8")
    command = [sys.executable, "-W", "error", "-c", text]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return f"{page.place}: {answer.stderr}" if answer.returncode else ""


def test_python_runs(tmp_path: Path) -> None:
    faults = [found for page in PAGES if (found := python_faults(page, tmp_path))]
    assert not faults, "\n".join(faults)


def test_every_page_can_be_found_from_the_first() -> None:
    assert set(BY_PLACE) - reachable("README.md") == set()


DECISIONS = [page for page in PAGES if re.fullmatch(r"docs/decisions/\d.*", page.place)]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.place)
def test_a_decision_has_its_four_parts(page: Page) -> None:
    number = re.fullmatch(r"docs/decisions/(\d{4})-[a-z-]+\.md", page.place)
    assert number
    assert re.match(rf"# {number[1]} [^\n]+\n", page.text)
    assert re.findall(r"^## (.*)$", page.prose, re.MULTILINE) == DECISION_HEADINGS
    parts = re.split(r"^## .*$", page.prose, flags=re.MULTILINE)[1:]
    assert all(len(part.split()) > 20 for part in parts), "a part says nothing"
    assert len(page.text.split()) < 700, "a page is one page"


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(Path(page.place).name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 5


ODD = Page(
    "docs/odd.md",
    """# One two, 三
[a](gone.md) [b](#one-two-三) [c](#not-there) [d](why.md#why-integers) [e](why.md#no) `src/nothing.py`
`[f](g.md)` `make x` [g](https://example.org/) [h](../../outside.md)
```sh
make test WORKERS=1
make nonsense
CI=true creditloop up --json  # comment
creditloop up --nonsense
.venv/bin/creditloop nonsense | less
python -m creditloop up too many
```
""",
)


def test_the_checks_see_what_they_are_there_to_see() -> None:
    assert [finding.split(": ")[1] for finding in broken_links(ODD)] == [
        "gone.md leads nowhere",
        "#not-there names a heading that is not there",
        "why.md#no names a heading that is not there",
        "../../outside.md leads nowhere",
    ]
    assert list(wrong_paths(ODD)) == ["docs/odd.md:2: src/nothing.py is not there"]
    assert [bool(fault(words)) for _, words in commands(ODD)] == [True, False, True, False, True, True, True]


def test_python_that_fails_is_seen(tmp_path: Path) -> None:
    page = Page("docs/odd.md", "```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    assert "AssertionError" in python_faults(page, tmp_path)
    assert not python_faults(Page("docs/odd.md", page.text.replace("== 2", "== 1")), tmp_path)
