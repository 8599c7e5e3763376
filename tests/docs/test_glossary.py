"""The glossary: one meaning each, words that live in code are there, and no other word stands in for them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from pages import REPOSITORY

SOURCE = REPOSITORY / "src" / "creditloop"
HEADER = ["word", "中文", "meaning", "never", "in code"]


@dataclass(frozen=True)
class Word:
    """A line of the glossary."""

    word: str
    chinese: str
    meaning: str
    never: tuple[str, ...]
    in_code: tuple[str, ...]


def read_words(text: str) -> list[Word]:
    """Read the tables of the glossary."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    found = []
    for row in rows:
        assert len(row) == len(HEADER), row
        if row == HEADER or set(row[0]) <= set("-:"):
            continue
        never, in_code = (tuple(re.findall(r"`([^`]+)`", cell)) for cell in row[3:])
        found.append(Word(row[0], row[1], row[2], never, in_code))
    return found


WORDS = read_words((REPOSITORY / "docs" / "glossary.md").read_text("utf-8"))
IN_CODE = sorted({name for word in WORDS for name in word.in_code})


def parts(identifier: str) -> list[str]:
    """Cut an identifier into its words: snake_case, CamelCase and both."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


def identifiers(text: str) -> Iterator[tuple[int, str]]:
    """Give every name that a source file gives to something, with its line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def sql_identifiers(text: str) -> Iterator[tuple[int, str]]:
    """Give every name in an SQL file, with its line."""
    for number, line in enumerate(text.splitlines(), start=1):
        code = re.sub(r"--.*|'[^']*'", "", line)
        yield from ((number, name) for name in re.findall(r"[A-Za-z_]\w+", code))


def stand_ins(names: Iterator[tuple[int, str]], place: str) -> Iterator[str]:
    """Find names that use a word the glossary has another word for."""
    never = {tuple(parts(other)): word.word for word in WORDS for other in word.never}
    for line, name in names:
        cut = parts(name)
        for other, word in never.items():
            if any(tuple(cut[start : start + len(other)]) == other for start in range(len(cut))):
                yield f"{place}:{line}: {name}: the word is {word}, not {'_'.join(other)}"


def test_one_word_has_one_meaning() -> None:
    names = [name.strip() for word in WORDS for name in word.word.split(",")]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert len(names) > 100


def test_a_word_is_never_also_what_must_not_be_said() -> None:
    words = {name.strip() for word in WORDS for name in word.word.split(",")}
    assert words & {other for word in WORDS for other in word.never} == set()


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.word)
def test_every_word_has_both_languages_and_a_meaning(word: Word) -> None:
    assert re.fullmatch(r"[a-z_]+( [a-z]+)*(, [a-z_]+)*", word.word)
    assert re.search(r"[\u4e00-\u9fff]", word.chinese)
    assert len(word.meaning.split()) >= 3


@pytest.mark.parametrize("name", IN_CODE)
def test_what_is_said_to_be_in_the_code_is_there(name: str) -> None:
    module, _, attribute = f"creditloop.{name}".rpartition(".")
    assert hasattr(import_module(module), attribute)


def test_no_other_word_stands_in() -> None:
    found = []
    for file in sorted(SOURCE.rglob("*")):
        read = {".py": identifiers, ".sql": sql_identifiers}.get(file.suffix)
        if read is not None:
            found += stand_ins(read(file.read_text("utf-8")), file.relative_to(SOURCE).as_posix())
    assert not found, "\n" + "\n".join(found)


def test_documents_of_the_bank_use_the_words_too() -> None:
    found = []
    for folder in ("policies", "contracts"):
        for file in sorted((REPOSITORY / folder).rglob("*.yaml")):
            keys = re.findall(r"^[\s-]*([a-z_]+):", file.read_text("utf-8"), re.MULTILINE)
            found += stand_ins(((0, key) for key in keys), Path(file).relative_to(REPOSITORY).as_posix())
    assert not found, "\n" + "\n".join(found)


def test_the_finder_sees_what_it_is_there_to_see() -> None:
    code = (
        "class LoanLedger: ...\n"
        "def repayment_schedule(amount_cents): installmentCount = cut_off = 1\n"
        "cutoff = plan = 2"
    )
    assert [line.split(": ")[1] for line in stand_ins(identifiers(code), "odd.py")] == [
        "LoanLedger",
        "repayment_schedule",
        "amount_cents",
        "installmentCount",
        "cut_off",
    ]
    assert (
        len(
            list(
                stand_ins(
                    sql_identifiers("CREATE TABLE book.ledger ( -- ledger\n days_late integer"), "odd.sql"
                )
            )
        )
        == 2
    )
