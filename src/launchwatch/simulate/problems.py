"""SRBM-700: a public test problem for trackers of ballistic targets, as arrays.

A sphere without rotation, exponential air, one radar at the origin of its own east-north-up axes: range, azimuth
and elevation once a second with 30 m and 0.1 degree, above 2 degrees of elevation. A body of 5,000 kg/m^2 is
tracked from its burnout (60 km high, 2,523.25 m/s at 55 degrees) 475 km west and 100 km south of the radar,
heading east; it falls 700 km from its launch after 497 s. Process noise is white acceleration. Truth and filter
share one integrator: classical Runge-Kutta with two steps a second.

States (6,) are metres and metres a second along east, north, up from the radar, shifted so that the origin is the
centre of the sphere: the axes are those of an earth-fixed frame whose z axis passes through the radar, and so the
tracker's own kernels apply with `ENVIRONMENT`, the sensor at `RADAR` and `np.eye(3)` for its axes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.flight.environment import Environment
from launchwatch.flight.gradients import coast_by
from launchwatch.geo.sight import look, look_derivative

Array = NDArray[np.float64]

RADIUS_M = 6_371_000.0
ENVIRONMENT = Environment(
    mu_m3_s2=3.986004418e14, j2=0.0, semi_major_m=RADIUS_M, flattening=0.0, rotation_rad_s=0.0, air="exponential",
    surface_density_kg_m3=1.225, scale_height_m=7200.0,
)  # fmt: skip
RADAR = np.array([0.0, 0.0, RADIUS_M])
AXES = np.eye(3)

LOG_DRAG = math.log(1e4 / 5_000.0)
SIGMA_RANGE_M, SIGMA_ANGLE_RAD = 30.0, math.radians(0.1)
NOISE = np.array([SIGMA_RANGE_M**2, SIGMA_ANGLE_RAD**2, SIGMA_ANGLE_RAD**2])
"""Variances of range (m^2), azimuth and elevation (rad^2)."""
SCAN_S, SUBSTEP_S = 1.0, 0.5
LOWEST_RAD = math.radians(2.0)
ACCELERATION_DENSITY = 1e-4
"""Spectral density of the white acceleration (m^2/s^3), in truth and filters."""
SIGMA_VELOCITY_M_S = 300.0
BURNOUT_S = 70.0
SCANS = 488
"""Scans from burnout to the last one above 2 degrees on the path without noise."""
APOGEE_SCAN = 234

DETECTION_PROBABILITY, FALSE_PLOTS = 0.95, 20
_FALSE_HALF_WIDTH = np.array([10e3, math.radians(1.5), math.radians(1.5)])


def burnout_state(
    east_m: float = -500e3, north_m: float = -100e3, heading_rad: float = math.pi / 2, speed_m_s: float = 2523.25
) -> Array:
    """Return the state (6,) at burnout of a launch at a ground offset from the radar."""
    climb, downrange_m, height_m = math.radians(55.0), 25e3, 60e3
    place, axes = _local(
        east_m + downrange_m * math.sin(heading_rad), north_m + downrange_m * math.cos(heading_rad), height_m
    )
    level = math.sin(heading_rad) * axes[0] + math.cos(heading_rad) * axes[1]
    return np.concatenate([place, speed_m_s * (math.cos(climb) * level + math.sin(climb) * axes[2])])


def _local(east_m: float, north_m: float, height_m: float) -> tuple[Array, Array]:
    """Return the point (3,) at ground offsets along the sphere, and the rows east, north, up there."""
    along = math.hypot(east_m, north_m)
    toward = np.array([east_m, north_m]) / max(along, 1e-9)
    up = np.append(math.sin(along / RADIUS_M) * toward, math.cos(along / RADIUS_M))
    east = np.array([up[2], 0.0, -up[0]])
    east /= np.linalg.norm(east)
    return up * (RADIUS_M + height_m), np.array([east, np.cross(up, east), up])


@kernel
def move(x: Array, log_drag: float, dt: float, substep: float, env: Array) -> None:
    """Move a coasting state (6,) in place by `dt` s with classical Runge-Kutta steps of at most `substep` s."""
    coast_by(x, log_drag, dt, substep, env, np.empty(6), np.empty(6), np.empty(6))


def process_noise(dt_s: float = SCAN_S, density: float = ACCELERATION_DENSITY) -> Array:
    """Return the covariance (6, 6) that white acceleration adds in `dt_s`."""
    eye = np.eye(3)
    return density * np.block([[eye * dt_s**3 / 3, eye * dt_s**2 / 2], [eye * dt_s**2 / 2, eye * dt_s]])


def true_path(
    start: Array, scans: int, rng: np.random.Generator | None = None, log_drag: float = LOG_DRAG
) -> Array:
    """Return states (scans, 6) after `start`, one a scan; with process noise where `rng` is given."""
    env, x = ENVIRONMENT.as_array(), start.copy()
    root = np.linalg.cholesky(process_noise())
    out = np.empty((scans, 6))
    for k in range(scans):
        move(x, log_drag, SCAN_S, SUBSTEP_S, env)
        if rng is not None:
            x += root @ rng.standard_normal(6)
        out[k] = x
    return out


def measure(states: Array, rng: np.random.Generator) -> Array:
    """Return noisy plots (n, 3): range, azimuth, elevation of states (n, 6)."""
    seen = np.array([look(x, RADAR, AXES)[:3] for x in states])
    return seen + rng.standard_normal(seen.shape) * np.sqrt(NOISE)


def prior_covariance(x: Array) -> Array:
    """Return the filter's first covariance (6, 6): one plot's position, 300 m/s on each axis of velocity."""
    inverse = np.linalg.inv(look_derivative(x, RADAR, AXES)[:3, :3])
    p = np.zeros((6, 6))
    p[:3, :3] = inverse @ np.diag(NOISE) @ inverse.T
    p[3:, 3:] = np.eye(3) * SIGMA_VELOCITY_M_S**2
    return p


@dataclass(frozen=True)
class Run:
    """One Monte Carlo run: true states (k, 6), plots (k, 3), the filter's first mean and covariance."""

    truth: Array
    plots: Array
    mean: Array
    covariance: Array


