"""What one state of a track can reach: the tracker's impact ellipses laid over territory, waters and airspace.

    where it falls    the falls of its hypotheses (`assess.falls`), which add up with their probabilities; what is
                      left never comes down
    what it passes    the ways to them
    where it is       its own position at this state, and at those before

Only the state and its own past positions enter: no claim, no report, no other track. The points are fixed, so that
the same state reaches the same.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from launchwatch.assess.falls import FALLS, Falls, Floats, Ways, closed_rings, fall_rings, lay_out
from launchwatch.assess.protected import NAVAREAS, Protected, state_names, zone_names
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    Place,
    Provenance,
    Reach,
    TrackedState,
    TrackUpdate,
)
from launchwatch.facts.warning import Ring, Role
from launchwatch.geo.ellipsoid import geodetic_from_ecef

Bools = NDArray[np.bool_]

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
_PAD_KM = 10.0  # around what a public ring holds: half a step along the way
_FEWEST_HULL = 3


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
    carried = _carried(update, now_s, before)
    ground = carried or replace(_on_ground(protected, *lay_out(update, now_s)), forecast=_forecast(update))
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
        fall_rings=tuple(fall_rings(update)),
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


def _on_ground(protected: Protected, falls: list[Falls], ways: list[Ways]) -> _Ground:
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


def _add_districts(districts: dict[int, _Tally], numbers: NDArray[np.int64], one: Falls) -> None:
    counts = np.bincount(numbers[numbers >= 0]) if (numbers >= 0).any() else np.empty(0)
    for number in np.flatnonzero(counts).tolist():
        share = one.probability * float(counts[number]) / FALLS
        districts.setdefault(number, _Tally()).add(share, one.first_s, one.last_s)


def _add_passed(passed: dict[int, _Tally], numbers: NDArray[np.int64], way: Ways) -> None:
    """Add the districts that ways pass over, from the first to the last of the times at which one does."""
    for number in np.unique(numbers[numbers >= 0]).tolist():
        there = numbers == number
        times = way.time_s[there.any(axis=0)]
        share = way.probability * float(there.any(axis=1).mean())
        passed.setdefault(number, _Tally()).add(share, float(times[0]), float(times[-1]))


def _add_zones(
    places: dict[tuple[Role, str, str | None], _Tally], protected: Protected, one: Falls,
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


def _add_waters(places: dict[tuple[Role, str, str | None], _Tally], protected: Protected, one: Falls) -> None:
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
        yield _place("district", district.id, district.names, district.state, tally)


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
            names = firs[name] if role == "FIR" else dict.fromkeys(("en", "ja", "ko"), name)
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
    return closed_rings((x / scale + middle[0] + 180.0) % 360.0 - 180.0, y)


_KM_A_DEGREE = 111.2

__all__ = ["Protected", "is_falling", "reach_of"]
