"""Does an uncertainty hold? Normalised squared errors and their chi-square bands, shares and their intervals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import chi2

from launchwatch.facts import Ellipse
from launchwatch.geo.geodesic import distance_and_azimuth

Array = NDArray[np.float64]


def normalized_squared(error: Array, covariance: Array) -> Array:
    """Return e^T P^-1 e, shape (...), of errors (..., n) with covariances (..., n, n).

    Of estimates this is the NEES, of innovations the NIS: chi-square with n degrees of freedom where the filter is
    consistent, so n on average (Bar-Shalom, Li & Kirubarajan, Estimation with Applications, 2001, sec. 5.4.2).
    """
    solved = np.linalg.solve(covariance, np.asarray(error)[..., None])[..., 0]
    return np.asarray(np.einsum("...i,...i->...", error, solved))


def chi_square_band(degrees_of_freedom: int, runs: int = 1, probability: float = 0.95) -> tuple[float, float]:
    """Return the two-sided interval of the mean of `runs` independent NEES or NIS values (same source)."""
    tail = 0.5 * (1.0 - probability)
    low, high = (float(chi2.ppf(p, degrees_of_freedom * runs)) / runs for p in (tail, 1.0 - tail))
    return low, high


def root_mean_square(error: Array) -> float:
    """Return the root of the mean squared length of errors (k, n); NaN where there is none."""
    return math.sqrt(float(np.mean(np.sum(np.square(error), axis=-1)))) if len(error) else math.nan


@dataclass(frozen=True)
class Coverage:
    """How often a region held the truth: `inside` of `trials`, their share and its 95 % Wilson interval."""

    inside: int
    trials: int
    share: float
    low: float
    high: float


def coverage(inside: ArrayLike) -> Coverage:
    """Return the coverage of a list of yes and no; trials in time of one flight are not independent."""
    hits = np.asarray(inside, dtype=bool)
    low, high = wilson_interval(int(hits.sum()), hits.size)
    return Coverage(int(hits.sum()), hits.size, float(hits.mean()) if hits.size else math.nan, low, high)


def wilson_interval(successes: int, trials: int, probability: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share (Wilson, JASA 22, 1927); (0, 1) without a trial."""
    if not trials:
        return 0.0, 1.0
    z = float(ndtri(0.5 + 0.5 * probability))
    share, weight = successes / trials, z * z / trials
    half = z * math.sqrt(share * (1.0 - share) / trials + weight / (4.0 * trials))
    middle = share + 0.5 * weight
    return max((middle - half) / (1.0 + weight), 0.0), min((middle + half) / (1.0 + weight), 1.0)


def inside_ellipse(ellipse: Ellipse, centre_rad: tuple[float, float], point_rad: tuple[float, float]) -> bool:
    """Return whether a point (latitude, longitude, rad) lies in an ellipse about a centre."""
    distance, azimuth = distance_and_azimuth(*centre_rad, *point_rad)
    turn = float(azimuth) - math.radians(ellipse.azimuth_deg)
    along, across = float(distance) / 1e3 * math.cos(turn), float(distance) / 1e3 * math.sin(turn)
    reach = (along / max(ellipse.semi_major_km, 1e-9)) ** 2 + (across / max(ellipse.semi_minor_km, 1e-9)) ** 2
    return reach <= 1.0
