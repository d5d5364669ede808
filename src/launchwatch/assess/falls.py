"""Where one state of a track may fall and by which ways: its hypotheses laid out as fixed points.

where it falls    each hypothesis's ellipse is a normal distribution, laid out at `FALLS` points
while it burns    how far it may yet come (`Prospect`) in place of the ellipse of a motor that stops now, at
points of its quantiles and its course
what it passes    the path from now to the fall, coasting, for `PATHS` of the same falls: the way to a fall off
the middle is moved aside in proportion to the time flown
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import parse_instant
from launchwatch.bayes.sampling import CHI2_95_2
from launchwatch.facts import PROSPECT_LEVELS, ImpactPrediction, Prospect, TrackUpdate
from launchwatch.facts.warning import Ring
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH
from launchwatch.flight.propagation import IMPACT, IMPACT_STATE, IMPACT_TIME, OUTCOMES, STATUS, coast
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.rings import split_rings

Floats = NDArray[np.float64]

FALLS = 512
"""Points of one ellipse: a share of 0.05 is then told within 0.005, a tenth of the lowest threshold in use."""

PATHS, STEPS = 48, 48
"""Paths and times on each: a path 1,000 km long is asked every 20 km, finer than any district is wide; a share is
told within 0.02."""

APART_M = 20_000.0
"""Longest step along a way: protected land 20 km wide is met once; a step of 70 km missed Shimokita for 20 s."""

HYPOTHESIS = 0.02
"""Least probability of a hypothesis that is laid out; below, its whole ellipse could not reach a threshold."""

_COEFFICIENT_KG_M2 = 5000.0  # of the path only: the fall itself is the tracker's
_TOLERANCE_M = 100.0
_LONGEST_S = 21_600.0
_CORNERS = 36
_RING_FROM = 0.05  # hypotheses whose ellipses are drawn
_TIMES = 1.96 / 1.645  # from the 90 % interval of the time of fall to 95 %


def _points(count: int) -> Floats:
    """Return fixed points (count, 2) of the standard normal in the plane: equal shares on a golden spiral."""
    share = (np.arange(count) + 0.5) / count
    radius, turn = np.sqrt(-2.0 * np.log1p(-share)), np.arange(count) * math.pi * (3.0 - math.sqrt(5.0))
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])


_FALL_POINTS, _PATH_POINTS = _points(FALLS), _points(PATHS)

PROSPECTS = 96
"""Ways of an object that burns: at the thresholds in use, 0.8 and above, a share is told within 0.01."""


def _strip(count: int) -> tuple[Floats, Floats]:
    """Return fixed levels (count,) of a quantile, even, and of the standard normal, by the golden ratio."""
    turns = (np.arange(count) + 0.5) * (math.sqrt(5.0) - 1.0) / 2.0
    return (np.arange(count) + 0.5) / count, np.asarray(ndtri(turns % 1.0))


_FALL_STRIP, _PATH_STRIP = _strip(FALLS), _strip(PROSPECTS)


@dataclass(frozen=True)
class Falls:
    """One hypothesis laid out: its probability, falls (n,) in degrees, its first and last time (Unix)."""

    probability: float
    lon: Floats
    lat: Floats
    first_s: float
    last_s: float


@dataclass(frozen=True)
class Ways:
    """The ways to some falls of one hypothesis: (paths, times) degrees; times (n,) in Unix seconds."""

    probability: float
    lon: Floats
    lat: Floats
    time_s: Floats


def lay_out(update: TrackUpdate, now_s: float) -> tuple[list[Falls], list[Ways]]:
    """Return the falls and the ways of every hypothesis of an update, at `now_s` (Unix)."""
    told = _settled(update)
    falls = [_falls(one, now_s) for one in told]
    path = _coasted(update) if update.impact is not None else None
    ways = [_ways(update, one, now_s, path) for one in told]
    if update.prospect is not None:
        lat, lon = _below(update)
        falls.append(_prospect_falls(update.prospect, lat, lon, now_s))
        ways.append(_prospect_ways(update.prospect, lat, lon, now_s))
    return falls, ways


def _below(update: TrackUpdate) -> tuple[float, float]:
    lat, lon, _ = geodetic_from_ecef(np.array([update.position_ecef_m]))[0]
    return float(lat), float(lon)


def _told(fall: ImpactPrediction | None, least: float = HYPOTHESIS) -> list[ImpactPrediction]:
    """Return the hypotheses worth laying out, the likeliest always."""
    if fall is None:
        return []
    return [fall, *(one for one in fall.alternatives if one.probability >= least)]


def _moved(
    lat_deg: float, lon_deg: float, azimuth_deg: float, along_m: Floats, across_m: Floats
) -> tuple[Floats, Floats]:
    """Return lon, lat (degrees, n) of places moved along an azimuth and to its right: over a sphere."""
    far = np.hypot(along_m, across_m) / MEAN_RADIUS_M
    bearing = math.radians(azimuth_deg) + np.arctan2(across_m, along_m)
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    sine = math.sin(lat) * np.cos(far) + math.cos(lat) * np.sin(far) * np.cos(bearing)
    east = np.sin(bearing) * np.sin(far) * math.cos(lat)
    there = lon + np.arctan2(east, np.cos(far) - math.sin(lat) * sine)
    return (np.degrees(there) + 180.0) % 360.0 - 180.0, np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))


def _settled(update: TrackUpdate, least: float = HYPOTHESIS) -> list[ImpactPrediction]:
    """Return the hypotheses worth laying out; not that of a motor that stops now where its prospect is told."""
    told = _told(update.impact, least)
    if update.prospect is None:
        return told
    return [one for one in told if one.assumes != THRUST_ENDS and one.probability >= least]


THRUST_ENDS = "thrust ends now"


def _along(one: Prospect, strip: tuple[Floats, Floats]) -> tuple[Floats, Floats, Floats]:
    """Return distances (m), azimuths (rad) and seconds to the fall at fixed points of a prospect, (n,) each."""
    level, z = strip
    far = 1e3 * np.interp(level, PROSPECT_LEVELS, one.range_km)
    in_s = np.interp(level, PROSPECT_LEVELS, one.remaining_s)
    return far, np.radians(one.azimuth_deg + z * one.azimuth_sigma_deg), in_s


def _prospect_falls(one: Prospect, lat: float, lon: float, now_s: float) -> Falls:
    far, azimuth, in_s = _along(one, _FALL_STRIP)
    x, y = _moved(math.degrees(lat), math.degrees(lon), 0.0, far * np.cos(azimuth), far * np.sin(azimuth))
    return Falls(one.probability, x, y, now_s + float(in_s[0]), now_s + float(in_s[-1]))


def _prospect_ways(one: Prospect, lat: float, lon: float, now_s: float) -> Ways:
    """Return the ways along the course at an even ground speed to fixed points of a prospect, which then stay."""
    far, azimuth, in_s = _along(one, _PATH_STRIP)
    steps = math.ceil(float((far / in_s).max() * in_s.max()) / APART_M) + 1
    time_s = np.linspace(0.0, float(in_s.max()), steps)
    gone = far[:, None] * np.minimum(time_s / in_s[:, None], 1.0)
    turn = azimuth[:, None]
    x, y = _moved(math.degrees(lat), math.degrees(lon), 0.0, gone * np.cos(turn), gone * np.sin(turn))
    return Ways(one.probability, x, y, now_s + time_s)


def fall_rings(update: TrackUpdate) -> Iterator[Ring]:
    """Yield where it may fall with 95 %: each hypothesis's ellipse, and a prospect's stretch of its course."""
    for one in _settled(update, _RING_FROM):
        yield from _ellipse_rings(one)
    ahead = update.prospect
    if ahead is not None and ahead.probability >= _RING_FROM:
        lat, lon = _below(update)
        reach, turn = _stretch(ahead)
        yield from closed_rings(
            *_moved(math.degrees(lat), math.degrees(lon), 0.0, reach * np.cos(turn), reach * np.sin(turn))
        )


def _stretch(ahead: Prospect) -> tuple[Floats, Floats]:
    """Return distances (m) and azimuths (rad) of the corners: out on the right, back on the left, arcs between.

    Of a course that may be any, as of what climbs straight up, it is the whole circle.
    """
    near, far = 1e3 * np.interp(_OUTSIDE, PROSPECT_LEVELS, ahead.range_km)
    aside = math.radians(_TWO_SIDED * ahead.azimuth_sigma_deg)
    if aside >= math.pi:
        return np.full(_CORNERS, far), -np.linspace(0.0, 2.0 * math.pi, _CORNERS, endpoint=False)
    out, across = np.linspace(near, far, _CORNERS // 2), np.linspace(aside, -aside, _CORNERS // 2)
    reach = [out, np.full(len(across), far), out[::-1], np.full(len(across), near)]
    turn = [np.full(len(out), aside), across, np.full(len(out), -aside), across[::-1]]
    return np.concatenate(reach), math.radians(ahead.azimuth_deg) + np.concatenate(turn)


_OUTSIDE, _TWO_SIDED = (0.025, 0.975), 1.96


def _spread(fall: ImpactPrediction, points: Floats) -> tuple[Floats, Floats]:
    """Return how far (m) fixed points of a fall lie along its ellipse's major axis and across, to the right."""
    sigma = 1e3 / math.sqrt(CHI2_95_2)
    ellipse = fall.ellipse_95
    return sigma * ellipse.semi_major_km * points[:, 0], sigma * ellipse.semi_minor_km * points[:, 1]


