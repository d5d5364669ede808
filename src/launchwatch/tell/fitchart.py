"""Who fits, as a chart: what each office said with its error, what the rest predicts, what is believed, px.

Figures of one matter share a scale. A diamond with a bar is what was said with its 90 % error; the hollow bar
below it what all others predict; the band behind both the estimate. Directions and clocks stand at zero, with what
others predict from there; other words have a scale of agreement. The verdict is a sign and a word beside its row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from launchwatch.facts import Fit
from launchwatch.tell.drawing import (
    Canvas,
    Tick,
    fitted,
    text_width,
    tick_step,
    ticks,
)
from launchwatch.tell.fits import OFFSETS, UNITS, fit_row, is_figure, is_offset, say_office
from launchwatch.tell.values import TITLES

_NINETY = 1.645  # sigmas either side that hold 90 % of a normal error
_FARTHER = (
    2.5  # a figure farther from the rest than this times their span is named at the edge, not drawn to scale
)
_ROOMY_PX = 600.0


@dataclass(frozen=True)
class Marks:
    """What is drawn in a row, px: the figure with its 90 % error, and the rest's prediction.

    `shape` is `about`, `at-least`, `at-most`, `range`, `share` (no figure) or `beyond` with `side` the edge.
    """

    first: float
    last: float
    centre: float | None = None
    shape: str = "share"
    side: str = ""
    middle: float | None = None
    low: float | None = None
    high: float | None = None
    believed: float | None = None


@dataclass(frozen=True)
class Row:
    """One office's word: label, marks and verdict with their places, px."""

    label: str
    label_y: float
    y: float
    marks: Marks
    verdict: str
    sign: str
    verdict_x: float
    verdict_y: float
    verdict_anchor: str


@dataclass(frozen=True)
class FitPanel:
    """All words on one matter, or on all matters without figures: title, axis, band of the estimate, rows."""

    title: str
    title_y: float
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    band: tuple[float, float, float] | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class FitChart:
    """Everything to print of the chart on one canvas."""

    canvas: Canvas
    left: float
    right: float
    panels: tuple[FitPanel, ...]


def draw_fits(fits: Sequence[Fit], letters: Mapping[str, str], canvas: Canvas) -> FitChart | None:
    """Return the chart of the fits that the rest tells something of, or None where there is none."""
    shown = [fit for fit in fits if fit.prediction is not None and fit.prediction.p_value is not None]
    if not shown:
        return None
    wide = canvas.width > _ROOMY_PX
    size = canvas.text_px
    left, right = (25.0 * size, canvas.width - 10.0 * size) if wide else (1.2 * size, canvas.width - 1.2 * size)
    frame = _Frame(canvas, letters, left, right, 1.9 * size if wide else 3.3 * size, wide)
    panels, y = [], 0.6 * size
    figures = [fit for fit in shown if is_figure(fit) or is_offset(fit)]
    for attribute in dict.fromkeys(fit.said.attribute for fit in figures):
        own = [fit for fit in figures if fit.said.attribute == attribute]
        panels.append(_figures(own, frame, y))
        y = panels[-1].bottom + 2.6 * size
    words = [fit for fit in shown if fit not in figures]
    if words:
        panels.append(_words(words, frame, y))
        y = panels[-1].bottom + 2.6 * size
    return FitChart(
        Canvas(canvas.name, canvas.width, round(y, 1), size), round(left, 1), round(right, 1), tuple(panels)
    )


@dataclass(frozen=True)
class _Frame:
    canvas: Canvas
    letters: Mapping[str, str]
    left: float
    right: float
    step: float
    wide: bool

    def row(self, fit: Fit, top: float, k: int, marks: Marks) -> Row:
        """Return a row with its label and verdict: beside it where there is room, else above it."""
        size, words = self.canvas.text_px, fit_row(fit)
        y = top + (k + 0.5) * self.step if self.wide else top + k * self.step + 2.2 * size
        office = say_office(fit.said)
        about = words.said if is_figure(fit) or is_offset(fit) else f"{words.matter}: {words.said}"
        text = f"{fit.number} {self.letters[office]} {office}, {about}"
        verdict = f"{words.sign} {words.verdict}"
        room = self.left - 1.6 * size if self.wide else self.right - self.left - text_width(verdict, size) - size
        line = y + 0.35 * size if self.wide else y - 1.0 * size
        return Row(
            label=fitted(text, room, size),
            label_y=round(line, 1),
            y=round(y, 1),
            marks=marks,
            verdict=words.verdict,
            sign=words.sign,
            verdict_x=round(self.right + (0.8 * size if self.wide else 0.0), 1),
            verdict_y=round(line, 1),
            verdict_anchor="start" if self.wide else "end",
        )


