"""Why a loan is of its class and stage on a day (分类说明): computed again from the stored day.

1. the debtor's loans as the day left them, with class and restructuring before its close
2. the same classifier, by the documents in force on the day's rules date
3. each table that said something: the row, its reasons, what it read, and the document's hash
What is computed again is beside what is stored: they differ if a source was corrected for that day later, a
consent withdrawn, or a document edited without being published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import load_queries
from creditloop.risk import Policy, ReasonCode
from creditloop.service.day_end.class_rules import ClassRules, read_class_rules
from creditloop.service.day_end.classifying import Classifier, JudgedLoans, book_facts, stage_facts
from creditloop.service.day_end.risk_signs import NO_SIGN
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

_LOANS = {
    "loan_no": pl.Int64,
    "loan_id": pl.String,
    "owed_fen": pl.Int64,
    "dpd": pl.Int64,
    "retail": pl.Int64,
    "paid_up_on": pl.Date,
    "instalments_met": pl.Int64,
    "restructured_due": pl.Date,
    "restructured_after": pl.Int64,
    "tier": pl.Int64,
    "stage": pl.Int64,
    "tier_before": pl.Int64,
    "restructured": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a table said.

    Attributes:
        about: the loan, the warning's run or the debt it was asked about.
        document, document_hash: the policy's path and text; `title` names it in both languages.
        row: the row that fired, "otherwise", or None where it could not be told; `reasons` say why.
        read: what the table's inputs held.
        outputs: what it gives; None where it could not be told.
    """

    about: str
    document: str
    document_hash: str
    title: Mapping[str, str]
    table: str
    row: str | None
    reasons: tuple[ReasonCode, ...]
    read: Mapping[str, object]
    outputs: Mapping[str, object]

    def as_record(self) -> dict[str, object]:
        """Return it as plain data; dates stay dates."""
        return {
            "about": self.about,
            "document": self.document,
            "document_hash": self.document_hash,
            "title": dict(self.title),
            "table": self.table,
            "row": self.row,
            "reasons": [reason.as_record() for reason in self.reasons],
            "read": dict(self.read),
            "outputs": dict(self.outputs),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassExplained:
    """Why a loan is of its class and stage.

    Attributes:
        stored: tier, stage and restructured, as the day's close wrote them; `again` as computed now.
        facts: what the loan was judged from: amounts in fen, parts of a whole in nano, null where unknown.
        told: the tables in the order asked: signs, debts, class, observation, stage.
        reports: of a debtor that is not retail, how each party's bureau report stands.
    """

    loan_id: str
    business_date: date
    rules_as_of: date
    stored: Mapping[str, int]
    again: Mapping[str, int]
    facts: Mapping[str, object]
    told: tuple[Told, ...]
    reports: Mapping[str, str]

    @property
    def same(self) -> bool:
        """Whether what is computed now is what was stored."""
        return dict(self.stored) == dict(self.again)

    def as_record(self) -> dict[str, object]:
        """Return it as plain data, for pages and JSON; dates stay dates."""
        return {
            "loan": self.loan_id,
            "business_date": self.business_date,
            "rules_as_of": self.rules_as_of,
            "stored": dict(self.stored),
            "again": dict(self.again),
            "same": self.same,
            "facts": dict(self.facts),
            "told": [told.as_record() for told in self.told],
            "reports": dict(self.reports),
        }


def explain_class(
    work: Work, *, loan_id: str, business_date: date, reader: str, reason: str
) -> ClassExplained:
    """Explain class and stage of a loan on a closed day; the read is logged.

    Raises: UnknownId if there is no such loan, or it has no row for that day; as `deciding_policy`.
    """
    queries = load_queries("creditloop.service.day_end")
    found = queries.find_classified_loan(work.connection, loan_id=loan_id)
    if found is None:
        raise UnknownId("there is no such loan", got=loan_id)
    loan_no, shard, debtor_no, party_id = found
    closed = queries.find_closed_shard(work.connection, business_date=business_date, shard=shard)
    rows = queries.find_debtor_day(
        work.connection, business_date=business_date, shard=shard, debtor_no=debtor_no
    )
    loans = pl.DataFrame(list(rows), schema=_LOANS, orient="row").with_columns(
        debtor_no=pl.lit(debtor_no, dtype=pl.Int64)
    )
    stored = loans.filter(pl.col("loan_no") == loan_no)
    if closed is None or stored.is_empty():
        raise UnknownId(
            "the loan has no row for this day",
            got=business_date,
            expected="a closed day, the loan not repaid",
        )
    _log(work, party_id=party_id, loans=loans.height, reader=reader, reason=reason)
    rules_as_of, closed_at = closed
    rules = read_class_rules(work, rules_as_of=rules_as_of)
    classifier = Classifier(
        work=work, rules=rules, business_date=business_date, known_by=closed_at, reader=reader
    )
    judged = classifier.judge(
        book_facts(loans, business_date=business_date), shard=shard, debtor_no=debtor_no
    )
    row = stored.row(0, named=True)
    place = loans["loan_no"].to_list().index(loan_no)
    return ClassExplained(
        loan_id=loan_id,
        business_date=business_date,
        rules_as_of=rules_as_of,
        stored={"tier": row["tier"], "stage": row["stage"], "restructured": row["restructured_after"]},
        again={
            "tier": int(judged.tiers[place]),
            "stage": int(judged.stages[place]),
            "restructured": 0 if judged.released[place] else row["restructured"],
        },
        facts=judged.facts.row(place, named=True),
        told=tuple(_told(rules, judged, place, loan_id)),
        reports=judged.elsewhere.states if judged.elsewhere is not None else {},
    )


def _told(rules: ClassRules, judged: JudgedLoans, place: int, loan_id: str) -> Iterator[Told]:
    """Give what each table says of the loan, of its debtor's warnings and of his debts."""
    facts = judged.facts.row(place, named=True)
    signs = judged.signs.filter(pl.col("loan_no") == facts["loan_no"]).to_dicts()
    for sign in signs or [{"batch_id": "none", **NO_SIGN}]:
        yield from _tables(rules.risk_signs, sign, about=str(sign["batch_id"]))
    if judged.debts is not None and not facts["retail"]:
        for debt in judged.debts.to_dicts():
            here = debt["account_no"] is None
            about = "here" if here else f"{debt['party_id']} {debt['account_no']}"
            yield from _tables(rules.debts, debt, about=about)
    yield from _tables(rules.five_tier, facts, about=loan_id)
    staged = stage_facts(judged.facts, judged.tiers).row(place, named=True)
    yield from _tables(rules.ecl_stage, staged, about=loan_id)


def _tables(policy: Policy, row: Mapping[str, object], *, about: str) -> Iterator[Told]:
    judgement = policy.judge(row)
    for verdict in judgement.verdicts:
        yield Told(
            about=about,
            document=policy.document.path,
            document_hash=policy.hash,
            title={"zh": policy.title.zh, "en": policy.title.en},
            table=verdict.table,
            row=verdict.matched[0] if verdict.matched else None,
            reasons=tuple(verdict.reasons),
            read=judgement.values_read(verdict.table),
            outputs=dict(verdict.outputs),
        )


def _log(work: Work, *, party_id: str, loans: int, reader: str, reason: str) -> None:
    """Log that somebody looks at a debtor's loans."""
    record_own_read(
        work,
        package="creditloop.book",
        table="book.loan_day",
        columns=[name for name in _LOANS if name != "loan_no"],
        purpose="display",
        reader=reader,
        reason=reason,
        parties_count=min(loans, 1),
        party_id=party_id,
    )
