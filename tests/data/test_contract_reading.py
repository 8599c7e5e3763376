"""Contracts: what they say is read as it stands, and every fault is told with its line."""

from pathlib import Path

import loan_source as source
import pytest

from creditloop.data import ColumnType, Effect, read_contract
from creditloop.data.contracts import Edge, Versions, WhenStale
from creditloop.kernel.errors import ContractBroken

REPOSITORY = Path(__file__).parents[2]
PHONE = "phone: {from: phone, type: text, sensitivity: 4, personal: true, protected: false, "
AFTER = "after: {zh: 删除, en: deleted}}"
OF_FOUR = "{months: 24, versions: all, basis: {title: the bank's own choice}}"
OF_LATE = "{months: 60, versions: superseded, columns: [late], basis: {title: the tests}}"


def by_class(text: str) -> str:
    """Return the end of the contract's retention with classes that are emptied sooner."""
    return f"after: {{zh: 删除, en: deleted}}, by_class: {{{text}}}}}"


def test_classes_that_are_emptied_sooner_are_read() -> None:
    contract = source.contract((AFTER, by_class(f'"4": {OF_FOUR}, "3": {OF_LATE}')))
    assert [
        (one.sensitivity, one.months, one.versions, one.basis.title) for one in contract.retention.by_class
    ] == [
        (4, 24, Versions.ALL, "the bank's own choice"),
        (3, 60, Versions.SUPERSEDED, "the tests"),
    ]
    four, three = contract.retention.by_class
    account, month = contract.tables
    assert [column.name for column in four.columns_of(account)] == ["phone", "faith"]
    assert [column.name for column in three.columns_of(account)] == ["late"]
    assert (three.columns_of(month), source.contract().retention.by_class) == ((), ())


def test_what_a_contract_says_is_read() -> None:
    contract = source.contract()
    assert (contract.name, contract.version, contract.currency) == ("loans", 3, "CNY")
    assert contract.rejected_share_max_nano == 200_000_000
    assert contract.not_loaded == {"star_sign": "bears neither on ability nor on willingness to repay"}
    assert contract.clear_up_to["display"] == 2
    account, month = contract.tables
    assert account.key == ("party_id", "account_no")
    assert (account.occurred_at.edge, account.known_at.column) == (Edge.START_OF, "seen_at")
    kind = account.column("kind")
    assert (kind.type, kind.unlisted, kind.null_allowed) == (ColumnType.CODE, Effect.REJECT, False)
    assert [(name, value.documented) for name, value in kind.values.items()] == [
        ("A", True),
        ("B", True),
        ("C", False),
    ]
    assert month.repetitions[1].sources == {"bill_fen": "bill_2", "previous_fen": "bill_1"}
    assert [rule.rule_id for rule in month.rules] == ["jump"]
    assert month.program is not None
    assert set(month.program.step("jump").reads) == {"bill_fen", "previous_fen", "late"}
    assert list(contract.source_types()) == [name for name in source.COLUMNS if name != "star_sign"]


def test_consent_and_staleness_are_read_or_are_not_there() -> None:
    plain = source.contract()
    assert (plain.consent, plain.staleness) == (None, None)
    written = "consent: {purposes: [rule, display], basis: {title: the law, reference: Article 18}}\n"
    limited = "staleness: {days: 30, then: absent, basis: {title: the bank}}\n"
    contract = source.contract(("file_rules:", f"{written}{limited}file_rules:"))
    assert contract.consent is not None
    assert contract.consent.purposes == {"rule", "display"}
    assert (contract.consent.basis.title, contract.consent.basis.reference) == ("the law", "Article 18")
    assert contract.staleness is not None
    assert (contract.staleness.days, contract.staleness.then) == (30, WhenStale.ABSENT)


def test_the_contracts_of_the_repository_are_read() -> None:
    files = sorted((REPOSITORY / "contracts").glob("*.yaml"))
    assert files
    for file in files:
        contract = read_contract(file, root=REPOSITORY)
        assert contract.name == file.stem
        assert contract.document.path == f"contracts/{file.name}"


