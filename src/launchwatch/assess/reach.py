"""What one state of a track can reach: the tracker's impact ellipses laid over territory, waters and airspace.

    where it falls    each hypothesis's ellipse is a normal distribution, asked at `FALLS` fixed points; the
                      hypotheses add up with their probabilities, and what is left never comes down
    while it burns    how far it may yet come (`Prospect`) in place of the ellipse of a motor that stops now, asked
                      at fixed points of its quantiles and its course
    what it passes    the path from now to the fall, coasting, asked for `PATHS` of the same falls: the way to a
                      fall off the middle is moved aside in proportion to the time flown
    where it is       its own position at this state, and at those before

Only the state and its own past positions enter: no claim, no report, no other track. The points are fixed, so that
the same state reaches the same.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from launchwatch.assess.protected import NAVAREAS, Protected, state_names, zone_names
from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.bayes.sampling import CHI2_95_2
from launchwatch.facts import (
    PROSPECT_LEVELS,
    ImpactPrediction,
    Place,
    Prospect,
    Provenance,
    Reach,
    TrackedState,
    TrackUpdate,
)
from launchwatch.facts.warning import Ring, Role
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH
from launchwatch.flight.propagation import IMPACT, IMPACT_STATE, IMPACT_TIME, OUTCOMES, STATUS, coast
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.rings import split_rings

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FALLS = 512
"""Points of one ellipse: a share of 0.05 is then told within 0.005, a tenth of the lowest threshold in use."""

PATHS, STEPS = 48, 48
"""Paths and times on each: a path 1,000 km long is asked every 20 km, finer than any district is wide; a share is
told within 0.02."""

APART_M = 20_000.0
"""Longest step along a way: protected land 20 km wide is met once; a step of 70 km missed Shimokita for 20 s."""

HYPOTHESIS = 0.02
"""Least probability of a hypothesis that is laid out; below, its whole ellipse could not reach a threshold."""

TOLD = 0.01
"""Least probability of a place that is told of: J-Alert's rule since September 2023 speaks of 'a certain
probability' and includes what is beside."""

WITH_NEIGHBOURS = 0.20
"""A district this probable has its neighbours told as well: the area is expected to move."""

NOTHING_AHEAD = 0.05
"""Below this probability of reaching any more territory an object has left it behind."""

CARRIED_S, MAY_BURN = 2.0, 0.10
"""A state so long after its newest plot, of an object whose motor burns with this probability, is carried on
only: 2 s of a motor's 100 m/s^2 move the impact of a 700 km flight by some 60 km."""

COASTED_S = 8.0
"""The same for an object that coasts: without plots the filter comes to think that it may glide by now."""

_COASTING = 0.05  # burning less probably than this, with a ballistic verdict, an object is settled
_COEFFICIENT_KG_M2 = 5000.0  # of the path only: the fall itself is the tracker's
_TOLERANCE_M = 100.0
_LONGEST_S = 21_600.0
_CORNERS = 36
_RING_FROM = 0.05  # hypotheses whose ellipses are drawn
_PAD_KM = 10.0  # around what a public ring holds: half a step along the way
_TIMES = 1.96 / 1.645  # from the 90 % interval of the time of fall to 95 %
_FEWEST_HULL = 3


def _points(count: int) -> Floats:
    """Return fixed points (count, 2) of the standard normal in the plane: equal shares on a golden spiral."""
    share = (np.arange(count) + 0.5) / count
    radius, turn = np.sqrt(-2.0 * np.log1p(-share)), np.arange(count) * math.pi * (3.0 - math.sqrt(5.0))
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])


_FALL_POINTS, _PATH_POINTS = _points(FALLS), _points(PATHS)

PROSPECTS = 96
"""Ways of an object that burns: at the thresholds in use, 0.7 and above, a share is told within 0.01."""


def _strip(count: int) -> tuple[Floats, Floats]:
    """Return fixed levels (count,) of a quantile, even, and of the standard normal, by the golden ratio."""
    turns = (np.arange(count) + 0.5) * (math.sqrt(5.0) - 1.0) / 2.0
    return (np.arange(count) + 0.5) / count, np.asarray(ndtri(turns % 1.0))


_FALL_STRIP, _PATH_STRIP = _strip(FALLS), _strip(PROSPECTS)


