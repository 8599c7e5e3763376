"""The evidence network's screens over five real nodes (simulated parties), and what they say without one."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.bank_copies import database_like
from tests.service.cli.said import Shell
from tests.service.console.browser import Browser
from tests.service.console.chromium import opened_browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PASSWORD
from tests.service.console.network_parties import (
    BANK,
    BUREAU,
    FUND,
    PARTNER,
    PAYMENT,
    Parties,
    named,
    parties_in,
)
from tests.service.console.test_click_down import unled
from tests.service.console.test_screenshots import PICTURES, chromium, served
from tests.service.loans.asked import MAY_DRAW, RETAIL
from tests.service.small_bank import open_small

from creditloop.evidence.network import RecordKind, policy_from_text
from creditloop.evidence.network.node import LogStatus, Outcome, open_round, read_contradiction, read_round
from creditloop.evidence.package import trust_from_text
from creditloop.kernel.storage import load_queries
from creditloop.lend.preconditions import REASONS
from creditloop.service.attesting.membership import SQL
from creditloop.service.bank import Bank
from creditloop.service.cli.evidence_node import PROOFS, STATES
from creditloop.service.console.network_reading import SECONDS, check_note
from creditloop.service.console.words import catalogue
from creditloop.service.doors import create_person
from creditloop.service.evidence_node import NODE, log_state
from creditloop.service.loans import agreement_of, open_agreed, quoted_loan

HOME = "/console/evidence-network"
SIMULATED = 'class="badge simulated"'
FAMILIES = ("network_state", "network_means")
ROLES = ("auditor", "postloan", "collector", "admin")
LOAN = "L-1"
OURS, OTHERS = named("ours"), named("others")
__all__ = ["chromium"]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory, server_url: str) -> Iterator[Parties]:
    """Five nodes: we wrote three rounds, one with objections; one party said two things, one forked."""
    with parties_in(tmp_path_factory.mktemp("parties"), server_url=server_url) as five:
        agreed = [(OURS, RecordKind.AGREEMENT), (OURS, RecordKind.PAYOUT), (OTHERS, RecordKind.AGREEMENT)]
        for party, records, name in (
            (BANK, agreed, "b-1"),
            (BANK, [(OURS, RecordKind.CONTACT), (named("third"), RecordKind.WRITE_OFF)], "b-2"),
            (BUREAU, [(OTHERS, RecordKind.DECISION)], "u-1"),
            (PARTNER, [(OTHERS, RecordKind.PAYOUT)], "q-1"),
            (PAYMENT, [(OTHERS, RecordKind.PAYOUT)], "p-1"),
        ):
            five.submit(party, records, name=name)
            five.wait_final(party, name)
        five.wait_same(BANK)
        five.say_twice(PARTNER)
        five.fork(PAYMENT)
        yield five


@pytest.fixture(scope="module")
def plain_bank(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A bank that knows one of the loans on the logs, and has no node."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("bank"), url)
        with bank.work() as work:
            for role in ROLES:
                person = create_person(
                    work.connection,
                    login=role,
                    display_name=role,
                    roles=[role],
                    password=PASSWORD,
                    by="test",
                    now=work.now,
                )
                work.recorded(person.batch_id)
        with bank.work() as work:
            batch_id = person.batch_id
            load_queries(SQL).insert_loan(
                work.connection, batch_id=batch_id, loan_id=LOAN, pseudonym=OURS, noted_at=work.now
            )
        yield bank


def with_node(bank: Bank, folder: Path) -> Bank:
    environment = {**bank.places.environment, NODE: str(folder)}
    return replace(bank, places=replace(bank.places, environment=environment))


def copied(parties: Parties, folder: Path) -> Path:
    """Return a copy of the bank's node's folder."""
    copy = folder / "node"
    copy.mkdir()
    for file in parties.nodes.folders[BANK].folder.iterdir():
        if file.is_file():
            (copy / file.name).write_bytes(file.read_bytes())
    return copy


def browsers(bank: Bank) -> Mapping[str, Browser]:
    app = application(bank)
    found = {role: Browser(app) for role in ROLES}
    for role, browser in found.items():
        assert browser.sign_in(role).status == 200
    return found


@pytest.fixture(scope="module")
def bank(plain_bank: Bank, parties: Parties) -> Bank:
    return with_node(plain_bank, parties.nodes.folders[BANK].folder)


@pytest.fixture(scope="module")
def people(bank: Bank) -> Mapping[str, Browser]:
    return browsers(bank)


@pytest.fixture
def auditor(people: Mapping[str, Browser]) -> Browser:
    return people["auditor"]


def crawl(browser: Browser) -> dict[str, int]:
    """Follow links among the network's screens; return the status of each address."""
    found: dict[str, int] = {}
    pending = [HOME]
    while pending:
        path = pending.pop()
        if path not in found:
            seen = browser.get(path)
            found[path] = seen.status
            assert unled(seen.response.text) == [], path
            pending += [link for link in seen.links if link.startswith(HOME)]
    return found


