"""Logs stay small, and the last words are this run's."""

import os
from pathlib import Path

from creditloop.kernel.storage.server.folders import Layout
from creditloop.kernel.storage.server.logs import LOG_BYTES_MAX, last_words, put_large_logs_aside, tail


def layout_in(folder: Path) -> Layout:
    (folder / "log").mkdir()
    return Layout(state=folder)


def test_only_a_large_log_is_put_aside_in_place_of_the_one_before(tmp_path: Path) -> None:
    log = layout_in(tmp_path).log
    (log / "server-Mon.log").write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    (log / "server-Mon.log.old").write_text("older")
    (log / "server-Tue.log").write_bytes(b"x" * LOG_BYTES_MAX)
    put_large_logs_aside(Layout(state=tmp_path))
    assert sorted(path.name for path in log.iterdir()) == ["server-Mon.log.old", "server-Tue.log"]
    assert (log / "server-Mon.log.old").stat().st_size == LOG_BYTES_MAX + 1


def test_the_tail_is_the_last_lines(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(f"line {number}\n" for number in range(2000)))
    assert tail(tmp_path / "a.log", lines=2) == "line 1998\nline 1999"
    assert tail(tmp_path / "none.log") == ""


def test_a_link_in_a_log_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a.log").symlink_to(tmp_path / "secret")
    assert tail(tmp_path / "a.log") == ""


def test_an_earlier_runs_words_are_not_the_last(tmp_path: Path) -> None:
    layout = layout_in(tmp_path)
    (layout.log / "server-Mon.log").write_text("shut down\n")
    os.utime(layout.log / "server-Mon.log", (1_700_000_000, 1_700_000_000))
    layout.start_log.write_text("no memory\n")
    assert last_words(layout) == "no memory"
    (layout.log / "server-Tue.log").write_text("no space\n")
    assert last_words(layout) == "no memory\nno space"
