"""What a node does when it lost something: it says so, signs nothing, and arrives where it was."""

from msgspec.structs import replace as changed
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, NAMES, PARTNER, PAYMENT, Lab
from tests.faults.network.disk import DiskFault
from tests.faults.network.parties import loan_of, record_of

from creditloop.evidence.network import unverified_checkpoint
from creditloop.evidence.network.node import Append, Outcome, Propose, Stage, message_bytes, read_request
from creditloop.evidence.network.record import canonical_form, instant_text


def put_back(lab: Lab, name: str, *, frames: int) -> None:
    """Put a store back to when it had so many writes, and start again."""
    lab.places[name].disk.put_back(frames)
    lab.restart(name)


def test_a_mirror_that_lost_everything_signs_nothing_until_it_is_back(lab: Lab) -> None:
    lab.grow(BANK, 3)
    root = lab.nodes[FUND].context.states[BANK].tree.root()
    lab.away = set(NAMES) - {FUND}
    put_back(lab, FUND, frames=0)
    state = lab.nodes[FUND].context.states[BANK]
    assert state.target is not None
    assert {log.origin: log.recovering for log in lab.nodes[FUND].status().logs}[BANK] == 3
    ask = Propose(batch=lab.batch(BANK), sent_at=instant_text(lab.places[BANK].now()), size=0)
    assert lab.asked(BANK, FUND, message_bytes(ask)).outcome is Outcome.RECOVERING
    lab.away = set()
    lab.let_pass(4_000)
    state = lab.nodes[FUND].context.states[BANK]
    assert (state.size, state.tree.root(), state.target) == (3, root, None)
    assert "recovered" in {line.what for line in lab.places[FUND].lines}
    lab.grow(BANK)
    assert lab.nodes[FUND].context.states[BANK].size == 4


def test_a_log_that_lost_its_store_comes_back_from_the_others(lab: Lab) -> None:
    lab.grow(BANK, 4)
    lab.submit(BANK, waiting := lab.batch(BANK))
    root = lab.nodes[BANK].context.states[BANK].tree.root()
    put_back(lab, BANK, frames=0)
    lab.let_pass(4_000)
    state = lab.nodes[BANK].context.states[BANK]
    assert (state.size, state.final_size, state.tree.root()) == (5, 5, root)
    assert lab.submit(BANK, waiting).outcome is Outcome.DONE, "it is on the log, once"
    lab.grow(BANK)
    assert lab.nodes[FUND].context.states[BANK].size == 6


def test_the_last_round_is_remembered_beside_the_key(lab: Lab) -> None:
    """Signed, stored, and the store put back before anybody else had seen it: the same checkpoint again."""
    lab.grow(BANK, 2)
    frames = sum(1 for _ in lab.places[BANK].disk.frames())
    batch = lab.batch(BANK)
    lab.nodes[BANK].submit(canonical_form(batch))
    while lab.nodes[BANK].context.states[BANK].size == 2:
        sender, party, request, token = lab.mail.pop(0)
        lab.nodes[sender].replied(token, lab.nodes[party].handle(request, sender=sender))
    signed = lab.nodes[BANK].context.states[BANK].base
    lab.mail.clear()
    put_back(lab, BANK, frames=frames)
    lab.let_pass(4_000)
    state = lab.nodes[BANK].context.states[BANK]
    assert (state.base, state.final_size) == (signed, 3)


def lose_all(lab: Lab, name: str) -> None:
    """Lose the store and the memory of what was signed: another machine, and only the keys are there."""
    lab.places[name].memory.data.clear()
    lab.places[name].lost = True
    put_back(lab, name, frames=0)


