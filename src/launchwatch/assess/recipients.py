"""Who must be told: the areas in which the impact may lie, with probability, earliest and latest arrival.

An area is told of where samples of the impact lie in it, and where the 95 % ellipse reaches into it. Any set of
areas can be asked (`Area`); this module makes those of NAVAREAs, coastal states and first-level districts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from launchwatch.assess.fallarea import FallArea
from launchwatch.basis.instants import format_instant
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.facts import Recipient
from launchwatch.geo.navareas import BASIS, NAVAREAS
from launchwatch.geo.zones import Zone, Zones, read_shape, shape_names

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Role = Literal["FIR", "NAVAREA", "coastal state", "district"]

_FIRST_LAST = (0.005, 0.995)


@dataclass(frozen=True)
class Area:
    """An area that somebody answers for: role, names, and which points (lon, lat, degrees) lie in it."""

    role: Role
    name: str
    names: tuple[str, ...]
    contains: Callable[[Floats, Floats], Bools]
    basis: str


def recipients(fall: FallArea, areas: Iterable[Area]) -> tuple[Recipient, ...]:
    """Return whom to tell among areas, role by role as they come, the likeliest first within each role."""
    lon, lat = fall.ellipse_points()
    found: list[Recipient] = []
    for area in areas:
        held = area.contains(fall.lon_deg, fall.lat_deg)
        reached = bool(area.contains(lon, lat).any())
        if reached or held.any():
            found.append(_recipient(area, fall, held, within_95=reached))
    roles = {role: at for at, role in enumerate(dict.fromkeys(one.role for one in found))}
    return tuple(sorted(found, key=lambda one: (roles[one.role], -one.probability, one.name)))


def _recipient(area: Area, fall: FallArea, held: Bools, *, within_95: bool) -> Recipient:
    own = held if held.any() else np.ones(len(held), dtype=np.bool_)
    first, last = None, None
    if fall.timed:
        bounds = weighted_quantile(fall.time_s[own], fall.weight[own], _FIRST_LAST)
        first, last = (format_instant(round(bound)) for bound in bounds)
    return Recipient(
        role=area.role,
        name=area.name,
        names=area.names,
        probability=round(float(np.clip(fall.weight @ held, 0.0, 1.0)), 4),
        within_95=within_95,
        earliest_utc=first,
        latest_utc=last,
        basis=area.basis,
    )


def known_areas(zones: Zones, fall: FallArea) -> Iterator[Area]:
    """Yield the NAVAREAs, coastal states and districts that can be near the fall area."""
    for area in NAVAREAS:
        yield Area("NAVAREA", area.name, (area.coordinator,), area.contains, BASIS)
    yield from _states(zones, fall)
    yield from _districts(fall)


def _states(zones: Zones, fall: FallArea) -> Iterator[Area]:
    near = [zone for zone in zones if _meets(zone.bounds, fall.bounds)]
    for state in sorted({state for zone in near for state in zone.states}):
        own = [zone for zone in near if state in zone.states]
        names = next((z.names for z in zones.select(kind="land", state=state) if not z.overlay), (state,))
        kinds = "land, territorial sea and economic zone, computed, not legal"
        disputed = any(len(zone.states) > 1 for zone in own)
        basis = kinds + ("; disputed areas with every claimant" if disputed else "")
        yield Area("coastal state", names[0], (*names[1:], state), _in_any(zones, own), basis)


def _in_any(zones: Zones, own: Sequence[Zone]) -> Callable[[Floats, Floats], Bools]:
    def contains(lon: Floats, lat: Floats) -> Bools:
        held = np.zeros(len(lon), dtype=np.bool_)
        for zone in own:
            asked = zones.covered(lon, lat) | zone.complete
            if asked.any():
                held[asked] |= zones.inside(zone.id, lon[asked], lat[asked])
        return held

    return contains


def _districts(fall: FallArea) -> Iterator[Area]:
    import shapely

    for name in shape_names("regions_natural_earth"):
        kind, _, district = name.partition(":")
        if kind == "province":
            shape = read_shape("regions_natural_earth", name)
            if _meets(shape.bounds, fall.bounds):
                shapely.prepare(shape)
                yield Area("district", district, ("PRK",), _within(shape), "Natural Earth 1:10m, land only")


def _within(shape: object) -> Callable[[Floats, Floats], Bools]:
    def contains(lon: Floats, lat: Floats) -> Bools:
        import shapely

        held: Bools = shapely.contains_xy(shape, lon, lat)
        return held

    return contains


def _meets(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Return whether two boxes (west, south, east, north, degrees) overlap; one over 180 E is asked twice."""
    if one[1] > other[3] or one[3] < other[1]:
        return False
    return any(one[0] <= other[2] + turn and one[2] >= other[0] + turn for turn in (-360.0, 0.0, 360.0))