def test_every_link_among_its_screens_leads_somewhere(auditor: Browser) -> None:
    found = crawl(auditor)
    assert set(found.values()) == {200}
    for part in (f"/logs/{BANK}", f"/rounds/0/{BANK}", f"/rounds/3/{BANK}", "/proofs/1", "/proofs/2"):
        assert f"{HOME}{part}" in found


def test_the_page_says_how_each_log_stands_and_what_was_proven(auditor: Browser, parties: Parties) -> None:
    seen = auditor.get(HOME)
    with closing(parties.client(BANK)) as client:
        status = client.status()[0]
    assert [log.size for log in status.logs[1:]] == [1, 0, 1, 1]
    assert f"其中 {status.logs[0].final_size} 条已终局" in seen.text
    text = seen.text
    for word in ("已终局", "尚无条目", "已分叉", "自相矛盾的证据", "同一编号内容不同", "发现自相矛盾"):
        assert word in text
    assert "4 / 4" in text
    assert "需要其他 4 方中的 3 方见证" in text
    assert f"{HOME}?file=keys" in seen.links
    auditor.speak("en")
    english = auditor.get(HOME).text
    auditor.speak("zh")
    for word in ("forked", "empty", "final", "Honest nodes take and sign nothing more of this log"):
        assert word in english


def test_each_cosignature_is_told_with_the_time_that_was_signed(auditor: Browser, parties: Parties) -> None:
    with closing(parties.client(BANK)) as client:
        note = client.logs()[0][BANK].latest
        times = client.trusted.log_policy(BANK).check(note).times
    assert len(times) >= 3
    text = auditor.get(f"{HOME}/logs/{BANK}").text
    for party, seconds in times.items():
        signed = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
        assert f"{signed}" in text, party
        keys = client.trusted.network.party(party)
        assert keys.witness.text() in text
        assert (keys.sm2 is not None) == (party == FUND)
        assert keys.sm2 is None or keys.sm2.witness.text() in text
    assert text.count("国密 SM2") == 1


def test_checkpoint_policy_and_keys_are_for_others_tools(auditor: Browser, parties: Parties) -> None:
    log = f"{HOME}/logs/{BANK}"
    note, policy, keys = (
        auditor.get(path).response.text
        for path in (f"{log}?file=checkpoint", f"{log}?file=policy", f"{HOME}?file=keys")
    )
    assert policy_from_text(policy).check(note).checkpoint.size >= 7
    assert keys == (parties.nodes.folders[BANK].folder / "network.txt").read_text("utf-8")
    assert auditor.get(f"{log}?file=nothing").status == 400
    empty = f"{HOME}/logs/{FUND}"
    assert auditor.get(empty).status == 200
    assert auditor.get(f"{empty}?file=checkpoint").status == 400


def test_a_round_says_who_agreed_when_and_who_objected_why(auditor: Browser, parties: Parties) -> None:
    seen = auditor.get(f"{HOME}/rounds/3/{BANK}")
    with closing(parties.client(BANK)) as client:
        opened = client.round(BANK, 3)
    assert {one.verdict.node for one in opened.round.verdicts} >= {FUND, PAYMENT}
    for one in opened.round.verdicts:
        assert one.verdict.at[:19].replace("T", " ") in seen.text
    assert "超出可用额度" in seen.text and "未写入" in seen.text
    assert f"/console/loans/{LOAN}" in seen.links
    given = auditor.get(f"{HOME}/rounds/3/{BANK}?file=round").response.content
    keys = trust_from_text(auditor.get(f"{HOME}?file=keys").response.text)
    assert open_round(read_round(given), network=keys.network).after == opened.after
    assert auditor.get(f"{HOME}/rounds/2/{BANK}").status == 404
    assert auditor.get(f"{HOME}/rounds/x/{BANK}").status == 400
    assert auditor.get(f"{HOME}/rounds/0/nobody.example").status == 404


def test_a_logs_rounds_are_told_newest_first_and_those_with_objections_alone(auditor: Browser) -> None:
    page = f"{HOME}/logs/{BANK}"
    text = auditor.get(page).text
    assert text.index("b-2") < text.index("b-1")
    objected = auditor.get(f"{page}?objections=1").text
    assert "b-2" in objected and "b-1" not in objected
    older = auditor.get(f"{page}?before=3").text
    assert "b-1" in older and "b-2" not in older
    assert auditor.get(f"{page}?before=x").status == 400
    assert auditor.get(f"{HOME}/logs/nobody.example").status == 404