def _falls(fall: ImpactPrediction, now_s: float) -> Falls:
    lon, lat = _moved(fall.lat_deg, fall.lon_deg, fall.ellipse_95.azimuth_deg, *_spread(fall, _FALL_POINTS))
    middle = parse_instant(fall.time_utc)
    early = late = 0.0
    if fall.remaining_s is not None:
        early = _TIMES * (fall.remaining_s.median - fall.remaining_s.p05)
        late = _TIMES * (fall.remaining_s.p95 - fall.remaining_s.median)
    return Falls(fall.probability, lon, lat, max(now_s, middle - early), middle + late)


def _ways(update: TrackUpdate, fall: ImpactPrediction, now_s: float, coasted: Floats | None) -> Ways:
    """Return the ways to fixed points of a fall: along the coasting path, or straight where it is steered."""
    path = coasted if fall.assumes in _COASTS else None
    start = np.array(update.position_ecef_m)
    in_s = max(parse_instant(fall.time_utc) - now_s, 1.0)
    share = np.linspace(0.0, 1.0, STEPS)
    lat, lon, azimuth = _ground_track(path, start, fall, share)
    along, across = _spread(fall, _PATH_POINTS)
    turn = math.radians(fall.ellipse_95.azimuth_deg) - azimuth[-1]
    # The offsets are those from the course at the fall, and are laid off from the course at every time.
    ahead = along * math.cos(turn) - across * math.sin(turn)
    right = along * math.sin(turn) + across * math.cos(turn)
    ahead, right = ahead[:, None] * share, right[:, None] * share
    north = ahead * np.cos(azimuth) - right * np.sin(azimuth)
    east = ahead * np.sin(azimuth) + right * np.cos(azimuth)
    y = np.clip(lat + north / MEAN_RADIUS_M, -1.57, 1.57)
    x = lon + east / (MEAN_RADIUS_M * np.cos(y))
    x, y, time_s = _finer(x, y, now_s + share * in_s)
    return Ways(fall.probability, (np.degrees(x) + 180.0) % 360.0 - 180.0, np.degrees(y), time_s)