@dataclass(frozen=True)
class _Falls:
    """One hypothesis laid out: its probability, falls (n,) in degrees, its first and last time (Unix)."""

    probability: float
    lon: Floats
    lat: Floats
    first_s: float
    last_s: float


@dataclass(frozen=True)
class _Ways:
    """The ways to some falls of one hypothesis: (paths, times) degrees; times (n,) in Unix seconds."""

    probability: float
    lon: Floats
    lat: Floats
    time_s: Floats


def reach_of(
    state: TrackedState, protected: Protected, provenance: Provenance, before: Reach | None = None
) -> Reach:
    """Return what a state of a track can reach; `before` is what the track's state before reached.

    Without `before` nothing is known to have been crossed.
    """
    update = state.update
    now_s = parse_instant(update.time_utc)
    lat, lon, height = geodetic_from_ecef(np.array([update.position_ecef_m]))[0]
    over_now = protected.is_over(math.degrees(lon), math.degrees(lat))
    told = _settled(update)
    falls = [_falls(one, now_s) for one in told]
    path = _coasted(update) if update.impact is not None else None
    ways = [_ways(update, one, now_s, path) for one in told]
    if update.prospect is not None:
        falls.append(_prospect_falls(update.prospect, lat, lon, now_s))
        ways.append(_prospect_ways(update.prospect, lat, lon, now_s))
    carried = _carried(update, now_s, before)
    ground = carried or replace(_on_ground(protected, falls, ways), forecast=_forecast(update))
    crossed = before is not None and (before.past or before.over_now)
    past = crossed and not over_now and max(ground.over, ground.territory) < NOTHING_AHEAD
    fall, launch = update.impact, update.launch
    return Reach(
        id=content_id("reach", state.id, *protected.states),
        run=state.run,
        track=state.track,
        time_utc=update.time_utc,
        launch_lat_deg=launch.lat_deg if launch else None,
        launch_lon_deg=launch.lon_deg if launch else None,
        launch_utc=launch.time_utc.median if launch and launch.time_utc else None,
        fall_lat_deg=fall.lat_deg if fall else None,
        fall_lon_deg=fall.lon_deg if fall else None,
        fall_utc=fall.time_utc if fall else None,
        fall_ellipse_95=fall.ellipse_95 if fall else None,
        height_m=round(float(height), 1),
        falling=is_falling(update),
        territory=_share(ground.territory),
        over=_share(ground.over),
        reached=_share(ground.reached),
        sea=_share(ground.sea),
        forecast=_share(ground.forecast),
        over_now=over_now,
        past=past,
        sea_name=protected.sea_at(fall.lon_deg, fall.lat_deg) if fall else None,
        places=ground.places,
        public_rings=ground.rings,
        fall_rings=tuple(_fall_rings(update, lat, lon)),
        provenance=provenance,
    )


def _carried(update: TrackUpdate, now_s: float, before: Reach | None) -> "_Ground | None":
    """Return what the state before reached, where this one is only carried on by the filter.

    A motor that ended between two plots burns on in the tracker until the next: within a scan of 6 s its impact
    runs hundreds of kilometres past what the object will ever reach.
    """
    if before is None or not update.support or update.verdict is None:
        return None
    newest = max(parse_instant(one.last_utc) for one in update.support)
    if now_s - newest <= (CARRIED_S if update.verdict.burning >= MAY_BURN else COASTED_S):
        return None
    return _Ground(
        before.territory, before.over, before.reached, before.sea, before.places, before.public_rings,
        before.forecast,
    )  # fmt: skip


def _forecast(update: TrackUpdate) -> float:
    return 0.0 if update.prospect is None else update.prospect.probability


def is_falling(update: TrackUpdate) -> bool:
    """Return whether an object comes down and nothing will change where: it coasts, and its verdict says so."""
    verdict, up = update.verdict, update.position_ecef_m
    down = sum(p * v for p, v in zip(up, update.velocity_ecef_m_s, strict=True)) < 0.0
    settled = verdict is not None and verdict.burning < _COASTING and verdict.says == "ballistic"
    return down and settled


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


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


