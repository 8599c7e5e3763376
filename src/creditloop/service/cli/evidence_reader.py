"""`creditloop evidence verify PACKAGE …`: what a package's reader does: check, compare, sign for it.

No bank, no database and no node is opened, and the bank's own code is not loaded.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from creditloop.evidence.package import PackageReport, trust_from_text, verify_package
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.service import clock
from creditloop.service.cli.evidence_told import (
    compared_record,
    report_record,
    report_sections,
    sha256_of,
)
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, exit_status, show
from creditloop.service.receiving import (
    all_same,
    check_delivery,
    check_new,
    compare_with_folder,
    new_file,
    package_file,
    sign_receipt,
    signing_key,
    text_file,
)

CLOCK_OFF = timedelta(minutes=5)
"""A cosignature may be this much ahead of the reader's clock."""
Package = Annotated[Path, typer.Argument(help="The package's file.")]
Network = Annotated[
    Path, typer.Option(help="The network's keys (network.txt), had beforehand and not from the package.")
]
Challenge = Annotated[
    str | None,
    typer.Option(metavar="HEX", help="32 random bytes in hex, given by the reader: shows that it is new."),
]
NotBefore = Annotated[
    str | None,
    typer.Option(metavar="INSTANT", help="Refuse statements older than this, e.g. 2026-03-01T00:00+08:00."),
]


def add_commands(app: typer.Typer) -> None:
    """Add the reader's commands alone, which begin at once; `evidence verify` is about a package here."""
    group = typer.Typer(help="Check a package of evidence (核验证据包).")
    group.command("verify")(verify_file)
    add_reader_commands(group)
    app.add_typer(group, name="evidence")


def add_reader_commands(group: typer.Typer) -> None:
    """Add the commands of this file to the group `evidence`."""
    group.command("verify-package")(verify_file)
    group.command("compare")(compare)
    group.command("receive")(receive)


def verify_file(
    package: Package,
    network: Network,
    challenge: Challenge = None,
    not_before: NotBefore = None,
    as_json: AsJson = False,
) -> None:
    """Check a package offline, with the network's keys and nothing else: no database is opened.

    Exit status 0: it verifies; 6: it does not, and every problem is named.

    Example: creditloop evidence verify-package L-1.zip --network network.txt
    """
    show_verified(package, network, challenge=challenge, not_before=not_before, as_json=as_json)


def show_verified(
    package: Path, network: Path, *, challenge: str | None, not_before: str | None, as_json: bool
) -> None:
    """Check a package and print what was found; end with 6 if it does not verify."""
    file = package_file(package)
    report = _verified(file, network, challenge=challenge, not_before=not_before)
    record = {"file": str(package), "sha256": sha256_of(file), **report_record(report)}
    show(record, sections=report_sections(report, file), as_json=as_json)
    if not report.holds:
        raise typer.Exit(exit_status(EvidenceError))


def compare(
    package: Package,
    originals: Annotated[Path, typer.Argument(help="Folder with the original documents.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Documents without an original are no failure.")
    ] = False,
    network: Annotated[
        Path | None, typer.Option(help="Verify the package too, with the network's keys.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a package's documents with the originals in a folder, byte for byte.

    An original is the file of the same name, or else any file of the same bytes. Exit status 0: every
    document is its original; 6: one is not, has none, or the package does not verify.

    Example: creditloop evidence compare L-1.zip originals --network network.txt
    """
    file = package_file(package)
    compared = compare_with_folder(file, originals)
    same = all_same(compared, partial=partial)
    record: dict[str, object] = {
        "file": str(package),
        "sha256": sha256_of(file),
        "same": same,
        "documents": [compared_record(one) for one in compared],
    }
    rows = [
        (one.file, f"{one.title_zh} {one.title_en}", one.result.value, one.first_difference)
        for one in compared
    ]
    names = ("file", "title", "result", "first difference")
    title = (
        "与原件一致 same as the originals" if same else "与原件不一致或缺原件 not shown to be the originals"
    )
    sections = [Section(title=title, columns=names, rows=rows)]
    holds = True
    if network is not None:
        report = _verified(file, network)
        holds = report.holds
        record |= {"report": report_record(report)}
        sections += report_sections(report, file)
    show(record, sections=sections, as_json=as_json)
    if not (same and holds):
        raise typer.Exit(exit_status(EvidenceError))


def receive(
    package: Package,
    network: Network,
    recipient: Annotated[str, typer.Option(help="Who receives it, as the delivery names him.")],
    key: Annotated[Path, typer.Option(help="The recipient's private key; made if it is not there.")],
    out: Annotated[Path, typer.Option(help="The signed receipt to write.")],
    delivery: Annotated[Path | None, typer.Option(help="The delivery that came with the package.")] = None,
    challenge: Challenge = None,
    as_json: AsJson = False,
) -> None:
    """Check a package that arrived and sign for it (签收); the receipt goes back to whoever sent it.

    Nothing is signed for a package that does not verify: exit status 6 then. No database is opened.

    Example: creditloop evidence receive L-1.zip --network network.txt --recipient 仲裁委员会
    --key our.key --out receipt.json
    """
    check_new(out)
    file = package_file(package)
    report = _verified(file, network, challenge=challenge)
    if not report.holds:
        record = {"file": str(package), "sha256": sha256_of(file), **report_record(report)}
        show(record, sections=report_sections(report, file), as_json=as_json)
        raise typer.Exit(exit_status(EvidenceError))
    if delivery is not None:
        said = check_delivery(text_file(delivery), file=file, trusted=trust_from_text(text_file(network)))
        if said.recipient != recipient:
            raise InputError("the delivery is for somebody else", got=recipient, expected=said.recipient)
    signer, is_new = signing_key(key, name="package-recipient")
    signed = sign_receipt(file, recipient=recipient, at=clock.now(), signer=signer)
    new_file(out, f"{signed.text()}\n".encode())
    record = {
        "receipt": str(out),
        "sha256": signed.receipt.package,
        "recipient": signed.receipt.recipient,
        "at": signed.receipt.at,
        "key": signed.receipt.key,
        "key_is_new": is_new,
        "verdict_zh": report.verdict_zh(),
        "verdict_en": report.verdict_en(),
    }
    rows = list(record.items())
    show(record, sections=[Section(title="签收 received", columns=["", ""], rows=rows)], as_json=as_json)


def _verified(
    file: bytes, network: Path, *, challenge: str | None = None, not_before: str | None = None
) -> PackageReport:
    return verify_package(
        file,
        trust_from_text(text_file(network)),
        challenge=challenge,
        ends_not_before=None if not_before is None else _instant(not_before),
        not_after=clock.now() + CLOCK_OFF,
    )


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("not an instant", got=text[:80], expected="e.g. 2026-03-01T00:00+08:00") from error
    if at.tzinfo is None:
        raise InputError("the instant has no time zone", got=text, expected="e.g. 2026-03-01T00:00+08:00")
    return at.astimezone(UTC)
