"""Every command explains itself with an example that parses, and ends as the shell expects."""

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.service.banks import URL
from tests.service.cli.said import Shell, commands, example_of

from creditloop import __version__
from creditloop.kernel import errors
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.cli.output import EXIT_STATUS, STATUS_DEFECT, exit_status
from creditloop.service.cli.program import build_app

COMMANDS = commands()
KNOWN = {
    *("up", "down", "status", "import", "findings", "lineage", "reads"),
    "bureau read",
    *("dayend run", "dayend summary", "dayend settlement", "dayend expected-loss", "book audit"),
    *("loans show", "loans statement"),
    *("book export", "reconcile run", "reconcile breaks", "reconcile close"),
    *("consent grant", "consent withdraw", "consent show", "consent withheld", "consent load"),
    *("data quality", "data fresh", "data delete-expired", "data deletions"),
    *("texts measure", "texts read"),
    *("features list", "features prove", "features publish", "features versions"),
    *("features of", "features trace"),
    *("portrait show", "portrait check"),
    *("strategy backtest", "strategy check", "strategy diff", "strategy optimise"),
    *("strategy experiment", "strategy explain", "strategy live", "strategy prove", "strategy publish"),
    *("strategy replay", "strategy retire", "strategy schema", "strategy show", "strategy versions"),
    *("strategy export-jdm", "strategy import-jdm"),
    *(
        "book post",
        "book balances",
        "book history",
        "book refunds",
        "portfolio classify",
        "portfolio show",
        "portfolio verdict",
    ),
    *("evidence verify", "evidence columns", "evidence prove", "evidence check", "demo", "work", "world"),
    *("evidence package", "evidence verify-package", "evidence compare", "evidence receive"),
    *("evidence receipt", "evidence exports"),
    *("evidence network-join", "evidence network-leave", "evidence network-send", "evidence know"),
    *("evidence network-pending", "evidence network-steps", "evidence network-tell"),
    *("evidence network-delete", "evidence network-withdraw", "lend awaiting", "lend break-glass"),
    *("evidence node create", "evidence node join", "evidence node run", "evidence node status"),
    *("evidence node check", "evidence node renew", "evidence node rotate"),
    *("evidence light follow", "evidence light check"),
    *("evidence sm2 add", "evidence sm2 check"),
    "world load",
    *("whitelist screen", "whitelist rescreen", "whitelist show", "whitelist party"),
    *("fit", "rate", "decide book", "decide party", "decide list", "decide show", "decide replay", "compare"),
    *("review cases", "review show", "review sign", "review withdraw", "review figures"),
    *("lend take-over", "lend limits", "lend limit", "lend answer", "lend agreement", "lend letter"),
    *("products list", "products show", "products quote"),
    *("warn run", "warn show", "warn rolls", "warn curve", "warn party", "warn weights"),
    *("recover route", "recover queue", "recover ask", "recover contact"),
    *("recover complain", "recover resolve"),
    *("oversee register", "oversee models", "oversee metrics", "oversee challenge"),
    *("oversee proposals", "oversee text", "oversee approve", "oversee report"),
    *("models list", "models show", "models calendar", "models finding", "models answer", "models close"),
    *("models sign-off", "models live", "models retire"),
    *("serve", "keys create", "keys revoke", "keys list"),
    *("data-keys show", "data-keys rotate", "data-keys recrypt", "data-keys rewrap", "data-keys erase"),
    *("people add", "people password", "people close", "people list"),
}


def test_every_command_is_known_here() -> None:
    assert set(COMMANDS) == KNOWN


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_does_with_an_example_that_parses(name: str, shell: Shell) -> None:
    said = shell([*name.split(), "--help"])
    assert (said.status, said.err) == (0, "")
    words = example_of(said.out.split("\nOptions:")[0].split("\nArguments:")[0])
    assert words[: len(name.split())] == name.split()
    context = COMMANDS[name].make_context(name, words[len(name.split()) :])
    assert context.params
    assert "--json" in said.out


@pytest.mark.parametrize("group", ["", "book", "strategy", "portfolio", "evidence", "evidence node"])
def test_help_of_a_group_lists_its_commands(group: str, shell: Shell) -> None:
    said = shell([*group.split(), "--help"])
    assert said.status == 0
    for name in COMMANDS:
        if name.startswith(f"{group} ") or (not group and " " not in name):
            assert name.removeprefix(group).split()[0] in said.out


def test_alone_it_prints_its_help(shell: Shell) -> None:
    said = shell([])
    assert said.status == 0
    assert said.out == shell(["--help"]).out


def test_the_version(shell: Shell) -> None:
    assert shell("--version").out == f"creditloop {__version__}\n"


def test_each_kind_of_error_has_its_exit_status() -> None:
    tree = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CreditloopError)
    ]
    assert len(tree) == 12
    statuses = {kind.__name__: exit_status(kind) for kind in tree}
    assert statuses.pop("CreditloopError") == STATUS_DEFECT == 1
    assert statuses == {
        **dict.fromkeys(["InputError", "ContractBroken", "PolicyError", "UnknownId"], 2),
        **dict.fromkeys(["StateError", "OutOfOrder", "LimitExceeded", "ConflictingRepeat"], 3),
        **{"SourceError": 4, "BookError": 5, "EvidenceError": 6},
    }
    assert exit_status(errors.OutOfOrder("…")) == 3
    assert len({status for _, status in EXIT_STATUS}) == len(EXIT_STATUS)


def test_a_defect_is_not_dressed_up(shell: Shell, in_bank: Bank) -> None:
    with connect(in_bank.url) as connection:
        connection.execute("ALTER TABLE book.posting RENAME TO lost")
    with pytest.raises(Exception, match=r"book\.posting"):
        shell("book balances --business-date 2005-09-30 --rules-as-of 2024-06-30")


def test_it_is_a_program_of_its_own(in_bank: Bank) -> None:
    command = [sys.executable, "-m", "creditloop", "portfolio", "show", "--json"]
    command += ["--business-date", "2005-09-30", "--rules-as-of", "2024-06-30"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    assert (answer.returncode, answer.stderr) == (0, "")
    assert '"regulatory_npl_nano"' in answer.stdout
    assert build_app().info.name == "creditloop"


def test_an_interrupt_from_the_keyboard_ends_with_130_and_writes_nothing(in_new_bank: Bank) -> None:
    """The import waits for a lock that we hold, so the interrupt comes in the middle of it."""
    command = [sys.executable, "-m", "creditloop", "import", "small_cards", "statements.parquet"]
    with connect(in_new_bank.url) as connection:
        connection.execute("LOCK TABLE data.import_batch IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            command, env={**os.environ, URL: in_new_bank.url}, stderr=subprocess.PIPE, text=True
        )
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'data.import_batch'::regclass"
        deadline = time.monotonic() + 60
        while connection.execute(query.encode()).fetchone() == (0,):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.endswith("creditloop: stopped; nothing half done\n")
    assert "Traceback" not in said
    with connect(in_new_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM kernel.document").fetchone() == (0,)
