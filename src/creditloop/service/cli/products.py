"""`creditloop products …`: the bank's loan products and their rules, every number with its day and source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import typer

from creditloop.kernel.documents import Source
from creditloop.kernel.errors import PolicyError
from creditloop.lend.products import (
    AllocationRule,
    Dated,
    Product,
    ProductRules,
    RuleNumber,
    dated_terms,
    plain,
    policy_numbers,
)
from creditloop.risk import Policy
from creditloop.service.cli.options import AsJson, day
from creditloop.service.cli.output import Section, money, show
from creditloop.service.cli.product_quote import quote_product_loan
from creditloop.service.clock import now
from creditloop.service.lending.products import product_rules, products_on
from creditloop.service.places import find_places

AsOf = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM-DD", help="The day whose values are shown (规则日期); today if not said."),
]
TITLES = {
    "methods": "还款方式",
    "term_months": "期限（月）",
    "customer_limit_min": "最低授信",
    "customer_limit_max": "最高授信",
    "drawdown_min": "单笔最低支用",
    "drawdown_max": "单笔最高支用",
    "rate_annual_min": "最低年利率",
    "rate_annual_max": "最高年利率",
    "all_in_cost_max": "综合年化成本上限",
    "day_count": "计息基准",
    "interest_by": "计息方式",
    "rounding": "取整",
    "due_days": "还款日",
    "holidays": "节假日",
    "grace": "宽限期",
    "prepayment": "提前还款",
    "fees": "费用",
    "penalty_rule": "罚息规则",
    "allocation_rule": "冲抵顺序",
    "colending_programme": "联合放款方案",
}
"""How each term of a product is called on a screen, beside its name in the document."""
_MONEY = {name for name in TITLES if name.startswith(("customer_limit", "drawdown"))}


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Loan products and their rules as dated documents (产品与规则).")
    group.command("list")(list_products)
    group.command("show")(show_product)
    group.command("quote")(quote_product_loan)
    app.add_typer(group, name="products")


def list_products(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Print the bank's products as in force on a day: for whom, how much, at which rates, for how long.

    A product that is not sold on the day, or whose document is wrong, stands in the list with the reason.

    Example: creditloop products list --as-of 2026-01-01
    """
    on = _on(as_of)
    found = products_on(find_places(), on=on)
    sold = [product for _, product in found if isinstance(product, Product)]
    faults = [(name, fault) for name, fault in found if isinstance(fault, PolicyError)]
    record = {
        "rules_as_of": on.isoformat(),
        "products": [_product_record(product) for product in sold],
        "not_sold": [{"product": name, "why": fault.as_record()} for name, fault in faults],
    }
    sections = [
        Section(
            title=f"产品 products, {on}",
            columns=["产品", "product", "对象 for", "单笔 drawdown", "年利率 rate", "期限 months"],
            rows=[_line(product) for product in sold],
        )
    ]
    if faults:
        rows = [(name, fault.message, fault.got, fault.expected) for name, fault in faults]
        sections.append(
            Section(title="未售 not sold", columns=["product", "why", "got", "expected"], rows=rows)
        )
    show(record, sections=sections, as_json=as_json)


