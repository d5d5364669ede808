"""When what happened in a flight: launch, burnout, apogee, pull-up and impact, and the clock times that were said.

Seconds count from the median launch of the first object. Burnout, apogee and pull-up are known relative to
lift-off; launch and impact carry the uncertainty of the clock as well.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from launchwatch.basis.instants import KOREA, moment, parse_instant
from launchwatch.facts import Claim, Event, Flight, Interval, Path
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.tell.drawing import Floats

_DAY_S = 86_400.0
_ZONES_S = {None: 9 * 3600.0, "KST": 9 * 3600.0, "JST": 9 * 3600.0, "UTC": 0.0, "GMT": 0.0}
_FEWEST_SAMPLES = 10

_STEEP_RAD = math.radians(3)
_LEVELLED = 0.5  # of the steepest descent: drag alone only steepens a descent, so this needs lift
_PULL_UP_ABOVE_KM = 5.0


@dataclass(frozen=True)
class Course:
    """A path as arrays of shape (n,): seconds after lift-off, degrees, heights and ground distances in km.

    Ground distance is geodesic, from the path's own first point.
    """

    time_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    height_km: Floats
    distance_km: Floats


def course_of(path: Path) -> Course:
    """Return a path's points as arrays."""
    rows = np.array([(p.time_s, p.lat_deg, p.lon_deg, p.height_km) for p in path.points], dtype=np.float64)
    time, lat, lon, height = rows.T
    distance, _ = distance_and_azimuth(np.radians(lat[0]), np.radians(lon[0]), np.radians(lat), np.radians(lon))
    return Course(time, lat, lon, height, distance / 1000)


def pull_up_s(course: Course) -> float | None:
    """Return when a descent was steepest before it levelled off in mid-air, s after lift-off, or None."""
    step_km = np.maximum(np.diff(course.distance_km), 1e-6)
    slope = np.arctan2(-np.diff(course.height_km), step_km)  # positive downwards
    top = int(np.argmax(course.height_km))
    steepest, at = 0.0, top
    for i in range(top, len(slope)):
        if slope[i] > steepest:
            steepest, at = float(slope[i]), i
        elif steepest > _STEEP_RAD and slope[i] < _LEVELLED * steepest and course.height_km[i] > _PULL_UP_ABOVE_KM:
            return float(course.time_s[at])
    return None


@dataclass(frozen=True)
class Milestone:
    """One moment of a flight: median and 90 % interval, s after the first object's median launch.

    `low_s` and `high_s` are None where nothing tells the uncertainty; `source` says what the moment comes from.
    """

    name: str
    kind: str
    at_s: float
    low_s: float | None
    high_s: float | None
    source: str


def start_s(event: Event) -> float | None:
    """Return the median launch of the first object, s since the Unix epoch, or None where no date is known."""
    for flight in event.objects:
        if flight.launch.time_utc is not None:
            return parse_instant(flight.launch.time_utc.median)
    return None


def milestones(event: Event, leading: Sequence[Path]) -> list[Milestone]:
    """Return the moments of every object's flight; `leading` are the paths that they are read from."""
    found: list[Milestone] = []
    for number, flight in enumerate(event.objects):
        path = leading[number] if len(leading) == len(event.objects) else None
        prefix = f"object {flight.item}: " if len(event.objects) > 1 else ""
        found += _of_flight(event, flight, path, prefix)
    if not event.objects:
        for path in leading:
            found += _of_path(course_of(path), path, "")
    return found


def _of_flight(event: Event, flight: Flight, path: Path | None, prefix: str) -> Iterable[Milestone]:
    start = start_s(event)
    launch, impact = flight.launch.time_utc, flight.impact.time_utc
    from_ = f"estimate from {flight.basis}"
    base = 0.0
    if start is not None and launch is not None:
        base = parse_instant(launch.median) - start
        ends = [parse_instant(t) - start for t in (launch.p05, launch.p95)]
        yield Milestone(f"{prefix}launch", "launch", base, ends[0], ends[1], from_)
    else:
        yield Milestone(f"{prefix}launch", "launch", 0.0, None, None, from_)
    if flight.burnout is not None:
        yield _shifted(f"{prefix}burnout", "burnout", flight.burnout.time_s, base, from_)
    samples = [p for p in event.paths if p.kind == "sample"] if len(event.objects) == 1 else []
    if path is not None:
        yield from _in_between(course_of(path), path, samples, base, prefix)
    if start is not None and impact is not None:
        at, low, high = (parse_instant(t) - start for t in (impact.median, impact.p05, impact.p95))
        yield Milestone(f"{prefix}impact", "impact", at, low, high, from_)
    else:
        yield _shifted(f"{prefix}impact", "impact", flight.flight_time_s, base, from_)


