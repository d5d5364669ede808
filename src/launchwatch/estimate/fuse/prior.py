"""What is known of a flight before any evidence: broad, physical, by class of missile.

A particle is 13 numbers: launch place (m north and east of the area's middle), azimuth (rad), and ten standard
normal latents that are mapped to exhaust speed, propellant fraction, burn time, final thrust elevation, pitch
time, ballistic coefficient, lift-to-drag ratio, pull-up height, glide angle and glide end speed. The mapping's
figures enclose missiles of public record (docs/concepts/estimating lists their sources); the prior is meant to
lose against any real measurement.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.threads import in_threads
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

    Burn time per stage is log-normal about `burn_s` with 0.4, the ballistic coefficient about `beta` with 0.5.
    What lifts is sent up to about `low_m`, log-uniform, whatever its speed: its elevation follows within limits.
    """

    share: float
    stages: int
    fraction: tuple[float, float]
    elevation_deg: tuple[float, float]
    burn_s: float
    beta: float
    low_m: tuple[float, float] | None = None


# Shares: how often each class stands in published launch records of the last ten years, roughly.
PRIORS: dict[str, ClassPrior] = {
    "quasi-ballistic": ClassPrior(0.30, 1, (0.45, 0.85), (5, 45), 65, 8000, (20e3, 100e3)),
    "SRBM": ClassPrior(0.30, 1, (0.40, 0.85), (15, 88), 65, 6000),
    "MRBM": ClassPrior(0.15, 2, (0.45, 0.78), (15, 88), 50, 6000),
    "IRBM": ClassPrior(0.10, 2, (0.62, 0.86), (15, 89), 70, 8000),
    "ICBM": ClassPrior(0.15, 3, (0.60, 0.84), (15, 89), 85, 10000),
}
assert tuple(PRIORS) == CLASSES

BURN_SPREAD = 0.4
_EXHAUST_M_S, _EXHAUST_SIGMA = 2500.0, 150.0
_LIFT_TO_DRAG = (0.8, 5.0)
_PULL_UP_M = (20e3, 50e3)
_GLIDE_RAD, _GLIDE_SIGMA = -0.01, 0.03
_GLIDE_END_M_S = (500.0, 1300.0)
_LEAST_ACCELERATION = 12.0  # m/s^2: what lifts off


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
    in_threads(len(x), lambda first, last: _fill(x, group, first, last, lat, lon, _TABLE, rows))
    return rows


_STAGES_AT, _FRACTION_AT, _ELEVATION_AT, _BURN_AT, _BETA_AT, _LOW_AT = 0, 1, 3, 5, 6, 7
_TABLE = np.array(
    [
        (p.stages, *p.fraction, *np.radians(p.elevation_deg), p.burn_s, p.beta, *(p.low_m or (0.0, 0.0)))
        for p in PRIORS.values()
    ],
    dtype=np.float64,
)


@inline_kernel
def _between(latent: float, low: float, high: float) -> float:
    """Return the quantile, uniform between limits, of a standard normal number."""
    return low + (high - low) * 0.5 * math.erfc(-latent / math.sqrt(2.0))


@inline_kernel
def _elevation_to(top_m: float, gain_m_s: float, burn_s: float) -> float:
    """Return about the thrust elevation (rad) that leads to an apogee, from ideal speed gain and burn time.

    In vacuum over a plane with 0.85 of the gain at burnout: h = 0.4 v s t + (v s)^2 / 2g for the sine s.
    """
    speed = 0.85 * gain_m_s
    first, second = 0.4 * speed * burn_s, speed * speed / (2 * 9.81)
    return math.asin(min((-first + math.sqrt(first * first + 4 * second * top_m)) / (2 * second), 1.0))


@kernel
def _fill(
    x: Array, group: NDArray[np.int64], start: int, stop: int, lat: float, lon: float, table: Array, rows: Array
) -> None:
    for i in range(start, stop):
        one, p, row = x[i], table[group[i]], rows[i]
        row[prm.LAT] = lat + one[NORTH] / METRES_PER_RAD
        row[prm.LON] = lon + one[EAST] / (METRES_PER_RAD * math.cos(lat))
        row[prm.AZIMUTH] = one[AZIMUTH] % (2 * math.pi)
        row[prm.VERTICAL_TIME], row[prm.MAX_LIFT] = 3.0, 150.0
        exhaust = _EXHAUST_M_S + _EXHAUST_SIGMA * one[EXHAUST]
        fraction = _between(one[FRACTION], p[_FRACTION_AT], p[_FRACTION_AT + 1])
        burn = p[_BURN_AT] * math.exp(BURN_SPREAD * one[BURN])
        acceleration = max(exhaust * fraction / burn, _LEAST_ACCELERATION)
        stages = int(p[_STAGES_AT])
        for stage in range(stages):
            column = prm.BURN_TIME_1 + prm.STAGE_WIDTH * stage
            row[column], row[column + 1], row[column + 2] = burn, acceleration, fraction
        total = burn * stages
        row[prm.PITCH_TIME] = min(max(0.35 * total * math.exp(0.4 * one[PITCH_TIME]), 5.0), total)
        lowest, highest = p[_ELEVATION_AT], p[_ELEVATION_AT + 1]
        row[prm.BALLISTIC_COEFFICIENT] = p[_BETA_AT] * math.exp(0.5 * one[BETA])
        if p[_LOW_AT] == 0.0:
            row[prm.PITCH] = _between(one[ELEVATION], lowest, highest)
        else:
            top = math.exp(_between(one[ELEVATION], math.log(p[_LOW_AT]), math.log(p[_LOW_AT + 1])))
            gain = -stages * exhaust * math.log1p(-fraction)
            row[prm.PITCH] = min(max(_elevation_to(top, gain, total), lowest), highest)
            row[prm.LIFT_TO_DRAG] = _between(one[LIFT], *_LIFT_TO_DRAG)
            row[prm.PULL_UP_HEIGHT] = _between(one[PULL_UP], *_PULL_UP_M)
            row[prm.GLIDE_ANGLE] = _GLIDE_RAD + _GLIDE_SIGMA * one[GLIDE]
            row[prm.GLIDE_END_SPEED] = _between(one[GLIDE_END], *_GLIDE_END_M_S)


assert QUASI_BALLISTIC == 0
