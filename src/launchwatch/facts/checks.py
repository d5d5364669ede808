"""What sensors and covariances must be before anything is computed; an InputError says what is wrong, in units."""

import math
from itertools import pairwise

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts.evidence import Plot, Sensor

EARTH_M = 6.3e6
FARTHEST_M = 5e7  # no sensor ranges beyond geostationary distance
SHORTEST_SCAN_S, LONGEST_SCAN_S = 1e-3, 86_400.0  # a tracking radar's burst; a satellite that passes once a day


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
    if not SHORTEST_SCAN_S <= sensor.scan_s <= LONGEST_SCAN_S:
        allowed = f"{SHORTEST_SCAN_S:g} to {LONGEST_SCAN_S:g} s"
        raise InputError("scan period", given=sensor.scan_s, allowed=allowed)
    if not 0 < sensor.detection_probability <= 1:
        raise InputError("detection probability", given=sensor.detection_probability, allowed="above 0, at most 1")
    if not (math.isfinite(sensor.false_plots_per_scan) and sensor.false_plots_per_scan >= 0):
        raise InputError("false plots per scan", given=sensor.false_plots_per_scan, allowed="0 or more")
    if sensor.kind == "infrared":
        _check_infrared(sensor)
    else:
        _check_radar(sensor)
    for name, high, unit in _BIASES:
        bias = getattr(sensor, name)
        if bias is not None:
            check_within(name, bias, 0, high, f"{unit}, one standard deviation")


_BIASES = (
    ("sigma_bias_range_m", 1e5, "m"),
    ("sigma_bias_azimuth_deg", 10, "degrees"),
    ("sigma_bias_elevation_deg", 10, "degrees"),
    ("sigma_bias_los_rad", 0.1, "rad"),
)


def _check_radar(sensor: Sensor) -> None:
    if sensor.lat_deg is None or sensor.lon_deg is None or sensor.height_m is None:
        raise InputError("a radar needs lat_deg, lon_deg and height_m")
    check_latitude(sensor.lat_deg)
    check_longitude(sensor.lon_deg)
    check_within("height_m", sensor.height_m, -500, 50_000, "m above the ellipsoid")
    _check_sigma("sigma_range_m", sensor.sigma_range_m, 1e6, "m")
    _check_sigma("sigma_azimuth_deg", sensor.sigma_azimuth_deg, 90, "degrees")
    if sensor.kind == "surveillance":
        _check_surveillance(sensor)
    else:
        _check_sigma("sigma_elevation_deg", sensor.sigma_elevation_deg, 90, "degrees")
    if sensor.sigma_range_rate_m_s is not None:
        _check_sigma("sigma_range_rate_m_s", sensor.sigma_range_rate_m_s, 1e4, "m/s")
    _check_volume(sensor)


def _check_sigma(name: str, value: float | None, high: float, unit: str) -> None:
    if value is None:
        raise InputError(f"a radar needs {name}", allowed=f"one standard deviation, above 0 {unit}")
    check_within(name, value, 1e-9, high, f"{unit}, one standard deviation")


def _check_surveillance(sensor: Sensor) -> None:
    """Refuse a civil radar that states an elevation or a height accuracy that no altimeter has."""
    if sensor.sigma_elevation_deg is not None or sensor.sigma_bias_elevation_deg is not None:
        raise InputError(
            "a surveillance radar measures no elevation",
            given=sensor.sigma_elevation_deg or sensor.sigma_bias_elevation_deg,
            try_="kind radar, or sigma_barometric_height_m for its transponder heights",
        )
    if sensor.sigma_barometric_height_m is not None:
        _check_sigma("sigma_barometric_height_m", sensor.sigma_barometric_height_m, 1e4, "m")
    if sensor.refraction != "corrected":
        raise InputError(
            "refraction bends the elevation, which a surveillance radar does not measure",
            given=sensor.refraction,
            allowed="corrected",
        )


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
    if sensor.sigma_los_rad > 0.1:
        micro = f"{sensor.sigma_los_rad * 1e-6:g} if it is in microradians"
        raise InputError(
            "sigma_los_rad out of range", given=sensor.sigma_los_rad, allowed="rad, up to 0.1", try_=micro
        )
    check_within("sigma_los_rad", sensor.sigma_los_rad, 1e-9, 0.1, "rad")
    if sensor.refraction != "corrected":
        raise InputError(
            "refraction of a line of sight from space is not corrected here",
            given=sensor.refraction,
            allowed="corrected",
        )
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


