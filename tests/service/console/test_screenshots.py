"""Every screen in a real browser over a real server; the pictures stay in var/screenshots to be looked at."""

import re
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.conftest import REPOSITORY, missing
from tests.service.console.browser import HOME, Browser
from tests.service.console.chromium import opened_browser
from tests.service.console.conftest import application
from tests.service.console.loan_book import LAST_DAY, LOAN
from tests.service.console.loop_bank import WAITING_LOAN, decided_party
from tests.service.small_bank import LATE

from creditloop.admit import find_cases, find_decisions
from creditloop.kernel.storage import connect, list_documents
from creditloop.monitor import find_runs
from creditloop.oversight import find_comparison_runs, find_model_runs, find_proposals, find_versions
from creditloop.service.bank import Bank
from creditloop.service.console.screens import SCREENS

PICTURES = REPOSITORY / "var" / "screenshots"
FEATURE = "card_sum_bill_92d"
_BLANK_BYTES = 12_000
"""A picture of an empty page is smaller than this."""

pytestmark = pytest.mark.outside


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing("chromium")
    assert found is not None
    return found


@contextmanager
def served(app: ASGIApp, cookies: str) -> Iterator[str]:
    """Serve an application on a free port to a browser that has these cookies already."""

    async def with_cookies(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            kept = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
            scope = {**scope, "headers": [*kept, (b"cookie", cookies.encode())]}
        await app(scope, receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(with_cookies, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


def addresses(bank: Bank) -> dict[str, str]:
    """An address of each screen, with something on it."""
    with connect(bank.url) as connection:
        run = find_runs(connection)[-1]
        decision = find_decisions(connection, party_id=decided_party(bank))[-1]
        case = find_cases(connection)[0]
        runs = find_model_runs(connection)
        card, measured = runs[0].card_hash, runs[0].batch_id
        comparison, proposal = find_comparison_runs(connection)[0], find_proposals(connection)[0]
        first, second = find_versions(connection)
        tried = next(one for one in list_documents(connection) if one.kind == "experiment")
    values = {
        "party_id": LATE,
        "version_id": str(first.batch_id),
        "decision_id": str(decision.decision_id),
        "case_id": str(case.case.case_id),
        "card_hash": card,
        "document_hash": run.five_tier_policy_hash,
        "proposal_id": str(proposal.batch_id),
        "batch_id": str(run.batch_id),
        "table": "monitor.classification",
        "row_no": "0",
        "name": "npl",
        "account": "card_receivable",
        "business_date": str(LAST_DAY),
        "loan_id": LOAN,
        "origin": "bank.example",
        "first": "0",
        "number": "1",
    }
    others = {
        "comparison": {"batch_id": str(comparison.batch_id)},
        "measurement": {"batch_id": str(measured)},
        "proof": {"batch_id": str(first.proof_batch)},
        "difference": {"version_id": str(second.batch_id)},
        "experiment": {"document_hash": tried.hash},
        "feature": {"name": FEATURE},
        "trace": {"name": FEATURE},
        "awaiting_payout": {"loan_id": WAITING_LOAN},
        "loan_share": {"name": "loan_npl"},
    }
    found = {}
    for screen in SCREENS:
        own = values | others.get(screen.name, {})
        found[screen.name] = re.sub(r"\{(\w+)(?::path)?\}", lambda match: own[match[1]], screen.path)  # noqa: B023
    found["model"] += f"?party={decided_party(bank)}"
    found["rolled"] += "?from_state=not_late&to_state=not_late"
    found["trace"] += f"?party={LATE}&as_of=2005-09-30"
    found["records"] += f"?party={LATE}"
    found["vintage_loans"] += f"?paid_out={LAST_DAY:%Y-%m}"
    found["rolled_loans"] += "?from_state=dpd_0"
    found["loan_working"] += "?what=row&row=1&part=interest"
    return found


def test_every_screen_is_drawn_in_both_languages(
    loop_once: tuple[Path, Bank], chromium: str, tmp_path: Path
) -> None:
    bank = loop_once[1]
    app, browser = application(bank), Browser(application(bank))
    browser.sign_in("auditor")
    session = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    PICTURES.mkdir(parents=True, exist_ok=True)
    for language in ("zh", "en"):
        with (
            served(app, f"{session}; creditloop_language={language}") as host,
            opened_browser(chromium, tmp_path / language) as drawing,
        ):
            for name, path in addresses(bank).items():
                assert browser.get(f"/console{path}").status == 200, name
                file = PICTURES / f"{name}.{language}.png"
                file.unlink(missing_ok=True)
                drawing.draw(f"{host}/console{path}", file)
                assert file.read_bytes().startswith(b"\x89PNG"), name
                assert file.stat().st_size > _BLANK_BYTES, f"{name} shows nothing"


def test_the_entrance_is_drawn(loop_once: tuple[Path, Bank], chromium: str, tmp_path: Path) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    file = PICTURES / "sign_in.zh.png"
    file.unlink(missing_ok=True)
    with (
        served(application(loop_once[1]), "creditloop_language=zh") as host,
        opened_browser(chromium, tmp_path / "profile") as drawing,
    ):
        drawing.draw(f"{host}{HOME}", file)
    assert file.stat().st_size > _BLANK_BYTES