def _prospect_falls(one: Prospect, lat: float, lon: float, now_s: float) -> _Falls:
    far, azimuth, in_s = _along(one, _FALL_STRIP)
    x, y = _moved(math.degrees(lat), math.degrees(lon), 0.0, far * np.cos(azimuth), far * np.sin(azimuth))
    return _Falls(one.probability, x, y, now_s + float(in_s[0]), now_s + float(in_s[-1]))


def _prospect_ways(one: Prospect, lat: float, lon: float, now_s: float) -> _Ways:
    """Return the ways along the course at an even ground speed to fixed points of a prospect, which then stay."""
    far, azimuth, in_s = _along(one, _PATH_STRIP)
    steps = math.ceil(float((far / in_s).max() * in_s.max()) / APART_M) + 1
    time_s = np.linspace(0.0, float(in_s.max()), steps)
    gone = far[:, None] * np.minimum(time_s / in_s[:, None], 1.0)
    turn = azimuth[:, None]
    x, y = _moved(math.degrees(lat), math.degrees(lon), 0.0, gone * np.cos(turn), gone * np.sin(turn))
    return _Ways(one.probability, x, y, now_s + time_s)


def _fall_rings(update: TrackUpdate, lat: float, lon: float) -> Iterator[Ring]:
    """Yield where it may fall with 95 %: each hypothesis's ellipse, and a prospect's stretch of its course."""
    for one in _settled(update, _RING_FROM):
        yield from _ellipse_rings(one)
    ahead = update.prospect
    if ahead is not None and ahead.probability >= _RING_FROM:
        reach, turn = _stretch(ahead)
        yield from _rings(
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


def _falls(fall: ImpactPrediction, now_s: float) -> _Falls:
    lon, lat = _moved(fall.lat_deg, fall.lon_deg, fall.ellipse_95.azimuth_deg, *_spread(fall, _FALL_POINTS))
    middle = parse_instant(fall.time_utc)
    early = late = 0.0
    if fall.remaining_s is not None:
        early = _TIMES * (fall.remaining_s.median - fall.remaining_s.p05)
        late = _TIMES * (fall.remaining_s.p95 - fall.remaining_s.median)
    return _Falls(fall.probability, lon, lat, max(now_s, middle - early), middle + late)


def _ways(update: TrackUpdate, fall: ImpactPrediction, now_s: float, coasted: Floats | None) -> _Ways:
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
    return _Ways(fall.probability, (np.degrees(x) + 180.0) % 360.0 - 180.0, np.degrees(y), time_s)


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


@dataclass(frozen=True)
class _Ground:
    """What lies below: probabilities of falling on territory, of passing over it, of either, of falling at sea.

    `forecast` is the share of all that rests on a prospect.
    """

    territory: float
    over: float
    reached: float
    sea: float
    places: tuple[Place, ...]
    rings: tuple[Ring, ...]
    forecast: float = 0.0


@dataclass
class _Tally:
    """One place's probability and its first and last time (Unix, s), gathered over hypotheses."""

    probability: float = 0.0
    first_s: float = math.inf
    last_s: float = -math.inf

    def add(self, probability: float, first_s: float, last_s: float) -> None:
        self.probability += probability
        self.first_s, self.last_s = min(self.first_s, first_s), max(self.last_s, last_s)


def _on_ground(protected: Protected, falls: list[_Falls], ways: list[_Ways]) -> _Ground:
    """Return what all hypotheses reach together."""
    territory = over = sea = reached = 0.0
    places: dict[tuple[Role, str, str | None], _Tally] = {}
    districts: dict[int, _Tally] = {}
    inside: list[Floats] = []
    for one in falls:
        held = protected.zones.holding(one.lon, one.lat)
        own = _any(held.points, protected.territory[held.areas], FALLS)
        dry = _any(held.points, protected.land[held.areas], FALLS)
        territory += one.probability * float(own.mean())
        sea += one.probability * float((~dry & ~own).mean())
        inside.append(np.column_stack([one.lon[own], one.lat[own]]))
        _add_zones(places, protected, one, held.points, held.areas)
        _add_districts(districts, protected.districts_at(one.lon, one.lat, own), one)
        _add_waters(places, protected, one)
    passed: dict[int, _Tally] = {}
    for way in ways:
        lon, lat = way.lon.ravel(), way.lat.ravel()
        own, land = protected.territory_at(lon, lat)
        passes = land.reshape(way.lon.shape).any(axis=1)
        over += way.probability * float(passes.mean())
        reached += way.probability * float((passes | own.reshape(way.lon.shape)[:, -1]).mean())
        inside.append(np.column_stack([lon[own], lat[own]]))
        _add_passed(passed, protected.districts_at(lon, lat, own).reshape(way.lon.shape), way)
    for number, tally in passed.items():
        known = districts.setdefault(number, _Tally())
        first, last = min(known.first_s, tally.first_s), max(known.last_s, tally.last_s)
        districts[number] = _Tally(max(known.probability, tally.probability), first, last)
    told = (*_district_places(protected, districts), *_other_places(protected, places))
    rings = _hull(np.concatenate(inside)) if inside and max(territory, over) >= TOLD else ()
    return _Ground(territory, over, max(reached, territory, over), sea, told, rings)


def _any(points: NDArray[np.int64], mask: Bools, count: int) -> Bools:
    """Return for each of `count` points whether one of its entries is marked."""
    found = np.zeros(count, dtype=np.bool_)
    found[points[mask]] = True
    return found


def _add_districts(districts: dict[int, _Tally], numbers: NDArray[np.int64], one: _Falls) -> None:
    counts = np.bincount(numbers[numbers >= 0]) if (numbers >= 0).any() else np.empty(0)
    for number in np.flatnonzero(counts).tolist():
        share = one.probability * float(counts[number]) / FALLS
        districts.setdefault(number, _Tally()).add(share, one.first_s, one.last_s)


def _add_passed(passed: dict[int, _Tally], numbers: NDArray[np.int64], way: _Ways) -> None:
    """Add the districts that ways pass over, from the first to the last of the times at which one does."""
    for number in np.unique(numbers[numbers >= 0]).tolist():
        there = numbers == number
        times = way.time_s[there.any(axis=0)]
        share = way.probability * float(there.any(axis=1).mean())
        passed.setdefault(number, _Tally()).add(share, float(times[0]), float(times[-1]))


def _add_zones(
    places: dict[tuple[Role, str, str | None], _Tally], protected: Protected, one: _Falls,
    points: NDArray[np.int64], areas: NDArray[np.int16],
) -> None:  # fmt: skip
    """Add coastal states by their waters, protected territorial seas, and disputed places that are claimed."""
    shares = np.bincount(areas, minlength=len(protected.rows)) / FALLS
    for number in np.flatnonzero(shares).tolist():
        zone, share = protected.rows[number], one.probability * float(shares[number])
        if protected.disputed[number] or (protected.territory[number] and zone.kind == "territorial_sea"):
            places.setdefault(("territorial sea", zone.id, None), _Tally()).add(share, one.first_s, one.last_s)
    for state in {
        s for n in np.flatnonzero(shares).tolist() if protected.waters[n] for s in protected.rows[n].states
    }:
        own = np.array([protected.waters[n] and state in protected.rows[n].states for n in areas.tolist()])
        share = one.probability * len(np.unique(points[own])) / FALLS
        places.setdefault(("coastal state", state, state), _Tally()).add(share, one.first_s, one.last_s)


def _add_waters(places: dict[tuple[Role, str, str | None], _Tally], protected: Protected, one: _Falls) -> None:
    """Add NAVAREAs and flight information regions."""
    for area in NAVAREAS:
        share = one.probability * float(area.contains(one.lon, one.lat).mean())
        if share > 0.0:
            places.setdefault(("NAVAREA", area.name, None), _Tally()).add(share, one.first_s, one.last_s)
    counts = np.bincount(protected.firs_at(one.lon, one.lat).areas, minlength=len(protected.firs))
    for number in np.flatnonzero(counts).tolist():
        share = one.probability * float(counts[number]) / FALLS
        key: tuple[Role, str, str | None] = ("FIR", protected.firs[number][0], None)
        places.setdefault(key, _Tally()).add(share, one.first_s, one.last_s)


def _district_places(protected: Protected, districts: Mapping[int, _Tally]) -> Iterator[Place]:
    """Yield the districts worth telling, the likeliest first, with the neighbours of the likely ones."""
    told = {number: tally for number, tally in districts.items() if tally.probability >= TOLD}
    for number, tally in list(told.items()):
        if tally.probability >= WITH_NEIGHBOURS:
            for beside in protected.neighbours[number]:
                own = districts.get(beside, _Tally())
                near = told.get(beside)
                if near is None:
                    first, last = min(own.first_s, tally.first_s), max(own.last_s, tally.last_s)
                    told[beside] = _Tally(own.probability, first, last)
    for number, tally in sorted(told.items(), key=lambda item: (-item[1].probability, item[0])):
        district = protected.districts[number]
        yield _place("district", district.id, dict(district.names), district.state, tally)


def _other_places(protected: Protected, places: Mapping[tuple[Role, str, str | None], _Tally]) -> Iterator[Place]:
    """Yield waters and airspace worth telling, role by role, the likeliest first."""
    order = {"territorial sea": 0, "coastal state": 1, "NAVAREA": 2, "FIR": 3}
    firs = dict(protected.firs)
    told = [(key, tally) for key, tally in places.items() if tally.probability >= TOLD]
    for (role, name, state), tally in sorted(
        told, key=lambda item: (order[item[0][0]], -item[1].probability, item[0][1])
    ):
        if role == "territorial sea":
            zone = protected.zones[name]
            own = state_names(zone.states[0], protected.rows) if len(zone.states) == 1 else zone_names(zone)
            yield _place(role, name, own, zone.states[0] if len(zone.states) == 1 else None, tally)
        elif role == "coastal state":
            yield _place(role, name, state_names(name, protected.rows), state, tally)
        else:
            names = dict(firs[name]) if role == "FIR" else dict.fromkeys(("en", "ja", "ko"), name)
            yield _place(role, name, names, None, tally)


def _place(role: Role, name: str, names: dict[str, str], state: str | None, tally: _Tally) -> Place:
    timed = math.isfinite(tally.first_s)
    return Place(
        role=role,
        id=name,
        names=names,
        probability=_share(tally.probability),
        state=state,
        earliest_utc=format_instant(math.floor(tally.first_s)) if timed else None,
        latest_utc=format_instant(math.ceil(tally.last_s)) if timed else None,
    )


def _ellipse_rings(fall: ImpactPrediction) -> Iterable[Ring]:
    """Return the 95 % ellipse of a fall as closed rings."""
    turn = np.linspace(0.0, 2.0 * math.pi, _CORNERS, endpoint=False)
    ellipse = fall.ellipse_95
    along, across = 1e3 * ellipse.semi_major_km * np.cos(turn), 1e3 * ellipse.semi_minor_km * np.sin(turn)
    return _rings(*_moved(fall.lat_deg, fall.lon_deg, ellipse.azimuth_deg, along, -across))


def _rings(lon: Floats, lat: Floats) -> tuple[Ring, ...]:
    """Return corners as closed rings of five decimals, counter-clockwise; cut at the antimeridian."""
    if np.ptp(lon) > _HALF_DEG or np.abs(lat).max() > _POLAR_DEG:
        return split_rings(lon, lat)
    ring = [(round(float(x), 5), round(float(y), 5)) for x, y in zip(lon, lat, strict=True)]
    return ((*ring, ring[0]),)


_HALF_DEG, _POLAR_DEG = 180.0, 85.0


def _hull(points: Floats) -> tuple[Ring, ...]:
    """Return the hull of places (n, 2), lon/lat degrees, wider by `_PAD_KM`; nothing from too few."""
    import shapely

    if len(points) < _FEWEST_HULL:
        return ()
    middle = points[0]
    east = (points[:, 0] - middle[0] + 180.0) % 360.0 - 180.0
    scale = max(math.cos(math.radians(float(np.abs(points[:, 1]).mean()))), 0.1)
    km = np.column_stack([east * scale, points[:, 1]]) * _KM_A_DEGREE
    hull = shapely.buffer(shapely.convex_hull(shapely.linestrings(km)), _PAD_KM, quad_segs=2)
    ring = shapely.get_exterior_ring(shapely.orient_polygons(shapely.simplify(hull, 0.5)))
    x, y = shapely.get_coordinates(ring)[:-1].T / _KM_A_DEGREE
    return _rings((x / scale + middle[0] + 180.0) % 360.0 - 180.0, y)


_KM_A_DEGREE = 111.2

__all__ = ["Protected", "is_falling", "reach_of"]
