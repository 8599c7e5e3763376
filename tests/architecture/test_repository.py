"""What stands in the repository: hashed requirements, and nothing that names a registry or a machine."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import REPOSITORY, assert_none
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

FILES_OF_REQUIREMENTS = sorted((REPOSITORY / "requirements").glob("*.txt"))
_SIZE_MAX = 5_000_000
"""Longer files are data; their bytes are pinned by hash where they are read."""
_HOST = re.compile(
    r"(?:^|[/.@\s\"'=])(?:[\w-]+\.)*(?:py-?pi|python-?hosted|registry|npm-?js|conda|crates|go-?proxy|mirrors?)"
    r"(?:\.[\w-]+)*\.(?:org|com|io|cn|net|dev)\b"
    r"|--(?:extra-)?index-url[= ]\s*\S*:|--find-link[s]",
    re.IGNORECASE | re.MULTILINE,
)
_MACHINE = re.compile(r"(?<![\w.~}$/)-])/(?:work|Users|mnt)/[\w.-]+")


def kept_files() -> Iterator[Path]:
    """Give every file that is, or would be, kept in the repository."""
    git = shutil.which("git")
    if git and (REPOSITORY / ".git").exists():
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode()
        names = [name for name in listed.split("\0") if name]
    else:
        skipped = {".git", ".venv", "var", "dist", "__pycache__", ".hypothesis", ".mypy_cache", ".ruff_cache"}
        found = (file.relative_to(REPOSITORY) for file in REPOSITORY.rglob("*"))
        names = [str(file) for file in found if not skipped & set(file.parts)]
    for name in names:
        file = REPOSITORY / name
        if file.is_file() and file.stat().st_size <= _SIZE_MAX:
            yield file


def occurrences(pattern: re.Pattern[str]) -> list[str]:
    """Find a pattern in every kept file."""
    found = []
    for file in kept_files():
        text = file.read_bytes().decode("utf-8", errors="ignore")
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{file.relative_to(REPOSITORY)}:{line}: {match.group().strip()}")
    return found


def test_no_file_names_a_registry() -> None:
    assert_none(occurrences(_HOST))


def test_no_file_names_a_machine() -> None:
    assert_none(occurrences(_MACHINE))
    here = re.escape(str(REPOSITORY))
    assert_none(occurrences(re.compile(here)))


def requirements(file: Path) -> dict[str, tuple[Requirement, list[str]]]:
    """Read a file of requirements: each with its hashes."""
    found = {}
    logical = file.read_text("utf-8").replace("\\\n", " ")
    for line in logical.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        wanted, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(wanted)
        found[canonicalize_name(requirement.name) + str(requirement.marker or "")] = (requirement, hashes)
    return found


@pytest.mark.parametrize("file", FILES_OF_REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_and_hashed(file: Path) -> None:
    read = requirements(file)
    assert read
    for requirement, hashes in read.values():
        assert re.fullmatch(r"==[\w.+!]+", str(requirement.specifier)), requirement
        assert requirement.url is None, requirement
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement


def test_the_files_agree_on_every_version() -> None:
    assert {file.name for file in FILES_OF_REQUIREMENTS} >= {"install.txt", "run.txt", "dev.txt"}
    versions: dict[str, set[str]] = {}
    for file in FILES_OF_REQUIREMENTS:
        for key, (requirement, _) in requirements(file).items():
            versions.setdefault(key, set()).add(str(requirement.specifier))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", ["run", "dev"])
def test_the_project_files_wishes_are_met(name: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    wishes = project["dependencies"] + (project["optional-dependencies"]["dev"] if name == "dev" else [])
    pinned = {
        canonicalize_name(requirement.name): Version(str(requirement.specifier).removeprefix("=="))
        for requirement, _ in requirements(REPOSITORY / "requirements" / f"{name}.txt").values()
    }
    for wish in map(Requirement, wishes):
        version = pinned.get(canonicalize_name(wish.name))
        assert version is not None, f"{wish} is not in {name}.txt"
        assert wish.specifier.contains(version), f"{wish}, and {name}.txt has {version}"


def test_the_patterns_see_what_they_are_there_to_see() -> None:
    dot = "."
    for host in ("py" + "pi", "files" + dot + "python" + "hosted", "registry" + dot + "npm" + "js"):
        assert _HOST.search(f"https://{host}.org/simple"), host
    assert not _HOST.search(
        "the registry of firms. organisations; a mirror.communicates; https://www.example.org/registry"
    )
    assert _MACHINE.search('open("' + "/" + 'Users/somebody/file")')
    assert not _MACHINE.search("https://example.org/Users/page and ~/work/x and tests/work/y")
