"""What a leak is said to be, in both languages, with its numbers (泄漏证据)."""

from dataclasses import dataclass

from creditloop.risk.probes.leaks.dependence import Dependence
from creditloop.risk.probes.leaks.recording import Decided, Trace
from creditloop.risk.probes.leaks.rewriting import Rewriting
from creditloop.risk.probes.telling import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakEvidence:
    """One thing that makes a feature suspicious.

    Attributes:
        kind: alone, more_than_rest, only_outcome, rewritten, missing, decided, pattern, id, or time_gap.
        numbers: what it rests on, by name; statistics, so floats.
    """

    kind: str
    zh: str
    en: str
    numbers: tuple[tuple[str, float], ...]

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"kind": self.kind, "zh": self.zh, "en": self.en, "numbers": dict(self.numbers)}


def alone(telling: Telling) -> LeakEvidence:
    """Say that a feature alone nearly decides."""
    return LeakEvidence(
        kind="alone",
        zh=f"仅凭该特征就几乎能判定结果：交叉验证 AUC {telling.auc:.3f}",
        en=f"alone it nearly decides the outcome: cross-validated AUC {telling.auc:.3f}",
        numbers=(("auc", telling.auc), ("error", telling.error)),
    )


def more_than_rest(telling: Telling, rest: float) -> LeakEvidence:
    """Say that a feature tells far more than all others together."""
    return LeakEvidence(
        kind="more_than_rest",
        zh=f"单独的 AUC {telling.auc:.3f} 远高于其余全部特征合在一起的 {rest:.3f}",
        en=f"alone (AUC {telling.auc:.3f}) it tells far more than all others together ({rest:.3f})",
        numbers=(("auc", telling.auc), ("auc_rest", rest)),
    )


def only_outcome(telling: Telling, dependence: Dependence) -> LeakEvidence:
    """Say that a feature knows the outcome and nothing else."""
    auc, error = dependence.auc or 0.5, dependence.error or 0.0
    return LeakEvidence(
        kind="only_outcome",
        zh=(
            f"只与结果有关：单独 AUC {telling.auc:.3f}，而在好、坏样本内部，其余 {dependence.columns} 个特征"
            f"都无法预测它（AUC {auc:.3f} ± {error:.3f}）"
        ),
        en=(
            f"it knows the outcome and nothing else: AUC alone {telling.auc:.3f}, yet among goods and among "
            f"bads the other {dependence.columns} features cannot foretell it (AUC {auc:.3f} ± {error:.3f})"
        ),
        numbers=(
            ("auc", telling.auc),
            ("auc_within", auc),
            ("error_within", error),
            ("deviate_max", dependence.deviate),
        ),
    )


def rewritten(found: Rewriting) -> LeakEvidence:
    """Say that a feature repeats another, and decides among rows that are alike in it."""
    auc = found.auc.estimate
    return LeakEvidence(
        kind="rewritten",
        zh=(
            f"与 {found.name} 几乎说同一件事（好、坏样本内部秩相关 {found.alike:.2f}），"
            f"而在该特征相近的行中它几乎判定结果：AUC {auc:.3f}；两者之一像是事后改写的"
        ),
        en=(
            f"it tells nearly what {found.name} does (rank correlation {found.alike:.2f} among goods and "
            f"among bads), yet among rows alike in that one it all but decides: AUC {auc:.3f}, as if "
            "one of the two was written again afterwards"
        ),
        numbers=(("auc_beside", auc), ("error", found.auc.error), ("alike", found.alike)),
    )


def missing(trace: Trace, strongest_other: float) -> LeakEvidence:
    """Say that whether a value was recorded tells more than any other feature's values."""
    return LeakEvidence(
        kind="missing",
        zh=(
            f"缺失与否几乎泄露结果：缺失的 {trace.rows} 行坏账率 {trace.bad_rate:.1%}，"
            f"其余 {trace.bad_rate_rest:.1%}；差距 {abs(trace.gap):.3f} "
            f"大于任何其他特征取值的 KS {strongest_other:.3f}"
        ),
        en=(
            f"whether it was recorded gives the outcome away: {trace.rows} rows without it are bad in "
            f"{trace.bad_rate:.1%}, the rest in {trace.bad_rate_rest:.1%}; the gap {abs(trace.gap):.3f} "
            f"is wider than the KS of any other feature's values, {strongest_other:.3f}"
        ),
        numbers=(*_of_trace(trace), ("ks_strongest_other", strongest_other)),
    )


def decided(group: Decided, expected: float) -> LeakEvidence:
    """Say that a feature puts a group of rows beyond doubt."""
    zh, en = ("坏", "bads") if group.kind == "bad" else ("好", "goods")
    return LeakEvidence(
        kind="decided",
        zh=(
            f"其某些取值几乎等于结果：{group.rows} 行坏账率 {group.rate:.1%}，"
            f"占全部{zh}样本 {group.share:.1%}，"
            f"而其余特征对这些行的预期仅为 {expected:.1%}"
        ),
        en=(
            f"some of its values are as good as the outcome: {group.rows} rows are bad in {group.rate:.1%}, "
            f"{group.share:.1%} of all {en}, where all others expect {expected:.1%}"
        ),
        numbers=(
            ("rows", float(group.rows)),
            ("bad_rate", group.rate),
            ("share", group.share),
            ("expected", expected),
        ),
    )


def pattern(trace: Trace) -> LeakEvidence:
    """Say that a pattern of digits differs by outcome."""
    words = {"whole number": "整数", "repeated value": "重复出现的精确值"}
    zh = words.get(trace.name, trace.name.replace("multiple of", "倍数于"))
    return LeakEvidence(
        kind="pattern",
        zh=f"数字写法随结果而异（{zh}）：坏样本 {trace.share_bad:.1%}，好样本 {trace.share_good:.1%}",
        en=(
            f"its digits differ by outcome ({trace.name}): {trace.share_bad:.1%} of bads, "
            f"{trace.share_good:.1%} of goods"
        ),
        numbers=_of_trace(trace),
    )


def id_tells(telling: Telling) -> LeakEvidence:
    """Say that an id, which should tell nothing, tells."""
    return LeakEvidence(
        kind="id",
        zh=f"每行各异的编号不应含有信息，其单独 AUC 却为 {telling.auc:.3f}",
        en=f"a number that names its row should tell nothing, and has an AUC of {telling.auc:.3f}",
        numbers=(("auc", telling.auc), ("error", telling.error)),
    )


def time_gap(early: float, late: float, error: float) -> LeakEvidence:
    """Say that what a feature tells is gone out of time."""
    return LeakEvidence(
        kind="time_gap",
        zh=f"时间内 AUC {early:.3f}，时间外仅 {late:.3f}：区分力不能延续到后面的月份",
        en=f"AUC {early:.3f} in time and only {late:.3f} out of time: what it tells does not last",
        numbers=(("auc_in_time", early), ("auc_out_of_time", late), ("error", error)),
    )


def _of_trace(trace: Trace) -> tuple[tuple[str, float], ...]:
    return (
        ("rows", float(trace.rows)),
        ("share_bad", trace.share_bad),
        ("share_good", trace.share_good),
        ("gap", trace.gap),
        ("bad_rate", trace.bad_rate),
        ("bad_rate_rest", trace.bad_rate_rest),
    )