def _shifted(name: str, kind: str, value: Interval, base: float, source: str) -> Milestone:
    return Milestone(name, kind, base + value.median, base + value.p05, base + value.p95, source)


def _in_between(
    course: Course, path: Path, samples: Sequence[Path], base: float, prefix: str
) -> Iterable[Milestone]:
    """Yield apogee and pull-up as the path shows them; the samples' spread gives the apogee's interval."""
    source = f"{path.kind} path"
    top = float(course.time_s[np.argmax(course.height_km)])
    low = high = None
    if len(samples) >= _FEWEST_SAMPLES:
        tops = [max(p.points, key=lambda point: point.height_km).time_s for p in samples]
        low, high = (base + float(q) for q in np.quantile(tops, (0.05, 0.95)))
        source += f" and {len(samples)} sampled paths"
    yield Milestone(f"{prefix}apogee", "apogee", base + top, low, high, source)
    pull_up = pull_up_s(course)
    if pull_up is not None:
        yield Milestone(f"{prefix}pull-up", "pull-up", base + pull_up, None, None, f"seen in the {path.kind} path")


def _of_path(course: Course, path: Path, prefix: str) -> Iterable[Milestone]:
    yield Milestone(f"{prefix}first seen", "launch", float(course.time_s[0]), None, None, f"{path.kind} path")
    yield from _in_between(course, path, [], 0.0, prefix)
    yield Milestone(f"{prefix}last seen", "impact", float(course.time_s[-1]), None, None, f"{path.kind} path")


@dataclass(frozen=True)
class ClaimedTime:
    """A clock time that somebody gave: `at_s` as in `Milestone`, None where it cannot be put on the axis."""

    office: str
    kind: str
    text: str
    claim: str
    at_s: float | None

    @property
    def after(self) -> str:
        """Return the time after the median launch, `+1 s`, or nothing where it has no place on the axis."""
        return "" if self.at_s is None else f"{say_seconds(self.at_s)} s"


def say_seconds(seconds: float) -> str:
    """Return whole seconds with their sign, a true minus."""
    whole = round(seconds)
    return "0" if whole == 0 else f"{whole:+d}".replace("-", "−")


def claimed_times(event: Event) -> list[ClaimedTime]:
    """Return the distinct clock times of launch and landing that were said of this launch."""
    start = start_s(event)
    found: dict[tuple[str, str, str], ClaimedTime] = {}
    for assessed in event.claims:
        claim = assessed.claim
        if claim.attribute not in ("launch_time", "landing_time") or claim.about != "main":
            continue
        kind = "launch" if claim.attribute == "launch_time" else "impact"
        office = "the report" if claim.source == OUTLET else office_of(claim.source)
        text = f"{claim.value} {claim.unit or 'KST'}"
        found.setdefault((office, kind, text), ClaimedTime(office, kind, text, claim.id, _at(claim, start)))
    return list(found.values())


def _at(claim: Claim, start: float | None) -> float | None:
    """Return a clock time in seconds from the launch, on the day that brings it nearest."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", str(claim.value))
    if match is None or start is None or claim.unit not in _ZONES_S:
        return None
    of_day = int(match[1]) * 3600 + int(match[2]) * 60 - _ZONES_S[claim.unit]
    return float((of_day - start + _DAY_S / 2) % _DAY_S - _DAY_S / 2)


def clock_texts(at_s: float, start: float | None, *, seconds: bool) -> tuple[str, str]:
    """Return Korean and UTC clock times of a moment, `12:34:59` and `03:34:59`; empty where no date is known."""
    if start is None:
        return "", ""
    whole = 1 if seconds else 60
    when = moment(whole * round((start + at_s) / whole))
    form = "%H:%M:%S" if seconds else "%H:%M"
    return when.astimezone(KOREA).strftime(form), when.strftime(form)
