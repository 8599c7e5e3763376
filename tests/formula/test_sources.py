"""What is generated for a program with every part is what was recorded and read."""

import pytest
from tests.formula.record_sources import FOLDER, SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_is_the_recorded_one(name: str) -> None:
    assert SOURCES[name]() == (FOLDER / name).read_text("utf-8"), "see tests.formula.record_sources"