def _finer(x: Floats, y: Floats, time_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ways (rad) with places no farther apart than `APART_M`: a long one would step over an island.

    Between two places the way is a straight line on the map, some hundreds of metres off at most.
    """
    moved = np.hypot(np.diff(y[0]), np.diff(x[0]) * np.cos(y[0, 1:]))
    between = math.ceil(float(moved.max()) * MEAN_RADIUS_M / APART_M)
    if between <= 1:
        return x, y, time_s
    at = np.linspace(0.0, STEPS - 1.0, (STEPS - 1) * between + 1)
    low = np.minimum(at.astype(np.int64), STEPS - 2)
    part = at - low
    x, y = ((1.0 - part) * one[:, low] + part * one[:, low + 1] for one in (x, y))
    return x, y, (1.0 - part) * time_s[low] + part * time_s[low + 1]


_COASTS = (THRUST_ENDS, "ballistic")


def _coasted(update: TrackUpdate) -> Floats | None:
    """Return earth-fixed places (STEPS, 3) from now to the fall at even times, None where there is no fall."""
    state = np.array([*update.position_ecef_m, *update.velocity_ecef_m_s])
    row, env, out = np.zeros(prm.COUNT), EARTH.as_array(), np.empty(OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT], row[prm.MAX_LIFT] = _COEFFICIENT_KG_M2, 150.0
    coast(state, row, env, 0.0, _TOLERANCE_M, _LONGEST_S, np.empty(0), np.empty((0, 6)), out)
    if out[STATUS] != IMPACT:
        return None
    end, times = out[IMPACT_STATE : IMPACT_STATE + 3].copy(), np.linspace(0.0, out[IMPACT_TIME], STEPS)
    path = np.empty((STEPS - 1, 6))
    coast(state, row, env, 0.0, _TOLERANCE_M, out[IMPACT_TIME] + 1.0, times[:-1], path, out)
    found = np.vstack([path[:, :3], end])
    return found if np.isfinite(found).all() else None


def _ground_track(
    path: Floats | None, start: Floats, fall: ImpactPrediction, share: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude (rad) and course (rad) below a path that ends at a fall; (STEPS,) each.

    Without a path it is the great circle from below the start. What the fall lies off the path's own end is laid
    on in proportion to the time.
    """
    end_lat, end_lon = math.radians(fall.lat_deg), math.radians(fall.lon_deg)
    if path is None:
        begin = start / np.linalg.norm(start)
        end = np.array(
            [math.cos(end_lat) * math.cos(end_lon), math.cos(end_lat) * math.sin(end_lon), math.sin(end_lat)]
        )
        line = _great_circle(begin, end, share)
        lat, lon = np.arcsin(line[:, 2]), np.unwrap(np.arctan2(line[:, 1], line[:, 0]))
    else:
        below = geodetic_from_ecef(np.ascontiguousarray(path))
        lat, lon = below[:, 0], np.unwrap(below[:, 1])
    off_lon = (end_lon - lon[-1] + math.pi) % (2 * math.pi) - math.pi
    lat, lon = lat + share * (end_lat - lat[-1]), lon + share * off_lon
    north, east = np.gradient(lat), np.gradient(lon) * np.cos(lat)
    return lat, lon, np.arctan2(east, north)


def _great_circle(begin: Floats, end: Floats, share: Floats) -> Floats:
    angle = math.acos(float(np.clip(begin @ end, -1.0, 1.0)))
    if angle < _SAME_RAD:
        return np.repeat(begin[None], len(share), axis=0)
    shares = np.sin((1.0 - share) * angle), np.sin(share * angle)
    return np.asarray((shares[0][:, None] * begin + shares[1][:, None] * end) / math.sin(angle))


_SAME_RAD = 1e-9


def _ellipse_rings(fall: ImpactPrediction) -> Iterable[Ring]:
    """Return the 95 % ellipse of a fall as closed rings."""
    turn = np.linspace(0.0, 2.0 * math.pi, _CORNERS, endpoint=False)
    ellipse = fall.ellipse_95
    along, across = 1e3 * ellipse.semi_major_km * np.cos(turn), 1e3 * ellipse.semi_minor_km * np.sin(turn)
    return closed_rings(*_moved(fall.lat_deg, fall.lon_deg, ellipse.azimuth_deg, along, -across))


def closed_rings(lon: Floats, lat: Floats) -> tuple[Ring, ...]:
    """Return corners as closed rings of five decimals, counter-clockwise; cut at the antimeridian."""
    if np.ptp(lon) > _HALF_DEG or np.abs(lat).max() > _POLAR_DEG:
        return split_rings(lon, lat)
    ring = [(round(float(x), 5), round(float(y), 5)) for x, y in zip(lon, lat, strict=True)]
    return ((*ring, ring[0]),)


_HALF_DEG, _POLAR_DEG = 180.0, 85.0
