"""A node's HTTP (节点接口): messages of the other parties, the witness protocol, and what the own party asks.

Who is on the line says the TLS certificate: `party` in a request's scope (`serving`). Paths under `/own` are
for the party's own systems; checkpoints and where a loan ends every party may ask for.
"""

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from creditloop.evidence.network import Refusal, RefusedError, instant_text
from creditloop.evidence.network.node import (
    MESSAGE_BYTES_MAX,
    OUTCOME_OF,
    STATUS,
    Answer,
    Append,
    AuditLine,
    Contradiction,
    LogStatus,
    Node,
    NodeStatus,
    Outcome,
    StoredRound,
    message_bytes,
    read_round,
)
from creditloop.evidence.package import NO_CHALLENGE
from creditloop.kernel.errors import CreditloopError, EvidenceError, InputError, StateError, UnknownId
from creditloop.service.evidence_node.log_reading import (
    ROUNDS_MAX,
    RoundsText,
    logs_text,
    objected_places,
    summaries,
)
from creditloop.service.evidence_node.reading import loan_end, loan_text
from creditloop.service.evidence_node.running import RunningNode
from creditloop.service.evidence_node.witness import BODY_BYTES_MAX, read_add_checkpoint, witness_answer

_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"
_STATUSES = ((UnknownId, 404), (InputError, 400), (EvidenceError, 400), (StateError, 409))
_UNAVAILABLE = 503
_AUDIT_LINES = 200
_DIGITS_MAX = 17
_Result = TypeVar("_Result")


class StandingText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a batch stands, as `evidence.network.node.Standing` says it."""

    stage: str
    included: dict[int, int]
    refused: dict[int, dict[str, str]]


class AuditText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An audit line as it is sent."""

    at: str
    party: str
    what: str
    detail: str


