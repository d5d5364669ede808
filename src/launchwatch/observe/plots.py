"""One plot against its sensor: what it must measure, in which bounds, and when it can have been received.

A plot that cannot be is refused with what was given, what is allowed and, where the number looks like another
unit, what may have been meant.
"""

import math
from dataclasses import dataclass

from launchwatch.basis.constants import LIGHT_M_S
from launchwatch.basis.errors import InputError, printable
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Plot, Sensor
from launchwatch.facts.checks import FARTHEST_M, check_covariance, check_within

FASTEST_M_S = 12_000.0
"""Above escape speed nothing is a missile."""

BLIND_SHARE = 1e-3
"""A pulse radar is deaf while it sends: it sends for at least a thousandth of the time between two pulses (about
1 microsecond in 1 ms for a civil magnetron, a tenth for a warning radar), so that nothing nearer than this share
of its greatest range is seen. Kilometres given as metres always are."""

HORIZON_SIGMAS = 6.0
"""How far below its horizon noise may carry a plot: one in 10^9 is further."""

CLOCK_S = 0.01
"""By how much the clock of receipt may lag behind the sensor's: what NTP keeps on a local network, in which a
missile flies one sigma of a radar's range."""

_BARO_M = (-1_500.0, 50_000.0)  # no altimeter reads beyond


def check_plot(plot: Plot, sensor: Sensor) -> float:
    """Refuse an impossible plot; return its time in seconds since the Unix epoch."""
    time = parse_instant(plot.time_utc)
    if sensor.kind == "infrared":
        _check_los(plot)
    else:
        _check_polar(plot, sensor)
    if plot.received_utc is not None:
        _check_received(plot, time)
    if plot.covariance is not None:
        check_covariance(plot, sensor)
    for name, value in (("snr_db", plot.snr_db), ("intensity", plot.intensity)):
        if value is not None and not math.isfinite(value):
            raise InputError(f"{name} is no number", given=value, allowed="finite")
    return time


@dataclass(frozen=True)
class Plain:
    """Bounds within which a plot of a radar that holds nothing but a place passes `check_plot`."""

    nearest_m: float
    lowest_deg: float

    def passes(self, plot: Plot) -> bool:
        """Return whether a plot is such a one; what is not is for `check_plot` to judge."""
        distance, azimuth, elevation = plot.range_m, plot.azimuth_deg, plot.elevation_deg
        return (
            distance is not None
            and azimuth is not None
            and elevation is not None
            and self.nearest_m <= distance <= FARTHEST_M
            and -180.0 <= azimuth <= 360.0
            and self.lowest_deg <= elevation <= 90.0
            and plot.range_rate_m_s is None
            and plot.received_utc is None
            and plot.covariance is None
            and plot.snr_db is None
            and plot.intensity is None
            and plot.barometric_height_m is None
        )


def plain(sensor: Sensor) -> Plain | None:
    """Return the bounds of a radar's plain plots; None for other sensors."""
    if sensor.kind != "radar" or sensor.ephemeris is not None:
        return None
    nearest = max(1.0, BLIND_SHARE * sensor.max_range_m)
    return Plain(nearest, max(-90.0, sensor.horizon_deg - _horizon_margin(sensor)))


def _horizon_margin(sensor: Sensor) -> float:
    return HORIZON_SIGMAS * (sensor.sigma_elevation_deg or 0.0) + 3 * (sensor.sigma_bias_elevation_deg or 0.0)


def check_name(name: str) -> None:
    """Refuse a name that would move a terminal's cursor."""
    if not (name.isascii() and name.isprintable()) and printable(name) != name:
        raise InputError("name holds unprintable characters", given=name, allowed="letters, digits, signs, spaces")


def _check_polar(plot: Plot, sensor: Sensor) -> None:
    distance, azimuth, elevation = plot.range_m, plot.azimuth_deg, plot.elevation_deg
    civil = sensor.kind == "surveillance"
    if distance is None or azimuth is None or (elevation is None and not civil):
        wanted = "range_m and azimuth_deg" if civil else "range_m, azimuth_deg and elevation_deg"
        raise InputError(f"a {sensor.kind} plot needs {wanted}")
    if not 1.0 <= distance <= FARTHEST_M:
        check_within("range_m", distance, 1.0, FARTHEST_M, "m")
    if distance < BLIND_SHARE * sensor.max_range_m:
        raise InputError(
            "range_m within the radar's blind zone: did you mean kilometres?",
            given=distance,
            allowed=f"at least a thousandth of max_range_m, {BLIND_SHARE * sensor.max_range_m:g} m",
            try_=f"{distance * 1e3:g} if it is {distance:g} km",
        )
    if not -180.0 <= azimuth <= 360.0:
        check_within("azimuth_deg", azimuth, -180, 360, "degrees clockwise from true north")
    if elevation is not None:
        _check_elevation(elevation, sensor)
    if plot.range_rate_m_s is not None:
        check_within("range_rate_m_s", plot.range_rate_m_s, -FASTEST_M_S, FASTEST_M_S, "m/s")
        if sensor.sigma_range_rate_m_s is None:
            raise InputError("range rate from a sensor without sigma_range_rate_m_s", given=plot.range_rate_m_s)
    if plot.barometric_height_m is not None:
        check_within("barometric_height_m", plot.barometric_height_m, *_BARO_M, "m")


def _check_elevation(elevation: float, sensor: Sensor) -> None:
    if not -90.0 <= elevation <= 90.0:
        check_within("elevation_deg", elevation, -90, 90, "degrees")
    if sensor.kind == "surveillance":
        raise InputError("a surveillance radar measures no elevation", given=elevation)
    margin = _horizon_margin(sensor)
    if elevation < sensor.horizon_deg - margin:
        meant = math.degrees(elevation)
        radians = 0 < elevation <= math.pi / 2 and sensor.horizon_deg <= meant <= sensor.max_elevation_deg
        raise InputError(
            "plot below the sensor's horizon" + (": did you mean radians?" if radians else ""),
            given=elevation,
            allowed=f"horizon_deg {sensor.horizon_deg:g} less {margin:.3g} for noise, degrees",
            try_=f"{meant:.5g} if it is {elevation:g} rad" if radians else "",
        )


def _check_received(plot: Plot, time: float) -> None:
    received = parse_instant(plot.received_utc or "")
    light_s = (plot.range_m or 0.0) / LIGHT_M_S
    if received < time + light_s - CLOCK_S:
        early = time + light_s - received
        raise InputError(
            f"received before light could arrive: {early:.3f} s too early",
            given=plot.received_utc,
            allowed=f"time_utc and {light_s * 1e3:.3f} ms for light, less {CLOCK_S * 1e3:.0f} ms for clocks",
            try_="comparing the clocks of the sensor and of the receiver",
        )


def _check_los(plot: Plot) -> None:
    if plot.los_ecef is None:
        raise InputError("an infrared plot needs los_ecef")
    size = math.hypot(*plot.los_ecef)
    if not abs(size - 1) < 1e-3:  # a tenth of a per cent: rounding, not another unit
        raise InputError("los_ecef is no unit vector", given=plot.los_ecef, allowed="length 1 within 0.001")
