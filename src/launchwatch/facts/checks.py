"""What a sensor must be before anything can be computed from it; an InputError says what is wrong with units."""

import math
from itertools import pairwise

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts.evidence import Sensor

EARTH_M = 6.3e6
FARTHEST_M = 5e7  # no sensor ranges beyond geostationary distance


def check_within(name: str, value: float, low: float, high: float, unit: str) -> None:
    """Refuse a number outside [low, high], and what is no number at all."""
    if not low <= value <= high:
        raise InputError(f"{name} out of range", given=value, allowed=f"{low:g} to {high:g} {unit}".strip())


def check_latitude(lat_deg: float) -> None:
    """Refuse a latitude beyond the poles."""
    check_within("lat_deg", lat_deg, -90, 90, "degrees")


def check_longitude(lon_deg: float) -> None:
    """Refuse a longitude that is counted neither from -180 nor to 360."""
    check_within("lon_deg", lon_deg, -180, 360, "degrees")


def check_sensor(sensor: Sensor) -> None:
    """Refuse a sensor that cannot have measured anything."""
    if not (math.isfinite(sensor.scan_s) and sensor.scan_s > 0):
        raise InputError("scan period", given=sensor.scan_s, allowed="above 0 s")
    if not 0 < sensor.detection_probability <= 1:
        raise InputError("detection probability", given=sensor.detection_probability, allowed="above 0, at most 1")
    if not (math.isfinite(sensor.false_plots_per_scan) and sensor.false_plots_per_scan >= 0):
        raise InputError("false plots per scan", given=sensor.false_plots_per_scan, allowed="0 or more")
    if sensor.kind == "radar":
        _check_radar(sensor)
    else:
        _check_infrared(sensor)


def _check_radar(sensor: Sensor) -> None:
    if sensor.lat_deg is None or sensor.lon_deg is None or sensor.height_m is None:
        raise InputError("a radar needs lat_deg, lon_deg and height_m")
    check_latitude(sensor.lat_deg)
    check_longitude(sensor.lon_deg)
    check_within("height_m", sensor.height_m, -500, 50_000, "m above the ellipsoid")
    _check_sigma("sigma_range_m", sensor.sigma_range_m, 1e6, "m")
    _check_sigma("sigma_azimuth_deg", sensor.sigma_azimuth_deg, 90, "degrees")
    _check_sigma("sigma_elevation_deg", sensor.sigma_elevation_deg, 90, "degrees")
    if sensor.sigma_range_rate_m_s is not None:
        _check_sigma("sigma_range_rate_m_s", sensor.sigma_range_rate_m_s, 1e4, "m/s")
    _check_volume(sensor)


def _check_sigma(name: str, value: float | None, high: float, unit: str) -> None:
    if value is None:
        raise InputError(f"a radar needs {name}", allowed=f"one standard deviation, above 0 {unit}")
    check_within(name, value, 1e-9, high, f"{unit}, one standard deviation")


def _check_volume(sensor: Sensor) -> None:
    """Refuse a volume without content: false plots spread over it, so that its size divides."""
    check_within("max_range_m", sensor.max_range_m, 1, FARTHEST_M, "m")
    check_within("horizon_deg", sensor.horizon_deg, -30, 89.9, "degrees above the horizontal plane")
    check_within("max_elevation_deg", sensor.max_elevation_deg, -30, 90, "degrees above the horizontal plane")
    if sensor.max_elevation_deg - sensor.horizon_deg < 0.01:
        raise InputError(
            "max_elevation_deg is not above horizon_deg",
            given=(sensor.horizon_deg, sensor.max_elevation_deg),
            allowed="at least 0.01 degrees between them",
        )
    first, last = sensor.azimuth_span_deg
    for azimuth in (first, last):
        check_within("azimuth_span_deg", azimuth, -360, 720, "degrees clockwise from true north")
    if last - first < 360 and (last - first) % 360 < 0.01:
        raise InputError(
            "azimuth_span_deg spans nothing",
            given=sensor.azimuth_span_deg,
            allowed="from, to, clockwise, at least 0.01 degrees apart",
            try_="[0, 360] for all round",
        )


def _check_infrared(sensor: Sensor) -> None:
    if sensor.sigma_los_rad is None:
        raise InputError("an infrared sensor needs sigma_los_rad", allowed="rad, above 0")
    check_within("sigma_los_rad", sensor.sigma_los_rad, 1e-9, 0.1, "rad")
    if sensor.position_ecef_m is None and sensor.ephemeris is None:
        raise InputError("a satellite needs position_ecef_m or ephemeris", allowed="metres, earth-fixed")
    if sensor.position_ecef_m is not None:
        _check_place(sensor.position_ecef_m)
    if sensor.ephemeris is not None:
        _check_ephemeris(sensor.ephemeris)


def _check_ephemeris(rows: tuple[tuple[str, float, float, float], ...]) -> None:
    if len(rows) < 2:
        raise InputError("ephemeris too short", given=f"{len(rows)} rows", allowed="at least 2 rows")
    times = [parse_instant(row[0]) for row in rows]
    for row, (before, after) in zip(rows[1:], pairwise(times), strict=True):
        if after <= before:
            raise InputError("ephemeris times do not ascend", given=row[0], allowed="each row later than the last")
    for row in rows:
        _check_place(row[1:])


def _check_place(place: tuple[float, float, float]) -> None:
    if not all(map(math.isfinite, place)) or not EARTH_M < math.hypot(*place) < 1e9:
        raise InputError("satellite inside the earth or nowhere", given=place, allowed="metres, earth-fixed")


def ephemeris_span(sensor: Sensor) -> tuple[float, float]:
    """Return the Unix times between which a checked sensor's place is known; unbounded without an ephemeris."""
    if not sensor.ephemeris:
        return -math.inf, math.inf
    return parse_instant(sensor.ephemeris[0][0]), parse_instant(sensor.ephemeris[-1][0])
