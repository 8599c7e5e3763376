"""Portraits of a bank's parties: documents read, sources asked through the door, the portrait made.

1 the documents of portraits and what they include are read, each under the contracts of its sources; window
  features as they were published, or as drafts where they never were
2 the party's kind says which portraits are made of it
3 of each source it is asked how fresh it is about the party, and whether the party consents to its being read
4 the window features of the fresh ones are computed from the party's events; the others are not known
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar, cast

from creditloop.data import (
    Contract,
    last_instant,
    read_contract,
    read_table,
    source_table_name,
    source_tables,
)
from creditloop.data.catalogue import FeatureVersion
from creditloop.data.derived import DerivedSet, read_derived_features, window_documents
from creditloop.data.events import PartyReading, party_features
from creditloop.data.freshness import FreshState, SourceFreshness
from creditloop.data.portraits import (
    Portrait,
    PortraitDefinition,
    included_documents,
    portrait_of,
    read_portrait,
)
from creditloop.data.windows import WindowFeatureSet, contract_named, read_window_features
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.features import PublishedTexts, for_the_door, live_texts
from creditloop.service.places import Places
from creditloop.service.source_states import source_freshness
from creditloop.service.work import Work

FOLDER = "features/portraits"
"""The bank's documents of portraits."""
PARTIES = "parties"
"""The contract of who parties are."""
PARTY_TABLE = "party"
"""The table of parties that says of what kind each is."""
NOTHING = "none"
"""The answer of a source that was asked and has nothing about the party."""
PURPOSE = "rule"
"""What sources are read for if nothing else is said: a purpose that needs the party's consent."""
_VERSIONS_KEPT = 256
"""Portraits and what they name, kept as read: a bank has some tens of these documents, in few versions."""
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWindows:
    """A document of window features as it is computed.

    Attributes:
        contract: the one it was read against; its events are read as the one in force allows.
        version: that in production; None of a draft.
    """

    features: WindowFeatureSet
    contract: Contract
    version: FeatureVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyPortrait:
    """A portrait as of a day, how each of its sources stood then, and which window features it is made of."""

    party_id: str
    as_of: date
    portrait: Portrait
    sources: tuple[SourceFreshness, ...]
    windows: tuple[ReadWindows, ...]


@dataclass(frozen=True, slots=True)
class _Version:
    """Something read from documents, told apart by the hash of every document it was read from.

    Attributes:
        read: reads it; it holds the documents, and nothing of a request.
    """

    documents: tuple[str, ...]
    read: Callable[[], object] = field(compare=False)


@lru_cache(maxsize=_VERSIONS_KEPT)
def _once(version: _Version) -> object:
    return version.read()


def _read_once(read: Callable[[], _Read], *, kind: str, documents: Iterable[Document]) -> _Read:
    """Read it, or return what was read before from the very same documents: none of it ever changes."""
    told = (kind, *(part for one in documents for part in (one.path, one.hash)))
    return cast(_Read, _once(_Version(told, read)))


class PortraitDocuments:
    """Reads portraits and what they name.

    The text of each document is read anew by every one of these, and what a text says is worked out once.
    """

    def __init__(
        self,
        places: Places,
        *,
        contract: Callable[[str], Contract] | None = None,
        published: Callable[[Document], PublishedTexts | None] | None = None,
    ) -> None:
        """Read from the bank's folder.

        Args:
            contract: reads a contract by its name; None reads the bank's file.
            published: gives a document of window features as it is in production, see `features.live_texts`;
                None reads every one from its file.
        """
        self._places = places
        self._contract = contract or self._file
        self._published = published
        self._windows: dict[str, ReadWindows] = {}
        self._derived: dict[str, DerivedSet] = {}
        self.contracts: dict[str, Contract] = {}

    def paths(self) -> tuple[str, ...]:
        """Return the bank's documents of portraits.

        Raises: InputError if there are none.
        """
        found = sorted((self._places.documents / FOLDER).glob("*.yaml"))
        if not found:
            raise InputError("the bank has no documents of portraits", expected=f"{FOLDER}/*.yaml")
        return tuple(path.relative_to(self._places.documents).as_posix() for path in found)

    def portrait(self, path: str | Path) -> PortraitDefinition:
        """Read a portrait.

        Raises: PolicyError naming file, line and field.
        """
        document = self._places.document(path)
        windows = self._all_windows(document)
        derived = {one: self.derived(one) for one in included_documents(document)}
        read_from = [document, *self._read_from(windows)]
        for one in derived.values():
            read_from += [one.document, *self._read_from(window_documents(one.document))]
        read = partial(read_portrait, document, windows=windows, derived=derived)
        return _read_once(read, kind="portrait", documents=read_from)

    def derived(self, path: str) -> DerivedSet:
        """Read a document of derived features."""
        if path not in self._derived:
            document = self._places.document(path)
            windows = self._all_windows(document)
            read = partial(read_derived_features, document, windows=windows)
            read_from = [document, *self._read_from(windows)]
            self._derived[path] = _read_once(read, kind="derived", documents=read_from)
        return self._derived[path]

    def contract(self, name: str) -> Contract:
        """Read a contract."""
        if name not in self.contracts:
            self.contracts[name] = self._contract(name)
        return self.contracts[name]

    def windows(self, definition: PortraitDefinition) -> tuple[ReadWindows, ...]:
        """Return the documents of window features a portrait read here is made of."""
        told = {(one.features.hash, one.features.contract_hash): one for one in self._windows.values()}
        return tuple(told[own.hash, own.contract_hash] for own in definition.draft.windows)

    def _all_windows(self, document: Document) -> Mapping[str, WindowFeatureSet]:
        return {path: self._window(path).features for path in window_documents(document)}

    def _window(self, path: str) -> ReadWindows:
        if path not in self._windows:
            document, version = self._places.document(path), None
            live = None if self._published is None else self._published(document)
            if live is None:
                contract = self.contract(contract_named(document))
            else:
                document, contract, version = live.document, live.contract, live.version
            read = partial(read_window_features, document, contract=contract)
            features = _read_once(read, kind="windows", documents=[document, contract.document])
            self._windows[path] = ReadWindows(features=features, contract=contract, version=version)
        return self._windows[path]

    def _read_from(self, paths: Iterable[str]) -> list[Document]:
        """Return the documents that window features were read from: their own, and those of the contracts."""
        read = (self._window(path) for path in paths)
        return [document for one in read for document in (one.features.document, one.contract.document)]

    def _file(self, name: str) -> Contract:
        return read_contract(self._places.contract_file(name), root=self._places.documents)