def test_without_its_memory_a_log_asks_everybody_before_it_signs(lab: Lab) -> None:
    """One other party alone has the last checkpoint, and is away: three who do not know it are too few."""
    lab.grow(BANK)
    lab.away = {BUREAU, FUND, PAYMENT}
    batch = lab.batch(BANK)
    lab.nodes[BANK].submit(canonical_form(batch))
    lab.away = set()
    while lab.nodes[PARTNER].context.states[BANK].size == 1:  # all judge; the round gets to the partner only
        sender, party, request, token = lab.mail.pop(0)
        if isinstance(read_request(request), Append) and party != PARTNER:
            continue
        lab.nodes[sender].replied(token, lab.nodes[party].handle(request, sender=sender))
        lab.time_ms += 1
        if not lab.mail:
            lab.time_ms += 1_000
            lab.nodes[BANK].tick()
    signed = lab.nodes[PARTNER].context.states[BANK].base
    lab.mail.clear()
    lose_all(lab, BANK)
    lab.away = {PARTNER}
    lab.let_pass(4_000)
    bank = lab.nodes[BANK]
    assert bank.status().heard == (BUREAU, FUND, PAYMENT) and bank.size(BANK) == 1
    lab.submit(BANK, lab.batch(BANK, name="another"))
    lab.let_pass(6_000)
    assert bank.size(BANK) == 1, "nothing is signed"
    lab.away = set()
    lab.let_pass(6_000)
    state = lab.nodes[BANK].context.states[BANK]
    assert signed.startswith(f"{BANK}\n2\n") and state.tree.root(2) == _root(signed)
    assert not lab.nodes[BANK].status().contradictions and not lab.nodes[PARTNER].status().contradictions


def _root(note: str) -> bytes:
    return unverified_checkpoint(note).root


def test_who_lost_its_records_still_tells_what_it_signed(lab: Lab) -> None:
    """A log's own party that lost everything hears of its last checkpoint from one that has no more of it."""
    lab.grow(BANK, 2)
    lab.away = {BANK, BUREAU, PARTNER, PAYMENT}
    put_back(lab, FUND, frames=0)
    target = lab.nodes[FUND].context.states[BANK].target
    assert target is not None and target.note in lab.nodes[FUND].gossip.told().notes


def test_without_its_memory_a_mirror_cosigns_nothing_before_all_have_told(lab: Lab) -> None:
    lab.grow(BANK, 2)
    shown = [read_request(request) for _, party, request, _ in lab.seen if party == FUND]
    first = next(one for one in shown if isinstance(one, Append) and one.old_size == 0)
    lose_all(lab, FUND)
    now = lab.nodes[FUND].context.now_text()
    again = message_bytes(changed(first, sent_at=now))
    assert lab.asked(BANK, FUND, again).outcome is Outcome.RECOVERING
    lab.away = {PAYMENT}
    lab.let_pass(4_000)
    fund = lab.nodes[FUND].context
    assert fund.states[BANK].size == 2, "it has the records again"
    assert fund.ports.last_signed.is_lost(BANK), "and has signed nothing"
    lab.away = set()
    lab.grow(BANK)
    lab.let_pass(4_000)
    assert {node.final_size(BANK) for node in lab.nodes.values()} == {3}
    assert not fund.ports.last_signed.is_lost(BANK)
    lab.restart(FUND)  # all have told and it has it all: it need not ask again, of whatever log
    memory = lab.nodes[FUND].context.ports.last_signed
    assert not any(memory.is_lost(origin) for origin in NAMES)


def test_both_places_lost_the_others_know(lab: Lab) -> None:
    lab.grow(BANK, 3)
    lab.places[BANK].memory.data.clear()
    put_back(lab, BANK, frames=0)
    batch = lab.batch(BANK)  # made without knowing what is on the log: it breaks the loan's chain
    lab.submit(BANK, batch)
    lab.let_pass(4_000)
    states = [node.context.states[BANK] for node in lab.nodes.values()]
    assert {state.contradiction for state in states} == {None}
    standing = lab.nodes[BANK].standing(batch.header.batch)
    assert (standing.stage, standing.included) == (Stage.FINAL, {})
    assert set(standing.refused[0].values()) == {"sequence_wrong"}
    assert {state.size for state in states} == {3 + 4}, "four objections"


def test_nothing_is_signed_before_a_quorum_was_heard(lab: Lab) -> None:
    lab.grow(BANK)
    lab.away = {FUND, PARTNER}
    lab.restart(BANK)
    lab.submit(BANK, lab.batch(BANK))
    lab.let_pass(10_000)
    assert not any(
        isinstance(read_request(request), Append | Propose)
        for sender, _, request, _ in lab.seen[-20:]
        if sender == BANK
    )
    lab.away = set()
    lab.let_pass(4_000)
    assert lab.nodes[BANK].context.states[BANK].final_size == 2


def test_a_mirror_that_was_away_catches_up_without_the_log(lab: Lab) -> None:
    lab.away = {PAYMENT}
    lab.grow(BANK, 3)
    lab.away = {BANK}
    lab.let_pass(6_000)
    state = lab.nodes[PAYMENT].context.states[BANK]
    assert state.size == 3
    assert state.final_size == 3


