"""An error shows where in a text it lies, and of a long text only what stands around."""

import pytest

from creditloop.formula import Input, Kind, Step, compile_program
from creditloop.formula.writing import SHOWN_MAX, Writing
from creditloop.kernel.errors import PolicyError


@pytest.mark.parametrize("at", [0, 4_999, 9_999])
def test_of_a_long_text_what_stands_around_is_shown(at: int) -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(10_000))
    error = Writing(text).fault("wrong", at=at, got=text)
    shown = str(error.where["text"])
    assert len(shown) <= SHOWN_MAX + 2 and len(str(error.got)) <= SHOWN_MAX + 2
    assert text[max(at - 50, 0) : at + 50] in shown
    assert error.where["column"] == at + 1
    assert len(error.diagnostics()) < 3 * SHOWN_MAX


@pytest.mark.parametrize(
    ("at", "begin"), [(0, 0), (99, 0), (100, 0), (101, 1), (300, 200), (400, 300), (401, 300), (499, 300)]
)
def test_the_place_stands_in_the_middle_of_what_is_shown(at: int, begin: int) -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(500))
    before, after = "…" if begin else "", "…" if begin < 300 else ""
    shown = Writing(text).fault("wrong", at=at).where["text"]
    assert shown == f"{before}{text[begin : begin + 200]}{after}"


@pytest.mark.parametrize("length", [1, 199, 200])
def test_a_text_of_what_is_shown_at_most_stands_whole(length: int) -> None:
    error = Writing("x" * length).fault("wrong", at=length - 1, got="y" * length)
    assert (error.where["text"], error.got) == ("x" * length, "y" * length)


def test_a_short_text_stands_as_it_is() -> None:
    assert Writing("x > 5").fault("wrong", at=0, got="x").where["text"] == "x > 5"


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as raised:
        compile_program(inputs=[Input("x", Kind.INTEGER)], steps=[Step("s", text)])
    return raised.value


@pytest.mark.parametrize("digits", ["9" * 5000, "0" * 5000 + "1", "9" * 5000 + ".5"])
def test_a_number_of_any_length_is_refused_by_name(digits: str) -> None:
    assert refused(f"x > {digits}").message == "the number does not fit 64 bits"


def test_leading_zeros_are_read_up_to_forty_digits() -> None:
    compile_program(inputs=[Input("x", Kind.INTEGER)], steps=[Step("s", "x > " + "1".zfill(40))])
    assert refused("x > " + "1".zfill(41)).message == "the number does not fit 64 bits"


@pytest.mark.parametrize("digit", ["１", "٣", "߁"])
def test_digits_of_other_scripts_are_no_digits(digit: str) -> None:
    error = refused(f"x > {digit}")
    assert (error.got, error.hint) == (digit, "use the half-width digits 0-9")


@pytest.mark.parametrize(
    "text", ["+".join(["x"] * 3_000), "(" * 90 + "x" + "+x)" * 90 + "+x" * 90, "x" + " ?? x" * 200]
)
def test_a_chain_of_operators_that_nests_too_deep_is_refused_when_it_is_read(text: str) -> None:
    assert refused(text).message == "the expression nests too deep"


def test_alternatives_are_not_a_chain() -> None:
    compile_program(
        inputs=[Input("x", Kind.INTEGER)], steps=[Step("s", " or ".join(f"x = {n}" for n in range(1_000)))]
    )


def test_no_name_is_suggested_that_is_not_there() -> None:
    steps = [Step("s", "zz > 1", names={"zz": "?zz"})]
    with pytest.raises(PolicyError, match="nothing is called zz") as raised:
        compile_program(inputs=[Input("x", Kind.INTEGER)], steps=steps)
    assert raised.value.hint is None
