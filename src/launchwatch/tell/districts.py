"""First-level districts as CAP geocodes: ISO 3166-2 (2020) codes, and the boxes that their shapes lie in."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from launchwatch.facts import Place

GEOCODE = "ISO 3166-2"
"""CAP valueName of the codes."""

Box = tuple[float, float, float, float]


@cache
def district_codes() -> dict[str, str]:
    """Return ISO 3166-2 codes by the ids of districts' shapes (`geo.phrases.districts`)."""
    return msgspec.json.decode(
        (files("launchwatch.tell") / "data" / "iso3166_2.json").read_bytes(), type=dict[str, str]
    )


@cache
def _ids() -> dict[str, str]:
    return {code: key for key, code in district_codes().items()}


def code_of(place: Place) -> str | None:
    """Return a district's ISO 3166-2 code, whether its id is a shape's or the code; None if it has neither."""
    if place.role != "district":
        return None
    return place.id if place.id in _ids() else district_codes().get(place.id)


def is_known(code: str) -> bool:
    """Return whether a code is of a district whose shape is known."""
    return code in _ids()


@cache
def boxes_of(code: str) -> tuple[Box, ...]:
    """Return the boxes (west, south, east, north, degrees) of a district's parts, islands apart.

    There are none of a district that is not drawn, such as a city that the source counts to its province. Raises
    KeyError for an unknown code.
    """
    import shapely

    from launchwatch.geo.zones import read_shape, shape_names

    key = _ids()[code]
    archive = "regions_natural_earth" if key.startswith("province:") else "districts_natural_earth"
    if key not in shape_names(archive):
        return ()
    return tuple(_box(part.bounds) for part in shapely.get_parts(read_shape(archive, key)))


def _box(bounds: Sequence[float]) -> Box:
    west, south, east, north = map(float, bounds)
    return west, south, east, north
