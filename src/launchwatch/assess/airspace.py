"""Which flight information regions, airways and airports a fall, or the path below a height, touches, and when.

Probabilities are shares of draws. A FIR's come with what they would be if its line were off by its error, and with
what the line is known from; within that error the answer is 'too close to call'.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from launchwatch.assess.overflight import FINER, interval
from launchwatch.basis.instants import format_instant
from launchwatch.basis.likelihood import say_likelihood
from launchwatch.bayes.sampling import systematic_resample
from launchwatch.facts import AirspaceTouch, FlightSamples, Interval, PathSamples
from launchwatch.geo.airspace import BASES, Airports, Airways, Fir, Firs, Holding
from launchwatch.geo.geodesic import destination, distance_and_azimuth
from launchwatch.geo.surface import surface_ecef

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
PartName = Literal["fall", "climb", "descent"]

BELOW_KM = 20.0
"""Height below which a path concerns aircraft: flight level 660, above all civil traffic."""

AIRWAY_KM = 18.5
"""How near to an airway's line is on it: ten nautical miles, what oceanic traffic may be off to each side."""

AIRPORT_KM = 20.0
"""How near to an airport is at it: its control zone and the last miles of an approach."""

WORTH_TELLING = 0.005
_MARGINS = 500
_LEG_KM = 5.0


@dataclass(frozen=True)
class Part:
    """Places of many draws that one question is asked of: each (m,), with the draw it belongs to and its time.

    `weight` (n,) is the draws', and sums to 1.
    """

    name: PartName
    below_km: float | None
    lon_deg: Array
    lat_deg: Array
    time_s: Array
    owner: Ints
    weight: Array


def fall_part(samples: FlightSamples) -> Part:
    """Return where and when a posterior's draws fall: an even subset, the same for the same samples."""
    pick = systematic_resample(samples.weight, min(2000, 4 * len(samples)), np.random.default_rng(0))
    n = len(pick)
    return Part(
        "fall", None, _wrapped(samples.impact_lon_rad[pick]), np.degrees(samples.impact_lat_rad[pick]),
        samples.flight_time_s[pick], np.arange(n), np.full(n, 1 / n),
    )  # fmt: skip


def path_parts(paths: PathSamples, below_km: float = BELOW_KM) -> list[Part]:
    """Return the climbs and descents of paths below a height; a path that stays below is climb up to its top."""
    dense = paths.finer(FINER)
    height = np.where(np.isfinite(dense.height_m), dense.height_m, -math.inf)
    top = height.argmax(axis=1)
    low = (height > -math.inf) & (height < 1e3 * below_km)
    rising = np.arange(height.shape[1]) <= top[:, None]
    parts = []
    names: tuple[tuple[PartName, Bools], ...] = (("climb", low & rising), ("descent", low & ~rising))
    for name, mask in names:
        owner, at = np.nonzero(mask)
        lon, lat = _wrapped(dense.lon_rad[mask]), np.degrees(dense.lat_rad[mask])
        parts.append(Part(name, below_km, lon, lat, dense.time_s[at], owner, dense.weight))
    return parts


def _wrapped(lon_rad: Array) -> Array:
    return np.asarray((np.degrees(lon_rad) + 180) % 360 - 180)


def assess_airspace(
    parts: list[Part], firs: Firs, airports: Airports, airways: Airways | None, *, item: int = 1,
    start_s: float | None = None,
) -> list[AirspaceTouch]:  # fmt: skip
    """Return what the parts touch: FIRs, then airways, then airports; the likeliest first."""
    found: list[AirspaceTouch] = []
    for part in parts:
        if len(part.owner):
            found += _firs(part, firs, item, start_s)
            found += _near_lines(part, airways, item, start_s) if airways is not None else []
            found += _near_airports(part, airports, item, start_s)
    order = {"FIR": 0, "airway": 1, "airport": 2}
    parted = {"fall": 0, "descent": 1, "climb": 2}
    return sorted(found, key=lambda one: (parted[one.part], order[one.kind], -one.probability, one.id))


