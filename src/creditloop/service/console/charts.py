"""Charts as SVG, drawn on the server: lines, bars, waterfalls, and the steps of a heat table.

Pure: records in, mark-up out. Every chart has a title for screen readers, every mark a title with its own
figure, and colours come from the style sheet by class, never from here. What is drawn always stands beside
it as a table too, so nothing is told by a picture alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 12, 28
"""Room around the plot, in the picture's own units."""
HEAT_STEPS = 8
"""Shades of a heat table."""
_TICKS = 4
_SEEN = 1e-9
"""Values below this are drawn as nothing."""
_LAST_NARROW = 0x2E7F
"""Characters after this one are as wide as they are high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A named line or layer: one value a label (None leaves a gap) and how each value is written."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its label, its value, how that is written, and where it leads."""

    label: str
    value: float
    text: str
    href: str | None = None
    kind: str = "blue"


def line_chart(
    *, title: str, labels: Sequence[str], series: Sequence[Series], width: int = 560, height: int = 220
) -> Markup:
    """Draw lines over ordered labels, from zero; a gap where a value is missing."""
    drawn = [value for one in series for value in one.values if value is not None]
    if not drawn or not labels:
        return Markup("")
    top = _nice(max(*drawn, 0))
    xs = _places(len(labels), width)
    marks = [_grid(top, width=width, height=height), _labels(labels, xs, height=height)]
    for number, one in enumerate(series):
        marks.append(_line(one, labels, xs, top, height=height, kind=f"s{number}"))
    return _picture(title, marks, width=width, height=height)


def stacked_bars(
    *, title: str, labels: Sequence[str], series: Sequence[Series], width: int = 560, height: int = 220
) -> Markup:
    """Draw layers on top of each other, one column a label."""
    if not labels or not series:
        return Markup("")
    totals = [sum(one.values[i] or 0 for one in series) for i in range(len(labels))]
    top = _nice(max(*totals, 0))
    xs = _places(len(labels), width)
    thick = min(48.0, 0.6 * (width - _LEFT - _RIGHT) / len(labels))
    marks = [_grid(top, width=width, height=height), _labels(labels, xs, height=height)]
    below = [0.0] * len(labels)
    for number, one in enumerate(series):
        for i, x in enumerate(xs):
            value = one.values[i] or 0
            upper, lower = _y(below[i] + value, top, height), _y(below[i], top, height)
            box = _box(x - thick / 2, upper, thick, lower - upper, kind=f"s{number}")
            marks.append(_named(box, f"{labels[i]} · {one.name}: {one.texts[i]}"))
            below[i] += value
    return _picture(title, marks, width=width, height=height)


def bars(*, title: str, entries: Sequence[Bar], width: int = 560, row: int = 26, labels: int = 150) -> Markup:
    """Draw horizontal bars around zero, one a line, each with its figure; a bar may lead somewhere."""
    if not entries:
        return Markup("")
    figures = 110
    low, high = min(0.0, *(one.value for one in entries)), max(0.0, *(one.value for one in entries))
    scale = (width - labels - figures) / ((high - low) or 1)
    zero = labels - low * scale
    marks = [_axis(zero, 0, zero, row * len(entries))]
    for i, one in enumerate(entries):
        start = zero + min(one.value, 0) * scale
        middle = i * row + row / 2 + 4
        mark = Markup("").join(
            (
                _text(labels - 8, middle, _fitting(one.label, labels - 8), anchor="end"),
                _box(start, i * row + 5, abs(one.value) * scale, row - 10, kind=one.kind),
                _text(width - figures + 8, middle, one.text, anchor="start", kind="amount"),
            )
        )
        named = _named(mark, f"{one.label}: {one.text}")
        marks.append(Markup('<a href="{}">{}</a>').format(one.href, named) if one.href else named)
    return _picture(title, marks, width=width, height=row * len(entries))


def waterfall(*, title: str, entries: Sequence[Bar], width: int = 640, row: int = 26) -> Markup:
    """Draw how parts add up: each bar begins where the one before ended; the first begins at zero.

    An entry of kind "total" ends at its own value. The axis begins shortly below the lowest end, so that the
    parts can be seen beside a large base.
    """
    if not entries:
        return Markup("")
    spans, at = [], 0.0
    for one in entries:
        start = 0.0 if one.kind == "total" else at
        at = one.value if one.kind == "total" else at + one.value
        spans.append((start, at))
    labels, figures = 220, 60
    low = _floor([end for _, end in spans])
    scale = (width - labels - figures) / ((max(end for _, end in spans) - low) or 1)
    marks = []
    for i, (one, (start, end)) in enumerate(zip(entries, spans, strict=True)):
        left, middle = labels + (max(min(start, end), low) - low) * scale, i * row + row / 2 + 4
        mark = Markup("").join(
            (
                _text(labels - 8, middle, _fitting(one.label, labels - 8), anchor="end"),
                _box(left, i * row + 5, _long(start, end, low) * scale, row - 10, kind=one.kind),
                _text(width - figures + 8, middle, one.text, anchor="start", kind="amount"),
            )
        )
        marks.append(_named(mark, f"{one.label}: {one.text}"))
    return _picture(title, marks, width=width, height=row * len(entries))


