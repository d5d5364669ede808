"""The flight's moments on a clock: one row a moment with its interval, one row a claimed clock time, px."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from launchwatch.facts import Event, Path
from launchwatch.tell.drawing import Canvas, Tick, fitted, text_width
from launchwatch.tell.milestones import ClaimedTime, Milestone, claimed_times, clock_texts, milestones, start_s

_STEPS_S = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0)
_ROW_EM = 1.9
_FAR_S = 7200.0  # a clock time farther from the launch is told in the table only
_RIGHT = 14.0


@dataclass(frozen=True)
class TimeRow:
    """One row: its name, the interval and the median, px; `low` is None where only a moment is known."""

    kind: str
    name: str
    y: float
    low: float | None
    high: float | None
    middle: float


@dataclass(frozen=True)
class Timeline:
    """Everything to print of one timeline; seconds after launch become px by `left + (s - first) * across`."""

    canvas: Canvas
    left: float
    first_s: float
    across: float
    top: float
    bottom: float
    local: tuple[Tick, ...]
    utc: tuple[Tick, ...]
    rows: tuple[TimeRow, ...]


def draw_timeline(event: Event, leading: Sequence[Path], canvas: Canvas) -> Timeline | None:
    """Return the timeline of an event, or None where nothing has a time."""
    moments = milestones(event, leading)
    said = [c for c in claimed_times(event) if c.at_s is not None and abs(c.at_s) < _FAR_S]
    if not moments:
        return None
    first, last = _span(moments, said)
    names = ["after lift-off"] + [m.name for m in moments] + [_said(c) for c in said]
    size = canvas.text_px
    left = min(max(text_width(name, size) for name in names) + 14, 0.47 * canvas.width)
    across = (canvas.width - left - _RIGHT) / (last - first)
    top = 2.0 * size
    rows = list(_rows(moments, said, top, size, (left, first, across)))
    bottom = top + (len(rows) + 0.35) * _ROW_EM * size
    local, utc = _clock(event, first, last, (left, across), canvas)
    return Timeline(
        canvas=Canvas(canvas.name, canvas.width, round(bottom + 2.0 * size, 1), size),
        left=round(left, 1),
        first_s=round(first, 3),
        across=round(across, 5),
        top=round(top, 1),
        bottom=round(bottom, 1),
        local=tuple(local),
        utc=tuple(utc),
        rows=tuple(rows),
    )


def _said(claimed: ClaimedTime) -> str:
    return f"{claimed.office}: {claimed.kind} {claimed.text}"


def _span(moments: Sequence[Milestone], said: Sequence[ClaimedTime]) -> tuple[float, float]:
    """Return first and last second of the axis, with a margin."""
    ends = [t for m in moments for t in (m.at_s, m.low_s, m.high_s) if t is not None]
    ends += [c.at_s for c in said if c.at_s is not None]
    pad = max(0.035 * (max(ends) - min(ends)), 5.0)
    return min(ends) - pad, max(ends) + pad


def _rows(
    moments: Sequence[Milestone],
    said: Sequence[ClaimedTime],
    top: float,
    size: float,
    axis: tuple[float, float, float],
) -> Iterable[TimeRow]:
    left, first, across = axis

    def px(seconds: float | None) -> float | None:
        return None if seconds is None else round(left + (seconds - first) * across, 1)

    for number, m in enumerate(moments):
        y = round(top + (number + 0.75) * _ROW_EM * size, 1)
        yield TimeRow(m.kind, fitted(m.name, left - 14, size), y, px(m.low_s), px(m.high_s), px(m.at_s) or 0.0)
    for number, c in enumerate(said, start=len(moments)):
        y = round(top + (number + 0.75) * _ROW_EM * size, 1)
        short = _said(c) if text_width(_said(c), size) <= left - 14 else f"{c.office}: {c.text}"
        yield TimeRow("claim", fitted(short, left - 14, size), y, None, None, px(c.at_s) or 0.0)


def _clock(
    event: Event, first: float, last: float, axis: tuple[float, float], canvas: Canvas
) -> tuple[list[Tick], list[Tick]]:
    """Return ticks in Korean and in UTC clock time; without a date, minutes after lift-off as the first."""
    left, across = axis
    start = start_s(event)
    wanted = max(int((canvas.width - left) / (6.2 * canvas.text_px)), 2)
    step = next((s for s in _STEPS_S if (last - first) / s <= wanted), _STEPS_S[-1])
    origin = 0.0 if start is None else -(start % step)
    local, utc = [], []
    tick = origin + step * -(-(first - origin) // step)
    while tick <= last:
        at = round(left + (tick - first) * across, 1)
        if start is None:
            local.append(Tick(at, f"{tick:g} s" if step < 60 else f"{tick / 60:g} min"))
        else:
            korean, universal = clock_texts(tick, start, seconds=step < 60)
            local.append(Tick(at, korean))
            utc.append(Tick(at, universal))
        tick += step
    return local, utc
