from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.network.parties import AT, PARTIES, QUORUM, Batch, seed

from creditloop.evidence.network import (
    CosignatureSigner,
    Group,
    KnownLog,
    KnownWitness,
    NetworkPolicy,
    cosign,
    majority_policy,
    policy_from_text,
)
from creditloop.evidence.network.policy import POLICY_CHARACTERS_MAX
from creditloop.evidence.signature import Ed25519Signer, Ed25519Verifier
from creditloop.kernel.errors import EvidenceError

PARTY = PARTIES[0]
OTHERS = PARTY.others
BATCH = Batch(PARTY, (b"a", b"b", b"c"))
LOG_KEY = PARTY.log.verifier.text()
KEYS = [CosignatureSigner(name, seed(name)).verifier.text() for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")]

# C2SP tlog-policy: its example, with keys
EXAMPLE = f"""log {LOG_KEY}

witness X1 {KEYS[0]}
witness X2 {KEYS[1]}
witness X3 {KEYS[2]}
group X-witnesses 2 X1 X2 X3

witness Y1 {KEYS[3]}
witness Y2 {KEYS[4]}
witness Y3 {KEYS[5]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


@pytest.mark.parametrize(
    ("witnesses", "holds"),
    [
        ("", False),
        ("X1 X2", False),
        ("X1 Y1", False),
        ("Y1 Y2 Y3", False),
        ("X1 X2 X3", False),
        ("X1 X3 Y2", True),
        ("X1 X2 X3 Y1 Y2 Y3", True),
        ("X1 X1 Y2", False),
        ("X1 Y2 stranger X-witnesses", False),  # a group is made by its members, not by its name
    ],
)
def test_the_example_of_the_specification(witnesses, holds):
    policy = policy_from_text(EXAMPLE)
    assert [group.threshold for group in policy.groups] == [2, 1, 2]
    assert policy.holds(witnesses.split()) is holds
    assert policy_from_text(policy.text()) == policy


def test_more_than_half_of_the_others():
    policy = policy_from_text(PARTY.policy.text())
    assert policy == PARTY.policy
    for count in range(5):
        note = BATCH.cosigned(OTHERS[:count])
        if count >= QUORUM:
            assert list(policy.check(note).times) == [other.name for other in OTHERS[:count]]
        else:
            with pytest.raises(EvidenceError, match="too few witnesses") as caught:
                policy.check(note)
            assert caught.value.got == sorted(other.name for other in OTHERS[:count])


def test_its_own_operator_is_no_witness_of_a_log():
    note = BATCH.cosigned((*OTHERS[:2], PARTY))
    with pytest.raises(EvidenceError, match="too few witnesses"):
        PARTY.policy.check(note)


def test_a_bad_signature_rejects_the_note_though_enough_others_are_good():
    lines = BATCH.cosigned(OTHERS[:3])
    forged = cosign(BATCH.checkpoint.text().replace("3", "4", 1), signer=OTHERS[3].witness, at=AT)
    with pytest.raises(EvidenceError, match="does not verify"):
        PARTY.policy.check(lines + forged)


def test_a_cosignature_of_the_future_is_refused():
    assert PARTY.policy.check(BATCH.cosigned(OTHERS), not_after=AT + 3)
    with pytest.raises(EvidenceError, match="lies in the future"):
        PARTY.policy.check(BATCH.cosigned(OTHERS), not_after=AT + 2)


def test_a_party_with_an_old_and_a_new_key_counts_once():
    """How keys are rotated: the party becomes a group of its keys, of which any one will do."""
    new = CosignatureSigner(OTHERS[0].witness.name, seed("new"))
    plain = majority_policy(
        log=PARTY.log.verifier,
        others={other.name: other.witness.verifier for other in OTHERS},
        threshold=QUORUM,
    )
    policy = NetworkPolicy(
        logs=plain.logs,
        witnesses=(*plain.witnesses, KnownWitness("new", new.verifier)),
        groups=(
            Group("either", 1, (OTHERS[0].name, "new")),
            Group("quorum", QUORUM, ("either", *(other.name for other in OTHERS[1:]))),
        ),
        quorum="quorum",
    )
    assert policy_from_text(policy.text()) == policy
    with_new = cosign(BATCH.checkpoint.text(), signer=new, at=AT + 9)
    assert list(policy.check(BATCH.cosigned(OTHERS[1:3]) + with_new).times)[-1] == "new"
    with pytest.raises(EvidenceError, match="too few"):
        policy.check(BATCH.cosigned(OTHERS[:2]) + with_new)


def test_a_log_with_an_old_and_a_new_key_is_known_by_either():
    new = Ed25519Signer(PARTY.log.name, seed("new log"))
    policy = policy_from_text(
        f"log {LOG_KEY}\nlog {new.verifier.text()} https://bank.example/log\nquorum none\n"
    )
    assert policy.check(BATCH.signed).checkpoint == BATCH.checkpoint
    assert policy_from_text(policy.text()) == policy
    assert policy.logs[1].url == "https://bank.example/log"


def test_space_comments_and_order_are_free():
    text = EXAMPLE.replace("\n", " \t\n\n \t# 见证方 X1 quorum none\n").replace(" ", " \t ")
    assert policy_from_text(text) == policy_from_text(EXAMPLE)
    lines = EXAMPLE.splitlines(keepends=True)
    assert policy_from_text("".join(lines[1:] + lines[:1])) == policy_from_text(EXAMPLE)


def test_names_are_opaque_octets():
    raw = EXAMPLE.encode().replace(b" X1 ", b" \xff\xfe ").replace(b" X2 ", " \u212a ".encode())
    policy = policy_from_text(raw.decode(errors="surrogateescape"))
    assert policy.holds(["\udcff\udcfe", "\u212a", "Y1"]) and not policy.holds(["\udcff\udcfe", "K", "Y1"])
    assert policy_from_text(policy.text()) == policy
    assert policy.text().encode(errors="surrogateescape").count(b"\xff\xfe") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("quorum X-and-Y\n", ""), "one quorum line"),
        (("quorum X-and-Y\n", "quorum X-and-Y\nquorum X1\n"), "one quorum line"),
        (("quorum X-and-Y\n", "quorum X-and-Y"), "last line"),
        (("quorum X-and-Y", "quorum"), "not a line"),
        (("quorum X-and-Y", "quorum X-and-Y X1"), "not a line"),
        (("quorum X-and-Y", "quorum Z"), "no line before defines"),
        (("quorum X-and-Y", "quorum x-and-y"), "no line before defines"),
        (("any Y1 Y2 Y3", "any Y1 Y2 Y4"), "is not defined before"),
        (("any Y1 Y2 Y3", "any Y1 Y2 none"), "is not defined before"),
        (("any Y1 Y2 Y3", "any Y1 Y2 Y-witnesses"), "is not defined before"),
        (("any Y1 Y2 Y3", "any Y1 Y2 Y2"), "is listed twice"),
        (("any Y1 Y2 Y3", "any Y1 Y2 X1"), "is listed twice"),
        (("any Y1 Y2 Y3", "any"), "not a line"),
        (("any Y1 Y2 Y3", "some Y1"), "not a line"),
        (("any Y1 Y2 Y3", "0 Y1 Y2 Y3"), "not a line"),
        (("any Y1 Y2 Y3", "+1 Y1 Y2 Y3"), "not a line"),
        (("any Y1 Y2 Y3", "01 Y1 Y2 Y3"), "not a line"),
        (("any Y1 Y2 Y3", "\u0661 Y1 Y2 Y3"), "not a line"),  # a digit, but not a decimal of the form
        (("any Y1 Y2 Y3", "4 Y1 Y2 Y3"), "not a group's threshold"),
        (("group Y-witnesses", "group X1"), "is taken"),
        (("group Y-witnesses", "group none"), "is taken"),
        (("witness Y1", "witness X1"), "is taken"),
        (("witness Y1", "witness none"), "is taken"),
        ((KEYS[1], KEYS[0]), "key twice"),
        ((KEYS[1], CosignatureSigner("other", seed("X1")).verifier.text()), "key twice"),
        ((KEYS[0], LOG_KEY), "not a witness's key"),
        ((LOG_KEY, KEYS[0]), "not a log's key"),
        ((LOG_KEY, LOG_KEY + "\nlog " + LOG_KEY), "key twice"),
        ((LOG_KEY, ""), "not a line"),
        ((LOG_KEY, LOG_KEY + " url more"), "not a line"),
        ((KEYS[0], KEYS[0][:-4]), "not a verifier key"),
        ((KEYS[0], KEYS[0].replace("X1", "X9")), "id is not its own"),
        (("log ", "LOG "), "not a line"),
        (("log ", "lag "), "not a line"),
        (("\n", "\r\n"), "control character"),
        (("X1", "X\x001"), "control character"),
        (("X1", "X\x7f1"), "control character"),
        (("log ", "#" * POLICY_CHARACTERS_MAX + "\nlog "), "too long"),
        (("quorum", "group g any Y1\n" * 1001 + "quorum"), "is listed twice"),
    ],
)
def test_what_is_not_a_policy_is_refused(change, message):
    with pytest.raises(EvidenceError, match=message):
        policy_from_text(EXAMPLE.replace(*change))


def test_the_line_at_fault_is_named():
    with pytest.raises(EvidenceError) as caught:
        policy_from_text(EXAMPLE.replace("any Y1", "9 Y1"))
    assert caught.value.where == {"line": 11, "group": "Y-witnesses"}


def test_too_many_lines_are_refused():
    with pytest.raises(EvidenceError, match="too many lines"):
        policy_from_text("quorum none\n" * 1001)


def test_no_policy_is_no_policy():
    with pytest.raises(EvidenceError, match="one quorum line"):
        policy_from_text("")
    assert policy_from_text("quorum none\n").holds([])


def test_what_the_text_cannot_carry_is_not_made():
    log, witness = KnownLog(PARTY.log.verifier), KnownWitness("w", OTHERS[0].witness.verifier)
    with pytest.raises(EvidenceError, match="not a name"):
        NetworkPolicy(logs=(log,), witnesses=(KnownWitness("a b", witness.verifier),), quorum="none")
    with pytest.raises(EvidenceError, match="not a URL"):
        NetworkPolicy(logs=(KnownLog(log.verifier, "a b"),), quorum="none")
    with pytest.raises(EvidenceError, match="is taken"):
        same = KnownWitness("w", OTHERS[1].witness.verifier)
        NetworkPolicy(logs=(log,), witnesses=(witness, same), quorum="none")
    with pytest.raises(EvidenceError, match="not defined"):
        NetworkPolicy(logs=(log,), quorum="w")
    with pytest.raises(EvidenceError, match="threshold"):
        majority_policy(log=log.verifier, others={"w": witness.verifier}, threshold=2)
    with pytest.raises(EvidenceError, match="is taken"):
        majority_policy(log=log.verifier, others={"quorum": witness.verifier}, threshold=1)


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" "), min_size=1, max_size=6
).filter(lambda word: word != "none")


@st.composite
def policies(draw: st.DrawFn) -> NetworkPolicy:
    names = draw(st.lists(WORDS, min_size=1, max_size=9, unique=True))
    cut = draw(st.integers(1, len(names)))
    urls = st.sampled_from(["", "https://a.example/w"])
    witnesses = [
        KnownWitness(name, CosignatureSigner(f"key{number}", seed(str(number))).verifier, draw(urls))
        for number, name in enumerate(names[:cut])
    ]
    free, groups = list(names[:cut]), []
    for name in names[cut:]:
        if not free:
            break
        members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        groups.append(Group(name, draw(st.integers(1, len(members))), tuple(members)))
        free = [one for one in free if one not in members] + [name]
    logs = [
        KnownLog(Ed25519Verifier(f"log{number}", seed(f"log{number}")), draw(urls))
        for number in range(draw(st.integers(0, 3)))
    ]
    quorum = draw(st.sampled_from(["none", *names[:cut], *(group.name for group in groups)]))
    return NetworkPolicy(logs=tuple(logs), witnesses=tuple(witnesses), groups=tuple(groups), quorum=quorum)


@given(policies(), st.data())
def test_policies_are_read_back_and_more_witnesses_never_harm(policy, data):
    assert policy_from_text(policy.text()) == policy
    names = [witness.name for witness in policy.witnesses]
    some = data.draw(st.lists(st.sampled_from(names)))
    if policy.holds(some):
        assert policy.holds(names)
        assert policy.holds([*some, data.draw(st.sampled_from(names))])


@given(st.text(max_size=60), st.integers(0, len(EXAMPLE)), st.integers(0, 40))
def test_any_text_is_a_policy_or_a_named_error(text, start, length):
    try:
        read = policy_from_text(EXAMPLE[:start] + text + EXAMPLE[start + length :])
    except EvidenceError as error:
        assert error.message
    else:
        assert policy_from_text(read.text()) == read


def test_the_public_policy_file_is_read():
    text = (Path(__file__).parent / "data" / "public_policy.txt").read_text()
    policy = policy_from_text(text)
    assert [group.threshold for group in policy.groups] == [3]
    assert policy_from_text(policy.text()) == policy
