"""The event's numbers as rows of tables: estimates side by side, zones, places, moments, likelihood words."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from launchwatch.basis.instants import KOREA, moment, parse_instant
from launchwatch.basis.likelihood import format_probability, likelihood_word, say_likelihood
from launchwatch.facts import Event, Flight, Interval, Path, PointEstimate, TimeInterval, ZoneAssessment
from launchwatch.geo.zones import KIND_WORDS, Zone
from launchwatch.tell.milestones import Milestone, clock_texts, course_of, say_seconds, start_s
from launchwatch.tell.shapes import fall_areas
from launchwatch.tell.wording import compass_word, say_clock, say_day, say_number

_ORDER = ("claims", "track", "claims and track")
_SHOWN_SHARE = 0.005
_PATH_ROWS = 16
_SHARP_S = 120.0  # an interval wider than this has no use for seconds
WHISKER_PX = 120.0


@dataclass(frozen=True)
class Whisker:
    """A small interval drawing: 5, 50 and 95 % points on a scale of `WHISKER_PX` that a row shares."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Figure:
    """One cell: the median in words, what surrounds it, and its drawing where there is one."""

    text: str
    around: tuple[str, ...] = ()
    whisker: Whisker | None = None


@dataclass(frozen=True)
class FigureRow:
    """One quantity under every estimate."""

    name: str
    cells: tuple[Figure, ...]


@dataclass(frozen=True)
class Estimates:
    """One object's estimates side by side; `preferred` is the index of the event's own choice."""

    item: int
    columns: tuple[str, ...]
    preferred: int
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True)
class KeyFigure:
    """One number at the head of the page."""

    name: str
    text: str
    around: str


def key_figures(event: Event) -> list[KeyFigure]:
    """Return the head's numbers of the first object, and whether it fell in Japan's zone."""
    if not event.objects:
        return []
    flight = event.objects[0]
    name, share = max(flight.class_.items(), key=lambda item: item[1])
    launch = flight.launch.time_utc
    several = len(event.objects)
    found = [KeyFigure("Class" if several == 1 else f"Object 1 of {several}: class", name, say_likelihood(share))]
    if launch is None:
        day = say_day(event.date) if event.date else "the day is not known"
        found.append(KeyFigure("Launch", "no clock time", day))
    else:
        korean, universal = _clocks(launch)
        found.append(KeyFigure("Launch", f"{korean} KST", f"{universal} UTC"))
    if flight.range_modes:
        groups = [
            f"{say_number(m.range_km.median)} km ({format_probability(m.share)})" for m in flight.range_modes
        ]
        found.append(KeyFigure("Ground range", " or ".join(groups), "separate groups, nothing between"))
    else:
        found.append(KeyFigure("Ground range", f"{say_number(flight.range_km.median)} km", _span(flight.range_km)))
    found.append(KeyFigure("Apogee", f"{say_number(flight.apogee_km.median)} km", _span(flight.apogee_km)))
    found.append(KeyFigure("Flight time", say_duration(flight.flight_time_s.median), _durations(flight)))
    zone = next((z for z in event.zones if z.zone == "eez:JPN"), None)
    if zone is not None:
        around = f"{likelihood_word(zone.probability)}; {_margin(zone)}"
        found.append(KeyFigure("In Japan’s EEZ", format_probability(zone.probability), around))
    return found


def _clocks(time: TimeInterval) -> tuple[str, str]:
    """Return the median in Korean and UTC clock time; seconds only where they mean something."""
    return clock_texts(0.0, parse_instant(time.median), seconds=_known_to_s(time) < _SHARP_S)


def _known_to_s(time: TimeInterval) -> float:
    return parse_instant(time.p95) - parse_instant(time.p05)


def _korean(instant_utc: str) -> str:
    return moment(parse_instant(instant_utc)).astimezone(KOREA).strftime("%H:%M:%S")


def _span(value: Interval, unit: str = "km") -> str:
    return f"90 %: {say_number(value.p05)} to {say_number(value.p95)} {unit}"


def _durations(flight: Flight) -> str:
    value = flight.flight_time_s
    return f"90 %: {say_duration(value.p05)} to {say_duration(value.p95)}"


