"""What an entry of a script can do (脚本动作): the lists it chooses from, and the doors it goes through.

The same doors a person would use, each act marked simulated. Where the bank refuses because of how things
stand — an hour, a complaint, a mandate — the refusal is kept; what cannot be asked for at all is raised.
"""

from collections.abc import Callable, Mapping, Sequence

from creditloop.acquire import record_acceptance, whitelist
from creditloop.admit import CaseState, Person, Ruling, find_cases
from creditloop.kernel.errors import ConflictingRepeat, InputError, StateError
from creditloop.oversight import find_proposals
from creditloop.recover import Occasion, queue
from creditloop.service.admitting.review_desk import sign_case
from creditloop.service.lending.limits import answer_raises, offered_parties
from creditloop.service.overseeing.challenging import decide_on_proposal
from creditloop.service.playing.actors import Entry
from creditloop.service.playing.model_deeds import MODEL_DEEDS
from creditloop.service.playing.scene import Scene
from creditloop.service.recovering.routing import complain, contact_party, occasion_of, resolve


def candidates(scene: Scene) -> Sequence[str]:
    """Return the parties on the list an entry chooses from, as the bank's records stand on its day."""
    who = scene.entry.who
    return _LISTS[who.list_name](scene) if who is not None and who.list_name is not None else ()


def do(scene: Scene, *, parties: Sequence[str]) -> dict[str, str]:
    """Do what an entry says for these parties; return who was refused, and why."""
    return _DOES[scene.entry.does](scene, parties)


# lists


def _invited(scene: Scene) -> Sequence[str]:
    frame = whitelist(scene.work.connection, product=scene.script.invitation, on=scene.entry.on)
    return frame.filter(frame["status"] == "invited")["party_id"].to_list()


def _offered(scene: Scene) -> Sequence[str]:
    return offered_parties(scene.work, on=scene.entry.on)


def _waiting(scene: Scene, status: str) -> Sequence[str]:
    assert scene.entry.who is not None  # it was chosen from a list
    wanted = scene.entry.who.where
    return [
        state.case.party_id
        for state in _open_cases(scene)
        if state.status == status
        and wanted.get("mandate") in {None, state.case.mandate}
        and wanted.get("proposed") in {None, state.case.outcome_proposed}
    ]


def _open_cases(scene: Scene) -> list[CaseState]:
    states = find_cases(scene.work.connection, product=scene.plan.product, closed=False)
    return [state for state in states if state.case.opened_on <= scene.entry.on]


def _queued(scene: Scene, *, stopped: bool) -> Sequence[str]:
    assert scene.entry.who is not None  # it was chosen from a list
    frame = queue(scene.work.connection, on=scene.entry.on, route=scene.entry.who.where.get("route"))
    return frame.filter(frame["stopped"] == stopped)["party_id"].to_list()


_LISTS: Mapping[str, Callable[[Scene], Sequence[str]]] = {
    "invited": _invited,
    "offered": _offered,
    "referred": lambda scene: _waiting(scene, "open"),
    "half_signed": lambda scene: _waiting(scene, "half_signed"),
    "queue": lambda scene: _queued(scene, stopped=False),
    "stopped": lambda scene: _queued(scene, stopped=True),
}


# deeds: each returns who was refused, and why


def _each(parties: Sequence[str], do: Callable[[str], object]) -> dict[str, str]:
    """Do something for each party; a refusal by state (not now, not allowed) is kept, all else is raised."""
    refused = {}
    for party in parties:
        try:
            do(party)
        except ConflictingRepeat:
            raise
        except StateError as error:
            refused[party] = f"{error.message} ({error.where.get('rule', error.code)})"
    return refused


def _answer_invitation(scene: Scene, parties: Sequence[str], *, accepted: bool) -> dict[str, str]:
    if parties:
        batch = record_acceptance(
            scene.work.connection,
            product=scene.script.invitation,
            party_ids=parties,
            accepted=accepted,
            occurred_on=scene.entry.on,
            source=scene.source,
            simulated=True,
            now=scene.work.now,
        )
        scene.work.recorded(batch.batch_id)
    return {}


def _answer_raise(scene: Scene, parties: Sequence[str], *, accepted: bool) -> dict[str, str]:
    if parties:
        answer_raises(
            scene.work,
            party_ids=parties,
            accepted=accepted,
            on=scene.entry.on,
            source=scene.source,
            simulated=True,
            product=scene.plan.product,
            rules_as_of=scene.plan.rules_as_of,
        )
    return {}


