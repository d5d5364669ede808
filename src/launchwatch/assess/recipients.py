"""Who must be told: the areas in which the impact may lie, with probability, earliest and latest arrival.

An area is told of where samples of the impact lie in it, and where the 95 % ellipse reaches into it. Any set of
areas can be asked (`Area`); this module makes those of flight information regions, NAVAREAs, coastal states and
first-level districts.
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
from launchwatch.geo.airspace import BASES, Firs
from launchwatch.geo.navareas import BASIS, NAVAREAS
from launchwatch.geo.phrases import districts as district_names
from launchwatch.geo.zones import Zone, Zones, read_shape, shape_names

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Role = Literal["FIR", "NAVAREA", "coastal state", "district"]

_FIRST_LAST = (0.005, 0.995)
_MARGINS = 400  # draws of which the nearest line of a region is looked up


@dataclass(frozen=True)
class Area:
    """An area that somebody answers for: role, names, and which points (lon, lat, degrees) lie in it.

    `reaches` tells whether a fall's 95 % ellipse meets it, which the points that fill the ellipse may not show.
    """

    role: Role
    name: str
    names: tuple[str, ...]
    contains: Callable[[Floats, Floats], Bools]
    basis: str
    reaches: Callable[[FallArea], bool] | None = None


def recipients(fall: FallArea, areas: Iterable[Area]) -> tuple[Recipient, ...]:
    """Return whom to tell among areas, role by role as they come, the likeliest first within each role."""
    found: list[Recipient] = []
    for area in areas:
        held = area.contains(fall.lon_deg, fall.lat_deg)
        reached = bool(area.contains(*fall.ellipse_points()).any()) or bool(area.reaches and area.reaches(fall))
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


def fir_areas(firs: Firs, fall: FallArea) -> Iterator[Area]:
    """Yield the flight information regions near the fall area; one is reached within its line's own error too."""
    step = max(1, len(fall.lon_deg) // _MARGINS)
    lon, lat = fall.lon_deg[::step], fall.lat_deg[::step]
    for fir in firs:
        west, south, east, north = firs.geometry(fir.id).bounds
        if not _meets((west - 1, south - 1, east + 1, north + 1), fall.bounds):
            continue
        margins = firs.margins(fir.id, lon, lat)
        edges = [fir.edges[i] for i in np.unique(margins.edge) if i >= 0]
        basis = max((edge.basis for edge in edges), key=BASES.index, default="from knowledge")
        known = "read in the AIP" if basis == "read" else f"{basis}, to be checked"
        said = f"line {known}, up to {float(margins.error_km.max()):.0f} km off"
        names = (*fir.names[1:], fir.row.served_by)
        yield Area("FIR", fir.called, names, _in_fir(firs, fir.id), said, _reaches_fir(firs, fir.id))


def _in_fir(firs: Firs, fir_id: str) -> Callable[[Floats, Floats], Bools]:
    def contains(lon: Floats, lat: Floats) -> Bools:
        return firs.inside(fir_id, lon, lat)

    return contains


def _reaches_fir(firs: Firs, fir_id: str) -> Callable[[FallArea], bool]:
    def reaches(fall: FallArea) -> bool:
        margins = firs.margins(fir_id, *fall.ellipse_points())
        return bool((margins.km <= margins.error_km).any())

    return reaches


def known_areas(zones: Zones, firs: Firs, fall: FallArea) -> Iterator[Area]:
    """Yield the flight information regions, NAVAREAs, coastal states and districts that can be near the fall."""
    yield from fir_areas(firs, fall)
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

    known = {name: archive for archive in _DISTRICTS for name in shape_names(archive)}
    for key, (english, *others) in district_names().items():
        if key not in known:
            continue
        shape, state = read_shape(known[key], key), "PRK" if key.startswith("province:") else key.split(":")[1]
        if _meets(shape.bounds, fall.bounds):
            shapely.prepare(shape)
            basis = "Natural Earth 1:10m, land only"
            yield Area("district", english, (*others, state), _within(shape), basis, _reaches(shape))


_DISTRICTS = ("regions_natural_earth", "districts_natural_earth")


def _reaches(shape: object) -> Callable[[FallArea], bool]:
    """Return whether an ellipse meets a shape: small islands lie between the points that fill it."""

    def reaches(fall: FallArea) -> bool:
        import shapely

        lon, lat = fall.ellipse_edge()
        if abs(lat).max() > _POLAR_DEG:
            return False
        ring = np.column_stack((np.degrees(np.unwrap(np.radians(lon % 360))), lat))
        return bool(shapely.intersects(shape, shapely.make_valid(shapely.polygons(ring))))

    return reaches


_POLAR_DEG = 88.0  # no district lies so near a pole, where a ring in longitude and latitude is none


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
