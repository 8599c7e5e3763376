"""The script of what people did (演员脚本): a dated document, and everything in it is simulated.

The data of a real book has no acceptances, no reviewers' decisions, no complaints, no second signatures. A
script (`actors.yaml`) says who did what on which day, by name, or by rule where it depends on what the bank
decided: "the first 40 of those invited", in an order by hash that nobody chose. No figure of accuracy may
use it. Here it is read, strictly: a fault is told with its line. `acting` carries it out.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.documents import Document, Node, source_from_node
from creditloop.oversight import SEVERITIES
from creditloop.service.doors import ROLES

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What an entry of this kind may and must say.

    Attributes:
        lists: the lists it may choose from; none: it is about no customer.
        needs: keys it must have besides `id`, `on`, `does` (and `who`, if it has lists).
    """

    lists: tuple[str, ...]
    needs: frozenset[str]


_SAID = frozenset({"at", "reason"})
_DONE = frozenset({"at", "reason", "by"})
VERBS: Mapping[str, Verb] = {
    "accept_invitation": Verb(lists=("invited",), needs=frozenset()),
    "decline_invitation": Verb(lists=("invited",), needs=frozenset()),
    "accept_raise": Verb(lists=("offered",), needs=frozenset()),
    "decline_raise": Verb(lists=("offered",), needs=frozenset()),
    "decide_case": Verb(lists=("referred", "half_signed"), needs=frozenset({"by", "outcome", "reason"})),
    "message": Verb(lists=("queue", "stopped"), needs=_DONE),
    "call": Verb(lists=("queue", "stopped"), needs=_DONE),
    "complain": Verb(lists=("queue",), needs=_SAID),
    "object": Verb(lists=("queue",), needs=_SAID),
    "resolve": Verb(lists=("stopped",), needs=_DONE),
    "approve_proposal": Verb(lists=(), needs=frozenset({"by", "reason"})),
    "refuse_proposal": Verb(lists=(), needs=frozenset({"by", "reason"})),
    "raise_finding": Verb(lists=(), needs=frozenset({"by", "reason", "model", "severity", "due"})),
    "answer_finding": Verb(lists=(), needs=frozenset({"by", "reason", "about"})),
    "close_finding": Verb(lists=(), needs=frozenset({"by", "reason", "about"})),
    "sign_off": Verb(lists=(), needs=frozenset({"by", "reason", "model"})),
    "put_live": Verb(lists=(), needs=frozenset({"by", "reason", "model"})),
}
"""What can be done, and of whom; see examples/taiwan_cards/actors.yaml for each list."""
FILTERS = {"queue": ("route",), "referred": ("mandate", "proposed"), "half_signed": ("mandate",)}
"""By what a list may be narrowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody of the bank who acts in the script."""

    name: str
    role: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Whom an entry is about: parties by id, or the first of a list.

    Attributes:
        parties: ids; empty if a list is named.
        first: how many of the list, in the order of `selected`.
        where: by what the list is narrowed first.
    """

    parties: tuple[str, ...]
    list_name: str | None
    first: int
    where: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done on one day.

    Attributes:
        who: None where the entry is about no customer.
        at: local time, where it matters.
        outcome: what a reviewer decides: an outcome, "proposed" or (of a half-signed case) "signed".
        reason: what was said, Chinese and English.
        model: the model it is about, as the register names it; `severity` and `due` of a finding on it.
        about: id of the entry that raised the finding it is about.
        where: file and line, for errors; `hash` is of the entry's content.
    """

    id: str
    on: date
    does: str
    who: Choice | None
    by: Actor | None
    at: time | None
    outcome: str | None
    reason: Mapping[str, str]
    model: str | None
    severity: str | None
    due: date | None
    about: str | None
    where: Mapping[str, object]
    hash: str

    @property
    def note(self) -> str:
        """What was said, in both languages."""
        return " / ".join(self.reason.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script as read; `invitation` is the product people are invited to."""

    document: Document
    name: str
    invitation: str
    actors: Mapping[str, Actor]
    entries: tuple[Entry, ...]

    def due(self, *, after: date | None, until: date) -> tuple[Entry, ...]:
        """Return the entries of the days (after, until], in order; `after` None: from the beginning."""
        return tuple(
            entry for entry in self.entries if (after is None or entry.on > after) and entry.on <= until
        )


def read_script(document: Document) -> Script:
    """Read a script.

    Raises: PolicyError naming file and line: a key that is missing or not known, a verb that does not go
        with its list, an actor nobody introduced, an id twice, a day before the entry above it.
    """
    keys = ["actors", "simulated", "title", "source", "invitation", "people", "entries"]
    parts = document.root.mapping(required=keys, optional=[])
    parts["title"].mapping(required=["zh", "en"], optional=[])
    source_from_node(parts["source"])
    if not parts["simulated"].boolean():
        raise parts["simulated"].fail("a script is simulated", got=False, expected=True)
    actors: dict[str, Actor] = {}
    for node in parts["people"].items():
        actor = _actor(node)
        if actor.name in actors:
            raise node.fail("somebody is introduced twice", got=actor.name)
        actors[actor.name] = actor
    return Script(
        document=document,
        name=parts["actors"].text(),
        invitation=parts["invitation"].text(),
        actors=actors,
        entries=_entries(parts["entries"], actors),
    )


def selected(*, entry: Entry, parties: Collection[str]) -> tuple[str, ...]:
    """Choose whom an entry is about: of its list the first by SHA-256 of entry id and party.

    Parties named by id are returned as they are named.
    """
    if entry.who is None:
        return ()
    if entry.who.parties:
        return entry.who.parties

    def order(party: str) -> str:
        return hashlib.sha256(f"{entry.id}/{party}".encode()).hexdigest()

    return tuple(sorted(sorted(set(parties), key=order)[: entry.who.first]))


def _actor(node: Node) -> Actor:
    parts = node.mapping(required=["name", "role", "zh", "en"], optional=[])
    return Actor(
        name=_word(parts["name"]),
        role=parts["role"].text(among=sorted(ROLES)),
        zh=parts["zh"].text(),
        en=parts["en"].text(),
    )


def _entries(node: Node, actors: Mapping[str, Actor]) -> tuple[Entry, ...]:
    entries = list[Entry]()
    for item in node.items():
        entry = _entry(item, actors)
        if any(entry.id == other.id for other in entries):
            raise item.fail("an entry's id stands twice", got=entry.id)
        if entries and entry.on < entries[-1].on:
            raise item.fail(
                "entries must be in order of time", got=str(entry.on), expected=f"{entries[-1].on} or later"
            )
        entries.append(entry)
    return tuple(entries)


def _entry(node: Node, actors: Mapping[str, Actor]) -> Entry:
    does = node.mapping(required=["id", "on", "does"])["does"].text(among=list(VERBS))
    verb = VERBS[does]
    required = ["id", "on", "does", *(["who"] if verb.lists else []), *sorted(verb.needs)]
    parts = node.mapping(required=required, optional=["reason"])
    reason = parts["reason"].mapping(required=["zh", "en"], optional=[]) if "reason" in parts else {}
    return Entry(
        id=_word(parts["id"]),
        on=parts["on"].day(),
        does=does,
        who=_choice(parts["who"], verb) if "who" in parts else None,
        by=_by(parts["by"], actors) if "by" in parts else None,
        at=_time(parts["at"]) if "at" in parts else None,
        outcome=_word(parts["outcome"]) if "outcome" in parts else None,
        reason={language: text.text() for language, text in reason.items()},
        model=_word(parts["model"]) if "model" in parts else None,
        severity=parts["severity"].text(among=SEVERITIES) if "severity" in parts else None,
        due=parts["due"].day() if "due" in parts else None,
        about=_word(parts["about"]) if "about" in parts else None,
        where={"file": node.file, "line": node.line},
        hash=content_hash(node.plain()),
    )


def _choice(node: Node, verb: Verb) -> Choice:
    if "parties" in node.mapping():
        listed = node.mapping(required=["parties"], optional=[])["parties"]
        parties = tuple(item.text() for item in listed.items())
        if not parties or len(set(parties)) != len(parties):
            raise listed.fail("parties are named, each once", got=len(parties))
        return Choice(parties=parties, list_name=None, first=len(parties), where={})
    parts = node.mapping(required=["list", "first"], optional=["where"])
    name = parts["list"].text(among=verb.lists)
    narrowed = parts["where"].mapping(optional=FILTERS.get(name, ())) if "where" in parts else {}
    return Choice(
        parties=(),
        list_name=name,
        first=parts["first"].integer(least=1),
        where={key: value.text() for key, value in narrowed.items()},
    )


def _by(node: Node, actors: Mapping[str, Actor]) -> Actor:
    name = node.text()
    if name not in actors:
        raise node.fail("nobody of this name is introduced", got=name, expected=sorted(actors))
    return actors[name]


def _time(node: Node) -> time:
    if (found := _TIME.fullmatch(node.text())) is None:
        raise node.fail("not a time of day", got=node.value, expected='"HH:MM"')
    return time(int(found[1]), int(found[2]))


def _word(node: Node) -> str:
    if not _NAME.fullmatch(node.text()):
        raise node.fail("not a name", got=node.value, expected="small letters, digits and _")
    return node.text()
