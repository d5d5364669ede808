"""Height over ground distance: paths, assessed intervals, and the figures that were claimed, px."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from launchwatch.facts import ClaimAssessment, Event, Path
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.tell.attribution import SIGNS
from launchwatch.tell.drawing import (
    Canvas,
    Floats,
    Tick,
    fitted,
    polyline,
    text_width,
    tick_step,
    ticks,
)
from launchwatch.tell.milestones import Course, course_of, pull_up_s
from launchwatch.tell.wording import say_figure

_ROOMY_PX = 600.0
_TOP, _RIGHT = 20.0, 16.0
_ROW_EM = 1.55
_FARTHER = 1.6  # a claim farther out than this times all estimates is named, not drawn to scale


@dataclass(frozen=True)
class Span:
    """A row under the axis: an interval or a figure, px, its text and where the text stands."""

    kind: str
    low: float
    high: float
    middle: float
    text: str
    text_x: float
    anchor: str
    y: float


@dataclass(frozen=True)
class Level:
    """A claimed or assessed apogee at the left axis, px; `text_y` keeps labels apart."""

    kind: str
    low: float
    high: float
    text: str
    text_y: float


@dataclass(frozen=True)
class Dot:
    """A named moment on a path."""

    kind: str
    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class Profile:
    """Everything to print of one profile; km become px by `left + km * across` and `ground - km * up`."""

    canvas: Canvas
    left: float
    ground: float
    across: float
    up: float
    exaggeration: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    fan: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...]
    levels: tuple[Level, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class _Figure:
    """One office's figure for a quantity, km, and how it fits."""

    office: str
    low: float
    high: float
    qualifier: str | None
    verdict: str


def draw_profile(event: Event, leading: Sequence[Path], canvas: Canvas, plot_px: float) -> Profile | None:
    """Return the profile of an event whose plotted part is `plot_px` high, or None where it has no path."""
    courses = [course_of(path) for path in leading]
    if not courses:
        return None
    fan = [course_of(path) for path in event.paths if path.kind == "sample" and len(path.points) > 1]
    ranges, apogees = claimed_figures(event.claims, "range_km"), claimed_figures(event.claims, "apogee_km")
    far, high = _extent(event, [*courses, *fan], ranges, apogees)
    if canvas.width < _ROOMY_PX:  # labels at the axis reach over the path's top: they get rows above it
        high *= 1 + 1.3 * canvas.text_px * (1 + len(apogees)) / plot_px
    left = 3.4 * canvas.text_px
    across, up = (canvas.width - left - _RIGHT) / far, plot_px / high
    ground = _TOP + plot_px
    scale = _Scale(canvas, left, ground, across, up)
    spans = list(_spans(event, ranges, scale, far))
    height = ground + 2.1 * canvas.text_px + len(spans) * _ROW_EM * canvas.text_px + 6
    return Profile(
        canvas=Canvas(canvas.name, canvas.width, round(height, 1), canvas.text_px),
        left=round(left, 1),
        ground=round(ground, 1),
        across=round(across, 5),
        up=round(up, 5),
        exaggeration=say_exaggeration(up / across),
        x_ticks=tuple(_axis(far, canvas.width / (5.5 * canvas.text_px), left, across)),
        y_ticks=tuple(_axis(high, plot_px / 42, ground, -up)),
        fan=tuple(_trace(course, scale) for course in fan),
        paths=tuple((p.kind, _trace(c, scale)) for p, c in zip(leading, courses, strict=True)),
        spans=tuple(spans),
        levels=tuple(_levels(event, apogees, scale)),
        dots=tuple(_dots(event, courses, scale)),
    )


@dataclass(frozen=True)
class _Scale:
    canvas: Canvas
    left: float
    ground: float
    across: float
    up: float

    def x(self, km: float) -> float:
        return round(self.left + km * self.across, 1)

    def y(self, km: float) -> float:
        return round(self.ground - km * self.up, 1)


def claimed_figures(claims: Iterable[ClaimAssessment], attribute: str) -> list[_Figure]:
    """Return the distinct figures for a quantity of this launch, one an office and value, in order of telling."""
    found: dict[tuple[str, float, float], _Figure] = {}
    for assessed in claims:
        claim = assessed.claim
        ends = claim.value if isinstance(claim.value, tuple) else (claim.value, claim.value)
        if claim.attribute != attribute or claim.about != "main" or len(ends) != 2:
            continue
        if not all(isinstance(end, int | float) for end in ends):
            continue
        low, high = float(ends[0]), float(ends[1])
        office = "the report" if claim.source == OUTLET else office_of(claim.source)
        figure = _Figure(office, low, high, claim.qualifier, assessed.consistency.verdict)
        found.setdefault((office, low, high), figure)
    return list(found.values())


def _extent(
    event: Event, courses: Sequence[Course], ranges: Sequence[_Figure], apogees: Sequence[_Figure]
) -> tuple[float, float]:
    """Return how far and how high the profile reaches, km; wild claims do not flatten the rest."""
    far = max(float(course.distance_km.max()) for course in courses)
    high = max(float(course.height_km.max()) for course in courses)
    far = max([far, *(flight.range_km.p95 for flight in (*event.objects, *event.estimates))])
    high = max([high, *(flight.apogee_km.p95 for flight in event.objects)])
    far = max([far, *(f.high for f in ranges if f.high < _FARTHER * far)])
    high = max([high, *(f.high for f in apogees if f.high < _FARTHER * high)])
    return max(far, 1.0) * 1.04, max(high, 1.0) * 1.12


