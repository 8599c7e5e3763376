"""What the reader's commands about packages print: what was found about one, how it compares."""

import hashlib
from datetime import UTC, datetime

from creditloop.evidence.package import CODES, ComparedDocument, PackageProblem, PackageReport
from creditloop.service.cli.output import Section

PROBLEMS_SHOWN = 50
"""Problems printed for a person; `--json` has them all."""


def report_record(report: PackageReport) -> dict[str, object]:
    """Return what was found about a package as plain data."""
    manifest = report.manifest
    record: dict[str, object] = {
        "holds": report.holds,
        "verdict_zh": report.verdict_zh(),
        "verdict_en": report.verdict_en(),
        "problems": [_problem_record(problem) for problem in report.problems],
    }
    if manifest is None:
        return record
    return record | {
        "loan": manifest.loan.number,
        "network": manifest.network,
        "packager": manifest.packager,
        "made_at": manifest.made_at,
        "as_of": manifest.completeness.as_of,
        "stated_by": list(manifest.completeness.stated_by),
        "fresh": report.fresh,
        "records": [
            {
                "log": one.record.origin,
                "chain": one.record.lane.value,
                "sequence": one.record.sequence,
                "kind": one.record.kind.value,
                "occurred_at": one.record.occurred_at,
                "file": one.file,
                "index": one.index,
                "seen_at": _seen(one.seen_at),
                "agreed": list(one.agreed),
            }
            for one in report.records
        ],
        "documents": [
            {
                "file": one.document.path,
                "title_zh": one.document.title_zh,
                "title_en": one.document.title_en,
                "kind": one.document.kind.value,
                "holds": one.holds,
                "seen_at": _seen(one.seen_at),
            }
            for one in report.documents
        ],
        "withheld": [
            {"log": one.origin, "sequence": one.sequence, "name": one.name, "reason": one.reason.value}
            for one in manifest.withheld
        ],
    }


def report_sections(report: PackageReport, file: bytes) -> list[Section]:
    """Return what was found about a package, for a person."""
    head = [("结论", report.verdict_zh()), ("verdict", report.verdict_en()), ("SHA-256", sha256_of(file))]
    sections = [Section(title="证据包核验 evidence package", columns=["", ""], rows=head)]
    if report.problems:
        shown = report.problems[:PROBLEMS_SHOWN]
        rows: list[tuple[object, ...]] = [
            (
                one.code,
                " ".join(part for part in (one.file, one.record) if part),
                one.detail or CODES[one.code],
            )
            for one in shown
        ]
        title = f"异常 problems (first {len(shown)} of {len(report.problems)})"
        sections.append(Section(title=title, columns=["what", "where", "detail"], rows=rows))
    if report.records:
        rows = [
            (
                one.record.occurred_at,
                one.record.kind.value,
                f"{one.record.origin} {one.record.sequence}",
                _seen(one.seen_at),
                " ".join(one.agreed),
            )
            for one in report.records
        ]
        names = ("occurred at", "step", "log, number", "final by", "agreed")
        sections.append(Section(title="记录 records", columns=names, rows=rows))
    if report.documents:
        rows = [
            (one.document.path, f"{one.document.title_zh} {one.document.title_en}", one.holds)
            for one in report.documents
        ]
        sections.append(Section(title="文件 documents", columns=("file", "title", "as committed"), rows=rows))
    return sections


def _problem_record(problem: PackageProblem) -> dict[str, str]:
    return {
        "code": problem.code,
        "file": problem.file,
        "record": problem.record,
        "detail": problem.detail,
        "meaning": CODES[problem.code],
    }


def compared_record(one: ComparedDocument) -> dict[str, object]:
    """Return a document beside its original as plain data."""
    return {
        "file": one.file,
        "title_zh": one.title_zh,
        "title_en": one.title_en,
        "result": one.result.value,
        "first_difference": one.first_difference,
    }


def _seen(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def sha256_of(file: bytes) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(file).hexdigest()
