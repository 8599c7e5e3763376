"""Quotes over HTTP: plan, every fee, rates in the order shown, the drawdown check; what is refused."""

from decimal import Decimal
from typing import Any

from fastapi import FastAPI
from tests.service.http.caller import Caller, make_key, written
from tests.service.http.loan_requests import FACTS, RETAIL, quote_body

from creditloop.book.plan import RepaymentMethod
from creditloop.service.bank import Bank
from creditloop.service.http.loan_answers import LoanProduct, LoanProducts, LoanQuote
from creditloop.service.lending.products import quote_loan


def quoted(caller: Caller, **other: Any) -> dict[str, Any]:
    answer = caller.post("/v1/loan-quotes", quote_body(**other))
    assert answer.status_code == 200, answer.text
    LoanQuote.model_validate_json(answer.content)
    told = answer.json()
    assert isinstance(told, dict)
    return told


def test_a_quote_is_the_plan_that_the_product_gives(caller: Caller, bank: Bank) -> None:
    told = quoted(caller)
    expected = quote_loan(
        bank.places,
        product="retail_line",
        method=RepaymentMethod.EQUAL_INSTALMENT,
        principal_fen=RETAIL["amount_fen"],
        rate_annual=Decimal("0.108"),
        start=bank.clock().date(),
        term_months=12,
    ).quote
    rows = told["instalments"]
    assert [row["principal_fen"] for row in rows] == list(expected.plan.principal_fen)
    assert [row["interest_fen"] for row in rows] == list(expected.plan.interest_fen)
    assert [row["due"] for row in rows] == [str(day) for day in expected.plan.due]
    assert sum(row["principal_fen"] for row in rows) == RETAIL["amount_fen"]
    assert told["total_fen"] == sum(row["amount_fen"] for row in rows)


def test_the_yearly_cost_comes_first_and_the_daily_rate_last(caller: Caller) -> None:
    answer = caller.post("/v1/loan-quotes", quote_body())
    codes = [rate["code"] for rate in answer.json()["rates"]]
    assert codes == ["annual_compound", "annual_simple", "annual_stated", "daily_stated"]
    assert answer.text.startswith('{"rates":'), "the rates stand before everything else"
    compound, simple, stated, daily = answer.json()["rates"]
    assert compound["rate_nano"] > simple["rate_nano"] > stated["rate_nano"] == 108_000_000
    assert daily["rate_nano"] == 300_000
    assert stated["percent"] == "10.8000 %"
    assert "内部收益率" in compound["zh"]


def test_every_fee_is_told_and_is_inside_the_yearly_cost(caller: Caller) -> None:
    pledged = {"method": "bullet", "amount_fen": 5_000_000, "rate_annual_nano": 60_000_000, "term_months": 6}
    firm = {
        "method": "interest_first",
        "amount_fen": 50_000_000,
        "rate_annual_nano": 50_000_000,
        "term_months": 24,
    }
    guaranteed = {**firm, "method": "equal_principal", "amount_fen": 10_000_000, "term_months": 12}
    for product, body, fee, at_pay_out in (
        ("bullet_loan", pledged, "registration", 5_000),
        ("patent_line", firm, "valuation", 300_000),
        ("sme_working_capital", guaranteed, "guarantee", 0),
    ):
        told = quoted(caller, product=product, facts=None, **body)
        assert [(each["fee"], each["at_pay_out_fen"]) for each in told["fees"]] == [(fee, at_pay_out)]
        assert told["fees"][0]["total_fen"] == told["total_fees_fen"] > 0
        assert sum(row["fees_fen"] for row in told["instalments"]) == told["total_fees_fen"] - at_pay_out
        assert told["rates"][0]["rate_nano"] > body["rate_annual_nano"]
        assert told["check"] is None


