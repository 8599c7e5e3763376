"""等待存证的放款: payouts that wait for the evidence network, each with its record; and break-glass."""

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.ids import is_same_name
from creditloop.service.answering import deliver_chain
from creditloop.service.attesting import RULES, find_last_ended
from creditloop.service.console.loan_scope import way_here
from creditloop.service.console.visit import Answer, Page, Redirect, Visit
from creditloop.service.loans import Awaiting, break_glass, find_all_awaiting, find_awaiting
from creditloop.service.simulated import is_simulated, simulated_beginnings
from creditloop.service.work import Work

ENDED_SHOWN = 20
_LIST = "/awaiting-payouts"
_READ = {
    "attesting.waiting": ("loan_id", "party_id", "principal_fen", "agreement_hash", "since"),
    "attesting.broken_glass": ("loan_id", "person", "reason", "broken_at"),
}
"""What these screens show, for the log of reads."""


def show_awaiting_payouts(visit: Visit) -> Page:
    """Show the payouts that wait, the oldest first, and those whose waiting ended last."""
    with visit.work() as work:
        waiting = find_all_awaiting(work)
        ended_ids = find_last_ended(work.connection, most=ENDED_SHOWN)
        ended = [one for one in (find_awaiting(work, loan_id=each) for each in ended_ids) if one is not None]
        made_up = simulated_beginnings(work.connection)
        _log(visit, work, parties_count=len(waiting) + len(ended))
    record = {
        "waiting": waiting,
        "over_time": sum(one.over_time for one in waiting),
        "amount_fen": sum(one.waiting.principal_fen for one in waiting),
        "ended": ended,
        "made_up": made_up,
    }
    trail = way_here(visit, (visit.words("screen.awaiting_payouts"), None))
    return Page(template="awaiting_payouts.html", record=record, trail=trail)


def show_awaiting_payout(visit: Visit) -> Page:
    """Show a payout that waits or waited: its record, who answers for it, and the form to do so."""
    loan_id = visit.path["loan_id"]
    with visit.work() as work:
        found = find_awaiting(work, loan_id=loan_id)
        if found is None:
            raise UnknownId("no payout of this loan waits", got=loan_id)
        party_id = found.waiting.party_id
        simulated = is_simulated(work.connection, party_id=party_id)
        _log(visit, work, parties_count=1, party_id=party_id)
    record = {
        "one": found,
        "policy": RULES,
        "may_not": _why_not(visit, found),
        "simulated": simulated,
        "now": visit.bank.clock(),
    }
    waiting = (visit.words("screen.awaiting_payouts"), visit.at(_LIST))
    return Page(
        template="awaiting_payout.html", record=record, trail=way_here(visit, waiting, (loan_id, None))
    )


def break_glass_here(visit: Visit) -> Answer:
    """Answer for paying a loan out without its final record, as the person who is signed in."""
    loan_id = visit.path["loan_id"]
    with visit.work() as work:
        found = break_glass(
            work,
            loan_id=loan_id,
            person=visit.person.login,
            reason=visit.form.get("reason", "").strip(),
            simulated=False,
        )
    deliver_chain(visit.bank)
    done = "glass_first" if found.waiting.end is None else "glass_broken"
    return Redirect(path=f"{_LIST}/{loan_id}", query={"done": done})


def _why_not(visit: Visit, found: Awaiting) -> str:
    """Say why this person cannot break glass now: a key of the catalogue; empty if they can."""
    person, rule = visit.person, found.waiting.rule
    if found.waiting.end is not None:
        return "ended"
    if set(person.roles).isdisjoint(rule.roles):
        return "not_yours"
    if any(is_same_name(one.person, person.login) for one in found.answered):
        return "another"
    return "" if found.over_time else "has_time"


def _log(visit: Visit, work: Work, *, parties_count: int, party_id: str | None = None) -> None:
    for table, columns in _READ.items():
        visit.log_read(
            work,
            package="creditloop.service.attesting",
            table=table,
            columns=columns,
            parties_count=parties_count,
            party_id=party_id,
        )