def _firs(part: Part, firs: Firs, item: int, start_s: float | None) -> Iterator[AirspaceTouch]:
    for fir in firs:
        inside = firs.inside(fir.id, part.lon_deg, part.lat_deg)
        share = _share(part, inside)
        low, high, error, basis, source = _line(part, firs, fir)
        low, high = min(low, share), max(high, share)
        if high < WORTH_TELLING:
            continue
        relation: Holding = "too close to call"
        if low > _EVEN or high < _EVEN:
            relation = "inside" if low > _EVEN else "outside"
        held = inside if inside.any() else np.ones_like(inside)
        yield _touch(
            part, held, kind="FIR", id_=fir.id, names=fir.names, within_km=0.0, chances=(low, share, high),
            relation=relation, basis=basis, source=source, error=error, called=fir.called, item=item,
            start_s=start_s,
        )  # fmt: skip


_EVEN = 0.5


def _line(part: Part, firs: Firs, fir: Fir) -> tuple[float, float, float, str, str]:
    """Return the least and greatest share inside, and error, basis and source of the lines that decide.

    The basis is the weakest of the lines near which a draw lies, or of the nearest one.
    """
    step = max(1, len(part.owner) // (_MARGINS * (1 if part.name == "fall" else 10)))
    pick = slice(None, None, step)
    margins = firs.margins(fir.id, part.lon_deg[pick], part.lat_deg[pick])
    sub = replace(
        part,
        lon_deg=part.lon_deg[pick],
        lat_deg=part.lat_deg[pick],
        time_s=part.time_s[pick],
        owner=part.owner[pick],
    )
    asked_of = _share(sub, np.ones(len(sub.owner), dtype=np.bool_))
    low = _share(sub, margins.km < -margins.error_km) / asked_of
    high = _share(sub, margins.km < margins.error_km) / asked_of
    near = np.abs(margins.km) <= margins.error_km
    asked = np.unique(margins.edge[near]) if near.any() else margins.edge[[int(np.abs(margins.km).argmin())]]
    edges = [fir.edges[i] for i in asked if i >= 0]
    if not edges:
        return low, high, float(np.median(margins.error_km)), "from knowledge", "drawn land (Natural Earth 1:10m)"
    weakest = max(edges, key=lambda edge: (BASES.index(edge.basis), edge.error_km))
    return low, high, weakest.error_km, weakest.basis, weakest.source


def _share(part: Part, hit: Bools) -> float:
    """Return the weight of the draws of which any place is hit."""
    touched = np.zeros(len(part.weight), dtype=np.bool_)
    touched[part.owner[hit]] = True
    return float(np.clip(part.weight @ touched, 0.0, 1.0))


def _near_lines(part: Part, airways: Airways, item: int, start_s: float | None) -> Iterator[AirspaceTouch]:
    west, east = part.lon_deg.min() - 1.0, part.lon_deg.max() + 1.0
    south, north = part.lat_deg.min() - 1.0, part.lat_deg.max() + 1.0
    low, high = np.minimum(airways.start, airways.end), np.maximum(airways.start, airways.end)
    # A leg over the antimeridian has a box round the other side of the earth, and is looked at wherever it is.
    over = (high[:, 0] - low[:, 0]) > 180
    boxed = (high[:, 1] >= south) & (low[:, 1] <= north)
    boxed &= over | ((high[:, 0] >= west) & (low[:, 0] <= east))
    places = _km(part.lat_deg, part.lon_deg)
    routes: dict[str, list[Array]] = {}
    for leg in np.flatnonzero(boxed):
        routes.setdefault(airways.route[leg], []).append(_leg(airways.start[leg], airways.end[leg]))
    for route, legs in sorted(routes.items()):
        reach = math.hypot(AIRWAY_KM, _LEG_KM / 2)
        away, _ = cKDTree(np.concatenate(legs)).query(places, distance_upper_bound=reach)
        hit = np.isfinite(away)
        share = _share(part, hit)
        if share >= WORTH_TELLING:
            yield _touch(
                part, hit, kind="airway", id_=route, names=(route,), within_km=AIRWAY_KM, chances=(share,) * 3,
                relation=_side(share), basis="second-hand", source=airways.source, error=0.0,
                called=f"airway {route}", item=item, start_s=start_s,
            )  # fmt: skip


def _leg(start: Array, end: Array) -> Array:
    """Return points of a leg at most 5 km apart, earth-fixed, km, (m, 3)."""
    lat, lon = np.radians(start[1]), np.radians(start[0])
    far, azimuth = distance_and_azimuth(lat, lon, np.radians(end[1]), np.radians(end[0]))
    count = max(2, math.ceil(float(far) / 1e3 / _LEG_KM) + 1)
    at_lat, at_lon = destination(lat, lon, azimuth, np.maximum(np.linspace(0, 1, count) * far, 1e-6))
    return surface_ecef(at_lat, at_lon) / 1e3


def _km(lat_deg: Array, lon_deg: Array) -> Array:
    return surface_ecef(np.radians(lat_deg), np.radians(lon_deg)) / 1e3


def _near_airports(part: Part, airports: Airports, item: int, start_s: float | None) -> Iterator[AirspaceTouch]:
    places = _km(part.lat_deg, part.lon_deg)
    airport_km = _km(airports.lat_deg, airports.lon_deg)
    away, _ = cKDTree(places).query(airport_km, distance_upper_bound=AIRPORT_KM)
    for i in np.flatnonzero(np.isfinite(away)):
        hit = np.linalg.norm(places - airport_km[i], axis=1) <= AIRPORT_KM
        share = _share(part, hit)
        if share >= WORTH_TELLING:
            name = f"{airports.name[i]} ({airports.icao[i]})"
            yield _touch(
                part, hit, kind="airport", id_=airports.icao[i], names=(airports.name[i],), within_km=AIRPORT_KM,
                chances=(share,) * 3, relation=_side(share), basis="second-hand", source="airportsdata 20260905",
                error=0.0, called=name, item=item, start_s=start_s,
            )  # fmt: skip


def _side(share: float) -> Literal["inside", "outside"]:
    return "inside" if share > _EVEN else "outside"


def _touch(
    part: Part, hit: Bools, *, kind: Literal["FIR", "airway", "airport"], id_: str, names: tuple[str, ...],
    within_km: float, chances: tuple[float, float, float], relation: Holding,
    basis: str, source: str, error: float, called: str, item: int, start_s: float | None,
) -> AirspaceTouch:  # fmt: skip
    first, last, weight = _times(part, hit)
    from_s, until_s = interval(first, weight), interval(last, weight)
    low, share, high = (round(chance, 4) for chance in chances)
    return AirspaceTouch(
        item=item,
        kind=kind,
        part=part.name,
        below_km=part.below_km,
        within_km=within_km,
        id=id_,
        names=names,
        probability=share,
        probability_low=low,
        probability_high=high,
        relation=relation,
        from_s=from_s,
        until_s=until_s,
        from_utc=format_instant(start_s + from_s.median) if start_s is not None else None,
        until_utc=format_instant(start_s + until_s.median) if start_s is not None else None,
        basis=basis,
        source=source,
        line_error_km=error,
        wording=_wording(part, kind, called, (low, share, high), relation, (from_s, until_s), basis, error),
    )


def _times(part: Part, hit: Bools) -> tuple[Array, Array, Array]:
    """Return when each draw that is hit is first and last, and the weights of those draws, which sum to 1."""
    owner, time = part.owner[hit], part.time_s[hit]
    draws, index = np.unique(owner, return_inverse=True)
    first, last = np.full(len(draws), np.inf), np.full(len(draws), -np.inf)
    np.minimum.at(first, index, time)
    np.maximum.at(last, index, time)
    weight = part.weight[draws]
    return first, last, weight / weight.sum()


_KNOWN = {
    "read": "read in the AIP",
    "second-hand": "second-hand, to be checked",
    "from knowledge": "from knowledge, to be checked",
}


def _wording(
    part: Part, kind: str, called: str, chances: tuple[float, float, float], relation: str,
    times: tuple[Interval, Interval], basis: str, error: float,
) -> str:  # fmt: skip
    low, share, high = chances
    what = {"fall": "falls", "climb": f"climbs below {part.below_km:.0f} km" if part.below_km else "",
            "descent": f"comes down below {part.below_km:.0f} km" if part.below_km else ""}[part.name]  # fmt: skip
    where = {"FIR": f"in the {called}", "airway": f"within {AIRWAY_KM:g} km of {called}",
             "airport": f"within {AIRPORT_KM:g} km of {called}"}[kind]  # fmt: skip
    span = f"{times[0].median:.0f} to {times[1].median:.0f} s after lift-off"
    when = f"{times[0].median:.0f} s after lift-off" if part.name == "fall" else span
    if kind != "FIR":
        return f"{say_likelihood(share)} that it {what} {where}, {when}"
    line = f"line {_KNOWN[basis]}, up to {error:.0f} km off"
    if relation == "too close to call":
        return f"too close to call: {say_likelihood(share)} that it {what} {where} ({line})"
    if relation == "outside":
        return f"{say_likelihood(high)} at most that it {what} {where} ({line})"
    return f"{say_likelihood(low)} that it {what} {where}, {when} ({line})"


def airports_near(airports: Airports, lat_deg: float, lon_deg: float, within_km: float) -> list[dict[str, Any]]:
    """Return the airports within a distance of a place, the nearest first."""
    far, _ = distance_and_azimuth(
        math.radians(lat_deg), math.radians(lon_deg), np.radians(airports.lat_deg), np.radians(airports.lon_deg)
    )
    near = [i for i in np.argsort(far, kind="stable") if far[i] <= 1e3 * within_km]
    return [
        {"icao": airports.icao[i], "iata": airports.iata[i], "name": airports.name[i],
         "distance_km": round(float(far[i]) / 1e3, 1)}
        for i in near
    ]  # fmt: skip


def airways_near(airways: Airways, lat_deg: float, lon_deg: float, within_km: float) -> list[dict[str, Any]]:
    """Return the airways whose lines pass within a distance of a place, the nearest first."""
    place = _km(np.array([lat_deg]), np.array([lon_deg]))
    ends = [_km(end[:, 1], end[:, 0]) for end in (airways.start, airways.end)]
    # A leg as near as that lies, with its nearer end, no farther than the distance and half its own length.
    close = np.min([np.linalg.norm(end - place, axis=1) for end in ends], axis=0)
    legs = np.flatnonzero(close <= within_km + np.linalg.norm(ends[0] - ends[1], axis=1) / 2 + _LEG_KM)
    nearest: dict[str, float] = {}
    for leg in legs:
        far = _from_line(place[0], _leg(airways.start[leg], airways.end[leg]))
        nearest[airways.route[leg]] = min(far, nearest.get(airways.route[leg], math.inf))
    told = sorted((far, route) for route, far in nearest.items() if far <= within_km)
    return [{"route": route, "distance_km": round(far, 1)} for far, route in told]


def _from_line(place: Array, line: Array) -> float:
    """Return the distance, km, of a place (3,) from a line of points (m, 3)."""
    step = np.diff(line, axis=0)
    away = place - line[:-1]
    share = np.clip((away * step).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1e-12), 0, 1)
    return float(np.linalg.norm(away - share[:, None] * step, axis=1).min())