def test_a_proof_shows_both_signed_texts_and_is_checked(auditor: Browser) -> None:
    keys = trust_from_text(auditor.get(f"{HOME}?file=keys").response.text)
    proven = {}
    for number in (1, 2):
        seen = auditor.get(f"{HOME}/proofs/{number}")
        assert "证据成立" in seen.text
        body = auditor.get(f"{HOME}/proofs/{number}?file=proof").response.content
        proven[read_contradiction(body).origin] = seen.text
    assert set(proven) == {PARTNER, PAYMENT}
    assert "一号两用" in proven[PARTNER] and proven[PARTNER].count('"batch":"twice"') == 2
    assert "日志分叉" in proven[PAYMENT] and proven[PAYMENT].count(f"{PAYMENT}\n1\n") == 2
    assert keys.network.find(PAYMENT) is not None
    for number in ("0", "3", "x"):
        assert auditor.get(f"{HOME}/proofs/{number}").status == 404


def test_who_may_see_it_and_who_may_see_whose_loan(people: Mapping[str, Browser]) -> None:
    assert people["collector"].get(HOME).status == 403
    assert HOME not in people["collector"].get("/console/").links
    for role in ("postloan", "admin"):
        seen = people[role].get(f"{HOME}/rounds/0/{BANK}")
        assert seen.status == 200
        assert (f"/console/loans/{LOAN}" in seen.links) is (role == "postloan")


def test_a_party_that_is_down_is_seen_and_a_batch_that_waits(
    people: Mapping[str, Browser], parties: Parties
) -> None:
    auditor = people["auditor"]
    parties.nodes.kill(BUREAU)
    parties.submit(BANK, [(named("later"), RecordKind.AGREEMENT)], name="b-3")
    parties.wait_final(BANK, "b-3")
    assert "未收到见证" in auditor.get(f"{HOME}/logs/{BANK}").text
    parties.nodes.kill(PARTNER)
    parties.submit(BANK, [(named("later"), RecordKind.PAYOUT)], name="b-4")
    seen = auditor.get(HOME).text
    assert "b-4" in seen and "节点没有待上链的批次" not in seen
    parties.start(BUREAU, PARTNER)
    parties.wait_final(BANK, "b-4")
    parties.wait_same(BANK)
    assert "节点没有待上链的批次" in auditor.get(HOME).text


def test_what_does_not_verify_is_told_as_that(parties: Parties) -> None:
    """What the node says is not believed: the signatures are."""
    with closing(parties.client(BANK)) as client:
        note, trusted = client.logs()[0][BANK].latest, client.trusted
    good = check_note(trusted, BANK, note)
    assert good.checkpoint is not None
    assert len(good.signed) >= 3
    assert good.problem == ""
    size = good.checkpoint.size
    another = note.replace(f"\n{size}\n", f"\n{size + 1}\n")
    signer, *_ = (one.party for one in good.signed)
    renamed = note.replace(f"— {signer}/witness", "— nobody/witness")
    for spoilt in (another, "nonsense", note[:-9], note.replace(f"— {BANK} ", "— nobody ")):
        found = check_note(trusted, BANK, spoilt)
        assert (found.checkpoint, found.signed) == (None, ())
        assert found.problem
    left = check_note(trusted, BANK, renamed)
    assert signer not in {one.party for one in left.signed}
    assert len(left.signed) == len(good.signed) - 1


def test_without_a_node_it_says_so_and_how_to_set_one_up(plain_bank: Bank) -> None:
    auditor = browsers(plain_bank)["auditor"]
    for path in ("", f"/logs/{BANK}", f"/rounds/0/{BANK}", "/proofs/1", "?file=keys"):
        seen = auditor.get(f"{HOME}{path}")
        assert seen.status == 200
        assert "没有配置存证网络节点" in seen.text and "creditloop evidence node create" in seen.text
    assert auditor.get("/console/evidence").status == 200


def test_a_folder_that_is_none_is_told(plain_bank: Bank, tmp_path: Path) -> None:
    seen = browsers(with_node(plain_bank, tmp_path))["auditor"].get(HOME)
    assert seen.status == 200
    assert "不能使用" in seen.text and "not a node's folder" in seen.text