def test_fees_of_several_kinds_are_told_apart(caller: Caller, bank: Bank) -> None:
    file = bank.places.documents / "policies/bullet_loan/lend/product.yaml"
    text = file.read_text("utf-8")
    again = (
        ", {fee: stamp, title: {zh: 印花税, en: stamp duty}, basis: amount, amount: yuan(7),"
        " charged: at_drawdown, paid_to: state}]"
    )
    file.write_text(text.replace("paid_to: registry}]", "paid_to: registry}" + again), "utf-8")
    body = {"method": "bullet", "amount_fen": 5_000_000, "rate_annual_nano": 60_000_000, "term_months": 6}
    told = quoted(caller, product="bullet_loan", facts=None, **body)
    assert {each["fee"]: each["total_fen"] for each in told["fees"]} == {"registration": 5000, "stamp": 700}
    assert told["total_fees_fen"] == 5700


def test_a_document_that_was_changed_holds_from_the_next_quote_on(caller: Caller, bank: Bank) -> None:
    before = quoted(caller)
    file = bank.places.documents / "policies/retail_line/lend/product.yaml"
    file.write_text(file.read_text("utf-8").replace("value: yuan(40000)", "value: yuan(10000)"), "utf-8")
    after = quoted(caller)
    assert before["check"]["broken"] == []
    assert after["check"]["broken"] == ["at_most_the_largest_drawdown"]
    assert before["documents"] != after["documents"]


def test_the_drawdown_is_checked_by_named_rules_with_reasons(caller: Caller) -> None:
    kept = quoted(caller)["check"]
    assert (kept["broken"], kept["outcome"]) == ([], "approve"), kept["unknown"]
    told = quoted(caller, facts={**FACTS, "dpd": 3, "frozen": True})["check"]
    assert told["outcome"] == "decline"
    assert told["broken"] == ["limit_is_not_frozen", "nothing_is_past_due"]
    broken = {rule["rule"]: rule for rule in told["rules"]}
    assert set(broken) == set(told["broken"])
    assert "within_the_limit" in told["kept"]
    assert broken["nothing_is_past_due"]["why"]["zh"] == "存在逾期，不能支用"
    assert broken["nothing_is_past_due"]["code"] == "DR_03"
    assert broken["nothing_is_past_due"]["facts"] == {"dpd": 3}


def test_what_is_not_known_of_a_borrower_refers(caller: Caller) -> None:
    told = quoted(caller, facts={"customer": "person"})["check"]
    assert told["outcome"] == "refer"
    assert "within_the_limit" in told["unknown"]
    missing = {rule["rule"]: rule["missing"] for rule in told["rules"] if rule["holds"] is None}
    assert missing["within_the_limit"] == ["limit_fen", "owed_fen"] or set(missing["within_the_limit"]) == {
        "limit_fen",
        "owed_fen",
    }


def test_a_quote_keeps_nothing(caller: Caller, app: FastAPI) -> None:
    before = written(app.state.bank)
    quoted(caller)
    assert written(app.state.bank) == before


BAD: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"product": "gold_loan"}, 404, "gold_loan"),
    ({"product": "../retail_line"}, 404, "retail_line"),
    ({"product": ""}, 422, "product"),
    ({"method": "stepped"}, 422, '"field":"method"'),
    ({"method": "equal"}, 422, "method"),
    ({"amount_fen": 0}, 422, "amount_fen"),
    ({"amount_fen": 1.5}, 422, "amount_fen"),
    ({"amount_fen": 10**16 + 1}, 422, "amount_fen"),
    ({"rate_annual_nano": -1}, 422, "rate_annual_nano"),
    ({"rate_annual_nano": "0.1"}, 422, "rate_annual_nano"),
    ({"start": "2020-12-31"}, 422, '"field":"start"'),
    ({"start": "2026-02-30"}, 422, "start"),
    ({"start": "9999-12-31"}, 422, "years 1 to 9999"),
    ({"term_months": 0}, 422, "term_months"),
    ({"term_months": 601}, 422, "term_months"),
    ({"colour": "red"}, 422, "colour"),
    ({"facts": {}}, 422, "facts"),
    ({"facts": {"customer": "bank"}}, 422, "facts.customer"),
    ({"facts": {**FACTS, "dpd": -1}}, 422, "facts.dpd"),
    ({"facts": {**FACTS, "lenders": {"stranger": {}}}}, 422, "stranger"),
    ({"facts": {**FACTS, "owed_fen": 2**70}}, 422, "facts.owed_fen"),
)


