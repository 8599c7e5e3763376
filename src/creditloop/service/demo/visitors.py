"""Let somebody look at the demo: one person a role for the console, and one key for the API.

The people are made up. Their password is drawn by chance on this machine and written, with the key, to files
that only its owner reads: `var/demo/people.txt` and `var/demo/api.key`.
"""

import secrets
from pathlib import Path

from creditloop.service.bank import Bank
from creditloop.service.doors import (
    SCOPES,
    NotSignedIn,
    create_key,
    create_person,
    find_people,
    key_of_secret,
    set_password,
)
from creditloop.service.work import Work

FOLDER = Path("var/demo")
PEOPLE = (
    ("wang", "王审批（演示）", "approver"),
    ("li", "李审批（演示）", "approver"),
    ("chen", "陈策略（演示）", "strategist"),
    ("he", "何建模（演示）", "modeller"),
    ("modeller_a", "冯开发（演示）", "modeller"),
    ("validator_b", "钱验证（演示）", "modeller"),
    ("sun", "孙贷后（演示）", "postloan"),
    ("zhao", "赵催收（演示）", "collector"),
    ("gao", "高审计（演示）", "auditor"),
    ("admin", "系统管理（演示）", "admin"),
)
"""Login, name on screens, role; two approvers, because some decisions take two, and those who answer for the
example's model: who developed it, who validates it."""
_BY = "service.demo"


def visitors_file(folder: Path) -> Path:
    """Return the file in which the demo's people stand: login, password, name, role."""
    return folder / FOLDER / "people.txt"


def let_in(bank: Bank, *, folder: Path) -> None:
    """Make sure the demo's people and key are there and their files fit.

    Args:
        folder: below it stands var/demo.
    """
    people, key = visitors_file(folder), folder / FOLDER / "api.key"
    with bank.work() as work:
        if not (people.is_file() and key.is_file() and _opens(work, key.read_text("utf-8").strip())):
            password = secrets.token_urlsafe(12)
            _write(key, _new_key(work))
            for login, name, role in PEOPLE:
                _let_person_in(work, login=login, name=name, role=role, password=password)
            lines = [f"{login}\t{password}\t{name}\t{role}" for login, name, role in PEOPLE]
            _write(people, "\n".join(lines))


def _opens(work: Work, secret: str) -> bool:
    try:
        key_of_secret(work.connection, secret=secret)
    except NotSignedIn:
        return False
    return True


def _new_key(work: Work) -> str:
    key, secret = create_key(work.connection, holder="demo", scopes=tuple(SCOPES), by=_BY, now=work.now)
    work.recorded(key.batch_id)
    return secret


def _let_person_in(work: Work, *, login: str, name: str, role: str, password: str) -> None:
    if any(person.login == login for person in find_people(work.connection)):
        person = set_password(work.connection, login=login, password=password, by=_BY, now=work.now)
    else:
        person = create_person(
            work.connection,
            login=login,
            display_name=name,
            roles=[role],
            password=password,
            by=_BY,
            now=work.now,
        )
    work.recorded(person.batch_id)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text + "\n", encoding="utf-8")
