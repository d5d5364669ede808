"""Truth to plots: what each sensor of a scenario would have measured, noise, misses and false plots included."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Plot, Sensor, TruthState, recording_line
from launchwatch.flight.propagation import BURNOUT_TIME, IMPACT_TIME, fly_path
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.sight import bearing_plane, look
from launchwatch.simulate.scenario import Launch, Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Truth:
    launch: Launch
    start: float
    burnout_s: float
    end_s: float

    def states(self, times: Array) -> Array:
        """Return earth-fixed states (n, 6) at Unix times; NaN before launch and after impact."""
        since = times - self.start
        out = np.full((len(times), 6), np.nan)
        flying = (since >= 0) & (since <= self.end_s)
        if flying.any():
            out[flying], _ = fly_path(self.launch.parameters().as_row(), since[flying])
        return out

    def burning(self, times: Array) -> NDArray[np.bool_]:
        return (times >= self.start) & (times <= self.start + self.burnout_s)


def _truth(launch: Launch) -> _Truth:
    _, outcome = fly_path(launch.parameters().as_row(), np.empty(0))
    end = outcome[IMPACT_TIME]
    return _Truth(
        launch, parse_instant(launch.time_utc), outcome[BURNOUT_TIME], end if math.isfinite(end) else 10_800.0
    )


def simulate_plots(scenario: Scenario, rng: np.random.Generator) -> list[Plot]:
    """Return all plots in order of time; each sensor draws from its own stream, so adding one changes no other."""
    truths = [_truth(launch) for launch in scenario.launches]
    plots: list[Plot] = []
    for sensor, stream in zip(scenario.sensors, rng.spawn(len(scenario.sensors)), strict=True):
        plots.extend(_watch(sensor, truths, scenario, stream))
    plots.sort(key=lambda plot: (plot.time_utc, plot.sensor, plot.id))
    return plots


def _watch(sensor: Sensor, truths: list[_Truth], scenario: Scenario, rng: np.random.Generator) -> Iterator[Plot]:
    start = parse_instant(scenario.start_utc)
    times = start + np.arange(rng.uniform(0, sensor.scan_s), scenario.duration_s, sensor.scan_s)
    states = np.stack([truth.states(times) for truth in truths], axis=1)
    if sensor.kind == "infrared":
        states[~_burning_above(scenario.cloud_top_m, states, truths, times)] = np.nan
    see = _radar_plots if sensor.kind == "radar" else _infrared_plots
    number = 0
    for time, at in zip(times, states, strict=True):
        for fields in see(sensor, at[np.isfinite(at[:, 0])], rng):
            number += 1
            yield Plot(id=f"{sensor.id}-{number:05d}", sensor=sensor.id, time_utc=format_instant(time), **fields)


def _burning_above(cloud_top_m: float, states: Array, truths: list[_Truth], times: Array) -> NDArray[np.bool_]:
    """Return (times, objects): whether the motor burns above the clouds."""
    height = geodetic_from_ecef(np.ascontiguousarray(states[..., :3].reshape(-1, 3)))[:, 2]
    lit = np.stack([truth.burning(times) for truth in truths], axis=1)
    return lit & (height.reshape(lit.shape) > cloud_top_m)


def sensor_place(sensor: Sensor) -> tuple[Array, Array]:
    """Return a ground sensor's earth-fixed place (3,), m, and its rows east, north, up (3, 3)."""
    lat, lon = math.radians(sensor.lat_deg or 0.0), math.radians(sensor.lon_deg or 0.0)
    position = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([sensor.height_m or 0.0]))[0]
    return position, east_north_up(lat, lon)


def covers(sensor: Sensor, range_m: float, azimuth_rad: float, elevation_rad: float) -> bool:
    """Return whether a radar looks there: above its horizon, below its ceiling, in its sector and range."""
    first, last = sensor.azimuth_span_deg
    turn = (math.degrees(azimuth_rad) - first) % 360
    return (
        sensor.horizon_deg <= math.degrees(elevation_rad) <= sensor.max_elevation_deg
        and range_m <= sensor.max_range_m
        and (last - first >= 360 or turn <= (last - first) % 360)
    )


