"""The index for people (目录): what is in a package, Chinese first, English beside, as text.

It follows from the manifest and the records alone, so whoever checks writes it again and compares: an index
cannot tell another story than the evidence.
"""

from collections.abc import Iterator, Mapping, Sequence

from creditloop.evidence.network.record import Lane, Record, RecordKind
from creditloop.evidence.package.manifest import DocumentKind, Manifest, WithheldReason, record_path

# an index is written again by whoever checks it: a word that packages were made with stays as it is
_KINDS = {
    RecordKind.AGREEMENT: "借款合同",
    RecordKind.BREAK_GLASS: "应急放行",
    RecordKind.CHANGE: "变更利率、日期或计划",
    RecordKind.CHARGE: "收费",
    RecordKind.CLASSIFICATION: "五级分类变动",
    RecordKind.CONTACT: "催收联系",
    RecordKind.DECISION: "审批决定",
    RecordKind.KEY_CHANGE: "密钥变更",
    RecordKind.OBJECTION: "异议",
    RecordKind.OVERDUE: "逾期",
    RecordKind.PARTY_CHANGE: "参与方变更",
    RecordKind.PAYOUT: "放款",
    RecordKind.RECOVERY: "核销后回收",
    RecordKind.REFUND: "退款",
    RecordKind.REPAYMENT: "还款",
    RecordKind.REVERSAL: "冲正",
    RecordKind.STATEMENT: "对账单",
    RecordKind.WAIVER: "减免",
    RecordKind.WARNING: "贷后预警",
    RecordKind.WRITE_OFF: "核销",
}
_DOCUMENT_KINDS = {
    DocumentKind.AGREEMENT: "借款合同",
    DocumentKind.CONTACT: "催收联系记录",
    DocumentKind.DECISION: "审批决定及依据",
    DocumentKind.EVENT: "事件",
    DocumentKind.OTHER: "其他",
    DocumentKind.OVERDUE: "逾期",
    DocumentKind.PAYOUT: "放款凭证",
    DocumentKind.REPAYMENT: "还款凭证",
    DocumentKind.STATEMENT: "对账单",
    DocumentKind.WRITE_OFF: "核销",
}
_REASONS = {
    WithheldReason.CONFIDENTIAL: "保密",
    WithheldReason.DESTROYED: "已依法销毁",
    WithheldReason.NOT_HELD: "不由制作方持有",
}


def index_text(manifest: Manifest, records: Mapping[str, Record]) -> str:
    """Return the index.

    Args:
        manifest: of the package.
        records: those that could be read, by their paths.
    """
    return "\n".join([*_head(manifest), *_logs(manifest, records), *_documents(manifest), ""])


def _head(manifest: Manifest) -> Sequence[str]:
    whole = manifest.completeness
    return [
        "证据包目录 Index of an evidence package",
        "",
        f"借据 loan: {manifest.loan.number}",
        f"网络 network: {manifest.network}",
        f"制作 packed: {manifest.made_at}  {manifest.packager}",
        f"完整至 complete as of: {whole.as_of}",
        f"声明节点 stated by: {' '.join(whole.stated_by)}",
        "",
        whole.proven_zh,
        whole.proven_en,
        "",
        whole.not_proven_zh,
        whole.not_proven_en,
    ]


def _logs(manifest: Manifest, records: Mapping[str, Record]) -> Iterator[str]:
    for number, log in enumerate(manifest.completeness.logs, start=1):
        yield ""
        yield f"日志 log {number}: {log.origin}"
        yield f"步骤 steps: {log.steps.sequence}  异议 objections: {log.objections.sequence}"
        for lane in Lane:
            for sequence in range(1, log.end(lane).sequence + 1):
                path = record_path(number, lane, sequence)
                record = records.get(path)
                if record is None:
                    return  # a record that cannot be read is a problem of its own
                named = " ".join(one.name for one in record.documents)
                if record.objection:
                    named = f"{record.objection.node}: {record.objection.reason}"
                kind = f"{_KINDS[record.kind]} {record.kind.value}"
                yield f"  {sequence}  {record.occurred_at}  {kind}  {named}  {path}"


def _documents(manifest: Manifest) -> Iterator[str]:
    yield from ("", "文件 documents")
    for document in manifest.documents:
        kind = f"{_DOCUMENT_KINDS[document.kind]} {document.kind.value}"
        yield f"  {document.path}  {document.title_zh}  {document.title_en}  {kind}"
        for one in document.committed:
            yield f"    {one.origin} {one.sequence} {one.name}"
    yield from ("", "未附文件 withheld")
    for withheld in manifest.withheld:
        reason = f"{_REASONS[withheld.reason]} {withheld.reason.value}"
        yield f"  {withheld.origin} {withheld.sequence} {withheld.name}  {reason}"
    yield from ("", "阅读辅助（不作证明） aids (not evidence)")
    for aid in manifest.aids:
        yield f"  {aid.path}  {aid.title_zh}  {aid.title_en}"
