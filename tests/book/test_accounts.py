from creditloop.book import ACCOUNTS, CONTRA_ACCOUNT, CUSTOMER_ACCOUNTS, EventKind, Side


def test_every_kind_of_event_has_another_side_that_is_not_the_customers() -> None:
    codes = {account.code for account in ACCOUNTS}
    assert set(CONTRA_ACCOUNT) == set(EventKind)
    assert set(CONTRA_ACCOUNT.values()) | set(CUSTOMER_ACCOUNTS) == codes
    assert not set(CONTRA_ACCOUNT.values()) & set(CUSTOMER_ACCOUNTS)


def test_a_credit_balance_is_a_liability() -> None:
    kinds = {account.code: (account.kind, account.normal_side) for account in ACCOUNTS}
    assert kinds["customer_credit"] == ("liability", Side.CREDIT)
    assert kinds["card_receivable"] == ("asset", Side.DEBIT)


def test_accounts_are_named_in_both_languages() -> None:
    for account in ACCOUNTS:
        assert account.en.isascii()
        assert all("\u4e00" <= letter <= "\u9fff" for letter in account.zh)
