"""Pictures of a report as SVG: the KS curve, calibration, candidates, small bars of woe.

Pure: records in, mark-up out; ratios are whole nano. Every mark has a title with its own figure, and what is
drawn stands beside it as a table. Places are rounded to tenths, so that the same record gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

NANO = 1_000_000_000
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 14, 8, 36
"""Room around a plot, in the picture's own units."""
_WIDTH, _HEIGHT = 340, 232


def shown_percent(nano: int | None, places: int = 2) -> str:
    """Write a ratio in nano as a percentage, a dash where there is none.

    >>> shown_percent(221_200_000), shown_percent(-5_000_000, 1), shown_percent(None)
    ('22.12%', '-0.5%', '–')
    """
    return "–" if nano is None else f"{nano / (NANO // 100):.{places}f}%"


def shown_decimal(nano: int | None, places: int = 4) -> str:
    """Write a figure in nano as a decimal, a dash where there is none.

    >>> shown_decimal(774_383_911), shown_decimal(None)
    ('0.7744', '–')
    """
    return "–" if nano is None else f"{nano / NANO:.{places}f}"


def ks_picture(curve: Sequence[Mapping[str, int]], *, bad_rate_nano: int) -> Markup:
    """Draw the shares of bads and of goods caught by share of all rows, the lowest scores first."""
    bad = bad_rate_nano / NANO
    across = [point["good_nano"] / NANO * (1 - bad) + point["bad_nano"] / NANO * bad for point in curve]
    gap = max(range(len(curve)), key=lambda at: curve[at]["bad_nano"] - curve[at]["good_nano"])
    top, low = (curve[gap][name] / NANO for name in ("bad_nano", "good_nano"))
    marks = [
        _frame("客户占比（分数从低到高） share of customers", "累计占比 share"),
        _path(across, [point["bad_nano"] / NANO for point in curve], "bad"),
        _path(across, [point["good_nano"] / NANO for point in curve], "good"),
        _line(across[gap], low, across[gap], top, "gap", f"KS {shown_percent(round((top - low) * NANO))}"),
    ]
    return _picture("KS 曲线 KS curve", marks)


def calibration_picture(bands: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw the bad rate seen in each band, with its interval, over the mean pd."""
    most = max(max(band["high_nano"], band["expected_nano"]) for band in bands) / NANO
    marks = [
        _frame("平均违约概率 mean pd", "观察坏率 seen", most=most),
        _line(0, 0, 1, 1, "even", "pd = 坏率 bad rate"),
    ]
    for band in bands:
        x = band["expected_nano"] / NANO / most
        low, high, seen = (band[f"{name}_nano"] / NANO / most for name in ("low", "high", "observed"))
        said = f"{shown_percent(band['expected_nano'])} → {shown_percent(band['observed_nano'])}"
        marks += [
            _line(x, low, x, high, "whisker", said),
            _dot(x, seen, "held" if band["holds"] else "off", said),
        ]
    return _picture("校准 calibration", marks)


def candidates_picture(candidates: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Markup:
    """Draw each candidate's mean AUC with one standard deviation over folds to either side."""
    ends = [one["auc_nano"] + sign * one["auc_sd_nano"] for one in candidates for sign in (-1, 1)]
    room = max((max(ends) - min(ends)) // 8, NANO // 1000)
    low, high = min(ends) - room, max(ends) + room
    marks, height = list[Markup](), 26 * len(candidates) + 8
    for number, one in enumerate(candidates):
        y = 18 + 26 * number
        left, at, right = (
            150 + 330 * (value - low) / (high - low)
            for value in (
                one["auc_nano"] - one["auc_sd_nano"],
                one["auc_nano"],
                one["auc_nano"] + one["auc_sd_nano"],
            )
        )
        kind = "held" if one["white_box"] else "off"
        marks.append(
            Markup(
                '<text x="142" y="{}" text-anchor="end">{}</text>'
                '<line class="whisker" x1="{}" y1="{}" x2="{}" y2="{}"/>'
                '<circle class="{}" cx="{}" cy="{}" r="4"/><text x="490" y="{}">{}</text>'
            ).format(
                *(y + 4, names[one["kind"]], _at(left), y, _at(right), y),
                *(kind, _at(at), y, y + 4, shown_decimal(one["auc_nano"])),
            )
        )
    return _picture("候选模型的 AUC 与标准差 AUC of candidates ± sd", marks, width=550, height=height)


def woe_picture(bins: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw the woe of each bin as small bars around zero: above is safer than the sample."""
    most = max((abs(row["woe_nano"]) for row in bins), default=0) or 1
    wide = 160 / max(len(bins), 1)
    marks = [Markup('<line class="axis" x1="0" y1="30" x2="160" y2="30"/>')]
    for number, row in enumerate(bins):
        high = 27 * abs(row["woe_nano"]) / most
        safer = row["woe_nano"] >= 0
        box = '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
        said = (
            f"{row['label']}: woe {shown_decimal(row['woe_nano'], 3)}, {shown_percent(row['bad_rate_nano'])}"
        )
        marks.append(
            Markup(box).format(
                "held" if safer else "off",
                *(_at(number * wide + 1), _at(30 - high if safer else 30), _at(wide - 2), _at(high), said),
            )
        )
    return _picture("woe", marks, width=160, height=60)


def _frame(x_title: str, y_title: str, *, most: float = 1) -> Markup:
    marks = []
    for step in range(5):
        share = step / 4
        x, y = _place(share, share)
        said = f"{share * most * 100:.0f}%"
        marks.append(
            Markup(
                '<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
                '<text x="{}" y="{}" text-anchor="end">{}</text>'
                '<text x="{}" y="{}" text-anchor="middle">{}</text>'
            ).format(_LEFT, y, _WIDTH - _RIGHT, y, _LEFT - 5, y, said, x, _HEIGHT - 22, said)
        )
    titles = Markup('<text x="{}" y="{}" text-anchor="end">{}</text><text x="{}" y="{}">{}</text>').format(
        *(_WIDTH - _RIGHT, _HEIGHT - 5, x_title, _LEFT + 4, _TOP + 8, y_title)
    )
    return Markup("").join([*marks, titles])


def _path(across: Sequence[float], up: Sequence[float], kind: str) -> Markup:
    points = " ".join(f"{x},{y}" for x, y in (_place(a, b) for a, b in zip(across, up, strict=True)))
    return Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, said: str) -> Markup:
    (left, low), (right, high) = _place(x1, y1), _place(x2, y2)
    mark = '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"><title>{}</title></line>'
    return Markup(mark).format(kind, left, low, right, high, said)


def _dot(x: float, y: float, kind: str, said: str) -> Markup:
    across, down = _place(x, y)
    mark = '<circle class="{}" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>'
    return Markup(mark).format(kind, across, down, said)


def _place(x: float, y: float) -> tuple[str, str]:
    """Return where a point of the unit square stands in the picture."""
    across = _LEFT + x * (_WIDTH - _LEFT - _RIGHT)
    return _at(across), _at(_HEIGHT - _BOTTOM - y * (_HEIGHT - _TOP - _BOTTOM))


def _at(value: float) -> str:
    return f"{value:.1f}"


def _picture(title: str, marks: Sequence[Markup], *, width: int = _WIDTH, height: int = _HEIGHT) -> Markup:
    opened = Markup('<svg role="img" viewBox="0 0 {} {}" width="{}" height="{}"><title>{}</title>').format(
        width, height, width, height, title
    )
    return Markup("").join([opened, *marks, Markup("</svg>")])
