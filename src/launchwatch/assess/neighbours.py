"""Which earlier flights are like this one: the nearest of the catalogue, by a scaled distance.

    d^2 = mean of ((x - x_i) / s)^2 over range, apogee, bearing, launch site

Range and apogee by their logarithms. Each s joins the error of one published figure with the estimate's own
spread, so that what is not known decides nothing; what either side does not tell is left out of the mean. It is a
list to look at: nothing of it enters the estimate.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from launchwatch.facts import Flight, Interval
from launchwatch.facts.catalogue import PastFlight, past_flights
from launchwatch.facts.speakers import AUTHORITY_ERROR
from launchwatch.geo.geodesic import distance_and_azimuth

NEIGHBOURS = 10
_BEARING_DEG = {"azimuth": 4.0, "compass": 20.0}  # as claims of directions are weighed
_SITE_KM = 15.0  # "near a place" is said up to one county away
_SIGMAS_OF_90 = 3.29
_SIGMAS_OF_ELLIPSE = 2.448
_ANY_DIRECTION_DEG = 300.0


@dataclass(frozen=True)
class Neighbour:
    """An earlier flight, how far it is from this one, and what the distance was reckoned over, with each part."""

    flight: PastFlight
    distance: float
    over: dict[str, float]


def neighbours(
    flight: Flight, *, before: str | None, among: Iterable[PastFlight] | None = None, count: int = NEIGHBOURS
) -> list[Neighbour]:
    """Return the nearest flights that were before an ISO date, nearest first; of any date where none is given.

    One that shares neither range nor apogee with the estimate, or nothing else, is no neighbour.
    """
    found = []
    for past in past_flights() if among is None else among:
        if before is not None and not past.date < before[: len(past.date)]:
            continue
        over = {name: round(value, 3) for name, value in _parts(flight, past)}
        if len(over) >= 2 and not {"range", "apogee"}.isdisjoint(over):
            distance = math.sqrt(sum(value * value for value in over.values()) / len(over))
            found.append(Neighbour(past, round(distance, 3), over))
    return sorted(found, key=lambda one: (one.distance, -len(one.over), one.flight.id))[:count]


def _parts(flight: Flight, past: PastFlight) -> Iterator[tuple[str, float]]:
    """Yield the differences between a flight and an earlier one, each over its scale."""
    for name, value, known in (
        ("range", flight.range_km, past.range_km),
        ("apogee", flight.apogee_km, past.apogee_km),
    ):
        if known is not None and value.p05 > 0:
            relative, absolute = AUTHORITY_ERROR[f"{name}_km"]
            spread = math.log(value.p95 / value.p05) / _SIGMAS_OF_90
            scale = math.hypot(relative, absolute / known, spread)
            yield name, math.log(value.median / known) / scale
    if past.bearing_deg is not None and past.bearing_stated is not None and _told(flight.azimuth_deg):
        own = (flight.azimuth_deg.p95 - flight.azimuth_deg.p05) / _SIGMAS_OF_90
        turn = math.remainder(flight.azimuth_deg.median - past.bearing_deg, 360)
        yield "bearing", turn / math.hypot(own, _BEARING_DEG[past.bearing_stated])
    if past.launch_lat_deg is not None and past.launch_lon_deg is not None:
        ends = (flight.launch.lat_deg, flight.launch.lon_deg, past.launch_lat_deg, past.launch_lon_deg)
        apart, _ = distance_and_azimuth(*(math.radians(end) for end in ends))
        ellipse = flight.launch.ellipse_95
        own = math.sqrt(max(ellipse.semi_major_km * ellipse.semi_minor_km, 0.0)) / _SIGMAS_OF_ELLIPSE
        yield "site", float(apart) / 1e3 / math.hypot(own, _SITE_KM)


def _told(azimuth: Interval) -> bool:
    """Tell whether anybody has told a direction: an interval all around the compass is none."""
    return azimuth.p95 - azimuth.p05 <= _ANY_DIRECTION_DEG
