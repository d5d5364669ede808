"""Where it fell in words: a distance and a direction from a place that officials measure from."""

from collections.abc import Iterator

import numpy as np

from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.facts import FallWords, Flight, FlightSamples, Interval
from launchwatch.geo.describe import describe_point
from launchwatch.geo.geodesic import distance_and_azimuth


def is_pointed(flight: Flight) -> bool:
    """Return whether anything tells a flight's direction: without it, whose waters it fell in is not assessed."""
    return bool(flight.trace["azimuth_deg"] or flight.trace["impact"])


def describe_fall(flight: Flight, samples: FlightSamples) -> Iterator[FallWords]:
    """Yield the middle of a flight's fall area in words; where it falls into separate groups, of each group.

    The distance's interval is of the group's samples, those nearer to its middle than to another's.
    """
    groups = [(mode.share, mode.impact) for mode in flight.range_modes] or [(1.0, flight.impact)]
    lat, lon = samples.impact_lat_rad, samples.impact_lon_rad
    away = [_distances(np.radians(point.lat_deg), np.radians(point.lon_deg), lat, lon) for _, point in groups]
    owner = np.argmin(away, axis=0)
    for at, (share, point) in enumerate(groups):
        said = describe_point(point.lat_deg, point.lon_deg)
        own, distance = owner == at, None
        if said.anchor is not None and own.any():
            far = _distances(np.radians(said.anchor[0]), np.radians(said.anchor[1]), lat[own], lon[own]) / 1000
            low, middle, high = weighted_quantile(far, samples.weight[own], (0.05, 0.5, 0.95))
            distance = Interval(median=round(middle, 1), p05=round(low, 1), p95=round(high, 1))
        yield FallWords(
            item=flight.item,
            share=round(share, 4),
            lat_deg=point.lat_deg,
            lon_deg=point.lon_deg,
            text={str(language): text for language, text in said.text.items()},
            place={str(language): name for language, name in said.place.items()} if said.place else None,
            direction=said.direction,
            distance_km=distance,
        )


def _distances(lat: float, lon: float, to_lat: np.ndarray, to_lon: np.ndarray) -> np.ndarray:
    distance, _ = distance_and_azimuth(np.full(len(to_lat), lat), np.full(len(to_lat), lon), to_lat, to_lon)
    return np.asarray(distance)
