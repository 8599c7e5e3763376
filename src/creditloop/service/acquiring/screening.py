"""Keep the whitelist (白名单): screen a book once, and again whenever something calls for it.

A plan document (`examples/taiwan_cards/whitelist.yaml`) says whose customers are invited to what, by which
features and rules. Each screening is one piece of work:

1. the texts that decide are kept: plan, contract, features, card, policies; a repeat finds the first result
2. features are read as of the day, for the purpose `rule`; where the contract limits how old their source may
   be, also how old it is (see `source_states`)
3. who is screened is chosen by what set it off: everybody, changed accounts, old screenings, the whole list
4. the card scores them, the policies say who is invited, watched or closed; it is recorded, and what the
   card was shown and said is on record with the model (`scorings`)

A month that is posted re-screens changed accounts, a card that is published re-screens the list: the plan is
then that of the last screening, from the bank's own archive.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.acquire import (
    ANSWERED,
    ON_THE_LIST,
    WHITELIST,
    Policies,
    ScreeningKey,
    ScreeningRun,
    ScreeningWorking,
    changed_accounts,
    due_for_interval,
    find_portrait,
    find_screening,
    find_screenings,
    judge_again,
    record_screening,
    screen,
    whitelist,
)
from creditloop.data import Contract
from creditloop.data.features import FeatureSet, feature_frame
from creditloop.kernel.dates import Dates, date_from_text
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.facts import Fact
from creditloop.risk import Card, Policy
from creditloop.service.acquiring.scorings import record_screening_scoring
from creditloop.service.compiled import compiled_card, compiled_features, compiled_policy
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.own_reads import record_own_read
from creditloop.service.source_states import OUTCOME, SourceReading, check_reads_state, frame_with_state
from creditloop.service.work import Work

READER = "service.screening"
PURPOSE = "rule"
"""What features are read for: an invitation decides about a person."""
_POLICIES = ("portrait", "whitelist", "rescreen")

_Read = Callable[[Sequence[str] | None], pl.DataFrame]
"""Reads the features of these parties, or of everybody."""
_Choose = Callable[[pl.DataFrame, Policies, _Read], tuple[int, pl.DataFrame]]
"""Given the whitelist: how many are looked at, and the features of whom to screen, each with its cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningPlan:
    """Who is screened for what.

    Attributes:
        product: what they are invited to.
        customers: the product whose customers they are; its policies decide.
        features: path of the document of features, from the bank's folder.
        alarms: the policy that judges what the card says of them; None: its figures have no level.
    """

    document: Document
    product: str
    customers: str
    contract: str
    features: str
    rules_as_of: date
    alarms: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """What decides, read and kept."""

    contract: Contract
    features: FeatureSet
    policies: Policies
    card: Card


def read_screening_plan(document: Document) -> ScreeningPlan:
    """Read a plan of a whitelist.

    Raises: PolicyError naming file and line.
    """
    keys = ["plan", "product", "customers", "contract", "features", "rules_as_of"]
    entries = document.root.mapping(required=keys, optional=["title", "alarms"])
    entries["plan"].text(among=["whitelist"])
    return ScreeningPlan(
        document=document,
        product=entries["product"].text(),
        customers=entries["customers"].text(),
        contract=entries["contract"].text(),
        features=entries["features"].text(),
        rules_as_of=entries["rules_as_of"].day(),
        alarms=entries["alarms"].text() if "alarms" in entries else None,
    )


def screen_initial(work: Work, *, plan: ScreeningPlan, card: Card, on: date) -> ScreeningRun:
    """Screen everybody known by a day, but for those who answered an invitation (首次筛选).

    A repeat, with the same texts, returns the first result.

    Raises: OutOfOrder if a later day was screened already.
    """

    def choose(listed: pl.DataFrame, _: Policies, read: _Read) -> tuple[int, pl.DataFrame]:
        rows, answered = read(None), listed.filter(pl.col("status").is_in(ANSWERED))
        chosen = rows.join(answered, on="party_id", how="anti").with_columns(cause=pl.lit("initial"))
        return rows.height, chosen

    return _screen(work, plan=plan, card=card, on=on, trigger="initial", choose=choose)


def rescreen_changed(work: Work, *, plan: ScreeningPlan, card: Card, month: date) -> ScreeningRun:
    """Screen those on the list whose account changed materially by a month's end (账户变动复筛).

    Raises: OutOfOrder if nothing was screened before, or a later day was.
    """

    def choose(listed: pl.DataFrame, policies: Policies, read: _Read) -> tuple[int, pl.DataFrame]:
        on_list = listed.filter(pl.col("status").is_in(ON_THE_LIST))
        rows = read(on_list["party_id"].to_list())
        changed = changed_accounts(rows=rows, listed=on_list, policies=policies)
        return on_list.height, _with_cause(rows, changed)

    return _rescreen(work, plan=plan, card=card, on=month, trigger="account_change", choose=choose)


