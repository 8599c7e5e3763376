"""What the generated Python calls: letters change case one by one, and nothing else does."""

from creditloop.formula.python_calls import lower_ascii, number_given, upper_ascii

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHERS = "@[`{ 0_\u00c9\u00e9\u4e2d\u212a"


def test_only_the_letters_a_to_z_change_case_whatever_stands_beside_them() -> None:
    for others in ("", OTHERS):
        assert lower_ascii(LETTERS + others) == LETTERS.lower() + others
        assert upper_ascii(LETTERS.lower() + others) == LETTERS + others
        assert lower_ascii(others) == upper_ascii(others) == others


def test_a_number_is_given_as_it_is_up_to_64_bits() -> None:
    for least_or_most in (-(2**63), 2**63 - 1):
        assert number_given(least_or_most, 2) == (least_or_most, 0)
    for broken in (-(2**63) - 1, 2**63, True, 1.0, "1"):
        assert number_given(broken, 2) == (None, 6)
    assert number_given(None, 2) == (None, 2)