def measured(plot: Plot, sensor: Sensor) -> tuple[tuple[str, float], ...]:
    """Return the name and greatest believable sigma of each component that a checked plot measured, in order."""
    if sensor.kind == "infrared":
        return _ANGLES
    if sensor.kind == "surveillance":
        return _CIVIL if plot.barometric_height_m is not None else _CIVIL[:2]
    return _POLAR if plot.range_rate_m_s is not None else _POLAR[:3]


_POLAR = (("range_m", 1e6), ("azimuth_deg", 90.0), ("elevation_deg", 90.0), ("range_rate_m_s", 1e4))
_CIVIL = (("range_m", 1e6), ("azimuth_deg", 90.0), ("barometric_height_m", 1e4))
_ANGLES = (("first angle, rad", 0.1), ("second angle, rad", 0.1))


def check_covariance(plot: Plot, sensor: Sensor) -> None:
    """Refuse a plot's covariance that is no covariance of what it measured: size, symmetry, definiteness."""
    rows = plot.covariance
    if rows is None:
        return
    names = measured(plot, sensor)
    wanted = ", ".join(name for name, _ in names)
    if len(rows) != len(names) or any(len(row) != len(names) for row in rows):
        sizes = " x ".join(map(str, (len(rows), max(map(len, rows), default=0))))
        allowed = f"{len(names)} rows of {len(names)}: {wanted}"
        raise InputError("covariance has the wrong size", given=sizes, allowed=allowed)
    if not all(math.isfinite(value) for row in rows for value in row):
        raise InputError("covariance holds what is no number", given=rows, allowed="finite numbers")
    for i, (name, high) in enumerate(names):
        if not 0 < rows[i][i] <= high * high:
            allowed = f"above 0, at most {high:g} squared"
            raise InputError(f"covariance: variance of {name} out of range", given=rows[i][i], allowed=allowed)
        for j in range(i):
            if abs(rows[i][j] - rows[j][i]) > 1e-9 * math.sqrt(rows[i][i] * abs(rows[j][j])):
                raise InputError("covariance is not symmetric", given=(rows[i][j], rows[j][i]), allowed="equal")
    if not _definite(rows):
        allowed = "positive definite: every correlation inside -1 to 1"
        raise InputError("covariance is not positive definite", given=rows, allowed=allowed)


def _definite(rows: tuple[tuple[float, ...], ...]) -> bool:
    """Return whether a symmetric matrix has a Cholesky factor, scaled to correlations first."""
    scale = [math.sqrt(rows[i][i]) for i in range(len(rows))]
    factor: list[list[float]] = []
    for i, row in enumerate(rows):
        line: list[float] = []
        for j in range(i + 1):
            rest = row[j] / scale[i] / scale[j] - sum(
                a * b for a, b in zip(line, (*factor, line)[j], strict=False)
            )
            if i == j:
                if not rest > 1e-12:
                    return False
                line.append(math.sqrt(rest))
            else:
                line.append(rest / factor[j][j])
        factor.append(line)
    return True


def ephemeris_span(sensor: Sensor) -> tuple[float, float]:
    """Return the Unix times between which a checked sensor's place is known; unbounded without an ephemeris."""
    if not sensor.ephemeris:
        return -math.inf, math.inf
    return parse_instant(sensor.ephemeris[0][0]), parse_instant(sensor.ephemeris[-1][0])