def party_portraits(
    work: Work,
    *,
    party_id: str,
    as_of: date,
    reader: str,
    reason: str,
    purpose: str = PURPOSE,
    paths: Sequence[str | Path] = (),
) -> tuple[PartyPortrait, ...]:
    """Make the portraits (画像) of a party as of a day; what is read is logged.

    Args:
        paths: documents of portraits; none: those that are of the party's kind, a sole trader having two.
    Raises: UnknownId if no such party was known by that day; InputError if the purpose may not read a source.
    """
    documents = PortraitDocuments(work.places, contract=work.contract, published=live_texts(work))
    asking = _Asking(work, documents, party_id, as_of, reader, reason, purpose)
    definitions = [documents.portrait(path) for path in paths or documents.paths()]
    kind = asking.kind()
    fitting = [one for one in definitions if paths or kind in one.parties]
    sources = tuple(dict.fromkeys(source for one in fitting for source in one.draft.sources))
    states = {state.contract: state for state in asking.freshness(sources)}
    imported = asking.imported(sources)
    known = {
        source: state.state is FreshState.FRESH and _says_something(state, imported=source in imported)
        for source, state in states.items()
    }
    return tuple(
        PartyPortrait(
            party_id=party_id,
            as_of=as_of,
            portrait=portrait_of(asking.values(one, known, imported), known=known, definition=one),
            sources=tuple(states[source] for source in one.draft.sources),
            windows=documents.windows(one),
        )
        for one in fitting
    )


def _says_something(state: SourceFreshness, *, imported: bool) -> bool:
    """Whether what a fresh source does not show of the party is not there.

    A source that answered `found`, and of which no row of the party is loaded, says nothing yet.
    """
    return state.answer == NOTHING or (imported and state.known_on is not None)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks what of one party, as of which day."""

    work: Work
    documents: PortraitDocuments
    party_id: str
    as_of: date
    reader: str
    reason: str
    purpose: str

    def kind(self) -> str:
        """Return what the party is: person, firm or sole_trader."""
        contract = self.documents.contract(PARTIES)
        table = contract.table(PARTY_TABLE)
        if table is None:
            raise InputError(
                "the contract of parties has no such table",
                got=PARTY_TABLE,
                where={"file": contract.document.path},
            )
        frame = read_table(
            self.work.connection,
            contract=contract,
            table=table.name,
            columns=["kind"],
            purpose=self.purpose,
            reader=self.reader,
            reason=self.reason,
            known_by=last_instant(table, as_of=self.as_of, utc_offset_hours=contract.utc_offset_hours),
            now=self.work.now,
            record_denial=self.work.record_denial,
            party_ids=[self.party_id],
        )
        if frame.is_empty():
            raise UnknownId(
                "no such party was known by that day", got=self.party_id, where={"as_of": self.as_of}
            )
        return str(frame["kind"][0])

    def freshness(self, sources: Sequence[str]) -> tuple[SourceFreshness, ...]:
        """Return how each source stands about the party."""
        return source_freshness(
            self.work,
            contracts=[self.documents.contract(source) for source in sources],
            party_ids=[self.party_id],
            as_of=self.as_of,
            purpose=self.purpose,
            reader=self.reader,
            reason=self.reason,
        )

    def imported(self, sources: Sequence[str]) -> frozenset[str]:
        """Return the sources of which anything was ever imported, of whomever."""
        there = {table.name for table in source_tables(self.work.connection)}
        contracts = [self.documents.contract(source) for source in sources]
        return frozenset(
            one.name
            for one in contracts
            if all(source_table_name(one, table) in there for table in one.tables)
        )

    def values(
        self, definition: PortraitDefinition, known: Mapping[str, bool], imported: Collection[str]
    ) -> dict[str, int | None]:
        """Return the window features of the sources that are known, and nothing of the others."""
        wanted = set(definition.draft.window_features)
        found: dict[str, int | None] = {}
        for own in self.documents.windows(definition):
            features = [feature for feature in own.features.features if feature.name in wanted]
            if features and known[own.contract.name]:
                if own.contract.name in imported:
                    found |= self._computed(own, [feature.name for feature in features])
                else:
                    found |= {feature.name: feature.without_events for feature in features}
        return found

    def _computed(self, own: ReadWindows, names: Sequence[str]) -> dict[str, int | None]:
        reading = PartyReading(
            contract=for_the_door(own.contract, in_force=self.documents.contract(own.contract.name)),
            party_id=self.party_id,
            as_of=self.as_of,
            purpose=self.purpose,
            reader=self.reader,
            reason=self.reason,
            now=self.work.now,
            record_denial=self.work.record_denial,
        )
        return party_features(self.work.connection, features=own.features, reading=reading, names=names)
