"""模型办理: what persons do about a model on its page: findings, answers, sign-off, going live, retirement.

Each act goes through the second line's own door, in the name of whoever is signed in and on the bank's day of
now; who may do it and who may not for the model's sake (its developer, its validator) is decided there.
"""

from collections.abc import Callable, Mapping
from datetime import date

from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError
from creditloop.service.console.days import acting_day
from creditloop.service.console.visit import Answer, Redirect, Visit, identifier
from creditloop.service.overseeing.validating import (
    answer_model_finding,
    close_model_finding,
    put_model_live,
    raise_model_finding,
    retire,
    sign_off,
)
from creditloop.service.work import Work


def act_on_model(visit: Visit) -> Answer:
    """Do what was posted about a model, and show it as of the day it was done."""
    does = visit.form.get("does", "")
    if does not in _DOES:
        raise InputError("not something done about a model", got=does, expected=sorted(_DOES))
    with visit.work() as work:
        on = acting_day(work)
        _DOES[does](visit, work, on)
    visit.bank.deliver()
    return Redirect(path=f"/models/{visit.path['card_hash']}", query={"done": f"model_{does}", "on": on})


def _find(visit: Visit, work: Work, on: date) -> None:
    form = visit.form
    raise_model_finding(
        work,
        card_hash=visit.path["card_hash"],
        validator=visit.person.login,
        severity=form.get("severity", ""),
        text=form.get("text", "").strip(),
        found_on=on,
        due_on=date_from_text(form.get("due_on", "")),
    )


def _answer(visit: Visit, work: Work, on: date) -> None:
    answer_model_finding(
        work,
        finding_id=identifier(visit.form.get("finding", ""), what="finding"),
        person=visit.person.login,
        text=visit.form.get("text", "").strip(),
        done_on=on,
    )


def _close(visit: Visit, work: Work, on: date) -> None:
    close_model_finding(
        work,
        finding_id=identifier(visit.form.get("finding", ""), what="finding"),
        person=visit.person.login,
        text=visit.form.get("text", "").strip(),
        done_on=on,
    )


def _sign(visit: Visit, work: Work, on: date) -> None:
    sign_off(work, card_hash=visit.path["card_hash"], person=visit.person.login, reason=_reason(visit), on=on)


def _live(visit: Visit, work: Work, on: date) -> None:
    put_model_live(
        work, card_hash=visit.path["card_hash"], person=visit.person.login, reason=_reason(visit), on=on
    )


def _retire(visit: Visit, work: Work, on: date) -> None:
    retire(
        work,
        card_hash=visit.path["card_hash"],
        person=visit.person.login,
        reason=_reason(visit),
        successor=visit.form.get("successor") or None,
        on=on,
    )


def _reason(visit: Visit) -> str:
    return visit.form.get("reason", "").strip()


_DOES: Mapping[str, Callable[[Visit, Work, date], None]] = {
    "find": _find,
    "answer": _answer,
    "close": _close,
    "sign": _sign,
    "live": _live,
    "retire": _retire,
}
"""What is posted, by the word of its button."""
