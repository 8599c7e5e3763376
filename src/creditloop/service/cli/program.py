"""The program: its commands, and what happens when one of them fails."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from typer.main import get_command

from creditloop import __version__
from creditloop.kernel.errors import CreditloopError, InputError
from creditloop.service.cli.output import exit_status, show_error

FILES = {
    "up": "database",
    "down": "database",
    "status": "database",
    "import": "data",
    "findings": "data",
    "lineage": "data",
    "reads": "data",
    "consent": "consents",
    "data": "data_quality",
    "features": "features",
    "portrait": "portraits",
    "texts": "texts",
    "strategy": "strategy",
    "book": "book",
    "loans": "loans",
    "dayend": "day_end",
    "reconcile": "reconcile",
    "portfolio": "portfolio",
    "lend": "lend",
    "products": "products",
    "recover": "recover",
    "warn": "warn",
    "whitelist": "acquire",
    "fit": "fit",
    "rate": "rate",
    "decide": "decide",
    "review": "review",
    "compare": "compare",
    "oversee": "oversee",
    "models": "model_life",
    "evidence": "evidence",
    "demo": "demo",
    "serve": "serve",
    "keys": "serve",
    "data-keys": "data_keys",
    "people": "serve",
    "work": "jobs",
    "bureau": "bureau",
    "world": "world",
}
"""The file of each command; only that one is loaded, so that `up` does not wait for what it does not use."""

_READER, _READERS_COMMANDS = "evidence_reader", ("verify-package", "compare", "receive")
"""What the reader of an evidence package does has a file of its own: it needs nothing of the bank."""
_NODES, _NODES_COMMANDS = "evidence_nodes", ("node", "light")
"""So does what a party does that is no bank: its node starts sooner and is a third as large."""

INTERRUPTED = 130
"""Exit status after an interrupt from the keyboard, as shells have it (128 + SIGINT)."""


def build_app(files: Sequence[str] = tuple(dict.fromkeys(FILES.values()))) -> typer.Typer:
    """Build the program with the commands of these files; all of them if nothing is said."""
    app = typer.Typer(
        name="creditloop",
        help="The risk loop of a bank's lending, every rule, weight and reason readable. 白盒信贷风控闭环。",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_version)
    for file in files:
        import_module(f"creditloop.service.cli.{file}").add_commands(app)
    return app


def _version(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    if version or context.invoked_subcommand is None:
        sys.stdout.write(f"creditloop {__version__}\n" if version else context.get_help() + "\n")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit status; see `output` for what the statuses mean.

    Interrupted from the keyboard, the status is 130; what was not committed is gone.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        file = _file_of(given)
        app = build_app() if file is None else build_app([file])
        status = get_command(app).main(args=given, prog_name="creditloop", standalone_mode=False)
    except CreditloopError as error:
        show_error(error, as_json=as_json)
        sys.exit(exit_status(error))
    except typer.TyperException as error:
        show_error(_usage_error(error), as_json=as_json)
        sys.exit(exit_status(InputError))
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:  # typer itself turns an interrupt during a command into this status
        sys.stderr.write("creditloop: stopped; nothing half done\n")
    sys.exit(status if isinstance(status, int) else 0)


def _file_of(given: Sequence[str]) -> str | None:
    """Return the file of the command that is called; None if there is no such command."""
    words = [word for word in given if not word.startswith("-")]
    if words[:1] == ["evidence"]:
        is_package = words[1:2] == ["verify"] and any(word.startswith("--network") for word in given)
        if is_package or (len(words) > 1 and words[1] in _READERS_COMMANDS):
            return _READER
        if len(words) > 1 and words[1] in _NODES_COMMANDS:
            return _NODES
    return FILES.get(words[0]) if words else None


def _usage_error(error: typer.TyperException) -> InputError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "creditloop"
    return InputError(error.format_message(), where={"command": command}, hint=f"see {command} --help")