def say_duration(seconds: float) -> str:
    """Return `8 min 1 s`, whole seconds."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def say_place(lat_deg: float, lon_deg: float, decimals: int = 2) -> str:
    """Return `40.21° N, 125.20° E`."""
    north, east = "NS"[lat_deg < 0], "EW"[lon_deg < 0]
    return f"{abs(lat_deg):.{decimals}f}° {north}, {abs(lon_deg):.{decimals}f}° {east}"


def say_ellipse(point: PointEstimate) -> str:
    """Return a point's 95 % ellipse by its semi-axes and the azimuth of the longer one."""
    e = point.ellipse_95
    return (
        f"95 % ellipse: semi-axes {say_number(e.semi_major_km)} by {say_number(e.semi_minor_km)} km, "
        f"longer one at {e.azimuth_deg:.0f}°"
    )


def estimates_tables(event: Event) -> list[Estimates]:
    """Return one table an object: its estimates from claims, from track, and from both, side by side."""
    items = sorted({flight.item for flight in (*event.objects, *event.estimates)})
    return [_estimates(event, item) for item in items]


def _estimates(event: Event, item: int) -> Estimates:
    own = [flight for flight in (*event.objects, *event.estimates) if flight.item == item]
    own.sort(key=lambda flight: (_ORDER.index(flight.basis) if flight.basis in _ORDER else 9, flight.basis))
    preferred = next((i for i, flight in enumerate(own) if flight in event.objects), -1)
    rows = [*_where_and_when(own), *_quantities(own), *_fall(own), *_zone_rows(event, own), *_grounds(own)]
    return Estimates(item, tuple(flight.basis for flight in own), preferred, tuple(rows))


def _where_and_when(flights: Sequence[Flight]) -> Iterable[FigureRow]:
    yield FigureRow("Class", tuple(_classes(flight) for flight in flights))
    yield FigureRow("Launch place", tuple(_place(flight.launch) for flight in flights))
    yield FigureRow("Launch time", tuple(_time(flight.launch.time_utc) for flight in flights))


def _classes(flight: Flight) -> Figure:
    ranked = sorted(flight.class_.items(), key=lambda item: (-item[1], item[0]))
    shown = [(name, share) for name, share in ranked if share >= _SHOWN_SHARE] or ranked[:1]
    first, *others = shown
    return Figure(
        f"{first[0]}: {say_likelihood(first[1])}",
        tuple(f"{name} {format_probability(share)}" for name, share in others),
    )


def _place(point: PointEstimate) -> Figure:
    return Figure(say_place(point.lat_deg, point.lon_deg), (say_ellipse(point),))


def _time(value: TimeInterval | None) -> Figure:
    if value is None:
        return Figure("not known")
    korean, universal = _clocks(value)
    return Figure(
        f"{korean} KST ({universal} UTC)",
        (f"{_korean(value.p05)} to {_korean(value.p95)} KST",),
    )


_Pick = Callable[[Flight], Interval | None]
_QUANTITIES: tuple[tuple[str, str, _Pick], ...] = (
    ("Azimuth", "°", lambda f: f.azimuth_deg),
    ("Burnout after", "s", lambda f: f.burnout.time_s if f.burnout else None),
    ("Burnout speed", "m/s", lambda f: f.burnout.speed_m_s if f.burnout else None),
    ("Burnout angle", "°", lambda f: f.burnout.angle_deg if f.burnout else None),
    ("Burnout height", "km", lambda f: f.burnout.height_km if f.burnout else None),
    ("Apogee", "km", lambda f: f.apogee_km),
    ("Ground range", "km", lambda f: f.range_km),
    ("Flight time", "s", lambda f: f.flight_time_s),
    ("Range at minimum energy", "km", lambda f: f.minimum_energy_range_km),
)


def _quantities(flights: Sequence[Flight]) -> Iterable[FigureRow]:
    for name, unit, pick in _QUANTITIES:
        values = [pick(flight) for flight in flights]
        known = [value for value in values if value is not None]
        cells = [Figure("–") if value is None else _interval(value, unit, known) for value in values]
        if name == "Ground range":
            cells = [_with_modes(cell, flight) for cell, flight in zip(cells, flights, strict=True)]
        yield FigureRow(name, tuple(cells))


def _interval(value: Interval, unit: str, row: Sequence[Interval]) -> Figure:
    ends = [end for v in row for end in (v.p05, v.p95)]
    if not all(math.isfinite(end) for end in (value.median, value.p05, value.p95)):
        return Figure("not known")
    low, high = min(ends), max(ends)
    per_unit = (WHISKER_PX - 8) / ((high - low) or 1.0)
    marks = [round(4 + (v - low) * per_unit, 1) for v in (value.p05, value.median, value.p95)]
    gap = "" if unit == "°" else " "
    return Figure(
        f"{say_number(value.median)}{gap}{unit}",
        (f"{say_number(value.p05)} to {say_number(value.p95)}{gap}{unit}",),
        Whisker(marks[0], marks[1], marks[2]) if math.isfinite(per_unit) and high > low else None,
    )


