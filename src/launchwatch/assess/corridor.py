"""Where an object and its debris may fall, at each instant of its track: ellipses of the fall, a debris corridor.

The corridor is the union of

    the way      the ground below the path from now to the fall, with the place's 95 % ellipse at each time
    the debris   where pieces come down if the object breaks up now or at any time until it falls: without drag and
                 with much (`HIGH_DRAG_KG_M2`), thrown forward, back, to the sides, up and down at `BREAK_UP_M_S`,
                 each with the fall's own ellipse
    the rest     a strip to the ellipses of hypotheses under which it is steered

The object coasts from now on: while it burns yet, that is the corridor if thrust ends now.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.bayes.linear import cholesky
from launchwatch.bayes.sampling import CHI2_95_2
from launchwatch.facts import Ellipse, ImpactPrediction, TimedArea, TrackUpdate
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH
from launchwatch.flight.propagation import IMPACT, IMPACT_STATE, IMPACT_TIME, OUTCOMES, STATUS, coast
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.rings import rings_of, to_plane
from launchwatch.geo.surface import surface_ecef

Array = NDArray[np.float64]

BREAK_UP_M_S = 60.0
"""Speed at which pieces leave: tanks that burst throw most of theirs at less; twice as much would widen a 700 km
flight's corridor by some 15 km to each side of its fall, and a lofted flight's, long in the air, by 60 km."""

HIGH_DRAG_KG_M2 = 20.0
"""Ballistic coefficient of what falls like a sheet of metal: it stops at 40 km and sinks from there."""

NO_DRAG_KG_M2 = 1e7
WHOLE_KG_M2 = 5000.0
"""Ballistic coefficient of the whole object on the way; the fall itself stands in the track's own prediction."""

BREAK_UPS = 8
WAY_POINTS = 40
WORTH_TELLING = 0.05
_TOLERANCE_M = 50.0
_LONGEST_S = 21_600.0
_CORNERS = 24
_THINNED_KM = 0.2