def _decide_case(scene: Scene, parties: Sequence[str]) -> dict[str, str]:
    cases = {state.case.party_id: state for state in _open_cases(scene)}

    def decide(party: str) -> None:
        if party not in cases:
            raise InputError("no case of this customer is open", got=party)
        sign_case(
            scene.work,
            case_id=cases[party].case.case_id,
            person=Person(name=scene.by.name, role=scene.by.role),
            ruling=_ruling(scene.entry, cases[party]),
            acted_on=scene.entry.on,
            simulated=True,
        )

    return _each(parties, decide)


def _ruling(entry: Entry, state: CaseState) -> Ruling:
    case = state.case
    outcome = {"proposed": case.outcome_proposed, "signed": state.outcome}.get(
        entry.outcome or "", entry.outcome
    )
    if outcome is None:
        raise InputError(f"nothing is {entry.outcome} in this case", got=case.party_id)
    if entry.outcome == "signed":
        return Ruling(outcome=outcome, limit_fen=state.limit_fen, reason=entry.note)
    as_proposed = outcome in {case.outcome_proposed, "raise"} and case.limit_proposed_fen is not None
    limit = case.limit_proposed_fen if as_proposed else case.limit_fen
    return Ruling(outcome=outcome, limit_fen=limit, reason=entry.note)


def _occasion(scene: Scene, party: str, *, person: str) -> Occasion:
    return occasion_of(
        scene.work,
        contract=scene.plan.contract,
        party_id=party,
        at=scene.at,
        person=person,
        note=scene.entry.note,
        key=scene.source,
        simulated=True,
    )


def _contact(scene: Scene, parties: Sequence[str], *, channel: str) -> dict[str, str]:
    def contact(party: str) -> None:
        occasion = _occasion(scene, party, person=scene.by.name)
        contact_party(scene.work, plan=scene.plan, occasion=occasion, channel=channel)

    return _each(parties, contact)


def _complain(scene: Scene, parties: Sequence[str], *, kind: str) -> dict[str, str]:
    return _each(
        parties,
        lambda party: complain(scene.work, occasion=_occasion(scene, party, person=party), kind=kind),
    )


def _resolve(scene: Scene, parties: Sequence[str]) -> dict[str, str]:
    return _each(
        parties,
        lambda party: resolve(scene.work, occasion=_occasion(scene, party, person=scene.by.name)),
    )


def _decide_proposals(scene: Scene, _: Sequence[str], *, decision: str) -> dict[str, str]:
    """Speak as the second person about every proposal that waits on that day."""
    proposals = find_proposals(scene.work.connection, product=scene.plan.product)
    waiting = [
        proposal.batch_id
        for proposal in proposals
        if proposal.state == "waiting" and proposal.dates.business_date <= scene.entry.on
    ]
    for proposal_id in waiting:
        decide_on_proposal(
            scene.work,
            proposal_id=proposal_id,
            approver=scene.by.name,
            role=scene.by.role,
            decision=decision,
            reason=scene.entry.note,
            decided_on=scene.entry.on,
            simulated=True,
        )
    return {}


_DOES: Mapping[str, Callable[[Scene, Sequence[str]], dict[str, str]]] = {
    "accept_invitation": lambda scene, parties: _answer_invitation(scene, parties, accepted=True),
    "decline_invitation": lambda scene, parties: _answer_invitation(scene, parties, accepted=False),
    "accept_raise": lambda scene, parties: _answer_raise(scene, parties, accepted=True),
    "decline_raise": lambda scene, parties: _answer_raise(scene, parties, accepted=False),
    "decide_case": _decide_case,
    "message": lambda scene, parties: _contact(scene, parties, channel="message"),
    "call": lambda scene, parties: _contact(scene, parties, channel="call"),
    "complain": lambda scene, parties: _complain(scene, parties, kind="complaint"),
    "object": lambda scene, parties: _complain(scene, parties, kind="objection"),
    "resolve": _resolve,
    "approve_proposal": lambda scene, parties: _decide_proposals(scene, parties, decision="approved"),
    "refuse_proposal": lambda scene, parties: _decide_proposals(scene, parties, decision="refused"),
    **MODEL_DEEDS,
}