def _floor(ends: Sequence[float]) -> float:
    """Return where a waterfall's axis begins: below the lowest end by the spread of the ends."""
    return min(ends) - max(1.0, max(ends) - min(ends))


def _long(start: float, end: float, low: float) -> float:
    return max(abs(end - max(start, low)), 0.4)


def heat_step(value: float | None, *, least: float, most: float) -> int | None:
    """Return the shade of a value between two bounds, 0 (palest) to HEAT_STEPS - 1; None has none.

    >>> heat_step(0.5, least=0, most=1), heat_step(9, least=0, most=1), heat_step(None, least=0, most=1)
    (4, 7, None)
    """
    if value is None:
        return None
    if most <= least:
        return 0
    return max(0, min(HEAT_STEPS - 1, floor((value - least) / (most - least) * HEAT_STEPS)))


def _picture(title: str, marks: Sequence[Markup], *, width: int, height: int) -> Markup:
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' aria-label="{title}"><title>{title}</title>{marks}</svg>'
    ).format(width=width, height=height, title=title, marks=Markup("").join(marks))


def _line(
    series: Series, labels: Sequence[str], xs: Sequence[float], top: float, *, height: int, kind: str
) -> Markup:
    marks: list[Markup] = []
    run: list[str] = []
    for x, value in zip(xs, series.values, strict=True):
        if value is None:
            marks.append(_path(run, kind))
            run = []
        else:
            run.append(f"{x:.1f},{_y(value, top, height):.1f}")
    marks.append(_path(run, kind))
    for label, x, value, text in zip(labels, xs, series.values, series.texts, strict=True):
        if value is not None:
            dot = Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(
                kind, x, _y(value, top, height)
            )
            marks.append(_named(dot, f"{label} · {series.name}: {text}"))
    return Markup("").join(marks)


def _path(points: Sequence[str], kind: str) -> Markup:
    if len(points) < 2:
        return Markup("")
    return Markup('<polyline class="line {}" points="{}"/>').format(kind, " ".join(points))


def _grid(top: float, *, width: int, height: int) -> Markup:
    marks = []
    for tick in range(_TICKS + 1):
        value = top * tick / _TICKS
        y = _y(value, top, height)
        marks.append(_axis(_LEFT, y, width - _RIGHT, y))
        marks.append(_text(_LEFT - 8, y + 4, _tick(value), anchor="end", kind="tick"))
    return Markup("").join(marks)


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.4g}"


def _labels(labels: Sequence[str], xs: Sequence[float], *, height: int) -> Markup:
    every = max(1, ceil(len(labels) / 12))
    return Markup("").join(
        _text(x, height - 8, label, anchor="middle", kind="tick")
        for i, (label, x) in enumerate(zip(labels, xs, strict=True))
        if i % every == 0
    )


def _places(count: int, width: int) -> list[float]:
    step = (width - _LEFT - _RIGHT) / count
    return [_LEFT + step * (i + 0.5) for i in range(count)]


def _y(value: float, top: float, height: int) -> float:
    return height - _BOTTOM - (height - _TOP - _BOTTOM) * value / top


def _nice(value: float) -> float:
    """Return a round number at or above a value, to end an axis with; 1 for what cannot be seen beside it."""
    if value < _SEEN:
        return 1.0
    scale = 10.0 ** floor(log10(value))
    return float(
        next(step * scale for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10) if step * scale >= value)
    )


def _named(mark: Markup, title: str) -> Markup:
    return Markup("<g>{}<title>{}</title></g>").format(mark, title)


def _box(x: float, y: float, width: float, height: float, *, kind: str) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        kind, x, y, max(width, 0), max(height, 0)
    )


def _axis(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="axis" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        x1, y1, x2, y2
    )


def _fitting(text: str, width: float) -> str:
    """Return a text as far as it fits, by what its characters take; the mark's title has the whole.

    >>> _fitting("abc", 100), _fitting("很长的一个标签", 40)
    ('abc', '很长…')
    """
    taken = 0.0
    for place, character in enumerate(text):
        taken += 11.5 if ord(character) > _LAST_NARROW else 6.3
        if taken > width - 11.5 and place < len(text) - 1:
            return text[:place] + "…"
    return text


def _text(x: float, y: float, text: str, *, anchor: str, kind: str = "label") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, escape(text)
    )
