"""Positions written as figures: '41.5 N 134.3 E', '40-30N, 135-10E', '北緯41度30分、東経134度20分'."""

import re
from typing import NamedTuple

LATEST_LAT_DEG, LATEST_LON_DEG = 90.0, 180.0
KM_PER_STEP_DEG = 111.2

_PLACE = r"(?P<{0}_deg>\d{{1,3}}(?:\.\d{{1,6}})?)\s?(?:°|度|도)?"
_MINUTES = r"(?:[\s-]?(?P<{0}_min>\d{{1,2}}(?:\.\d{{1,4}})?)\s?(?:['’′]|分|분)?)?"
_WESTERN = re.compile(
    _PLACE.format("lat") + _MINUTES.format("lat") + r"\s?(?P<ns>[ns])(?:orth|outh)?(?![a-z])[\s,;/]{0,3}"
    + _PLACE.format("lon") + _MINUTES.format("lon") + r"\s?(?P<ew>[ew])(?:ast|est)?(?![a-z])"
)  # fmt: skip
_EASTERN = re.compile(
    r"(?P<ns>北緯|南緯|북위|남위)\s?" + _PLACE.format("lat") + _MINUTES.format("lat") + r"[\s、,・]{0,3}"
    r"(?P<ew>東経|西経|동경|서경)\s?" + _PLACE.format("lon") + _MINUTES.format("lon")
)  # fmt: skip
_MINUS = frozenset(("s", "w", "南緯", "남위", "西経", "서경"))


class Position(NamedTuple):
    """A position that a text gives, with half a step of its last figure as the error along each axis."""

    lat_deg: float
    lon_deg: float
    sigma_km: float


def read_position(text: str) -> Position | None:
    """Return the one position that a text gives in figures; None with none or several, or off the earth."""
    folded = text.lower()
    found = [*_WESTERN.finditer(folded), *_EASTERN.finditer(folded)]
    if len(found) != 1:
        return None
    match = found[0]
    lat, lat_step = _degrees(match["lat_deg"], match["lat_min"])
    lon, lon_step = _degrees(match["lon_deg"], match["lon_min"])
    if lat > LATEST_LAT_DEG or lon > LATEST_LON_DEG:
        return None
    south, west = match["ns"] in _MINUS, match["ew"] in _MINUS
    sigma_km = max(1.0, KM_PER_STEP_DEG * max(lat_step, lon_step) / 2)
    return Position(-lat if south else lat, -lon if west else lon, sigma_km)


def _degrees(whole: str, minutes: str | None) -> tuple[float, float]:
    """Return an angle and the step of its last figure, degrees."""
    if minutes:
        return float(whole) + float(minutes) / 60, 10.0 ** -_decimals(minutes) / 60
    return float(whole), 10.0 ** -_decimals(whole)


def _decimals(figure: str) -> int:
    return len(figure.partition(".")[2])
