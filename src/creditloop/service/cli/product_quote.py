"""`creditloop products quote`: what a loan of a product would cost, annualised rates before the daily one."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import fen_from_text
from creditloop.service.cli.options import AsJson, day
from creditloop.service.cli.output import Section, money, show
from creditloop.service.lending.products import quote_loan
from creditloop.service.places import find_places

Method = Annotated[RepaymentMethod, typer.Option(help="The way of repaying (还款方式).")]


def quote_product_loan(
    product: Annotated[str, typer.Argument(help="The product, e.g. retail_line.")],
    amount: Annotated[str, typer.Option(help="What is paid out, in yuan: 10000 or 10000.50.")],
    rate: Annotated[str, typer.Option(help="The yearly rate as a fraction: 0.072 is 7.2 %.")],
    months: Annotated[int, typer.Option(help="The term in months.")],
    start: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day of the pay-out.")],
    method: Method = RepaymentMethod.EQUAL_INSTALMENT,
    as_json: AsJson = False,
) -> None:
    """Print the plan of a loan and what it costs, with the product's fees as in force on its first day.

    Whether the customer may have it is not asked: nothing is held against the caps here.

    Example: creditloop products quote retail_line --amount 10000 --rate 0.072 --months 12 --start 2026-01-05
    """
    quoted = quote_loan(
        find_places(),
        product=product,
        method=method,
        principal_fen=fen_from_text(amount),
        rate_annual=_rate(rate),
        start=day(start),
        term_months=months,
    ).quote
    instalments = [
        (row.nr, row.due.isoformat(), row.principal_fen, row.interest_fen, fee, row.balance_fen)
        for row, fee in zip(quoted.plan.instalments(), quoted.fees_fen[1:], strict=True)
    ]
    columns = ("nr", "due", "principal_fen", "interest_fen", "fees_fen", "balance_fen")
    record = {
        "product": product,
        "rates": {each.code: str(each.rate) for each in quoted.rates},
        "total_interest_fen": quoted.total_interest_fen,
        "total_fees_fen": quoted.total_fees_fen,
        "fees_at_pay_out_fen": quoted.fees_fen[0],
        "instalments": [dict(zip(columns, row, strict=True)) for row in instalments],
    }
    cost = [(f"{each.zh} {each.en}", _percent(each.rate)) for each in quoted.rates]
    cost += [
        ("利息合计 interest", money(quoted.total_interest_fen)),
        ("费用合计 fees", money(quoted.total_fees_fen)),
    ]
    shown = [(nr, due, *map(money, amounts)) for nr, due, *amounts in instalments]
    titles = ("期 nr", "到期日 due", "本金 principal", "利息 interest", "费用 fees", "剩余本金 balance")
    sections = [
        Section(title=f"{product}, {start}", columns=("", ""), rows=cost),
        Section(title="还款计划 plan", columns=titles, rows=shown),
    ]
    show(record, sections=sections, as_json=as_json)


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise InputError(
            "not a rate", got=repr(text), expected="a decimal fraction: 0.072 is 7.2 %"
        ) from error


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.4f} %"