FIRST_SEED = 20240
"""Run i uses the seed 20240 + i."""


def monte_carlo(run: int, scans: int = SCANS, log_drag: float = LOG_DRAG) -> Run:
    """Return one run of the single-target problem."""
    rng = np.random.default_rng(FIRST_SEED + run)
    start = burnout_state()
    covariance = prior_covariance(start)
    truth = true_path(start, scans, rng, log_drag)
    plots = measure(truth, rng)
    mean = start + np.linalg.cholesky(covariance) @ rng.standard_normal(6)
    return Run(truth, plots, mean, covariance)


@dataclass(frozen=True)
class MultiRun:
    """Many targets: first true states (n, 6), truth (n, k, 6), k scans of plots, first means and covariances."""

    first: Array
    truth: Array
    scans: tuple[Array, ...]
    mean: Array
    covariance: Array


def many_targets(targets: int, scans: int, seed: int, false_plots: int = FALSE_PLOTS) -> MultiRun:
    """Return a salvo from a box of 40 km in detection probability 0.95 and false plots around the targets.

    Headings spread by 3 degrees, speeds by 2 %, launches over 30 s; each false plot is uniform within 10 km of
    range and 1.5 degrees of azimuth and elevation of a target drawn at random.
    """
    rng = np.random.default_rng(seed)
    first, truth = np.empty((targets, 6)), np.empty((targets, scans, 6))
    for i in range(targets):
        start = burnout_state(
            -500e3 + rng.uniform(-20e3, 20e3),
            -100e3 + rng.uniform(-20e3, 20e3),
            math.radians(90 + rng.uniform(-3, 3)),
            2523.25 * (1 + rng.uniform(-0.02, 0.02)),
        )
        first[i] = true_path(start, 1 + int(rng.uniform(0, 30)))[-1]
        truth[i] = true_path(first[i], scans, rng)
    plots = tuple(_scan(truth[:, k], false_plots, rng) for k in range(scans))
    covariance = np.array([prior_covariance(x) for x in first])
    mean = np.array(
        [x + np.linalg.cholesky(p) @ rng.standard_normal(6) for x, p in zip(first, covariance, strict=True)]
    )
    return MultiRun(first, truth, plots, mean, covariance)


def _scan(states: Array, false_plots: int, rng: np.random.Generator) -> Array:
    seen = states[rng.random(len(states)) < DETECTION_PROBABILITY]
    true = measure(seen, rng) if len(seen) else np.empty((0, 3))
    near = np.array([look(x, RADAR, AXES)[:3] for x in states[rng.integers(len(states), size=false_plots)]])
    false = near.reshape(-1, 3) + rng.uniform(-1, 1, (false_plots, 3)) * _FALSE_HALF_WIDTH
    plots = np.concatenate([true, false])
    return plots[rng.permutation(len(plots))]