def show_product(
    product: Annotated[str, typer.Argument(help="The product, e.g. retail_line.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Print a product as in force on a day: each term with its day and source, and the rules it names.

    Example: creditloop products show retail_line --as-of 2022-01-01
    """
    rules = product_rules(find_places(), product=product, on=_on(as_of))
    record = {**_product_record(rules.product), **_rules_record(rules)}
    show(record, sections=list(_sections(rules)), as_json=as_json)


def _on(as_of: str | None) -> date:
    return day(as_of) if as_of is not None else now().date()


def _product_record(product: Product) -> dict[str, object]:
    return {
        "product": product.name,
        "title": {"zh": product.title.zh, "en": product.title.en},
        "rules_as_of": product.rules_as_of.isoformat(),
        "document": product.document.path,
        "hash": product.document.hash,
        "effective": plain(product.effective),
        "customer": product.customer.value,
        "purpose": product.purpose.value,
        "channel": product.channel.value,
        "secured": product.secured,
        "revolving": product.revolving,
        "terms": {name: _term_record(term) for name, term in dated_terms(product).items()},
    }


def _term_record(term: Dated[Any]) -> dict[str, object]:
    source = term.source
    return {
        "value": plain(term.value),
        "since": term.since.isoformat(),
        "until": term.until.isoformat() if term.until is not None else None,
        "source": source.title,
        "reference": source.reference,
        "checked": source.checked.isoformat() if source.checked is not None else None,
    }


def _rules_record(rules: ProductRules) -> dict[str, object]:
    programme = rules.programme
    return {
        "documents": {document.path: document.hash for document in rules.documents},
        "allocation": {above: _cells(rules.allocation, above) for above in _dpds(rules.allocation)},
        "colending": None
        if programme is None
        else {
            "programme": programme.name,
            "shares": {
                "value": {
                    each.name: str(programme.shares.value.share(each.name)) for each in programme.lenders
                },
                "since": programme.shares.since.isoformat(),
                "source": programme.shares.source.title,
            },
        },
        "numbers": [{"policy": policy.name, **number.as_record()} for policy, number in _numbers(rules)],
    }


def _line(product: Product) -> tuple[object, ...]:
    terms = product.terms
    return (
        product.title.zh,
        product.name,
        product.customer.value,
        f"{money(terms.drawdown_min.value)} – {money(terms.drawdown_max.value)}",
        f"{_percent(terms.rate_annual_min.value)} – {_percent(terms.rate_annual_max.value)}",
        _words(plain(terms.term_months.value)),
    )


def _sections(rules: ProductRules) -> Iterator[Section]:
    product, notes = rules.product, _Notes()
    yield Section(
        title=f"{product.title.zh} {product.title.en}, {product.rules_as_of} ({product.document.path})",
        columns=("要素 term", "取值 value", "自 since", "至 until", "来源 source"),
        rows=[_row(name, term, notes) for name, term in dated_terms(product).items()],
    )
    if rules.programme is not None:
        shares = rules.programme.shares
        yield Section(
            title=f"{rules.programme.title.zh} {rules.programme.title.en}",
            columns=("出资方 lender", "出资比例 share", "自 since", "至 until", "来源 source"),
            rows=[
                (each.title.zh, str(shares.value.share(each.name)), *_days(shares), notes.of(shares.source))
                for each in rules.programme.lenders
            ],
        )
    yield Section(
        title="冲抵顺序 allocation",
        columns=("逾期超过 dpd above", "顺序 order"),
        rows=[(above, " ".join(_cells(rules.allocation, above))) for above in _dpds(rules.allocation)],
    )
    yield Section(
        title="规则中的数值 numbers of the rules",
        columns=("规则 policy", "数值 number", "取值 value", "单位 unit", "自 since", "来源 source"),
        rows=[_number_row(policy, number, notes) for policy, number in _numbers(rules)],
    )
    yield Section(title="来源 sources", columns=("", "来源 source", "核对 checked"), rows=notes.rows())


class _Notes:
    """The sources told, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._sources: dict[Source, int] = {}

    def of(self, source: Source) -> str:
        """Return the mark of a source."""
        return f"[{self._sources.setdefault(source, len(self._sources) + 1)}]"

    def rows(self) -> list[tuple[str, str, str]]:
        """Return the sources with their marks."""
        return [(f"[{n}]", source.title, str(source.checked)) for source, n in self._sources.items()]


def _row(name: str, term: Dated[Any], notes: _Notes) -> tuple[str, ...]:
    return (f"{TITLES[name]} {name}", _told(name, term.value), *_days(term), notes.of(term.source))


def _days(term: Dated[Any]) -> tuple[str, str]:
    return str(term.since), str(term.until) if term.until is not None else "–"


def _told(name: str, value: object) -> str:
    """Write a term for a person: amounts as money, ratios in per cent, all else in the document's words."""
    if name in _MONEY and isinstance(value, int):
        return money(value)
    return _percent(value) if isinstance(value, Decimal) else _words(plain(value))


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        if {"least", "most", "only"} <= set(value):
            return _words(value["only"]) if value["only"] else f"{value['least']} – {value['most']}"
        return "; ".join(f"{key} {_words(part)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_words(part) for part in value) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).normalize():f} %"


def _numbers(rules: ProductRules) -> Iterator[tuple[Policy, RuleNumber]]:
    """Give the numbers of every policy the product is judged by, as in force on the day."""
    policies: list[Policy] = [rules.penalty.policy, rules.allocation.policy, rules.drawdown]
    if rules.programme is not None:
        policies += [policy for policy in (rules.colending, rules.colending_partner) if policy is not None]
    for policy in policies:
        yield from ((policy, number) for number in policy_numbers(policy))


def _number_row(policy: Policy, number: RuleNumber, notes: _Notes) -> tuple[str, ...]:
    value = number.value
    told = money(value) if number.unit == "fen" and isinstance(value, int) else _words(plain(value))
    told = _percent(value) if isinstance(value, Decimal) else told
    return (policy.name, number.name, told, number.unit, str(number.since), notes.of(number.source))


def _dpds(rule: AllocationRule) -> tuple[int | None, ...]:
    return (None, *(switch.above_dpd for switch in rule.by_dpd))


def _cells(rule: AllocationRule, above: int | None) -> list[str]:
    order = rule.allocation if above is None else rule.order(above + 1)
    return [f"{due.value}.{part.name.lower()}" for due, part in order.cells]
