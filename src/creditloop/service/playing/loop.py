"""The loop over a card book (风控闭环): the business date moves, and each stage acts in its turn.

0. the strategies are proven, published and put live, where the plan says which
1. a month is posted; whoever answers (`wiring`) classifies, warns, routes, screens changed accounts again
2. on the review's day a card is fitted and registered, limits are reviewed and carried out, customers invited
3. what is due on a day is done: screenings after their interval, the measures of the card
4. people act: a script, simulated
5. outcomes become known: whoever answers measures what waited for them and proposes a challenger, which waits
   for a second person; the card is renewed, registered, the whitelist screened by it, and, signed off by
   somebody, it is proposed as a challenger too
Every step is safe to repeat: a loop that was broken off goes on where it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from creditloop.kernel.documents import Document
from creditloop.service.acquiring.screening import (
    ScreeningPlan,
    read_screening_plan,
    rescreen_due,
    screen_initial,
)
from creditloop.service.admitting.arms import review_arms
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.admitting.reviewing import card_in_force
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import BookPlan, read_plan
from creditloop.service.compiled import compiled_card
from creditloop.service.overseeing.measuring import measure_month, register_card, say_outcomes_known
from creditloop.service.overseeing.oversight_plan import OversightPlan, read_oversight_plan
from creditloop.service.playing.acting import play_entries
from creditloop.service.playing.actors import Script, read_script
from creditloop.service.posting import post_and_answer
from creditloop.service.strategies.publication_plan import StrategyPlan, publish_by_plan, read_strategy_plan
from creditloop.service.work import Work

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPlan:
    """The documents the stages work by; `renewal` is of the card that is fitted at the end."""

    document: Document
    book: BookPlan
    oversight: OversightPlan
    whitelist: ScreeningPlan
    renewal: ReviewPlan
    script: Script
    strategies: StrategyPlan | None

    @property
    def review(self) -> ReviewPlan:
        """The plan of the limit review."""
        return self.oversight.review

    @property
    def last_day(self) -> date:
        """The day of the last thing that happens: outcomes are known, or the script acts later."""
        return max([self.oversight.outcomes_known_on, *(entry.on for entry in self.script.entries)])


def read_loop_plan(document: Document, *, work: Work) -> LoopPlan:
    """Read a plan and the plans it names.

    Raises: PolicyError naming file, line and field.
    """
    keys = ["plan", "title", "book", "oversight", "whitelist", "renewal", "actors"]
    entries = document.root.mapping(required=keys, optional=["strategies"])
    entries["plan"].text(among=["loop"])
    entries["title"].mapping(required=["zh", "en"], optional=[])
    places = work.places
    named = {key: places.document(entries[key].text()) for key in keys[2:]}
    return LoopPlan(
        document=document,
        book=read_plan(named["book"], root=places.documents),
        oversight=read_oversight_plan(named["oversight"], work=work),
        whitelist=read_screening_plan(named["whitelist"]),
        renewal=read_review_plan(named["renewal"]),
        script=read_script(named["actors"]),
        strategies=read_strategy_plan(places.document(entries["strategies"].text()))
        if "strategies" in entries
        else None,
    )


def run_loop(bank: Bank, *, plan: LoopPlan) -> Iterator[date]:
    """Move the business date through the plan's months and to the day outcomes are known, yielding each.

    Raises: what the stages raise; what was done before stays done.
    """
    if plan.strategies is not None:
        with bank.work() as work:
            publish_by_plan(work, plan=plan.strategies)
    months = plan.book.months
    known_on = plan.oversight.outcomes_known_on
    for month, following in zip(months, [*months[1:], known_on], strict=True):
        post_and_answer(bank, plan=plan.book, month=month)
        if month == plan.review.dates.business_date:
            review_limits(bank, plan=plan)
        if month > plan.review.dates.business_date:
            _screen_due(bank, plan=plan, on=month)
        if month in plan.oversight.stability_months:
            with bank.work() as work:
                measure_month(work, plan=plan.oversight, month=month)
        for _ in play_entries(
            bank, plan=plan.book, script=plan.script, after=month - _DAY, until=following - _DAY
        ):
            pass
        answer_all(bank)
        yield month
    learn(bank, plan=plan)
    yield known_on


def review_limits(bank: Bank, *, plan: LoopPlan) -> None:
    """Fit and register the card, review the limits, carry the decisions out, invite (存量授信重检)."""
    with bank.work() as work:
        fitted = fit(work, plan=plan.review)
    with bank.work() as work:
        review_arms(work, plan=plan.review, card=fitted.document)
    answer_all(bank)
    with bank.work() as work:
        register_card(work, plan=plan.oversight)
        screen_initial(work, plan=plan.whitelist, card=fitted.card, on=plan.review.dates.business_date)


def learn(bank: Bank, *, plan: LoopPlan) -> None:
    """Let outcomes flow back (结果回流): say what is known, renew the card, and let people act on it."""
    with bank.work() as work:
        say_outcomes_known(work, plan=plan.oversight)
    answer_all(bank)
    with bank.work() as work:
        renewed = fit(work, plan=plan.renewal)
    answer_all(bank)
    known_on = plan.oversight.outcomes_known_on
    with bank.work() as work:
        register_card(work, plan=plan.oversight, card=renewed.document, on=known_on + _DAY)
    entries = play_entries(
        bank, plan=plan.book, script=plan.script, after=known_on - _DAY, until=plan.last_day
    )
    for _ in entries:
        pass
    answer_all(bank)


def _screen_due(bank: Bank, *, plan: LoopPlan, on: date) -> None:
    with bank.work() as work:
        # not the last one that screened: when the loop is repeated, that is the renewed one of a later day
        document = card_in_force(work, plan=plan.review)
        assert document is not None, "the review came before"
        rescreen_due(work, plan=plan.whitelist, card=compiled_card(document), on=on)
