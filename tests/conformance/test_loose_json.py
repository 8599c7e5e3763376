import pytest
from conformance.loose_json import LooseJsonError, read_loose_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: 'x', \"b\": [1, -2.5e1, .5,],}", {"a": "x", "b": [1, -25.0, 0.5]}),
        ("{$: true, c: null}", {"$": True, "c": None}),
        ("'a\\n\\'b'", "a\n'b"),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_what_people_write_is_read(text, value):
    assert read_loose_json(text) == value


@pytest.mark.parametrize(
    "text", ["", "{a 1}", "{a: 1 b: 2}", "[1 2]", "{1: 2}", "1 2", "what", "{a: }", "'a", "["]
)
def test_what_cannot_be_read_is_told(text):
    with pytest.raises(LooseJsonError):
        read_loose_json(text)
