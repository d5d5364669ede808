"""The ranges that speakers gave where they do not fit each other, as arcs for a map."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from launchwatch.facts import Disagreement, Event, Flight
from launchwatch.geo.geodesic import destination
from launchwatch.tell.wording import say_figure

_ARC_LEAST_RAD = math.radians(9.0)


@dataclass(frozen=True)
class ClaimedRange:
    """A range that one side of a disagreement gave: an arc about the launch point, lon/lat degrees."""

    who: str
    text: str
    arc: tuple[tuple[float, float], ...]


def claimed_ranges(event: Event) -> Iterable[ClaimedRange]:
    """Yield the ranges that speakers gave where they do not fit; each speaker's figure once."""
    if not event.objects:
        return
    flight = event.objects[0]
    seen = set()
    for disagreement in event.disagreements:
        for who, km, text in _figures(disagreement):
            if (who, km) not in seen and km > 0:
                seen.add((who, km))
                yield ClaimedRange(who, f"{who}: {text} km", _arc(flight, km))


def _figures(disagreement: Disagreement) -> Iterable[tuple[str, float, str]]:
    if disagreement.attribute != "range_km":
        return
    for view in disagreement.views:
        if isinstance(view.value, tuple):
            yield view.source, sum(view.value) / 2, " to ".join(say_figure(v) for v in view.value)
        else:
            yield view.source, float(view.value), say_figure(view.value)


def _arc(flight: Flight, km: float) -> tuple[tuple[float, float], ...]:
    lat, lon = math.radians(flight.launch.lat_deg), math.radians(flight.launch.lon_deg)
    middle = math.radians(flight.azimuth_deg.median)
    half = max(_ARC_LEAST_RAD, math.radians(flight.azimuth_deg.p95 - flight.azimuth_deg.p05) / 2)
    turn = middle + np.linspace(-min(half, 0.6), min(half, 0.6), 61)
    lats, lons = destination(lat, lon, turn, km * 1e3)
    return tuple((float(x), float(y)) for x, y in zip(np.degrees(lons), np.degrees(lats), strict=True))