def _with_modes(cell: Figure, flight: Flight) -> Figure:
    modes = tuple(
        f"{format_probability(mode.share)}: {say_number(mode.range_km.p05)} to {say_number(mode.range_km.p95)} km"
        for mode in flight.range_modes
    )
    return Figure(cell.text, (*cell.around, *(("in separate groups:",) if modes else ()), *modes), cell.whisker)


def _fall(flights: Sequence[Flight]) -> Iterable[FigureRow]:
    yield FigureRow("Impact place", tuple(_place(flight.impact) for flight in flights))
    yield FigureRow("Impact time", tuple(_time(flight.impact.time_utc) for flight in flights))


def _zone_rows(event: Event, flights: Sequence[Flight]) -> Iterable[FigureRow]:
    """Yield the probability of each zone under each estimate."""
    zones = sorted({zone for basis in event.zone_probability.values() for zone in basis})
    for zone in zones:
        values = [event.zone_probability.get(flight.basis, {}).get(zone) for flight in flights]
        cells = tuple(Figure("not asked" if p is None else say_likelihood(p)) for p in values)
        yield FigureRow(f"{'On' if zone.startswith('land') else 'In'} {say_zone_id(zone)}", cells)


_STATES = {"JPN": "Japan", "KOR": "South Korea", "PRK": "North Korea", "RUS": "Russia", "CHN": "China"}


def say_zone_id(zone: str) -> str:
    """Return `Japan’s exclusive economic zone` of `eez:JPN`, or the id where its state has no name here."""
    kind, _, state = zone.partition(":")
    word = next((word for known, word in KIND_WORDS.items() if known == kind), None)
    if state in _STATES and word:
        return f"{_STATES[state]}’s {word}"
    return zone


def _grounds(flights: Sequence[Flight]) -> Iterable[FigureRow]:
    yield FigureRow("Rests on", tuple(Figure(_rests_on(flight)) for flight in flights))
    yield FigureRow("Sampling", tuple(_sampling(flight) for flight in flights))


def _rests_on(flight: Flight) -> str:
    tracks = sum(id_.startswith("track") for id_ in flight.informed_by)
    claims = len(flight.informed_by) - tracks
    parts = [f"{n} {word}{'s' * (n > 1)}" for n, word in ((tracks, "track"), (claims, "claim")) if n]
    return " and ".join(parts) or "the prior alone"


def _sampling(flight: Flight) -> Figure:
    d = flight.diagnostics
    state = "converged" if d.converged else "NOT CONVERGED: do not rely on these figures"
    return Figure(
        state,
        (d.method, f"{d.samples} samples, worth {d.effective_sample_size:.0f} independent ones"),
    )


@dataclass(frozen=True)
class ZoneRow:
    """One assessed zone."""

    names: str
    kind: str
    probability: str
    bounds: str
    relation: str
    margin: str
    wording: str
    basis: str
    status: str


def zone_rows(event: Event) -> list[ZoneRow]:
    """Return the assessed zones in the event's order."""
    return [_zone_row(zone) for zone in event.zones]


def _zone_row(zone: ZoneAssessment) -> ZoneRow:
    return ZoneRow(
        names=" / ".join(zone.names),
        kind=KIND_WORDS[zone.kind],
        probability=say_likelihood(zone.probability),
        bounds=f"{format_probability(zone.probability_low)} to {format_probability(zone.probability_high)}",
        relation=zone.relation,
        margin=_margin_interval(zone),
        wording=zone.wording,
        basis=f"{zone.basis}; line known to {zone.line_error_km:g} km",
        status=zone.status,
    )


def _margin(zone: ZoneAssessment) -> str:
    if zone.margin_km is None:
        return "distance to its line not known"
    side = "inside" if zone.margin_km.median < 0 else "outside"
    return f"{say_number(abs(zone.margin_km.median))} km {side} its line"


def _margin_interval(zone: ZoneAssessment) -> str:
    if zone.margin_km is None:
        return "not known"
    ends = " to ".join(_side(value) for value in (zone.margin_km.p05, zone.margin_km.p95))
    return f"{_margin(zone)} (90 %: {ends})"


def _side(value_km: float) -> str:
    return f"{say_number(abs(value_km))} km {'in' if value_km < 0 else 'out'}"