def test_a_node_that_is_silent_makes_nobody_wait(plain_bank: Bank, parties: Parties, tmp_path: Path) -> None:
    """Its port takes connections and never says a word."""
    copy = copied(parties, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        own = parties.nodes.folders[BANK].card.address
        for file in (copy / "parties.json", copy / "card.json"):
            text = file.read_text("utf-8")
            file.write_text(text.replace(own, f"127.0.0.1:{silent.getsockname()[1]}"), "utf-8")
        auditor = browsers(with_node(plain_bank, copy))["auditor"]
        before = time.monotonic()
        seen = auditor.get(HOME)
        took = time.monotonic() - before
    assert seen.status == 200
    assert "本行节点没有应答" in seen.text and "a node is not there" in seen.text
    assert took < SECONDS + 3
    assert auditor.get("/console/").status == 200


def test_where_the_banks_data_is_made_up_its_parties_are_marked(bank: Bank, auditor: Browser) -> None:
    paths = (HOME, f"{HOME}/logs/{BANK}", f"{HOME}/rounds/0/{BANK}", f"{HOME}/proofs/1")
    marked = [SIMULATED in auditor.get(path).response.text for path in paths]
    agreement = agreement_of(quoted_loan(bank.places, asked=RETAIL), loan_id="L-9", party_id="sim-party-1")
    with bank.work() as work:
        open_agreed(work, agreement=agreement, facts=MAY_DRAW, signed_hash=agreement.hash)
    assert not any(marked)
    assert all(SIMULATED in auditor.get(path).response.text for path in paths)


def test_everything_a_node_says_has_words() -> None:
    for family, values in (("network_audit", list(Outcome)), ("network_reason", REASONS)):
        missing = [str(value) for value in values if f"{family}.{value}" not in catalogue()]
        assert [one for one in missing if one != "done"] == []


def test_the_command_line_says_the_same(parties: Parties, capsys: pytest.CaptureFixture[str]) -> None:
    shell, folder = Shell(capsys), parties.nodes.folders[BANK].folder
    found = shell(f"evidence node status {folder} --json").record
    logs = found["logs"]
    assert isinstance(logs, list)
    assert {log["log"]: log["state"] for log in logs} == {
        BANK: "final",
        BUREAU: "final",
        FUND: "empty",
        PARTNER: "final",
        PAYMENT: "forked",
    }
    assert {BUREAU, FUND, PARTNER, PAYMENT} >= set(logs[0]["cosigned_by"]) and logs[0]["objections"] == 3
    assert found["contradictions"] == [
        {"party": PARTNER, "what": "two_batches"},
        {"party": PAYMENT, "what": "fork"},
    ]
    assert (found["network"], found["quorum"], found["not_heard"]) == ("five-simulated", 3, [])
    told = shell(f"evidence node status {folder}").out
    for word in (STATES["forked"], PROOFS["fork"], PROOFS["two_batches"]):
        assert word.replace(" ", "") in "".join(told.split()), word


def test_every_state_of_a_log_has_words() -> None:
    kept = {family: {key for key in catalogue() if key.startswith(f"{family}.")} for family in FAMILIES}
    for family, keys in kept.items():
        assert {key.partition(".")[2] for key in keys} == set(STATES), family


def status_of(**changed: object) -> LogStatus:
    plain = LogStatus(
        origin=BANK,
        size=7,
        final_size=7,
        lag=0,
        objections=0,
        cosigned_by=(),
        recovering=None,
        forked=False,
        damaged="",
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_a_log_is_named_by_the_worst_that_is_wrong_with_it() -> None:
    wrong = {"forked": True, "damaged": "a hash", "recovering": 9, "lag": 2, "final_size": 3}
    names = ("forked", "damaged", "recovering", "behind", "open", "final")
    for name in names:
        assert log_state(status_of(**wrong)) == name
        if wrong:
            del wrong[next(iter(wrong))]
    assert log_state(status_of(size=0, final_size=0)) == "empty"
    assert set(names) | {"empty"} == set(STATES)


@pytest.mark.outside
def test_its_screens_are_drawn_in_both_languages(
    bank: Bank, auditor: Browser, plain_bank: Bank, chromium: str, tmp_path: Path
) -> None:
    session = "; ".join(f"{name}={value}" for name, value in auditor.cookies.items())
    paths = {
        "network": "",
        "network_log": f"/logs/{BANK}",
        "network_round": f"/rounds/3/{BANK}",
        "network_proof": "/proofs/2",
    }
    PICTURES.mkdir(parents=True, exist_ok=True)
    for language in ("zh", "en"):
        cookies = f"{session}; creditloop_language={language}"
        with opened_browser(chromium, tmp_path / language) as drawing:
            for name, path in paths.items():
                with served(application(bank), cookies) as host:
                    file = PICTURES / f"{name}.{language}.png"
                    drawing.draw(f"{host}{HOME}{path}", file)
                    assert file.stat().st_size > 12_000, name
            with served(application(plain_bank), cookies) as host:
                drawing.draw(f"{host}{HOME}", PICTURES / f"network_away.{language}.png")
