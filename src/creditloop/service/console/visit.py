"""A visit (访问): who asks, in which language, for what; and what a screen may answer.

A screen is a function from a visit to an answer. It reads in `visit.work(…)`, a piece of work whose reads
are logged and sealed, or, where no person's data is shown, on `visit.reading()`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, urlencode
from uuid import UUID

from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, connect
from creditloop.service.bank import Bank
from creditloop.service.console.words import Words
from creditloop.service.doors import Person, check_allowed, roles_allow
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

_PURPOSES = (
    ("auditor", "audit"),
    ("approver", "rule"),
    ("strategist", "rule"),
    ("postloan", "monitoring"),
    ("collector", "monitoring"),
)
"""What a person of a role reads data for; of several roles the first here counts."""

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as a screen sees it.

    Attributes:
        base: the address below which the console stands, e.g. "/console".
        screen: name of the screen that answers.
        path: values taken from the address; `query` those behind its question mark; `form` those posted.
        here: the address asked for, below the base, with its query.
    """

    bank: Bank
    person: Person
    words: Words
    base: str
    screen: str
    here: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for what concerns no person; whatever happens on it is rolled back."""
        with connect(self.bank.url) as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Do a piece of work: its reads are logged, and what it recorded is sealed."""
        with self.bank.work() as work:
            yield work

    @property
    def purpose(self) -> str:
        """What this person reads data for, by role; plain display, which masks, for all others."""
        found = (purpose for role, purpose in _PURPOSES if role in self.person.roles)
        return next(found, "display")

    @property
    def reader(self) -> str:
        """Who reads, as the log of reads names them."""
        return f"console:{self.person.login}"

    @property
    def reason(self) -> str:
        """Why, as the log of reads says it: the screen."""
        return f"console screen {self.screen}"

    def allows(self, action: str) -> bool:
        """Whether the person's roles allow an action."""
        return roles_allow(self.person, action)

    def check(self, action: str) -> None:
        """Refuse an action the person's roles do not allow."""
        check_allowed(self.person, action)

    def log_read(
        self,
        work: Work,
        *,
        package: str,
        table: str,
        columns: Sequence[str],
        parties_count: int,
        party_id: str | None = None,
        purpose: str | None = None,
    ) -> None:
        """Log what this screen shows of one of our own tables about people.

        Args:
            purpose: what it is read for, where that is not the purpose of the person's roles.
        """
        record_own_read(
            work,
            package=package,
            table=table,
            columns=columns,
            purpose=purpose or self.purpose,
            reader=self.reader,
            reason=self.reason,
            parties_count=parties_count,
            party_id=party_id,
        )

    def at(self, path: str, **query: object) -> str:
        """Return the address of a screen, with a query of what is not None."""
        return address(self.base, path, **query)

    def day(self, name: str) -> date | None:
        """Read a date of the query, None if it is not asked for."""
        text = self.query.get(name, "")
        return date_from_text(text) if text else None

    def number(self, name: str, *, otherwise: int, most: int = 10**6) -> int:
        """Read a whole number of the query."""
        text = self.query.get(name, "")
        if not text:
            return otherwise
        if not text.isascii() or not text.isdigit() or len(text) > 7 or int(text) > most:
            raise InputError("not a number", got=text, expected=f"0 to {most}", where={"field": name})
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: its template and what is put in."""

    template: str
    record: Record
    trail: Sequence[tuple[str, str | None]] = ()
    """The way here (面包屑): words and address of each step, the last one without."""
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Go to another address below the base, where `done` says what was done."""

    path: str
    query: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A text file."""

    text: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDownload:
    """A file of any kind, a workbook say."""

    content: bytes
    name: str
    media_type: str


Answer = Page | Redirect | Download | FileDownload


def address(base: str, path: str, **query: object) -> str:
    """Return an address below a base, quoted; values that are None are left out."""
    asked = {name: str(value) for name, value in query.items() if value is not None and value != ""}
    return f"{base}{quote(path)}" + (f"?{urlencode(asked)}" if asked else "")


def identifier(text: str, *, what: str) -> UUID:
    """Read an id from an address."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InputError(f"not the id of a {what}", got=text, expected="a UUID") from error
