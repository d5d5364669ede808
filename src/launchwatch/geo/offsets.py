"""Distances and directions from places as areas: '250 km west of X', '300 km from X', 'within 50 km of X'.

A distance is as sure as its rounding, half a step of 50, 10 or 1, and 5 % of the whole for where it was measured
from; a direction covers its share of the rose of 8 or 16, evenly; the place itself has a size. Degrees, WGS84.
"""

from collections.abc import Sequence

import numpy as np

from launchwatch.basis.constants import KM_PER_MILE, KM_PER_NAUTICAL_MILE
from launchwatch.geo.areas import KERNEL_STEPS, Floats, PlaceArea, log_density_area, make_area, subset
from launchwatch.geo.coasts import at_sea, in_sea, point_name
from launchwatch.geo.gazetteer import with_article
from launchwatch.geo.phrases import Token

UNITS_KM = {"km": 1.0, "mi": KM_PER_MILE, "nm": KM_PER_NAUTICAL_MILE}
_UNIT_NAMES = {"km": "km", "mi": "miles", "nm": "nautical miles"}

_SPREAD = np.arange(-2.0, 2.01, 0.5)  # standard deviations at which a distance is sampled

_LEAST_KEPT = 0.02
"""A cut to the sea that leaves less than this of an area was not meant."""


def beyond(area: PlaceArea, compass: Token) -> PlaceArea:
    """Return 'north of X' without a distance: within 45 degrees of the direction, thinning out over 30 km."""
    distances = np.arange(10.0, 101.0, 10.0)
    bearings = float(compass.value) + np.linspace(-45.0, 45.0, 7)
    weights = np.exp(-distances / 30.0) * distances
    name = f"{point_name(compass)} of {with_article(area.name)}"
    return _polar(name, area, distances, weights, bearings)


def offset(anchor: PlaceArea, numbers: Sequence[float], unit: str, compass: Token) -> PlaceArea:
    """Return 'about 250 km northwest of X': a sector whose depth is the rounding of the number."""
    distances, weights = _distances(anchor, numbers, unit)
    bearings = float(compass.value) + compass.half_width_deg * np.linspace(-1.0, 1.0, 11)
    name = f"{_said(numbers, unit)} {point_name(compass)} of {with_article(anchor.name)}"
    return _polar(name, anchor, distances, weights, bearings)


def ring(anchor: PlaceArea, numbers: Sequence[float], unit: str) -> PlaceArea:
    """Return 'about 300 km from X', direction unsaid: a ring whose depth is the rounding of the number."""
    distances, weights = _distances(anchor, numbers, unit)
    name = f"{_said(numbers, unit)} from {with_article(anchor.name)}"
    return _polar(name, anchor, distances, weights, np.arange(0.0, 360.0, 5.0))


def disc(anchor: PlaceArea, numbers: Sequence[float], unit: str) -> PlaceArea:
    """Return 'within 300 km of X': evenly all of it."""
    reach = UNITS_KM[unit] * max(numbers)
    distances = reach * (np.arange(12) + 0.5) / 12
    name = f"within {_said(numbers, unit)} of {with_article(anchor.name)}"
    return _polar(name, anchor, distances, distances, np.arange(0.0, 360.0, 10.0))


def both(one: PlaceArea, other: PlaceArea) -> PlaceArea | None:
    """Return where two areas meet: '300 km from X and 500 km from Y'; None if they hardly do."""
    other_log = log_density_area(other, np.radians(one.lat_deg), np.radians(one.lon_deg))
    typical = np.average(log_density_area(other, np.radians(other.lat_deg), np.radians(other.lon_deg)))
    if other_log.max() < typical - 6.0:
        return None
    name = f"{one.name} and {other.name}"
    return subset(one, one.weights * np.exp(other_log - other_log.max()), name)


def cut_to_sea(area: PlaceArea, sea: str | None) -> PlaceArea:
    """Return what of an area is in a named sea, or in any; all of it if that leaves hardly anything."""
    held = in_sea(sea, area.lon_deg, area.lat_deg) if sea else at_sea(area.lon_deg, area.lat_deg)
    if area.weights[held].sum() < _LEAST_KEPT or held.all():
        return area
    return subset(area, np.where(held, area.weights, 0.0), area.name)