def drawn_zone_rows(zones: Sequence[Zone]) -> list[tuple[str, str, str, str]]:
    """Return names, kind, basis with note, and status of the zones on the map."""
    return [
        (" / ".join(z.names), KIND_WORDS[z.kind], f"{z.basis}{'; ' * bool(z.note)}{z.note}", z.status)
        for z in zones
    ]


@dataclass(frozen=True)
class PlaceRow:
    """One point with its ellipse on the map."""

    name: str
    place: str
    ellipse: str
    share: str


def place_rows(event: Event) -> list[PlaceRow]:
    """Return every launch point and fall area of every estimate."""
    rows = []
    for flight in (*event.objects, *event.estimates):
        who = f"from {flight.basis}" + (f", object {flight.item}" if len(event.objects) > 1 else "")
        rows.append(_place_row(f"Launch, {who}", flight.launch, ""))
        for area in fall_areas(flight):
            name = area.name.split(",")[0].capitalize()
            share = "" if area.share >= 1 else format_probability(area.share)
            rows.append(_place_row(f"{name}, {who}", area.point, share))
    return rows


def _place_row(name: str, point: PointEstimate, share: str) -> PlaceRow:
    e = point.ellipse_95
    axes = f"{say_number(e.semi_major_km)} by {say_number(e.semi_minor_km)} km at {e.azimuth_deg:.0f}°"
    return PlaceRow(name, say_place(point.lat_deg, point.lon_deg, 3), axes, share)


def map_summary(event: Event) -> str:
    """Return in one sentence an object what the map shows, for readers who do not see it."""
    sentences = []
    for flight in event.objects:
        impact = flight.impact
        sentences.append(
            f"Object {flight.item}: from {say_place(flight.launch.lat_deg, flight.launch.lon_deg)} towards the "
            f"{compass_word(flight.azimuth_deg.median)} to {say_place(impact.lat_deg, impact.lon_deg)}, "
            f"{say_ellipse(impact)}."
        )
    return " ".join(sentences) or "A track without an estimate."


@dataclass(frozen=True)
class PathTable:
    """A path in numbers: rows of time, clock, place, height and ground distance."""

    name: str
    dated: bool
    rows: tuple[tuple[str, ...], ...]


def path_tables(event: Event, leading: Sequence[Path]) -> list[PathTable]:
    """Return about sixteen points of every leading path."""
    start = start_s(event)
    tables = []
    for path in leading:
        course = course_of(path)
        step = max(1, -(-len(path.points) // _PATH_ROWS))
        picked = sorted({*range(0, len(path.points), step), len(path.points) - 1})
        rows = [
            (
                f"{course.time_s[i]:.0f} s",
                clock_texts(float(course.time_s[i]), start, seconds=True)[0],
                say_place(float(course.lat_deg[i]), float(course.lon_deg[i])),
                f"{course.height_km[i]:.1f} km",
                f"{course.distance_km[i]:.0f} km",
            )
            for i in picked
        ]
        tables.append(PathTable(f"{path.kind} path, from {path.basis}", start is not None, tuple(rows)))
    return tables


@dataclass(frozen=True)
class MomentRow:
    """One moment of the flight or one claimed clock time."""

    name: str
    after: str
    around: str
    local: str
    utc: str
    source: str


def moment_rows(event: Event, moments: Sequence[Milestone]) -> list[MomentRow]:
    """Return the flight's moments; clock times to the minute where the interval spans more than one."""
    start = start_s(event)
    rows = []
    for m in moments:
        wide = m.low_s is None or m.high_s is None or m.high_s - m.low_s > _SHARP_S
        local, utc = clock_texts(m.at_s, start, seconds=not wide or m.kind in ("apogee", "pull-up"))
        around = (
            "" if m.low_s is None or m.high_s is None else f"{say_seconds(m.low_s)} to {say_seconds(m.high_s)} s"
        )
        rows.append(MomentRow(m.name, f"{say_seconds(m.at_s)} s", around, local, utc, m.source))
    return rows


def likelihood_rows() -> list[tuple[str, int, int]]:
    """Return each likelihood word with the whole per cents where its bin begins and ends."""
    words = [likelihood_word(percent / 100) for percent in range(100)]
    starts = [i for i in range(100) if i == 0 or words[i] != words[i - 1]]
    return [(words[low], low, high) for low, high in zip(starts, [*starts[1:], 100], strict=True)]


def say_instant(instant_utc: str) -> str:
    """Return `22 Nov 2026, 17:36 KST (08:36 UTC)` of an instant."""
    day = moment(parse_instant(instant_utc)).astimezone(KOREA)
    return f"{day.day} {day:%b %Y}, {say_clock(instant_utc)}"