def test_false_records_are_passed_over(lab: Lab) -> None:
    """The first who is asked hands out other hashes; the next one is asked."""
    lab.grow(BANK, 3)
    root = lab.nodes[FUND].context.states[BANK].tree.root()
    honest = lab.nodes[BANK].handle

    def lying(body: bytes, *, sender: str) -> bytes:
        answer = honest(body, sender=sender)
        at = answer.find(b'"hashes":["') + 11
        return answer if at < 11 else answer[:at] + b"0" * 64 + answer[at + 64 :]

    lab.nodes[BANK].handle = lying  # type: ignore[method-assign]
    put_back(lab, FUND, frames=0)
    lab.let_pass(8_000)
    state = lab.nodes[FUND].context.states[BANK]
    assert (state.tree.root(), state.target) == (root, None)
    assert any(line.what == "hashes" and line.party == BANK for line in lab.places[FUND].lines)


def test_a_store_that_fails_is_read_again(lab: Lab) -> None:
    for fault in (DiskFault.FAILS_BEFORE, DiskFault.FAILS_AFTER):
        struck = [fault]
        lab.places[FUND].disk.strike = lambda struck=struck: struck.pop() if struck else None  # type: ignore[misc]
        lab.grow(BANK)
        lab.let_pass(4_000)
        assert not struck
    assert {node.context.states[BANK].size for node in lab.nodes.values()} == {2}


def test_a_spoilt_copy_is_told_and_signs_nothing(lab: Lab) -> None:
    lab.grow(BANK, 2)
    store = lab.nodes[FUND].context.ports.store
    log = store.logs[BANK]  # type: ignore[attr-defined]
    del log[0]
    lab.nodes[FUND].context.load()
    assert {one.origin: one.damaged for one in lab.nodes[FUND].status().logs}[BANK]
    lab.submit(BANK, lab.batch(BANK))
    lab.let_pass(3_000)
    assert lab.nodes[FUND].context.states[BANK].size == 0
    assert lab.nodes[BANK].context.states[BANK].final_size == 3, "the others are enough"


def test_a_batch_submitted_again_changes_nothing(lab: Lab) -> None:
    batch = lab.batch(BANK)
    other = lab.batch(BANK, lab.records(BANK, documents=["another"]), name=batch.header.batch)
    assert lab.submit(BANK, batch).outcome is Outcome.DONE
    before = bytes(lab.places[BANK].disk.data)
    assert lab.submit(BANK, batch).outcome is Outcome.DONE
    assert lab.submit(BANK, other).outcome is Outcome.CONFLICTING_REPEAT
    assert bytes(lab.places[BANK].disk.data) == before
    lab.restart(BANK)
    assert lab.submit(BANK, other).outcome is Outcome.CONFLICTING_REPEAT


def test_batches_may_follow_each_other_before_the_first_is_decided(lab: Lab) -> None:
    lab.away = set(NAMES) - {BANK}
    loan = loan_of(BANK, 0)
    made = []
    for number in range(3):
        head = lab.nodes[BANK].head_with_waiting(loan=loan)
        assert head.sequence == number
        record = record_of(
            BANK,
            loan=loan,
            head=head,
            at=lab.places[BANK].now(),
            document="payout_order",
            content=str(number),
        )
        made.append(lab.batch(BANK, [record]))
        assert lab.submit(BANK, made[-1]).outcome is Outcome.DONE
    stale = lab.batch(BANK, lab.records(BANK))
    assert lab.submit(BANK, stale).outcome is Outcome.ROUND_WRONG
    lab.restart(BANK)
    assert lab.nodes[BANK].head_with_waiting(loan=loan).sequence == 3
    lab.away = set()
    lab.let_pass(5_000)
    stages = [lab.nodes[BANK].standing(batch.header.batch).stage for batch in made]
    assert stages == [Stage.FINAL] * 3


def test_a_waiting_batch_survives_a_crash(lab: Lab) -> None:
    lab.away = set(NAMES) - {BANK}
    lab.submit(BANK, lab.batch(BANK))
    lab.restart(BANK)
    assert lab.nodes[BANK].status().waiting == 1
    lab.away = set()
    lab.let_pass(4_000)
    assert lab.nodes[BUREAU].context.states[BANK].size == 1