def segment(one: PlaceArea, other: PlaceArea) -> PlaceArea:
    """Return 'between X and Y' of two places: along the way, a sixth of it wide."""
    from pyproj import Geod

    (lon1, lat1), (lon2, lat2) = one.centre_deg, other.centre_deg
    geod = Geod(ellps="WGS84")
    azimuth, _, length = geod.inv(lon1, lat1, lon2, lat2)
    along = np.linspace(0.1, 0.9, 15) * length
    lon, lat, _ = geod.fwd(np.full(15, lon1), np.full(15, lat1), np.full(15, azimuth), along)
    name = f"between {with_article(one.name)} and {with_article(other.name)}"
    sigma_km = max(5.0, length / 6000)
    source = "; ".join(dict.fromkeys((one.source, other.source)))
    names = (*one.names, *other.names)
    return make_area(name, names, "offset", np.asarray(lon), np.asarray(lat), np.ones(15), sigma_km, source=source)


def _said(numbers: Sequence[float], unit: str) -> str:
    return f"{'-'.join(f'{number:g}' for number in sorted(numbers[:2]))} {_UNIT_NAMES[unit]}"


def _distances(anchor: PlaceArea, numbers: Sequence[float], unit: str) -> tuple[Floats, Floats]:
    mean, spread = said_distance(numbers)
    km = UNITS_KM[unit]
    sigma_km = float(np.hypot(km * spread, anchor.sigma_m / 1000))
    distances = mean * km + sigma_km * _SPREAD
    keep = distances > 0
    return distances[keep], np.exp(-0.5 * _SPREAD**2)[keep]


def named_distance(tokens: list[Token]) -> tuple[list[float], str] | None:
    """Return the one or two numbers before the first unit of length, and that unit."""
    at = next(i for i, token in enumerate(tokens) if token.kind in UNITS_KM)
    numbers: list[float] = []
    for token in reversed(tokens[max(0, at - _RANGE_REACH) : at]):
        if token.kind == "number":
            numbers.append(float(token.value))
        elif not numbers or (token.kind != "about" and token.text not in _TO):
            break
    numbers = numbers[:2] or [float(token.value) for token in tokens if token.kind == "number"][:2]
    return (numbers, tokens[at].kind) if numbers and 0 < max(numbers) <= LONGEST_KM else None


_RANGE_REACH = 4  # '250 to about 300 km'
_TO = frozenset(("to", "and", "から", "または"))

LONGEST_KM = 20_010.0
"""Half way round the earth: nothing is farther."""


def said_distance(numbers: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation of a reported distance, in its own unit.

    Officials round to 50 or 10; half a step, with 5 % of the whole for where it was measured from. Two numbers
    are the ends of a range.
    """
    if len(numbers) > 1:
        low, high = sorted(numbers)[:2]
        return (low + high) / 2, float(np.hypot((high - low) / 2, 0.05 * high))
    step = next((s for s in (50.0, 10.0, 1.0) if numbers[0] % s == 0), 1.0)
    return numbers[0], float(np.hypot(step / 2, 0.05 * numbers[0]))


def _polar(name: str, anchor: PlaceArea, distances: Floats, weights: Floats, bearings: Floats) -> PlaceArea:
    """Return the area at distances (km, with weights) and bearings (degrees) from an anchor's centre."""
    from pyproj import Geod

    lon0, lat0 = anchor.centre_deg
    far, bearing = (a.ravel() for a in np.meshgrid(distances, bearings, indexing="ij"))
    lon, lat, _ = Geod(ellps="WGS84").fwd(np.full(far.size, lon0), np.full(far.size, lat0), bearing, far * 1000)
    step = max(np.median(np.diff(distances)), float(distances.mean() * np.radians(np.median(np.diff(bearings)))))
    sigma_km = max(anchor.radius_km / np.sqrt(2), KERNEL_STEPS * step)
    each = np.repeat(weights, bearings.size)
    return make_area(
        name, anchor.names, "offset", np.asarray(lon), np.asarray(lat), each, sigma_km, source=anchor.source
    )