BROKEN = [
    # entries that are missing, unknown or not of their kind
    ("contract: loans", "contract: Loans!", ("not a name", "Loans!")),
    ("contract: loans\n", "", ("the key 'contract' is missing",)),
    ("version: 3", "version: three", ("expected a whole number", "field version")),
    ("version: 3", "version: 0", ("number out of range", "field version")),
    ("en: Loans}", "fr: Prêts}", ("the key 'en' is missing", "field title")),
    ("currency: CNY", "currency: yuan", ("not a currency", "yuan")),
    ("utc_offset_hours: 8", "utc_offset_hours: 80", ("number out of range", "utc_offset_hours")),
    ("JR/T 0197-2020", "my own", ("not one of the words", "sensitivity_scale")),
    ("formats: [csv, parquet, excel]", "formats: [csv, xml]", ("xml", "formats.1")),
    ("formats: [csv, parquet, excel]", "formats: []", ("at least one entry", "formats")),
    ("  display: {clear_up_to: 2}", "  gossip: {clear_up_to: 2}", ("no such purpose", "gossip")),
    ("  display: {clear_up_to: 2}", "  display: {clear_up_to: 6}", ("number out of range",)),
    ("rejected_share_max: {value: 0.2", "rejected_share_max: {value: 20%", ("not a share", "20%")),
    ("rejected_share_max: {value: 0.2", "rejected_share_max: {value: 1.1", ("not a share", "1.1")),
    (", source: {title: the tests}}", "}", ("the key 'source' is missing", "rejected_share_max")),
    (
        "retention: {months: 60",
        "retention: {months: forever",
        ("expected a whole number", "retention.months"),
    ),
    # classes that are emptied sooner
    (AFTER, by_class('"6": ' + OF_FOUR), ("no such sensitivity class", "loans.yaml:15")),
    (AFTER, by_class('"4": {months: 24, versions: all}'), ("the key 'basis' is missing",)),
    (AFTER, by_class('"4": ' + OF_FOUR.replace("24", "61")), ("not kept longer than its row", "61")),
    (AFTER, by_class('"4": ' + OF_FOUR.replace("all", "some")), ("not one of the words", "versions")),
    (AFTER, by_class('"5": ' + OF_FOUR), ("no column of this class", "class 5")),
    (AFTER, by_class('"4": ' + OF_FOUR.replace("all", "all, columns: [phone, late]")), ("late",)),
    (AFTER, by_class('"2": ' + OF_FOUR), ("'account_no' cannot be emptied: it is part of the key",)),
    (
        AFTER,
        by_class('"2": ' + OF_FOUR.replace("all", "all, columns: [opened]")),
        ("'opened' cannot be emptied: it says when the row occurred",),
    ),
    (
        AFTER,
        by_class('"1": ' + OF_FOUR.replace("all", "all, columns: [seen_at]")),
        ("'seen_at' cannot be emptied: it says when the row occurred or became known",),
    ),
    (AFTER, by_class('"3": ' + OF_FOUR), ("'balance_fen' cannot be emptied: it may not be null",)),
    ("file_rules:", "colour: red\nfile_rules:", ("unknown key 'colour'", "loans.yaml:18")),
    ("version: 3", "version: 3\nversion: 4", ("'version' stands twice",)),
    ("equal_but_for: [account_no]", "equal_but_for: [acount_no]", ("not a loaded column", "acount_no")),
    # columns
    (
        PHONE,
        "phone: {from: phone, type: text, personal: true, protected: false, ",
        ("'phone' has no sensitivity class", "loans.yaml:35"),
    ),
    (PHONE, PHONE.replace("sensitivity: 4", "sensitivity: 7"), ("number out of range", "phone.sensitivity")),
    (
        PHONE + "purposes: [posting, display]",
        PHONE + "purposes: []",
        ("a column without a purpose does not load", "loans.yaml:35", "phone.purposes"),
    ),
    (
        PHONE + "purposes: [posting, display]",
        PHONE.rstrip(", "),
        ("the key 'purposes' is missing", "account.columns.phone", "loans.yaml:35"),
    ),
    (PHONE + "purposes: [posting,", PHONE + "purposes: [model,", ("model", "phone.purposes")),
    (
        "purposes: [fairness]",
        "purposes: [fairness, rule]",
        ("'faith' is a protected attribute", "rule", "yaml:36"),
    ),
    (PHONE, PHONE.replace("type: text", "type: phone"), ("not one of the words", "phone.type")),
    (PHONE, PHONE.replace("phone: {", "phone_fen: {"), ("a money column's name ends in _fen",)),
    (
        "balance_fen: {from: balance, type: money",
        "balance_fen: {from: balance, type: integer",
        ("ends in _fen",),
    ),
    (PHONE, PHONE.replace("phone: {", "known_at: {"), ("every table has this column by itself", "known_at")),
    (PHONE, PHONE.replace("from: phone", "from: late"), ("loaded twice", "late", "account.columns.phone")),
    (PHONE, PHONE.replace("from: phone", "from: party_no"), ("the party's column is party_id already",)),
    (PHONE, PHONE.replace("from: phone", "from: star_sign"), ("both loaded and left out", "star_sign")),
    (PHONE, PHONE.replace("from: phone", "from: (stated)"), ("only a repeated table", "phone")),
    (
        ", undocumented: {C: {zh: 未说明, en: not explained}}",
        ", undocumented: {A: {zh: 甲, en: a}}",
        ("listed twice",),
    ),
    (", unlisted: reject}", "}", ("go together",)),
    # keys and moments
    ("key: [party_id, account_no]", "key: [account_no]", ("a key begins with party_id",)),
    ("key: [party_id, account_no]", "key: [party_id, phone]", ("cannot be null", "phone")),
    ("key: [party_id, account_no]", "key: [party_id, nothing]", ("nothing", "account.key")),
    ("{start_of: opened}", "{start_of: balance_fen}", ("not a column of type date", "balance_fen")),
    ("{at: seen_at}", "{at: '2024-01-01T00:00:00'}", ("needs its time zone",)),
    ("{at: seen_at}", "{at: somewhen}", ("neither an instant column", "somewhen")),
    ("{at: seen_at}", "{at: seen_at, end_of: opened}", ("exactly one of at, start_of, end_of",)),
    ("known_at: {end_of: month_end}", "known_at: {end_of: 2023-12-31}", ("known_at is before occurred_at",)),
    # repetitions
    ("from: {bill_fen: bill_1}}", "from: {}}", ("the key 'bill_fen' is missing", "month.repeat.0")),
    ("previous_fen: bill_1", "previous_fen: late", ("the extra 'previous_fen'", "late")),
    ("{month_end: 2024-02-29}", "{month_end: 2024-01-31}", ("two repetitions state the same key",)),
    ("{month_end: 2024-02-29}", "{month_end: February}", ("expected a date", "repeat.1")),
    ("    kind: repeat", "    kind: plain", ("`repeat:` stands in tables of kind repeat",)),
    # rules
    ("when: balance_fen < yuan(0)", "when: balance_fen <", ("loans.yaml:38", "rules.0.when")),
    ("when: balance_fen < yuan(0)", "when: balanse_fen < yuan(0)", ("balanse_fen", "loans.yaml:38")),
    ("when: balance_fen < yuan(0)", "when: balance_fen < 0", ("loans.yaml:38", "rules.0.when")),
    ("when: balance_fen < yuan(0)", "when: balance_fen", ("loans.yaml:38", "rules.0.when")),
    ("when: balance_fen < yuan(0)", "when: bill_fen < yuan(0)", ("bill_fen", "loans.yaml:38")),
    ("id: too_late, when", "id: overdrawn, when", ("a rule needs an id of its own", "overdrawn")),
    ("id: too_late, when", "id: late, when", ("a rule needs an id of its own", "late")),
    ("effect: reject, code: too_late", "effect: shout, code: too_late", ("shout", "rules.1.effect")),
    ("field: late", "field: lateness", ("lateness", "rules.1.field")),
    (
        PHONE,
        PHONE.replace("phone: {", "then: {"),
        ("a rule cannot see a column of this name", "then", "account.rules"),
    ),
    # control totals
    ("file_rules:", "totals: {sums: {kind: 3}}\nfile_rules:", ("no loaded number", "kind")),
    (
        "file_rules:",
        "totals: {sums: {bill_1: much}}\nfile_rules:",
        ("not an amount of money", "totals.sums.bill_1"),
    ),
    ("file_rules:", "totals: {rows: none}\nfile_rules:", ("expected a whole number", "totals.rows")),
    # consent and staleness
    *(
        ("file_rules:", f"{written}\nfile_rules:", said)
        for written, said in (
            ("consent: {purposes: [gossip], basis: {title: x}}", ("gossip", "consent.purposes.0")),
            ("consent: {purposes: [model], basis: {title: x}}", ("model", "consent.purposes.0")),
            ("consent: {purposes: [], basis: {title: x}}", ("consent.purposes",)),
            ("consent: {purposes: [rule]}", ("the key 'basis' is missing", "field consent")),
            ("consent: {purposes: [rule], basis: law}", ("consent.basis",)),
            ("consent: {purposes: [rule], basis: {title: x}, until: 2030-01-01}", ("unknown key 'until'",)),
            ("consent: yes", ("field consent",)),
            ("staleness: {days: -1, then: refer, basis: {title: x}}", ("out of range", "staleness.days")),
            ("staleness: {days: soon, then: refer, basis: {title: x}}", ("whole number", "staleness.days")),
            ("staleness: {days: 30, then: approve, basis: {title: x}}", ("approve", "staleness.then")),
            ("staleness: {days: 30, basis: {title: x}}", ("the key 'then' is missing", "staleness")),
            ("staleness: {days: 30, then: refer}", ("the key 'basis' is missing", "staleness")),
        )
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN, ids=[f"{new[:40]}" for _, new, _ in BROKEN])
def test_a_broken_contract_is_refused_with_its_line(old: str, new: str, said: tuple[str, ...]) -> None:
    with pytest.raises(ContractBroken) as error:
        source.contract((old, new))
    shown = error.value.diagnostics()
    assert shown.startswith("contracts/loans.yaml:"), shown
    for piece in said:
        assert piece in shown


def test_a_table_needs_a_short_name() -> None:
    with pytest.raises(ContractBroken, match="too long"):
        source.contract(("contract: loans", f"contract: {'l' * 40}"), ("  month:\n", f"  {'m' * 30}:\n"))


def test_a_contract_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken) as error:
        read_contract(tmp_path / "nothing.yaml", root=tmp_path)
    assert "nothing.yaml" in error.value.diagnostics()