def rescreen_due(work: Work, *, plan: ScreeningPlan, card: Card, on: date) -> ScreeningRun:
    """Screen those whose last screening is as old as the interval, closed ones among them (定期复筛).

    Raises: as `rescreen_changed`.
    """

    def choose(listed: pl.DataFrame, policies: Policies, read: _Read) -> tuple[int, pl.DataFrame]:
        due = due_for_interval(listed=listed, on=on, policies=policies)
        waiting = listed.filter(~pl.col("status").is_in(ANSWERED))
        return waiting.height, _with_cause(read(due["party_id"].to_list()), due)

    return _rescreen(work, plan=plan, card=card, on=on, trigger="interval", choose=choose)


def rescreen_model(work: Work, *, plan: ScreeningPlan, card: Card, on: date) -> ScreeningRun:
    """Screen everybody on the list by a card, the invited who have not accepted among them (模型更新复筛).

    Raises: as `rescreen_changed`.
    """

    def choose(listed: pl.DataFrame, _: Policies, read: _Read) -> tuple[int, pl.DataFrame]:
        on_list = listed.filter(pl.col("status").is_in(ON_THE_LIST))["party_id"].to_list()
        return len(on_list), read(on_list).with_columns(cause=pl.lit("model_update"))

    return _rescreen(work, plan=plan, card=card, on=on, trigger="model_update", choose=choose)


def answer_month(work: Work, fact: Fact) -> None:
    """Answer `MonthPosted`: screen changed accounts of every whitelist of that product's customers.

    A whitelist that has screened nobody yet, or a later day already, has nothing to look at again.
    """
    month = date_from_text(str(fact.payload["business_date"]))
    for last, plan in _kept_plans(work, customers=str(fact.payload["product"])):
        if last.key.dates.business_date <= month:
            card = compiled_card(work.adopted(last.key.card_hash))
            rescreen_changed(work, plan=plan, card=card, month=month)


def answer_card(work: Work, fact: Fact) -> None:
    """Answer `CardPublished`: screen the lists of that product's customers by the new card.

    The day is the fact's, or that of the last screening if the list has moved on since: a card fitted as of
    an earlier day re-screens the list as it stands.
    """
    card = compiled_card(work.adopted(str(fact.payload["card"])))
    on = date_from_text(str(fact.payload["business_date"]))
    for last, plan in _kept_plans(work, customers=str(fact.payload["product"])):
        if last.key.card_hash != card.hash:
            rescreen_model(work, plan=plan, card=card, on=max(on, last.key.dates.business_date))


def last_card(work: Work, *, plan: ScreeningPlan) -> Card:
    """Return the card of the last screening, from the bank's archive.

    Raises: OutOfOrder if nothing was screened yet.
    """
    return compiled_card(work.adopted(_last(work, plan).key.card_hash))


def find_screening_working(
    work: Work, *, product: str, party_id: str, on: date, reader: str, reason: str
) -> tuple[ScreeningRun, ScreeningWorking]:
    """Judge a party's latest screening by a day again, by the very texts it was screened by; logged.

    Raises: UnknownId if the party was not screened by then, or a text is not in the archive.
    """
    screened = find_portrait(work.connection, product=product, party_id=party_id, on=on)
    run = find_screening(work.connection, batch_id=screened.batch_id)
    assert run is not None, "what was screened has its screening"
    record_own_read(
        work,
        package="creditloop.acquire",
        table="acquire.screening",
        columns=[name for name in screened.__dataclass_fields__ if name != "batch_id"],
        purpose="display",
        reader=reader,
        reason=reason,
        parties_count=1,
        party_id=party_id,
    )
    rules = run.key.dates.rules_as_of
    texts = (run.key.portrait_policy_hash, run.key.whitelist_policy_hash, run.key.rescreen_policy_hash)
    portrait, listing, rescreen = (compiled_policy(work.adopted(text), rules_as_of=rules) for text in texts)
    policies = Policies(portrait=portrait, whitelist=listing, rescreen=rescreen)
    card = compiled_card(work.adopted(run.key.card_hash))
    return run, judge_again(screened=screened, policies=policies, card=card)


def _rescreen(
    work: Work, *, plan: ScreeningPlan, card: Card, on: date, trigger: str, choose: _Choose
) -> ScreeningRun:
    _last(work, plan)
    return _screen(work, plan=plan, card=card, on=on, trigger=trigger, choose=choose)


