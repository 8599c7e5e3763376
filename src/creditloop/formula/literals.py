"""Read the literals of the language: numbers, money, dates and text, each exactly or not at all."""

from datetime import date

from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NANO, NANO_DECIMALS, Kind, is_clean_text
from creditloop.formula.tree import Call, Number, Text
from creditloop.formula.writing import Writing
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import fen_from_text

LITERALS = ("yuan", "fen", "date")
"""Names that make a literal of one written value."""
_DIGITS_MOST = 40
"""Longest whole part looked at; 64 bits have fewer digits."""


def number_value(number: Number, writing: Writing) -> tuple[Kind, int]:
    """Read a number: without a point an integer, with one a ratio in nano."""
    whole, point, decimals = number.text.partition(".")
    if len(decimals) > NANO_DECIMALS:
        raise writing.fault(
            "a ratio has at most nine decimals",
            at=number.at,
            got=number.text,
            expected=f"{NANO_DECIMALS} decimals",
        )
    if len(whole) > _DIGITS_MOST:
        raise writing.fault("the number does not fit 64 bits", at=number.at, got=number.text)
    value = int(whole.lstrip("-")) * (NANO if point else 1) + int(
        decimals.ljust(NANO_DECIMALS, "0") if point else 0
    )
    value = -value if whole.startswith("-") else value
    if not INT64_MIN <= value <= INT64_MAX:
        raise writing.fault("the number does not fit 64 bits", at=number.at, got=number.text)
    return (Kind.NANO if point else Kind.INTEGER), value


def text_value(text: Text, writing: Writing) -> str:
    """Read a text, which must be in Unicode's NFC form: texts are compared character by character."""
    if not is_clean_text(text.text):
        raise writing.fault("the text is not in Unicode NFC form", at=text.at, got=ascii(text.text))
    return text.text


def call_value(call: Call, writing: Writing) -> tuple[Kind, int | date]:
    """Read `yuan(500.00)`, `fen(50000)` or `date('2005-06-30')`."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    try:
        if call.name == "date" and isinstance(argument, Text):
            return Kind.DATE, date_from_text(argument.text)
        if call.name == "yuan" and isinstance(argument, Number):
            return Kind.MONEY, fen_from_text(argument.text)
        if call.name == "fen" and isinstance(argument, Number) and "." not in argument.text:
            return Kind.MONEY, number_value(argument, writing)[1]
    except InputError as error:
        raise writing.fault(error.message, at=call.at, got=error.got, expected=error.expected) from error
    form = {
        "date": "date('2005-06-30')",
        "yuan": "yuan(500.00), a written number",
        "fen": "fen(50000), a whole number",
    }
    raise writing.fault(
        f"{call.name} makes a literal of one written value", at=call.at, expected=form[call.name]
    )
