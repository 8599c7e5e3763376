"""The reader's file of the network: one form, read strictly."""

from dataclasses import replace

import pytest
from tests.evidence.package.loans import BANK, BUREAU, NAMES, trusted_network
from tests.faults.network.parties import keys_of as keys_of_generation
from tests.faults.network.parties import network as lab_network
from tests.faults.network.parties import with_new_keys

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network import policy_from_text
from creditloop.evidence.network.node import Network, Sm2Keys
from creditloop.evidence.package import LogPolicy, TrustedNetwork, trust_from_text
from creditloop.evidence.sm2 import Sm2CosignatureVerifier, Sm2Signer, Sm2Verifier
from creditloop.kernel.errors import EvidenceError, InputError

TEXT = trusted_network().text()
LINES = TEXT.split("\n")


def test_it_is_read_as_it_was_written() -> None:
    read = trust_from_text(TEXT)
    assert read == trusted_network() and read.text() == TEXT
    assert LINES[0] == "network simulated" and LINES[-2] == "quorum 3"


def test_each_logs_policy_follows_from_it() -> None:
    for name in NAMES:
        policy = trusted_network().log_policy(name)
        assert policy_from_text(policy.text()).text() == policy.text()
        assert {one.name for one in policy.witnesses} == set(NAMES) - {name}
        assert policy.groups[0].threshold == 3
    with pytest.raises(EvidenceError, match="no party"):
        trusted_network().log_policy("stranger.example")


def changed(number: int, line: str | None) -> str:
    lines = list(LINES)
    lines[number : number + 1] = [] if line is None else [line]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "network x\n",
        "network x\nparty a\n",
        "network x\nparty a\nquorum 3",
        TEXT[:-1],
        TEXT + "\n",
        "# a comment\n" + TEXT,
        changed(0, "network"),
        changed(0, "network a b"),
        changed(1, "party other.example"),
        changed(2, None),
        changed(3, LINES[3].replace("witness ", "judge ")),
        changed(4, LINES[3]),
        changed(5, None),
        changed(5, LINES[4].replace("judge", "submitter")),
        changed(len(LINES) - 2, "quorum 2"),
        changed(len(LINES) - 2, None),
        TEXT.replace("\n", "\r\n"),
        TEXT * 2,
        "x" * 100_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError):
        trust_from_text(text)


def test_the_line_that_is_wrong_is_named() -> None:
    with pytest.raises(EvidenceError) as raised:
        trust_from_text(changed(len(LINES) - 2, "quorum 2"))
    assert raised.value.where == {"line": len(LINES) - 1}


def test_keys_that_may_pack_are_found_by_name() -> None:
    assert [key.name for key in trusted_network().packagers(f"{BANK}/core")] == [f"{BANK}/core"]
    assert [key.name for key in trusted_network().packagers(BANK)] == [BANK]
    assert list(trusted_network().packagers("stranger")) == []


def test_sm2_keys_stand_two_or_none_at_their_place() -> None:
    begin = next(number for number, line in enumerate(LINES) if line.startswith("sm2_log"))
    log, witness = LINES[begin : begin + 2]
    assert log.startswith("sm2_log fund.example+") and witness.startswith("sm2_witness fund.example/witness+")
    stranger = Sm2Signer("stranger", bytes(range(1, 33))).verifier.text()
    as_witness = Sm2Signer("fund.example/witness", bytes(range(1, 33))).verifier.text()
    for lines in (
        [log],
        [witness],
        [witness, log],
        [log, log, witness],
        [log.replace("sm2_log", "log"), witness],
        [f"sm2_log {stranger}", witness],
        [log, f"sm2_witness {as_witness}"],
        [log, log.replace("sm2_log", "sm2_witness")],
        [LINES[begin - 1].replace("judge", "sm2_log"), witness],
    ):
        with pytest.raises(EvidenceError):
            trust_from_text("\n".join([*LINES[:begin], *lines, *LINES[begin + 2 :]]))
    without = trust_from_text("\n".join([*LINES[:begin], *LINES[begin + 2 :]]))
    assert without.network.party("fund.example").sm2 is None
    assert not without.continues(trusted_network()) and not trusted_network().continues(without)


