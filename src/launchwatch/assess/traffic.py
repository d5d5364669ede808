"""Ships and aircraft against the fall of one object: who was there, who heads into it, who was near.

Positions are kept on their track to the moment of the fall. How far a craft leaves its course meanwhile is its
kind's `MOTION`: an old position is not thrown away, it is worth less (docs/concepts/exposure.md).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.assess.fallarea import FallArea
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.bayes.encounters import Encounters, Motion, Movers, Reckoned, encounters, reckon
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.facts import CraftExposure, CraftKind, Interval, KindExposure, TrafficPosition
from launchwatch.facts.traffic import CraftRelation
from launchwatch.geo.ellipsoid import geodetic_from_ecef

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS: tuple[CraftKind, ...] = ("ship", "aircraft")
MOTION = {"aircraft": Motion(60.0, 600.0, 5.0), "ship": Motion(2.0, 1800.0, 0.3)}
"""How far craft leave their course. Chosen, not fitted: an aircraft is 0.9 km off after a minute, 20 km after
ten and 110 km after an hour; a ship 90 m after five minutes, 6 km after an hour."""

DANGER_KM = {"aircraft": 9.26, "ship": 1.852}
"""Radius about the impact within which a craft counts as endangered. Aircraft: 5 nautical miles, the least radar
separation of ICAO Doc 4444, 8.7.3 (from knowledge, to be checked). Ships: 1 nautical mile, chosen."""

AGED_S = {"aircraft": 600.0, "ship": 3600.0}
"""Age from which a position is told as aged."""

OLDEST_S = 12 * 3600.0
"""Age beyond which a position says nothing of the fall: half a day."""

HORIZON_S = {"aircraft": 1800.0, "ship": 6 * 3600.0}
"""How long after the fall a track is followed: until who heads into the area can have been told."""

_UNKNOWN_M_S = {"aircraft": 160.0, "ship": 5.0}  # one sigma along each axis of a velocity that nobody stated
_NEAR_KM = {"aircraft": 400.0, "ship": 150.0}
_MOST_INSIDE, _MOST_HEADING, _MOST_NEAR = 50, 20, 5
_LIKELIER_THAN_NOT = 0.5
_DRAWS = 256


@dataclass(frozen=True, eq=False)
class Fleet:
    """Craft of one kind: for each its nearest position (or two, about the fall) and the mover made of them."""

    kind: CraftKind
    positions: tuple[TrafficPosition, ...]
    movers: Movers
    age_s: Floats
    left_out: int

    def __len__(self) -> int:
        return len(self.positions)


def too_old(positions: Iterable[TrafficPosition], fall_s: float) -> dict[CraftKind, int]:
    """Return of how many craft of each kind every position is more than `OLDEST_S` from a moment (Unix, s)."""
    near: dict[tuple[CraftKind, str], bool] = {}
    for one in positions:
        key = (one.kind, one.identity)
        near[key] = near.get(key, False) or abs(parse_instant(one.time_utc) - fall_s) <= OLDEST_S
    counted = {kind: sum(known == kind and not fresh for (known, _), fresh in near.items()) for kind in KINDS}
    return {kind: count for kind, count in counted.items() if count}


def fleet_of(kind: CraftKind, positions: Iterable[TrafficPosition], fall_s: float) -> Fleet:
    """Return the craft of a kind as known about a moment: the last position before it and the first after.

    Where both are there, the two reckonings are weighed by their errors.
    """
    before: dict[str, tuple[float, TrafficPosition]] = {}
    after: dict[str, tuple[float, TrafficPosition]] = {}
    left_out: set[str] = set()
    for position in positions:
        if position.kind != kind:
            continue
        time = parse_instant(position.time_utc)
        if abs(time - fall_s) > OLDEST_S:
            left_out.add(position.identity)
            continue
        side, sign = (before, 1.0) if time <= fall_s else (after, -1.0)
        known = side.get(position.identity)
        if known is None or sign * time > sign * known[0]:
            side[position.identity] = (time, position)
    names = sorted({*before, *after})
    nearest = [_nearest(before.get(name), after.get(name), fall_s) for name in names]
    movers = _movers(kind, nearest)
    both = np.array([at for at, name in enumerate(names) if name in before and name in after], dtype=np.int64)
    if both.size:
        pairs = [[side[names[at]] for at in both] for side in (before, after)]
        _weigh(movers, both, _movers(kind, pairs[0]), _movers(kind, pairs[1]), MOTION[kind], fall_s)
    age = np.array([fall_s - time for time, _ in nearest])
    kept = tuple(position for _, position in nearest)
    return Fleet(kind, kept, movers, age, len(left_out - set(names)))


_Fix = tuple[float, TrafficPosition]


def _nearest(before: _Fix | None, after: _Fix | None, fall_s: float) -> _Fix:
    return min((fix for fix in (before, after) if fix is not None), key=lambda fix: abs(fix[0] - fall_s))


def _movers(kind: CraftKind, fixes: Sequence[_Fix]) -> Movers:
    unknown, sure = _UNKNOWN_M_S[kind], MOTION[kind].velocity_m_s
    rows = np.empty((7, len(fixes)))
    for at, (time, position) in enumerate(fixes):
        speed, course, error = position.speed_m_s, position.course_deg, sure
        if speed is None or (course is None and speed > 0):
            error = unknown if speed is None else max(sure, speed / math.sqrt(2))
            speed, course = 0.0, 0.0
        rows[:, at] = (position.lat_deg, position.lon_deg, time, position.sigma_m, course or 0.0, speed, error)
    rows[[0, 1, 4]] = np.radians(rows[[0, 1, 4]])
    return Movers(*(np.ascontiguousarray(row) for row in rows))


def _weigh(movers: Movers, at: Ints, first: Movers, second: Movers, motion: Motion, fall_s: float) -> None:
    """Put craft that are known before and after the fall where both reckonings, weighed, have them then."""
    one, other = reckon(first, motion, fall_s), reckon(second, motion, fall_s)
    share = (1 / one.sigma_m**2) / (1 / one.sigma_m**2 + 1 / other.sigma_m**2)
    points = one.points * share[:, None] + other.points * (1 - share[:, None])
    place = geodetic_from_ecef(np.ascontiguousarray(points))
    velocity = (
        one.directions * (first.speed_m_s * share)[:, None]
        + other.directions * (second.speed_m_s * (1 - share))[:, None]
    )
    lat, lon = place[:, 0], place[:, 1]
    east = np.column_stack((-np.sin(lon), np.cos(lon), np.zeros(len(lon))))
    north = np.column_stack((-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)))
    v_east, v_north = (velocity * east).sum(axis=1), (velocity * north).sum(axis=1)
    movers.lat[at], movers.lon[at], movers.time_s[at] = lat, lon, fall_s
    movers.sigma_m[at] = np.sqrt(1 / (1 / one.sigma_m**2 + 1 / other.sigma_m**2))
    movers.course[at], movers.speed_m_s[at] = np.arctan2(v_east, v_north), np.hypot(v_east, v_north)
    movers.velocity_m_s[at] = np.maximum(first.velocity_m_s, second.velocity_m_s)


@dataclass(frozen=True, eq=False)
class _Scene:
    """Everything about one fleet at the fall: reckoned places, and those in the plane of the fall area."""

    fall: FallArea
    fall_s: float
    fleet: Fleet
    met: Encounters
    at: Reckoned
    flat: Floats
    velocity: Floats
    inside: Floats
    enters_s: Floats


def assess_kind(
    kind: CraftKind, positions: Iterable[TrafficPosition], fall: FallArea, *, danger_km: float | None = None
) -> KindExposure | None:
    """Return how all craft of a kind lie to a fall area whose time is known; None where none is known of."""
    fall_s = float(fall.weight @ fall.time_s)
    fleet = fleet_of(kind, positions, fall_s)
    if not len(fleet):
        return None
    danger = DANGER_KM[kind] if danger_km is None else danger_km
    scene = _scene(fleet, fall, fall_s, 1000 * danger)
    inside = np.flatnonzero(scene.inside >= _LIKELIER_THAN_NOT)
    likely = np.flatnonzero((scene.inside < _LIKELIER_THAN_NOT) & (scene.met.probability >= 1e-3))
    heading = np.flatnonzero(np.isfinite(scene.enters_s) & (scene.inside < _LIKELIER_THAN_NOT))
    distance = np.hypot(*scene.flat.T)
    by_danger = np.concatenate((inside, likely))
    told: list[tuple[int, CraftRelation]] = [
        (int(i), "inside") for i in _first(inside, -scene.met.probability, _MOST_INSIDE)
    ]
    told += [(int(i), "heading into it") for i in _first(heading, scene.enters_s, _MOST_HEADING)]
    taken = {i for i, _ in told}
    near = [i for i in np.argsort(distance, kind="stable")[: _MOST_NEAR + len(taken)] if i not in taken]
    near = [i for i in near if distance[i] <= 1000 * _NEAR_KM[kind]][:_MOST_NEAR]
    near += [i for i in _first(by_danger, -scene.met.probability, _MOST_NEAR) if i not in {*taken, *near}]
    told += [(int(i), "near miss") for i in near]
    return KindExposure(
        kind=kind,
        known=len(fleet),
        aged=int((np.abs(fleet.age_s) > AGED_S[kind]).sum()),
        danger_km=danger,
        probability=round(scene.met.any, 4),
        expected=round(scene.met.expected, 4),
        inside=len(inside),
        heading=len(heading),
        craft=tuple(_exposure(scene, i, relation) for i, relation in told),
    )


def _first(found: Ints, by: Floats, count: int) -> Ints:
    return found[np.argsort(by[found], kind="stable")][:count]


def _scene(fleet: Fleet, fall: FallArea, fall_s: float, danger_m: float) -> _Scene:
    motion = MOTION[fleet.kind]
    at = reckon(fleet.movers, motion, fall_s)
    mean, white = fall.moments[0], fall.whitening
    flat = fall.plane(at.points) - mean
    velocity = fall.along(at.directions) * fleet.movers.speed_m_s[:, None]
    return _Scene(
        fall,
        fall_s,
        fleet,
        encounters(fleet.movers, motion, fall.cloud, danger_m),
        at,
        flat,
        velocity,
        _inside_share(flat, at.sigma_m, white),
        _entries(flat @ white.T, velocity @ white.T, HORIZON_S[fleet.kind]),
    )


def _inside_share(flat: Floats, sigma: Floats, white: Floats) -> Floats:
    """Return the probability that each craft (m,) lies in the 95 % ellipse, by even draws of its place."""
    found = np.zeros(len(flat))
    longest = float(np.linalg.norm(np.linalg.inv(white), 2))
    near = np.flatnonzero(np.hypot(*flat.T) < longest + 4.5 * sigma)
    draws = _normal_draws()
    for start in range(0, len(near), 4096):
        own = near[start : start + 4096]
        drawn = (flat[own, None, :] + sigma[own, None, None] * draws) @ white.T
        found[own] = np.mean((drawn**2).sum(axis=2) <= 1.0, axis=1)
    return found


def _normal_draws() -> Floats:
    """Return even draws (256, 2) of a plane normal: a spiral of the golden angle through equal shares."""
    share = (np.arange(_DRAWS) + 0.5) / _DRAWS
    radius, angle = np.sqrt(-2 * np.log1p(-share)), np.arange(_DRAWS) * np.pi * (3 - math.sqrt(5))
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _entries(place: Floats, velocity: Floats, horizon_s: float) -> Floats:
    """Return after how many seconds each track (m,) enters the unit circle; NaN where it does not in time."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (velocity**2).sum(axis=1)
        b = (place * velocity).sum(axis=1)
        c = (place**2).sum(axis=1) - 1.0
        entry = (-b - np.sqrt(b * b - a * c)) / a
        return np.where((c > 0) & (entry > 0) & (entry <= horizon_s), entry, np.nan)


