"""What no missile's flight can do: bounds of figures, each with its reason in words.

A figure beyond them is kept as a claim and not weighed: a likelihood with tails as broad as speakers' errors would
still draw the flight towards it.
"""

import math
from typing import Final

from launchwatch.basis.constants import MEAN_RADIUS_M

FARTHEST_KM: Final = round(math.pi * MEAN_RADIUS_M / 1e3)
"""Half the earth's circumference: no two places are farther apart over ground."""

HIGHEST_KM: Final = 20_000.0
"""Three times the highest published apogee of a missile, and what a speed just below escape leads to."""

LONGEST_MIN: Final = 360.0
"""A path to 20,000 km and back lasts 347 minutes (Kepler's third law)."""

FASTEST_MACH: Final = 37.0
"""Escape from the earth, 11.2 km/s, over a speed of sound of 300 m/s."""

_BOUNDS: Final = {
    "range_km": (FARTHEST_KM, "km", f"no two places on earth are farther apart than {FARTHEST_KM:,.0f} km"),
    "apogee_km": (HIGHEST_KM, "km", f"a missile that falls back climbs no higher than {HIGHEST_KM:,.0f} km"),
    "flight_time_min": (
        LONGEST_MIN, "minutes", f"a missile that falls back is aloft for no more than {LONGEST_MIN:.0f} minutes",
    ),
    "speed_mach": (FASTEST_MACH, "Mach", f"beyond Mach {FASTEST_MACH:.0f} an object leaves the earth"),
}  # fmt: skip
_POSITIVE: Final = {
    "range_km": "a distance flown is more than 0 km",
    "apogee_km": "a height reached is more than 0 km",
    "flight_time_min": "a flight lasts more than 0 minutes",
    "speed_mach": "a speed is more than Mach 0",
}


def impossible(attribute: str, value: object, qualifier: str | None = None) -> str | None:
    """Return why no flight can have a figure (km, minutes, Mach), or None where one can, or it is no figure.

    Of an interval one possible end suffices, and a bound is possible unless nothing satisfies it.
    """
    if attribute not in _BOUNDS:
        return None
    ends = value if isinstance(value, tuple | list) else (value,)
    figures = [float(end) for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if not figures:
        return None
    if any(math.isnan(figure) for figure in figures):
        return "it is no number"
    most, _, above = _BOUNDS[attribute]
    if max(figures) <= 0 and qualifier != "at_least":
        return _POSITIVE[attribute]
    return above if min(figures) > most and qualifier != "at_most" else None
