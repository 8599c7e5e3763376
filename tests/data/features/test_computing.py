"""Features of a day: the values by hand, the same one by one and in bulk, and nothing known later."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.data.features.small_book import (
    JUNE,
    NOW,
    REPOSITORY,
    behaviour,
    differing,
    import_book,
    request,
    small,
)

from creditloop.data import Access, Contract, accesses, import_file, parse_contract, read_table
from creditloop.data.features import Role, feature_frame, feature_row
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection

DAYS = [date(2005, 4, 29), date(2005, 4, 30), date(2005, 5, 31), JUNE, date(2005, 9, 30)]
ALL = 10**9


@pytest.fixture
def book(database: Connection, taiwan: Contract, tmp_path: Path) -> Connection:
    """A database with the twenty customers."""
    import_book(database, taiwan, tmp_path)
    return database


def frame_of(book: Connection, contract: Contract, **changes: object) -> pl.DataFrame:
    return feature_frame(book, **{"features": behaviour(contract), **request(contract), **changes})  # type: ignore[arg-type]


def test_the_values_by_hand(book: Connection, taiwan: Contract) -> None:
    frame = frame_of(book, taiwan)
    party = {row["party_id"]: row for row in frame.iter_rows(named=True)}
    one = party["taiwan_cards/1"]  # bills 1000, 1200, 900; payments 800, 1000, 1200; limit 50,000
    assert (one["bill_2_fen"], one["bill_1_fen"], one["bill_0_fen"]) == (1000_00, 1200_00, 900_00)
    assert (one["statement_date_0"], one["has_bill"], one["late_now"]) == (JUNE, True, False)
    assert (one["utilisation_now"], one["utilisation_mean"]) == (18_000_000, 20_666_667)
    assert (one["utilisation_change"], one["bill_trend"]) == (-2_000_000, -100_000_000)
    assert (one["payment_ratio_now"], one["payment_ratio_before"], one["full_payment_months"]) == (
        ALL,
        ALL,
        2,
    )
    two = party["taiwan_cards/2"]  # never uses the card
    assert (two["has_bill"], two["zero_bill_months"], two["bill_trend"]) == (False, 3, 0)
    assert (two["payment_ratio_now"], two["unpaid_months"], two["utilisation_now"]) == (ALL, 0, 0)
    three = party["taiwan_cards/3"]  # 500 in credit
    assert (three["credit_balance_fen"], three["owed_0_fen"], three["has_bill"]) == (500_00, 0, False)
    four = party["taiwan_cards/4"]  # bills 5000, 5600, 6100; payments 500, 0, 0; late 0, 0, 1; limit 10,000
    assert (four["late_now"], four["months_late_max"], four["months_late_count"]) == (True, 1, 1)
    assert (four["unpaid_months"], four["payment_ratio_both"], four["bill_trend"]) == (2, 0, 220_000_000)
    five = party["taiwan_cards/5"]  # bills 9000, 10,500, 11,000; limit 10,000
    assert (five["above_limit_months"], five["utilisation_now"]) == (2, 1_100_000_000)
    assert (five["payment_ratio_now"], five["age_now_years"]) == (85_714_286, 25)


def test_a_code_that_is_not_above_zero_is_not_late(book: Connection, taiwan: Contract) -> None:
    frame = frame_of(book, taiwan)
    on_time = frame.filter(pl.col("months_late_0") <= 0)
    assert set(on_time["months_late_0"]) == {-2, -1, 0}
    assert set(on_time["months_late_now"]) == {0}
    assert frame.filter(pl.col("late_now")).height == frame.filter(pl.col("months_late_0") >= 1).height > 0


def test_every_customer_with_three_statements_has_every_feature(book: Connection, taiwan: Contract) -> None:
    frame = frame_of(book, taiwan)
    assert frame.height == 20
    assert frame.null_count().sum_horizontal().item() == 0


@pytest.mark.parametrize("states", [False, True])
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_one_by_one_and_in_bulk_are_the_same_values(
    book: Connection, taiwan: Contract, day: date, states: bool
) -> None:
    features = behaviour(taiwan)
    frame = frame_of(book, taiwan, as_of=day, states=states)
    rows = [
        feature_row(
            book,
            features=features,
            **request(taiwan, as_of=day),  # type: ignore[arg-type]
            party_id=party,
            states=states,
        )
        for party in frame["party_id"]
    ]
    assert differing(frame, rows) == []
    assert frame.height == (0 if day < date(2005, 4, 30) else 20)


def test_fewer_rows_than_asked_for_are_nulls_and_the_newest_counts_as_0(
    book: Connection, taiwan: Contract
) -> None:
    frame = frame_of(book, taiwan, as_of=date(2005, 5, 31))
    one = frame.row(by_predicate=pl.col("party_id") == "taiwan_cards/1", named=True)
    assert (one["bill_0_fen"], one["bill_1_fen"], one["bill_2_fen"]) == (1200_00, 1000_00, None)
    assert (one["utilisation_now"], one["utilisation_mean"], one["has_bill"]) == (24_000_000, None, True)


def test_nothing_known_after_the_day_is_seen(database: Connection, taiwan: Contract, tmp_path: Path) -> None:
    later = [name for month in (1, 2, 3) for name in (f"BILL_AMT{month}", f"PAY_AMT{month}")]

    def changed(names: list[str]) -> dict[date, pl.DataFrame]:
        with database.transaction(force_rollback=True):
            import_book(
                database,
                taiwan,
                tmp_path,
                lambda frame: frame.with_columns(*(pl.col(name) + 7.0 for name in names), PAY_0=pl.lit(8)),
            )
            return {day: frame_of(database, taiwan, as_of=day) for day in (JUNE, date(2005, 7, 31))}

    with database.transaction(force_rollback=True):
        import_book(database, taiwan, tmp_path)
        original = {day: frame_of(database, taiwan, as_of=day) for day in (JUNE, date(2005, 7, 31))}
    assert changed(later)[JUNE].equals(original[JUNE])
    assert not changed(later)[date(2005, 7, 31)].equals(original[date(2005, 7, 31)])
    assert not changed(["BILL_AMT4"])[JUNE].equals(original[JUNE]), "the probe sees what is known by then"


@pytest.mark.parametrize("purpose", ["rule", "model"])
@pytest.mark.parametrize("column", ["sex", "education", "marriage"])
def test_a_protected_attribute_is_never_an_input_of_what_decides(
    book: Connection, taiwan: Contract, purpose: str, column: str
) -> None:
    features = small(taiwan, ("column: limit_fen", f"column: {column}"), ("bill_0_fen / limit_fen", "0.5"))
    kept: list[Access] = []
    call = request(taiwan, purpose=purpose, record_denial=kept.append)
    with pytest.raises(InputError, match=rf"'{column}' is a protected attribute"):
        feature_frame(book, features=features, **call)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=rf"'{column}' is a protected attribute"):
        feature_row(book, features=features, **call, party_id="taiwan_cards/1")  # type: ignore[arg-type]
    assert [access.columns for access in kept] == [("party_id", column)] * 2
    fair = feature_frame(book, features=features, **request(taiwan, purpose="fairness"))  # type: ignore[arg-type]
    assert fair["limit_fen"].null_count() == 0, "the fairness report may read it"


def test_what_a_purpose_sees_masked_is_no_input(book: Connection, taiwan: Contract) -> None:
    with pytest.raises(InputError, match="would see this column masked") as caught:
        frame_of(book, taiwan, purpose="display")
    assert caught.value.where == {"contract": "taiwan_cards", "table": "customer", "field": "limit_fen"}


def test_a_purpose_there_is_not_is_denied_by_the_door(book: Connection, taiwan: Contract) -> None:
    kept: list[Access] = []
    with pytest.raises(InputError, match="no such purpose"):
        frame_of(book, taiwan, purpose="curiosity", record_denial=kept.append)
    assert len(kept) == 1


def test_each_table_is_read_once_and_on_record(book: Connection, taiwan: Contract) -> None:
    frame_of(book, taiwan, purpose="model")
    seen = [(access.table, access.purpose, access.parties_count) for access in accesses(book)]
    assert seen == [
        ("source.taiwan_cards_customer", "model", 20),
        ("source.taiwan_cards_statement", "model", 20),
    ]


def test_only_the_parties_asked_for_are_read(book: Connection, taiwan: Contract) -> None:
    asked = ["taiwan_cards/3", "taiwan_cards/11", "taiwan_cards/nobody"]
    frame = frame_of(book, taiwan, party_ids=asked)
    everybody = frame_of(book, taiwan)
    assert frame["party_id"].to_list() == ["taiwan_cards/11", "taiwan_cards/3"]
    assert frame.equals(everybody.filter(pl.col("party_id").is_in(asked)))
    nobody = frame_of(book, taiwan, party_ids=[])
    assert (nobody.height, nobody.schema) == (0, everybody.schema)


def test_a_stranger_is_unknown(book: Connection, taiwan: Contract) -> None:
    call = request(taiwan)
    with pytest.raises(UnknownId, match="nothing is known of this party by that day") as caught:
        feature_row(book, features=behaviour(taiwan), **call, party_id="taiwan_cards/99")  # type: ignore[arg-type]
    assert caught.value.got == "taiwan_cards/99"


def test_features_of_another_version_of_a_contract_are_refused(book: Connection, taiwan: Contract) -> None:
    newer = parse_contract(taiwan.document.text + "# newer\n", path="contracts/taiwan_cards.yaml")
    with pytest.raises(InputError, match="another contract, or another version of it") as caught:
        frame_of(book, newer, features=behaviour(taiwan))
    assert newer.document.hash in str(caught.value.got)


def test_a_division_by_zero_is_null_and_says_so_if_asked(book: Connection, taiwan: Contract) -> None:
    features = small(taiwan, ("bill_0_fen / limit_fen", "bill_0_fen / (limit_fen - limit_fen)"))
    frame = frame_of(book, taiwan, features=features, states=True)
    assert frame["use"].null_count() == 20
    assert set(frame["use__state"]) == {5}
    row = feature_row(
        book,
        features=features,
        **request(taiwan),
        party_id="taiwan_cards/1",
        states=True,  # type: ignore[arg-type]
    )
    assert (row["use"], row["use__state"]) == (None, 5)


@pytest.mark.outside
def test_the_whole_book_is_computed_and_the_same_by_python(database: Connection, taiwan: Contract) -> None:
    file = REPOSITORY / "examples" / "taiwan_cards" / "taiwan_default.parquet"
    import_file(database, contract=taiwan, file=file, now=NOW)
    features = behaviour(taiwan)
    frame = frame_of(database, taiwan, purpose="model")
    assert frame.height == 30_000
    assert frame.null_count().sum_horizontal().item() == 0, "nobody's features are referred"
    names = [feature.name for feature in features.features]
    for row in frame.iter_rows(named=True):
        results = features.function(row)
        assert {name: results[name].value for name in names} == {name: row[name] for name in names}
    eligible = frame.filter((pl.col("months_late_now") == 0) & pl.col("has_bill"))
    assert (eligible.height, frame.filter("late_now").height) == (24_111, 3_510)
    assert len(features.of_role(Role.MODEL)) == 19
    statements = read_table(
        database,
        table="statement",
        columns=["party_id"],
        known_by=NOW,
        **{key: value for key, value in request(taiwan).items() if key != "as_of"},  # type: ignore[arg-type]
    )
    assert statements.height == 180_000
