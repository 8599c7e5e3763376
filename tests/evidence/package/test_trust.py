"""The reader's file of the network: one form, read strictly."""

import pytest
from tests.evidence.package.loans import BANK, NAMES, trusted_network

from creditloop.evidence.network import policy_from_text
from creditloop.evidence.package import trust_from_text
from creditloop.kernel.errors import EvidenceError

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