def test_what_cannot_be_quoted_is_refused_by_name(caller: Caller) -> None:
    wrong = []
    for other, status, named in BAD:
        answer = caller.post("/v1/loan-quotes", quote_body(**other))
        if answer.status_code != status or named not in answer.text:
            wrong.append(f"{other}: {answer.status_code} {answer.text}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_term_by_quarters_is_refused_by_name(caller: Caller) -> None:
    body = {"method": "bullet", "amount_fen": 5_000_000, "rate_annual_nano": 60_000_000, "term_months": 4}
    answer = caller.post("/v1/loan-quotes", quote_body(product="bullet_loan", **body))
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, "term_months")


def test_a_quote_is_read_as_strictly_as_a_command(caller: Caller) -> None:
    assert caller.post("/v1/loan-quotes", b'{"product": "a", "product": "b"}').status_code == 400
    plain = caller.post("/v1/loan-quotes", quote_body(), headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    assert caller.post("/v1/loan-quotes?now=1", quote_body()).status_code == 422


def test_who_shows_no_key_or_another_gets_no_quote(app: FastAPI) -> None:
    assert Caller(app, secret=None).post("/v1/loan-quotes", quote_body()).status_code == 401
    other = Caller(app, secret=make_key(app.state.bank, ["cases:read"]).secret)
    assert other.post("/v1/loan-quotes", quote_body()).status_code == 403
    assert other.get("/v1/loan-products").status_code == 403


def test_products_are_listed_as_in_force_on_a_day(caller: Caller) -> None:
    answer = caller.get("/v1/loan-products", on="2025-10-01")
    told = LoanProducts.model_validate_json(answer.content)
    lines = {line.product: line for line in told.products}
    assert set(lines) >= {"retail_line", "instalment_loan", "bullet_loan"}
    assert lines["retail_line"].rate_annual_max_nano == 156_000_000
    early = caller.get("/v1/loan-products", on="2020-12-31").json()
    assert early["products"] == []
    assert {line["product"] for line in early["not_sold"]} == set(lines)
    today = caller.get("/v1/loan-products").json()
    assert today["on"] == "2026-01-05"


def test_a_product_tells_each_term_with_its_day_and_source(caller: Caller) -> None:
    answer = caller.get("/v1/loan-products/retail_line", on="2025-09-30")
    told = LoanProduct.model_validate_json(answer.content)
    highest = told.terms["rate_annual_max"]
    assert (highest.value, str(highest.until)) == ("0.18", "2025-10-01")
    assert all(term.source for term in told.terms.values())
    assert [(each.lender, each.share) for each in told.lenders] == [("own", "3/10"), ("partner_bank", "7/10")]
    assert [order.above_dpd for order in told.allocation] == [None, 90]
    assert all(len(order.order) == 12 for order in told.allocation)
    assert {number.name for number in told.numbers} >= {"consumer_cap"}
    assert all(len(digest) == 64 for digest in told.documents.values())


def test_a_product_that_is_not_to_be_had_is_refused(caller: Caller) -> None:
    for path, status, named in (
        ("/v1/loan-products/gold_loan", 404, "gold_loan"),
        ("/v1/loan-products/retail_line?on=2020-12-31", 422, '"field":"on"'),
        ("/v1/loan-products/retail_line?on=yesterday", 422, "on"),
        ("/v1/loan-products?to=2020-12-31", 422, "to"),
    ):
        answer = caller.send("GET", path, headers=caller.headers)
        assert answer.status_code == status, answer.text
        assert named in answer.text