def _exposure(scene: _Scene, i: int, relation: CraftRelation) -> CraftExposure:
    fleet, fall = scene.fleet, scene.fall
    position, sigma = fleet.positions[i], float(scene.at.sigma_m[i])
    place = geodetic_from_ecef(np.ascontiguousarray(scene.at.points[i : i + 1]))[0]
    flat, velocity = scene.flat[i], scene.velocity[i]
    square, horizon = float(velocity @ velocity), HORIZON_S[fleet.kind]
    least = float(np.clip(-(flat @ velocity) / square, -horizon, horizon)) if square > 0 else 0.0
    closest = math.hypot(*(flat + velocity * least))
    enters = float(scene.enters_s[i])
    doubts = [position.doubt] if position.doubt else []
    age = float(fleet.age_s[i])
    if abs(age) > AGED_S[fleet.kind]:
        when = "old" if age > 0 else "younger than the fall"
        doubts.append(f"aged: its position is {abs(age) / 60:.0f} min {when} and may be {sigma / 1000:.0f} km off")
    return CraftExposure(
        kind=fleet.kind,
        identity=position.identity,
        name=position.name,
        relation=relation,
        probability=round(float(scene.met.probability[i]), 5),
        inside_95=round(float(scene.inside[i]), 3),
        distance_km=_distances(fall, scene, i),
        closest_km=round(closest / 1000, 2),
        closest_utc=format_instant(round(scene.fall_s + least)),
        enters_utc=format_instant(round(scene.fall_s + enters)) if relation == "heading into it" else None,
        lat_deg=round(math.degrees(place[0]), 4),
        lon_deg=round(math.degrees(place[1]), 4),
        height_m=position.height_m,
        course_deg=position.course_deg,
        speed_m_s=position.speed_m_s,
        age_s=round(age, 1),
        sigma_km=round(sigma / 1000, 3),
        source=position.source,
        doubt="; ".join(doubts) or None,
    )


def _distances(fall: FallArea, scene: _Scene, i: int) -> Interval:
    """Return the distance of one craft from the impact at the moment of each sample, with its own error."""
    late = fall.time_s - scene.fall_s
    off = np.random.default_rng(0).normal(size=(len(late), 2)) * scene.at.sigma_m[i]
    samples = fall.plane(fall.points) - fall.moments[0]
    away = np.hypot(*(scene.flat[i] + off + scene.velocity[i] * late[:, None] - samples).T) / 1000
    low, middle, high = weighted_quantile(away, fall.weight, (0.05, 0.5, 0.95))
    return Interval(median=round(middle, 2), p05=round(low, 2), p95=round(high, 2))