def debris_corridor(
    update: TrackUpdate, *, track: str | None = None, until_utc: str | None = None
) -> TimedArea | None:
    """Return where an object and its debris may fall as known at an update; None where no fall is predicted."""
    fall = update.impact
    if fall is None or update.covariance is None:
        return None
    state = np.array([*update.position_ecef_m, *update.velocity_ecef_m_s])
    flown = _flown(state, WHOLE_KG_M2, WAY_POINTS)
    if flown is None:
        return None
    times, way = flown
    covariance = np.array(update.covariance).reshape(6, 6)
    below = geodetic_from_ecef(np.ascontiguousarray(way[:, :3]))
    centre = np.degrees(below[len(below) // 2, :2])
    spread = _ground_spread(state, covariance, times, below)
    parts = [_strip(below, spread, centre)]
    debris, slowest_s = _debris(times, way, fall, centre)
    parts += debris
    told = [one for one in (fall, *fall.alternatives) if one.probability >= WORTH_TELLING or one is fall]
    parts += [_reach(below[0], one, centre) for one in told]
    whole = shapely.simplify(shapely.union_all(parts), _THINNED_KM)
    now = parse_instant(update.time_utc)
    return TimedArea(
        track=track,
        time_utc=update.time_utc,
        until_utc=until_utc,
        falls_utc=fall.time_utc,
        debris_until_utc=format_instant(max(now + slowest_s, parse_instant(fall.time_utc))),
        assumes=fall.assumes,
        probability=fall.probability,
        lat_deg=fall.lat_deg,
        lon_deg=fall.lon_deg,
        ellipse_95=fall.ellipse_95,
        half_width_km=(round(_across(below, spread, 0), 3), round(_across(below, spread, -1), 3)),
        fall=rings_of(shapely.union_all([_ellipse_about(one, centre) for one in told]), *centre),
        corridor=rings_of(whole, *centre),
    )


def corridors(updates: Iterable[TrackUpdate], *, track: str | None = None) -> list[TimedArea]:
    """Return the areas of a track's updates in order, each of which holds until the next one's time."""
    known = [update for update in updates if update.impact is not None and update.covariance is not None]
    ends = [update.time_utc for update in known[1:]] + [None]
    found = (debris_corridor(one, track=track, until_utc=end) for one, end in zip(known, ends, strict=True))
    return [area for area in found if area is not None]


def _body(coefficient: float) -> Array:
    row = np.zeros(prm.COUNT)
    row[prm.BALLISTIC_COEFFICIENT], row[prm.MAX_LIFT] = coefficient, 150.0
    return row


def _fall(state: Array, coefficient: float) -> tuple[float, Array] | None:
    """Return after how long, and at which earth-fixed place, a body coasts to the ground."""
    out = np.empty(OUTCOMES)
    env = EARTH.as_array()
    coast(state, _body(coefficient), env, 0.0, _TOLERANCE_M, _LONGEST_S, np.empty(0), np.empty((0, 6)), out)
    if out[STATUS] != IMPACT:
        return None
    return float(out[IMPACT_TIME]), out[IMPACT_STATE : IMPACT_STATE + 3].copy()


def _flown(state: Array, coefficient: float, points: int) -> tuple[Array, Array] | None:
    """Return times (n,) and states (n, 6) from now to the fall, or None where there is none."""
    fallen = _fall(state, coefficient)
    if fallen is None:
        return None
    in_s, place = fallen
    times = np.linspace(0.0, in_s, points)
    path, out = np.empty((points, 6)), np.empty(OUTCOMES)
    env = EARTH.as_array()
    coast(state, _body(coefficient), env, 0.0, _TOLERANCE_M, in_s + 1.0, times[:-1], path[:-1], out)
    path[-1, :3], path[-1, 3:] = place, path[-2, 3:]
    return times, path


def _ground_spread(state: Array, covariance: Array, times: Array, below: Array) -> Array:
    """Return the covariance (n, 2, 2), m^2, east and north, of the place below, by cubature.

    Points that have come down stay where they fell: the spread along the way does not grow beyond the fall.
    """
    root = math.sqrt(6.0) * cholesky(covariance + 1e-9 * np.diag(np.diag(covariance) + 1e-6))
    off = []
    ground = surface_ecef(below[:, 0], below[:, 1])
    axes = np.array([east_north_up(lat, lon)[:2] for lat, lon in below[:, :2]])
    env, out = EARTH.as_array(), np.empty(OUTCOMES)
    for column in root.T:
        for side in (-1.0, 1.0):
            path = np.empty((len(times), 6))
            point = state + side * column
            coast(point, _body(WHOLE_KG_M2), env, 0.0, _TOLERANCE_M, _LONGEST_S, times, path, out)
            missing = ~np.isfinite(path[:, 0])
            path[missing, :3] = out[IMPACT_STATE : IMPACT_STATE + 3]
            place = geodetic_from_ecef(np.ascontiguousarray(path[:, :3]))
            apart = surface_ecef(place[:, 0], place[:, 1]) - ground
            off.append(np.einsum("tij,tj->ti", axes, apart))
    offsets = np.array([one for one in off if np.isfinite(one).all()])
    if len(offsets) == 0:
        return np.zeros((len(times), 2, 2))
    return np.einsum("cti,ctj->tij", offsets, offsets) / len(offsets)


_RADIUS_KM = MEAN_RADIUS_M / 1e3


def _rim(spread: Array) -> Array:
    """Return the corners (m, 2), km, of the 95 % ellipse of a covariance (2, 2), m^2."""
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    values, vectors = np.linalg.eigh(spread)
    axes = np.sqrt(CHI2_95_2 * np.maximum(values, 1.0)) / 1e3
    return (np.column_stack([np.cos(turn), np.sin(turn)]) * axes) @ vectors.T


def _rims(places: Array, rim: Array, centre: Array) -> Array:
    """Return, on the plane about `centre`, the corners (n * m, 2) of ellipses about places (n, 2), rad.

    The plane is stretched across the direction from its centre by c / sin c at an angle c, 1 % at 1,600 km and
    11 % at 5,000 km; ellipses are stretched alike, so that they are as wide on the ground as said.
    """
    x, y = to_plane(np.degrees(places[:, 0]), np.degrees(places[:, 1]), *centre)
    turn = _turns(places, centre)
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    east, north = rim[:, 0][None, :], rim[:, 1][None, :]
    right, up = east * cos + north * sin, north * cos - east * sin
    distance = np.hypot(x, y)
    angle = np.clip(distance / _RADIUS_KM, 0.0, 0.9 * math.pi)
    stretched = np.where(angle > 1e-6, angle / np.sin(np.maximum(angle, 1e-6)), 1.0) - 1.0
    away = np.maximum(distance, 1e-9)
    across = (up * (x / away)[:, None] - right * (y / away)[:, None]) * stretched[:, None]
    at_x = x[:, None] + right - across * (y / away)[:, None]
    at_y = y[:, None] + up + across * (x / away)[:, None]
    return np.stack([at_x, at_y], axis=2).reshape(-1, 2)


def _turns(places: Array, centre: Array) -> Array:
    """Return the angle (rad, clockwise) of true north at each place on the plane about `centre`."""
    lat, lon = np.degrees(places[:, 0]), np.degrees(places[:, 1])
    step = np.where(lat > 89.9, -0.01, 0.01)
    x0, y0 = to_plane(lat, lon, *centre)
    x1, y1 = to_plane(lat + step, lon, *centre)
    return np.asarray(np.arctan2((x1 - x0) * np.sign(step), (y1 - y0) * np.sign(step)))


def _hull(corners: Array) -> BaseGeometry:
    return shapely.convex_hull(shapely.multipoints(corners))


def _strip(below: Array, spread: Array, centre: Array) -> BaseGeometry:
    """Return the ground below the way: hulls of each two neighbouring ellipses."""
    rims = [_rims(place[None, :2], _rim(one), centre) for place, one in zip(below, spread, strict=True)]
    return shapely.union_all([_hull(np.concatenate(pair)) for pair in pairwise(rims)])


def _across(below: Array, spread: Array, at: int) -> float:
    """Return half the width, km, of the 95 % band across the way at one of its points."""
    one = at if at >= 0 else len(below) + at
    a, b = (max(one - 1, 0), one) if one else (0, 1)
    step = np.array([(below[b, 1] - below[a, 1] + np.pi) % (2 * np.pi) - np.pi, below[b, 0] - below[a, 0]])
    step[0] *= math.cos(below[one, 0])
    across = np.array([step[1], -step[0]]) / max(float(np.hypot(*step)), 1e-12)
    return 1.96 * math.sqrt(max(float(across @ spread[one] @ across), 0.0)) / 1e3


def _debris(times: Array, way: Array, fall: ImpactPrediction, centre: Array) -> tuple[list[BaseGeometry], float]:
    """Return where pieces fall after break-ups from now to the fall, and after how long the slowest is down."""
    rim = _ellipse_rim(fall.ellipse_95)
    when = np.unique(np.linspace(0, len(times) - 2, BREAK_UPS).astype(int))
    groups, slowest = [], float(times[-1])
    for at in when:
        places = []
        for throw in _throws(way[at]):
            for coefficient in (NO_DRAG_KG_M2, HIGH_DRAG_KG_M2):
                fallen = _fall(way[at] + throw, coefficient)
                if fallen is not None:
                    places.append(fallen[1])
                    slowest = max(slowest, float(times[at]) + fallen[0])
        if places:
            ground = geodetic_from_ecef(np.array(places))
            groups.append(_rims(ground[:, :2], rim, centre))
    joined = [np.concatenate(pair) for pair in pairwise(groups)] or groups
    return [_hull(corners) for corners in joined], slowest


def _throws(state: Array) -> list[Array]:
    """Return changes of a state: none, and the break-up's speed forward, back, to either side, up and down."""
    lat, lon, _ = geodetic_from_ecef(state[None, :3])[0]
    up = east_north_up(lat, lon)[2]
    along = state[3:] / max(float(np.linalg.norm(state[3:])), 1e-9)
    side = np.cross(along, up)
    side /= max(float(np.linalg.norm(side)), 1e-9)
    directions = [np.zeros(3), along, -along, side, -side, up, -up]
    return [np.concatenate([np.zeros(3), BREAK_UP_M_S * direction]) for direction in directions]


def _ellipse_rim(ellipse: Ellipse) -> Array:
    """Return the corners (m, 2), km east and north, of an ellipse."""
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    along, across = ellipse.semi_major_km * np.cos(turn), ellipse.semi_minor_km * np.sin(turn)
    azimuth = math.radians(ellipse.azimuth_deg)
    return np.column_stack(
        [
            along * math.sin(azimuth) + across * math.cos(azimuth),
            along * math.cos(azimuth) - across * math.sin(azimuth),
        ]
    )


def _ellipse_about(fall: ImpactPrediction, centre: Array) -> BaseGeometry:
    place = np.radians([[fall.lat_deg, fall.lon_deg]])
    return _hull(_rims(place, _ellipse_rim(fall.ellipse_95), centre))


def _reach(now: Array, fall: ImpactPrediction, centre: Array) -> BaseGeometry:
    """Return a predicted fall's ellipse, for a steered one with the strip from here to there."""
    ellipse = _ellipse_about(fall, centre)
    if fall.assumes not in _STEERED:
        return ellipse
    x, y = to_plane([math.degrees(now[0])], [math.degrees(now[1])], *centre)
    return shapely.convex_hull(shapely.union(ellipse, shapely.points(float(x[0]), float(y[0]))))


_STEERED = ("pull-up", "glide")