def _radar_plots(sensor: Sensor, states: Array, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    position, enu = sensor_place(sensor)
    for state in states:
        seen = look(state, position, enu)
        if covers(sensor, *seen[:3]) and rng.random() < sensor.detection_probability:
            yield _noisy(sensor, seen, rng)
    for _ in range(rng.poisson(sensor.false_plots_per_scan)):
        yield _noisy(sensor, _anywhere(sensor, rng), rng)


def _anywhere(sensor: Sensor, rng: np.random.Generator) -> Array:
    first, last = sensor.azimuth_span_deg
    return np.array(
        [
            rng.uniform(20e3, sensor.max_range_m),
            math.radians(first + rng.uniform(0, (last - first) % 360 or 360)) % (2 * math.pi),
            math.radians(rng.uniform(sensor.horizon_deg, sensor.max_elevation_deg)),
            rng.uniform(-3000, 3000),
        ]
    )


def _noisy(sensor: Sensor, seen: Array, rng: np.random.Generator) -> dict[str, Any]:
    sigmas = (sensor.sigma_range_m, sensor.sigma_azimuth_deg, sensor.sigma_elevation_deg)
    distance, turn, rise = (rng.normal(0, sigma or 0.0) for sigma in sigmas)
    fields = {
        "range_m": round(float(seen[0] + distance), 2),
        "azimuth_deg": round(float(np.degrees(seen[1]) + turn) % 360, 5),
        "elevation_deg": round(float(np.degrees(seen[2]) + rise), 5),
    }
    if sensor.sigma_range_rate_m_s:
        fields["range_rate_m_s"] = round(float(seen[3] + rng.normal(0, sensor.sigma_range_rate_m_s)), 2)
    return fields


def _infrared_plots(sensor: Sensor, states: Array, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    eye = np.array(sensor.position_ecef_m)
    for state in states:
        if not hidden(eye, state[:3]) and rng.random() < sensor.detection_probability:
            yield {"los_ecef": _noisy_los(state[:3] - eye, sensor.sigma_los_rad, rng)}
    for _ in range(rng.poisson(sensor.false_plots_per_scan)):
        spot = rng.normal(size=3)
        spot *= MEAN_RADIUS_M / np.linalg.norm(spot)
        yield {"los_ecef": _noisy_los((spot if spot @ eye > 0 else -spot) - eye, sensor.sigma_los_rad, rng)}


def hidden(eye: Array, target: Array) -> bool:
    """Return whether the earth stands between: nearest point of the sight line below 10 km over a sphere."""
    line = target - eye
    share = float(np.clip(-(eye @ line) / (line @ line), 0, 1))
    return bool(share < 1.0 and np.linalg.norm(eye + share * line) < 6.388e6)


def _noisy_los(line: Array, sigma: float | None, rng: np.random.Generator) -> tuple[float, float, float]:
    straight = line / np.linalg.norm(line)
    bent = straight + rng.normal(0, sigma or 0.0, 2) @ bearing_plane(straight)
    bent /= np.linalg.norm(bent)
    x, y, z = (round(float(c), 9) for c in bent)
    return x, y, z


def simulate_truth(scenario: Scenario) -> Iterator[TruthState]:
    """Yield each object's true states, `truth_step_s` apart, from launch to impact."""
    for launch in scenario.launches:
        truth = _truth(launch)
        since = np.append(np.arange(0, truth.end_s, scenario.truth_step_s), truth.end_s)
        states, _ = fly_path(launch.parameters().as_row(), since)
        for t, state in zip(since, states, strict=True):
            if np.isfinite(state[0]):
                x, y, z, vx, vy, vz = (round(float(v), 4) for v in state)
                yield TruthState(
                    object=launch.object,
                    time_utc=format_instant(truth.start + t),
                    position_ecef_m=(x, y, z),
                    velocity_ecef_m_s=(vx, vy, vz),
                    class_=launch.class_,
                )


def simulate_recording(scenario: Scenario, seed: int | None = None) -> Iterator[bytes]:
    """Yield the lines of the scenario's recording: sensors, truth, plots in order of time."""
    rng = np.random.default_rng(scenario.seed if seed is None else seed)
    for sensor in scenario.sensors:
        yield recording_line(sensor)
    for state in simulate_truth(scenario):
        yield recording_line(state)
    for plot in simulate_plots(scenario, rng):
        yield recording_line(plot)