def _screen(
    work: Work, *, plan: ScreeningPlan, card: Card, on: date, trigger: str, choose: _Choose
) -> ScreeningRun:
    texts = _texts(work, plan, card)
    key = _key(plan, texts, trigger=trigger, on=on)
    if (first := find_screening(work.connection, batch_id=key.batch_id)) is not None:
        return first

    def read(party_ids: Sequence[str] | None) -> pl.DataFrame:
        return _rows(work, plan, texts, on=on, party_ids=party_ids)

    considered, rows = choose(_listed(work, plan, on=on), texts.policies, read)
    scored = card.score_frame(rows).drop("score_state")
    run = record_screening(
        work.connection,
        key=key,
        screened=screen(rows=scored, policies=texts.policies),
        considered=considered,
        now=work.now,
    )
    work.recorded(run.batch_id)
    record_screening_scoring(work, card=card, key=key, scored=scored, alarms=plan.alarms)
    return run


def _with_cause(rows: pl.DataFrame, caused: pl.DataFrame) -> pl.DataFrame:
    return rows.join(caused, on="party_id", how="inner", validate="1:1")


def _texts(work: Work, plan: ScreeningPlan, card: Card) -> _Texts:
    """Read the texts that decide, and keep them."""

    def policy(name: str) -> Policy:
        path = f"policies/{plan.customers}/acquire/{name}.yaml"
        return deciding_policy(work, path=path, rules_as_of=plan.rules_as_of)

    work.adopt(plan.document, kind="plan")
    work.adopt(card.document, kind="card")
    contract = work.contract(plan.contract)
    document = work.adopt(work.places.document(plan.features), kind="features")
    policies = Policies(**{name: policy(name) for name in _POLICIES})
    check_reads_state(policies.whitelist, contract=contract, output=OUTCOME)
    return _Texts(
        contract=contract,
        features=compiled_features(document, contract=contract),
        policies=policies,
        card=card,
    )


def _key(plan: ScreeningPlan, texts: _Texts, *, trigger: str, on: date) -> ScreeningKey:
    return ScreeningKey(
        product=plan.product,
        trigger=trigger,
        dates=Dates(business_date=on, rules_as_of=plan.rules_as_of),
        plan_hash=plan.document.hash,
        contract_hash=texts.contract.document.hash,
        features_hash=texts.features.hash,
        card_hash=texts.card.hash,
        portrait_policy_hash=texts.policies.portrait.hash,
        whitelist_policy_hash=texts.policies.whitelist.hash,
        rescreen_policy_hash=texts.policies.rescreen.hash,
    )


def _rows(
    work: Work, plan: ScreeningPlan, texts: _Texts, *, on: date, party_ids: Sequence[str] | None
) -> pl.DataFrame:
    """Read the features that policies and card need, as of the day; of the card's with their states."""
    reading = SourceReading(
        contract=texts.contract,
        features=texts.features,
        as_of=on,
        purpose=PURPOSE,
        reader=READER,
        reason=f"{plan.product} {on}",
    )
    features = feature_frame(
        work.connection,
        features=texts.features,
        contract=texts.contract,
        as_of=on,
        purpose=PURPOSE,
        reader=READER,
        reason=reading.reason,
        now=work.now,
        record_denial=work.record_denial,
        party_ids=party_ids,
        states=True,
    )
    frame = frame_with_state(work, reading=reading, frame=features)
    scored = [entry.name for entry in texts.card.inputs]
    names = dict.fromkeys([*texts.policies.features_read, *scored, *(f"{name}__state" for name in scored)])
    return frame.select("party_id", *(name for name in names if name in frame.columns))


def _listed(work: Work, plan: ScreeningPlan, *, on: date) -> pl.DataFrame:
    """Read the whitelist of a day; the read is logged."""
    listed = whitelist(work.connection, product=plan.product, on=on)
    record_own_read(
        work,
        package="creditloop.acquire",
        table="acquire.screening",
        columns=list(WHITELIST),
        purpose=PURPOSE,
        reader=READER,
        reason=f"{plan.product} {on}",
        parties_count=listed.height,
    )
    return listed


def _last(work: Work, plan: ScreeningPlan) -> ScreeningRun:
    runs = find_screenings(work.connection, product=plan.product)
    if not runs:
        raise OutOfOrder(
            "nobody was screened for this product yet",
            got=plan.product,
            hint=f"creditloop whitelist screen {plan.document.path} --card CARD --business-date YYYY-MM-DD",
        )
    return runs[-1]


def _kept_plans(work: Work, *, customers: str) -> list[tuple[ScreeningRun, ScreeningPlan]]:
    """Return the last screening of each product with its plan, where it screens these customers."""
    last = {run.key.product: run for run in find_screenings(work.connection)}
    plans = [(run, read_screening_plan(work.adopted(run.key.plan_hash))) for run in last.values()]
    return [(run, plan) for run, plan in plans if plan.customers == customers]