def test_an_sm2_key_has_one_place() -> None:
    network = trusted_network().network
    fund, bank = network.party("fund.example"), network.party(BANK)
    assert fund.sm2 is not None
    taken = Sm2Keys(
        log=Sm2Verifier(BANK, fund.sm2.log.public),
        witness=Sm2CosignatureVerifier(f"{BANK}/witness", fund.sm2.witness.public),
    )
    others = tuple(party for party in network.parties if party.name != BANK)
    with pytest.raises(InputError, match="in two places"):
        TrustedNetwork(name="x", network=Network(parties=(*others, replace(bank, sm2=taken))))


# keys that were changed


def rotated() -> TrustedNetwork:
    """The network after two changes of the bank's keys and one of the bureau's."""
    parties = {party.name: party for party in lab_network().parties}
    for number, (name, size) in enumerate([(BANK, 4), (BUREAU, 0), (BANK, 9)], start=1):
        until = {**dict.fromkeys(NAMES, number), BANK: size}
        parties[name] = with_new_keys(parties[name], generation=number, until=until)
    return TrustedNetwork(name="simulated", network=Network(parties=tuple(parties.values())))


def test_former_keys_are_in_the_file_with_what_they_count_for() -> None:
    text = rotated().text()
    assert trust_from_text(text).text() == text
    assert text.count(f"until {BANK}=4 {BUREAU}=1 fund.example=1 ") == 1
    assert text.count("until ") == 3
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith("until"))
    for spoilt in (
        lines[first].replace("=4", "=04"),
        lines[first].replace("=4", "=-4"),
        lines[first].replace(f"{BANK}=4 ", ""),
        lines[first].replace(f"{BANK}=4", f"{BANK} 4"),
        lines[first].replace(f"{BANK}=4", f"{BANK}=12"),  # more than when they were changed again
        lines[first] + f" {BANK}=5",
        lines[first] + " stranger.example=5",
        "until",
    ):
        with pytest.raises(EvidenceError):
            trust_from_text("\n".join([*lines[:first], spoilt, *lines[first + 1 :]]))


def test_a_changed_key_is_one_of_a_group_for_other_programs_and_dated_for_ours() -> None:
    trusted = rotated()
    text = trusted.log_policy("fund.example").text()
    policy = policy_from_text(text)
    assert f"group {BANK} 1 {BANK}#1 {BANK}#2 {BANK}#3\n" in text
    assert policy.holds([f"{BANK}#1", f"{BUREAU}#2", "partner.example"])
    assert not policy.holds([f"{BANK}#1", f"{BANK}#2", "partner.example"])
    assert trusted.log_policy(BANK).text().count("log ") == 3
    for size, generation in ((1, 0), (4, 0), (5, 1), (9, 1), (10, 3)):
        keys = keys_of_generation(BANK, generation)
        (log,) = trusted.policy_at(BANK, size).logs
        assert log.verifier.public == keys.log.verifier.public  # type: ignore[attr-defined]
    with pytest.raises(EvidenceError, match="no party"):
        trusted.policy_at("stranger.example", 1)


def test_a_note_is_checked_by_the_keys_of_its_time() -> None:
    trusted = rotated()

    def note(size: int, generation: int) -> str:
        checkpoint = Checkpoint(origin=BANK, size=size, root=bytes(32))
        signed = keys_of_generation(BANK, generation).sign(checkpoint)
        for name in ("fund.example", "partner.example", "payment.example"):
            signed += keys_of_generation(name, 0).cosign(checkpoint, at=1_767_600_000)
        return signed

    policy = LogPolicy(trusted, BANK)
    for size, generation in ((4, 0), (5, 1), (9, 1), (10, 3)):
        assert policy.check(note(size, generation)).checkpoint.size == size
        for other in {0, 1, 3} - {generation}:
            with pytest.raises(EvidenceError):
                policy.check(note(size, other))


def test_a_network_goes_on_from_another() -> None:
    now, before = rotated(), TrustedNetwork(name="simulated", network=lab_network())
    assert now.continues(before) and now.continues(now) and not before.continues(now)
    assert not now.continues(TrustedNetwork(name="other", network=lab_network()))


def test_a_key_of_before_is_no_other_key_now() -> None:
    former = rotated().network.party(BANK).former[0]
    parties = [party for party in rotated().network.parties if party.name != BANK]
    again = replace(rotated().network.party(BANK), log=former.log)
    with pytest.raises(InputError, match="two places"):
        TrustedNetwork(name="simulated", network=Network(parties=(*parties, again)))