def _figures(fits: Sequence[Fit], frame: _Frame, y: float) -> FitPanel:
    low, high = _span(fits)
    attribute = fits[0].said.attribute
    scale = UNITS[attribute] if attribute in UNITS else f"{OFFSETS[attribute]} from what was said"
    per_unit = (frame.right - frame.left) / (high - low)

    def px(value: float) -> float:
        return round(frame.left + (min(max(value, low), high) - low) * per_unit, 1)

    size = frame.canvas.text_px
    top = y + 1.9 * size
    rows = tuple(frame.row(fit, top, k, _marks(fit, low, high, px)) for k, fit in enumerate(fits))
    believed = fits[0].believed
    pieces = max(int((frame.right - frame.left) / (6 * size)), 2)
    marks = ticks(low, high, tick_step(high - low, pieces))
    return FitPanel(
        title=f"{TITLES[attribute]}, {scale}",
        title_y=round(y + size, 1),
        top=round(top, 1),
        bottom=round(top + len(fits) * frame.step, 1),
        ticks=tuple(Tick(px(value), f"{value:,.6g}") for value in marks),
        band=None if believed is None else (px(believed.p05), px(believed.median), px(believed.p95)),
        rows=rows,
    )


def _ends(fit: Fit) -> tuple[float, float]:
    return (0.0, 0.0) if is_offset(fit) else fit.said.ends


def _span(fits: Sequence[Fit]) -> tuple[float, float]:
    """Return the panel's ends: all predictions and beliefs, and the figures that lie near enough to them."""
    ends = [end for fit in fits if fit.believed for end in (fit.believed.p05, fit.believed.p95)]
    for fit in fits:
        assert fit.prediction is not None
        ends += [_least(fit), fit.prediction.high]
    low, high = min(ends), max(ends)
    reach = max((_FARTHER - 1) * (high - low), 0.3 * abs(high))
    said = [(end, (fit.error or 0.0) * _NINETY) for fit in fits for end in _ends(fit)]
    near = [(v, e) for v, e in said if low - reach <= v <= high + reach]
    low = min([low, *(v - e for v, e in near)])
    high = max([high, *(v + e for v, e in near)])
    pad = 0.04 * (high - low) or 1.0
    return (low - pad if is_offset(fits[0]) else max(low - pad, 0.0)), high + pad


def _least(fit: Fit) -> float:
    assert fit.prediction is not None
    return fit.prediction.low if is_offset(fit) else max(fit.prediction.low, 0.0)


_SHAPES = {"at_least": "at-least", "at_most": "at-most"}


def _marks(fit: Fit, low: float, high: float, px: Callable[[float], float]) -> Marks:
    assert fit.prediction is not None
    first, last = _ends(fit)
    error = (fit.error or 0.0) * _NINETY
    ends = px(_least(fit)), px(fit.prediction.high), px(fit.prediction.middle)
    middle = 0.5 * (first + last)
    if not low <= middle <= high:
        return Marks(*ends, shape="beyond", side="right" if middle > high else "left", middle=px(middle))
    shape = _SHAPES.get(fit.said.qualifier or "", "range" if last > first else "about")
    return Marks(*ends, shape=shape, middle=px(middle), low=px(first - error), high=px(last + error))


def _words(fits: Sequence[Fit], frame: _Frame, y: float) -> FitPanel:
    size = frame.canvas.text_px
    top = y + 1.9 * size
    width = frame.right - frame.left

    def marks(fit: Fit) -> Marks:
        assert fit.prediction is not None
        agree = round(frame.left + (fit.prediction.p_value or 0.0) * width, 1)
        believed = None if fit.share is None else round(frame.left + fit.share * width, 1)
        return Marks(round(frame.left, 1), agree, believed=believed)

    return FitPanel(
        title="In words: share of flights that agree",
        title_y=round(y + size, 1),
        top=round(top, 1),
        bottom=round(top + len(fits) * frame.step, 1),
        ticks=tuple(Tick(round(frame.left + p / 100 * width, 1), f"{p} %") for p in (0, 25, 50, 75, 100)),
        band=None,
        rows=tuple(frame.row(fit, top, k, marks(fit)) for k, fit in enumerate(fits)),
    )


def told_fits(fits: Iterable[Fit]) -> str:
    """Return how many words fit how, for readers who do not see the chart."""
    counts: dict[str, int] = {}
    for fit in fits:
        if fit.prediction is not None:
            counts[fit.consistency.verdict] = counts.get(fit.consistency.verdict, 0) + 1
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