class StatusText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a node stands, as `evidence.network.node.NodeStatus` says it, with its last audit lines."""

    name: str
    logs: tuple[LogStatus, ...]
    waiting: int
    heard: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]
    audit: tuple[AuditText, ...] = ()

    def status(self) -> NodeStatus:
        """Return what the node said of itself."""
        return NodeStatus(
            name=self.name,
            logs=self.logs,
            waiting=self.waiting,
            heard=self.heard,
            contradictions=self.contradictions,
        )


class NodeApp:
    """The handlers; see the module."""

    def __init__(self, running: RunningNode) -> None:
        self.running = running
        self.staged: dict[str, tuple[tuple[int, msgspec.Raw], ...]] = {}

    def routes(self) -> Sequence[Route]:
        """Return every path of a node."""
        return (
            Route("/messages", self.message, methods=["POST"]),
            Route("/add-checkpoint", self.add_checkpoint, methods=["POST"]),
            Route("/rounds", self.stage_rounds, methods=["POST"]),
            Route("/logs/{origin:path}/checkpoint", self.checkpoint, methods=["GET"]),
            Route("/logs/{origin:path}/consistency", self.consistency, methods=["GET"]),
            Route("/loans/{loan}/end", self.end, methods=["GET"]),
            Route("/own/batches", self.submit, methods=["POST"]),
            Route("/own/batches/{batch}", self.standing, methods=["GET"]),
            Route("/own/loans/{loan}/logs/{origin:path}", self.loan, methods=["GET"]),
            Route("/own/status", self.status, methods=["GET"]),
            Route("/own/logs", self.logs, methods=["GET"]),
            Route("/own/logs/{origin:path}/rounds", self.rounds, methods=["GET"]),
            Route("/own/logs/{origin:path}/rounds/{first:int}", self.round, methods=["GET"]),
        )

    async def _call(self, act: Callable[[Node], _Result]) -> _Result:
        return await asyncio.wrap_future(self.running.call(act))

    async def _body(self, request: Request, *, bytes_max: int) -> bytes | None:
        """Read a body; None, with an audit line, if it is larger than that: the rest is not read."""
        declared = request.headers.get("content-length", "0")
        parts, size = [], int(declared)  # h11 takes nothing but digits
        if size <= bytes_max:
            size = 0
            async for part in request.stream():
                size += len(part)
                if size > bytes_max:
                    break
                parts.append(part)
        if size <= bytes_max:
            return b"".join(parts)
        await self._audit(request, Outcome.OVERSIZED, f"more than {bytes_max} bytes")
        return None

    async def _audit(self, request: Request, what: str, why: str) -> None:
        """Leave a line about a request that the node itself never saw."""
        detail = f"{request.url.path}: {why}"
        await self._call(lambda node: node.context.audit(_party(request), what, detail))

    async def _refused(self, request: Request, status: int, what: Outcome, why: str) -> Response:
        await self._audit(request, what, why)
        return _problem(status, why)

    # the other parties

    async def message(self, request: Request) -> Response:
        """Answer a message of another party's node."""
        body = await self._body(request, bytes_max=MESSAGE_BYTES_MAX)
        if body is None:
            answer = Answer(outcome=Outcome.OVERSIZED)
        else:
            answer = await self._call(lambda node: node.answer(body, sender=_party(request)))
        return Response(message_bytes(answer), STATUS[answer.outcome], media_type=_JSON)

    async def add_checkpoint(self, request: Request) -> Response:
        """Answer the witness protocol; the rounds come by `stage_rounds` before."""
        body = await self._body(request, bytes_max=BODY_BYTES_MAX)
        try:
            if body is None:
                raise RefusedError(Refusal.OVERSIZED, "a request is too large")
            asked = read_add_checkpoint(body)
        except RefusedError as error:
            answer = Answer(outcome=OUTCOME_OF[error.refusal], detail=error.message)
            if body is not None:
                await self._audit(request, answer.outcome, error.message)
        else:
            origin = asked.checkpoint.partition("\n")[0]
            staged = self.staged.get(origin, ())
            rounds = tuple(raw for first, raw in staged if asked.old_size <= first < asked.size)

            def act(node: Node) -> Answer:
                append = Append(
                    checkpoint=asked.checkpoint,
                    old_size=asked.old_size,
                    proof=tuple(hash_.hex() for hash_ in asked.proof),
                    rounds=rounds,
                    sent_at=instant_text(node.context.ports.clock.now()),
                )
                return node.answer(message_bytes(append), sender=_party(request))

            answer = await self._call(act)
            if answer.outcome is Outcome.DONE and origin in self.staged:
                self.staged[origin] = tuple(one for one in self.staged[origin] if one[0] >= answer.size)
        status, media_type, text = witness_answer(answer)
        return Response(text, status, headers={"content-type": media_type})

    async def stage_rounds(self, request: Request) -> Response:
        """Take the rounds that the party's next checkpoints bring; in mind only, instead of earlier ones."""
        body = await self._body(request, bytes_max=MESSAGE_BYTES_MAX)
        if body is None:
            return _problem(400, "the rounds are too large")
        try:
            raws = msgspec.json.decode(body, type=tuple[msgspec.Raw, ...])
            rounds = [read_round(bytes(raw)) for raw in raws]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return await self._refused(request, 400, Outcome.MALFORMED, str(error))
        except RefusedError as error:
            return await self._refused(request, 400, OUTCOME_OF[error.refusal], error.message)
        if {one.origin for one in rounds} != {_party(request)}:
            why = "a party sends rounds of its own log"
            return await self._refused(request, 403, Outcome.WRONG_SENDER, why)
        self.staged[_party(request)] = tuple((one.first, raw) for one, raw in zip(rounds, raws, strict=True))
        return Response(status_code=204)

    async def checkpoint(self, request: Request) -> Response:
        """Give the last final checkpoint of a log."""
        return await self._told(
            request,
            lambda node: Response(
                node.checkpoint(request.path_params["origin"]), headers={"content-type": _TEXT}
            ),
        )

    async def consistency(self, request: Request) -> Response:
        """Prove that a log only grew from one size to another, for those who hold checkpoints alone."""
        origin, sizes = request.path_params["origin"], []
        for name in ("before", "after"):
            text = request.query_params.get(name, "")
            if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
                why = "before and after are sizes of the log"
                return await self._refused(request, 400, Outcome.MALFORMED, why)
            sizes.append(int(text))

        def act(node: Node) -> Response:
            proof = node.consistency(origin, before=sizes[0], after=sizes[1])
            return Response(msgspec.json.encode([hash_.hex() for hash_ in proof]), media_type=_JSON)

        return await self._told(request, act)

    async def end(self, request: Request) -> Response:
        """Sign where a loan ends, with the challenge that is given."""
        loan = _hexadecimal(request.path_params["loan"])
        challenge = _hexadecimal(request.query_params.get("challenge", NO_CHALLENGE))
        if loan is None or challenge is None:
            why = "loan and challenge are 64 hexadecimal digits"
            return await self._refused(request, 400, Outcome.MALFORMED, why)
        return await self._told(
            request,
            lambda node: Response(loan_end(node, loan=loan, challenge=challenge).body(), media_type=_JSON),
        )

    # the party itself

    async def submit(self, request: Request) -> Response:
        """Take a batch."""
        if not self._is_own(request):
            why = "only the party itself submits to its node"
            return await self._refused(request, 403, Outcome.WRONG_SENDER, why)
        body = await self._body(request, bytes_max=MESSAGE_BYTES_MAX)
        if body is None:
            answer = Answer(outcome=Outcome.OVERSIZED)
        else:
            answer = await self._call(lambda node: node.submit(body))
        return Response(message_bytes(answer), STATUS[answer.outcome], media_type=_JSON)

    async def standing(self, request: Request) -> Response:
        """Say how a batch stands."""

        def act(node: Node) -> Response:
            standing = node.standing(request.path_params["batch"])
            text = StandingText(
                stage=standing.stage,
                included=dict(standing.included),
                refused={at: dict(reasons) for at, reasons in standing.refused.items()},
            )
            return Response(msgspec.json.encode(text), media_type=_JSON)

        return await self._own(request, act)

    async def loan(self, request: Request) -> Response:
        """Give a loan's final records on a log, with proofs."""

        def act(node: Node) -> Response:
            found = loan_text(node, origin=request.path_params["origin"], loan=request.path_params["loan"])
            return Response(msgspec.json.encode(found), media_type=_JSON)

        return await self._own(request, act)

    async def status(self, request: Request) -> Response:
        """Say how the node stands, with its last audit lines."""

        def act(node: Node) -> Response:
            status = node.status()
            lines = self.running.store.audit_lines(lines_max=_AUDIT_LINES)
            text = StatusText(
                name=status.name,
                logs=status.logs,
                waiting=status.waiting,
                heard=status.heard,
                contradictions=status.contradictions,
                audit=tuple(map(_audit_text, lines)),
            )
            return Response(msgspec.json.encode(text), media_type=_JSON)

        return await self._own(request, act)

    async def logs(self, request: Request) -> Response:
        """Give the checkpoints of all logs, and what waits for our own."""
        return await self._own(
            request, lambda node: Response(msgspec.json.encode(logs_text(node)), media_type=_JSON)
        )

    async def rounds(self, request: Request) -> Response:
        """Tell the last rounds of a log that end at or before an entry in short, the newest first."""
        origin, before = request.path_params["origin"], request.query_params.get("before", "")
        if before and not (before.isascii() and before.isdigit() and len(before) < _DIGITS_MAX):
            return await self._refused(request, 400, Outcome.MALFORMED, "before is a number of entries")
        objected = request.query_params.get("objections") == "1"
        found: list[tuple[int, list[StoredRound]]] = []

        def act(node: Node) -> Response:
            size = node.size(origin)
            rounds = self.running.store.rounds_before(
                origin,
                before=min(int(before or size), size),
                rounds_max=ROUNDS_MAX,
                firsts=objected_places(node, origin) if objected else None,
            )
            found.append((size, rounds))
            return Response()

        refused = await self._own(request, act)
        if not found:
            return refused
        network = self.running.node.context.network  # never changes; the checks are not for the node's thread
        told = await asyncio.to_thread(summaries, found[0][1], network=network)
        text = RoundsText(origin=origin, size=found[0][0], rounds=told)
        return Response(msgspec.json.encode(text), media_type=_JSON)

    async def round(self, request: Request) -> Response:
        """Give the round of a log that begins at an entry, as it is kept: it proves itself."""
        origin, first = request.path_params["origin"], request.path_params["first"]

        def act(node: Node) -> Response:
            size = node.size(origin)
            stored = None
            if first < size:
                stored = next(iter(self.running.store.rounds(origin, first=first, bytes_max=1)), None)
            if stored is None or stored.first != first:
                raise UnknownId("no round begins there", got=first)
            return Response(stored.body, media_type=_JSON)

        return await self._own(request, act)

    def _is_own(self, request: Request) -> bool:
        return _party(request) == self.running.folder.name

    async def _own(self, request: Request, act: Callable[[Node], Response]) -> Response:
        if not self._is_own(request):
            why = "only the party itself may ask for this"
            return await self._refused(request, 403, Outcome.WRONG_SENDER, why)
        return await self._told(request, act)

    async def _told(self, request: Request, act: Callable[[Node], Response]) -> Response:
        try:
            return await self._call(act)
        except CreditloopError as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), _UNAVAILABLE)
            if status == HTTPStatus.BAD_REQUEST:
                await self._audit(request, Outcome.MALFORMED, error.message)
            return _problem(status, error.message)


def build_app(running: RunningNode) -> Starlette:
    """Return the node's HTTP application."""
    return Starlette(routes=NodeApp(running).routes(), exception_handlers={ClientDisconnect: _gone_away})


async def _gone_away(request: Request, error: Exception) -> Response:
    """Answer nobody: whoever asked is gone."""
    del request, error
    return Response(status_code=400)


def _party(request: Request) -> str:
    """Return who is on the line; nobody, if the server did not make sure."""
    party = request.scope.get("party")
    return party if isinstance(party, str) else ""


def _hexadecimal(text: str) -> str | None:
    return text if len(text) == 64 and set(text) <= set("0123456789abcdef") else None


def _problem(status: int, message: str) -> Response:
    return Response(msgspec.json.encode({"problem": message}), status, media_type=_JSON)


def _audit_text(line: AuditLine) -> AuditText:
    return AuditText(at=line.at.isoformat(), party=line.party, what=line.what, detail=line.detail)
