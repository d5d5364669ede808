"""What is known of a flight before any evidence: broad, physical, by class of missile.

A particle is 13 numbers: launch place (m north and east of the area's middle), azimuth (rad), and ten standard
normal latents that are mapped to exhaust speed, propellant fraction, burn time, final thrust elevation, pitch
time, ballistic coefficient, lift-to-drag ratio, pull-up height, glide angle and glide end speed. The mapping's
figures enclose missiles of public record (docs/concepts/estimating lists their sources); the prior is meant to
lose against any real measurement.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import CLASSES, QUASI_BALLISTIC

Array = NDArray[np.float64]

NORTH, EAST, AZIMUTH = 0, 1, 2
EXHAUST, FRACTION, BURN, ELEVATION, PITCH_TIME, BETA, LIFT, PULL_UP, GLIDE, GLIDE_END = range(3, 13)
SIZE = 13

METRES_PER_RAD = 6.371e6


@dataclass(frozen=True)
class ClassPrior:
    """One class's figures: stages, propellant fraction and thrust elevation (degrees) uniform between limits.

    Burn time per stage is log-normal about `burn_s` with 0.3, the ballistic coefficient about `beta` with 0.5.
    """

    share: float
    stages: int
    fraction: tuple[float, float]
    elevation_deg: tuple[float, float]
    burn_s: float
    beta: float
    lifts: bool = False


# Shares: how often each class stands in published launch records of the last ten years, roughly.
PRIORS: dict[str, ClassPrior] = {
    "quasi-ballistic": ClassPrior(0.30, 1, (0.45, 0.85), (8, 50), 65, 8000, lifts=True),
    "SRBM": ClassPrior(0.30, 1, (0.40, 0.85), (15, 88), 65, 6000),
    "MRBM": ClassPrior(0.15, 2, (0.45, 0.78), (15, 88), 50, 6000),
    "IRBM": ClassPrior(0.10, 2, (0.62, 0.86), (15, 89), 60, 8000),
    "ICBM": ClassPrior(0.15, 3, (0.60, 0.84), (15, 89), 65, 10000),
}
assert tuple(PRIORS) == CLASSES

_EXHAUST_M_S, _EXHAUST_SIGMA = 2500.0, 150.0
_LIFT_TO_DRAG = (0.8, 3.5)
_PULL_UP_M = (22e3, 45e3)
_GLIDE_RAD, _GLIDE_SIGMA = -0.01, 0.03
_GLIDE_END_M_S = (500.0, 1300.0)


def draw_latents(n: int, rng: np.random.Generator, shares: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return n particles (n, 13), places at the origin, and their classes (n,) in the proportions of `shares`."""
    x = rng.normal(size=(n, SIZE))
    x[:, [NORTH, EAST]] = 0.0
    x[:, AZIMUTH] = rng.uniform(0, 2 * np.pi, n)
    counts = np.floor(shares / shares.sum() * n).astype(int)
    counts[int(np.argmax(shares))] += n - counts.sum()
    return x, np.repeat(np.arange(len(CLASSES)), counts).astype(np.int64)


def log_latent_prior(x: Array) -> Array:
    """Return the log density (up to a constant) of the ten normal latents (n, 13) -> (n,)."""
    return np.asarray(-0.5 * np.sum(np.square(x[:, EXHAUST:]), axis=1))


def to_rows(x: Array, group: NDArray[np.int64], center_rad: tuple[float, float]) -> Array:
    """Return flight-core parameter rows (n, parameters.COUNT) of particles about an area's middle (lat, lon)."""
    rows = np.zeros((len(x), prm.COUNT))
    lat, lon = center_rad
    rows[:, prm.LAT] = lat + x[:, NORTH] / METRES_PER_RAD
    rows[:, prm.LON] = lon + x[:, EAST] / (METRES_PER_RAD * np.cos(lat))
    rows[:, prm.AZIMUTH] = np.mod(x[:, AZIMUTH], 2 * np.pi)
    rows[:, prm.VERTICAL_TIME] = 3.0
    rows[:, prm.MAX_LIFT] = 150.0
    for label, name in enumerate(CLASSES):
        chosen = np.flatnonzero(group == label)
        if len(chosen):
            _fill(rows, chosen, x[chosen], PRIORS[name])
    return rows


def _fill(rows: Array, at: NDArray[np.int64], x: Array, prior: ClassPrior) -> None:
    unit = ndtr(x)
    exhaust = _EXHAUST_M_S + _EXHAUST_SIGMA * x[:, EXHAUST]
    fraction = _between(unit[:, FRACTION], prior.fraction)
    burn = prior.burn_s * np.exp(0.3 * x[:, BURN])
    acceleration = np.maximum(exhaust * fraction / burn, 12.0)
    for stage in range(prior.stages):
        column = prm.BURN_TIME_1 + prm.STAGE_WIDTH * stage
        rows[at, column] = burn
        rows[at, column + 1] = acceleration
        rows[at, column + 2] = fraction
    total = burn * prior.stages
    rows[at, prm.PITCH_TIME] = np.clip(0.35 * total * np.exp(0.4 * x[:, PITCH_TIME]), 5.0, total)
    rows[at, prm.PITCH] = np.radians(_between(unit[:, ELEVATION], prior.elevation_deg))
    rows[at, prm.BALLISTIC_COEFFICIENT] = prior.beta * np.exp(0.5 * x[:, BETA])
    if prior.lifts:
        rows[at, prm.LIFT_TO_DRAG] = _between(unit[:, LIFT], _LIFT_TO_DRAG)
        rows[at, prm.PULL_UP_HEIGHT] = _between(unit[:, PULL_UP], _PULL_UP_M)
        rows[at, prm.GLIDE_ANGLE] = _GLIDE_RAD + _GLIDE_SIGMA * x[:, GLIDE]
        rows[at, prm.GLIDE_END_SPEED] = _between(unit[:, GLIDE_END], _GLIDE_END_M_S)


def _between(unit: Array, limits: tuple[float, float]) -> Array:
    return limits[0] + (limits[1] - limits[0]) * unit


assert QUASI_BALLISTIC == 0