def _axis(end: float, pieces: float, origin: float, px_per_km: float) -> Iterable[Tick]:
    for value in ticks(0.0, end, tick_step(end, max(int(pieces), 2))):
        yield Tick(round(origin + value * px_per_km, 1), f"{value:,.4g}" if value < 1000 else f"{value:,.0f}")


def _trace(course: Course, scale: _Scale) -> str:
    points: Floats = np.column_stack(
        (scale.left + course.distance_km * scale.across, scale.ground - course.height_km * scale.up)
    )
    return polyline(shapely.get_coordinates(shapely.simplify(shapely.LineString(points), 0.2)))


def say_exaggeration(ratio: float) -> str:
    """Return how heights compare with distances in a drawing, `heights × 3.1`."""
    if ratio >= 1.05:
        return f"heights × {ratio:.2g}"
    return f"distances × {1 / ratio:.2g}" if ratio <= 0.95 else "heights true to distances"


def _spans(event: Event, ranges: Sequence[_Figure], scale: _Scale, far: float) -> Iterable[Span]:
    """Yield the rows under the axis: every estimate's range, then every office's figure for it."""
    rows: list[tuple[str, float, float, float, str]] = []
    several = len({flight.item for flight in event.objects}) > 1
    for kind, flights in (("fall", event.objects), ("other", event.estimates)):
        for flight in flights:
            which = f" (object {flight.item})" if several else ""
            text = f"assessed from {flight.basis}{which}"
            rows.append((kind, flight.range_km.p05, flight.range_km.p95, flight.range_km.median, text))
    for f in ranges:
        about = {"about": "about ", "at_least": "at least ", "at_most": "at most "}.get(f.qualifier or "", "")
        value = say_figure(f.low) if f.low == f.high else f"{say_figure(f.low)} to {say_figure(f.high)}"
        text = f"{f.office}: {about}{value} km {SIGNS[f.verdict]}"
        rows.append((f"claim {f.verdict}", f.low, f.high, (f.low + f.high) / 2, text))
    size = scale.canvas.text_px
    for number_, (kind, low, high, middle, text) in enumerate(rows):
        y = scale.ground + (2.9 + _ROW_EM * number_) * size
        ends = [scale.x(min(value, far)) for value in (low, high, middle)]
        yield _row(kind, ends, f"{text} (beyond)" if low > far else text, y, scale)


def _row(kind: str, ends: Sequence[float], text: str, y: float, scale: _Scale) -> Span:
    low, high, middle = ends
    text = fitted(text, scale.canvas.width - 12, scale.canvas.text_px)
    wide = text_width(text, scale.canvas.text_px)
    room_left = low - 8 - wide >= 4
    at, anchor = (low - 8, "end") if room_left else (high + 8, "start")
    if not room_left and high + 8 + wide > scale.canvas.width - 4:
        at, anchor = scale.canvas.width - 4, "end"
    return Span(kind, low, high, middle, text, round(at, 1), anchor, round(y, 1))


def _levels(event: Event, apogees: Sequence[_Figure], scale: _Scale) -> Iterable[Level]:
    """Yield apogees at the left axis, the preferred first; labels are pushed apart, up where there is room."""
    rows = [("fall", one.apogee_km.p05, one.apogee_km.p95, "assessed apogee") for one in event.objects[:1]]
    for f in apogees:
        value = say_figure(f.low) if f.low == f.high else f"{say_figure(f.low)} to {say_figure(f.high)}"
        text = f"{f.office}: apogee {value} km {SIGNS[f.verdict]}"
        rows.append((f"claim {f.verdict}", f.low, f.high, text))
    size = scale.canvas.text_px
    taken: list[float] = []
    for kind, low, high, text in rows:
        bottom, top = scale.y(low), max(scale.y(high), 4.0)
        at = (bottom + top) / 2 + 0.35 * size
        if scale.canvas.width < _ROOMY_PX:
            at = min(at, top - 0.6 * size)
        step = -1.2 * size if at > 3 * size else 1.2 * size
        while any(abs(at - other) < 1.1 * size for other in taken):
            at += step
        taken.append(at)
        yield Level(kind, bottom, top, fitted(text, scale.canvas.width - scale.left - 20, size), round(at, 1))


def _dots(event: Event, courses: Sequence[Course], scale: _Scale) -> Iterable[Dot]:
    """Yield burnout, apogee and pull-up on the first leading path."""
    course = courses[0]
    moments: list[tuple[str, float, str]] = []
    burnout = event.objects[0].burnout if event.objects else None
    if burnout is not None:
        moments.append(("burnout", burnout.time_s.median, "start"))
    moments.append(("apogee", float(course.time_s[np.argmax(course.height_km)]), "middle"))
    pull_up = pull_up_s(course)
    if pull_up is not None:
        moments.append(("pull-up", pull_up, "start"))
    for kind, when, anchor in moments:
        km = float(np.interp(when, course.time_s, course.distance_km))
        height = float(np.interp(when, course.time_s, course.height_km))
        yield Dot(kind, kind, scale.x(km), scale.y(height), anchor)
