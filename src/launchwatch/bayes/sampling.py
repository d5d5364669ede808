"""Weighted samples: effective size, resampling, quantiles, ellipses."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes.linear import cholesky

Array = NDArray[np.float64]


def effective_sample_size(weight: Array) -> float:
    """Return 1 / sum w^2 of weights (n,) that sum to 1 (Kong 1992)."""
    return float(1.0 / np.sum(np.square(weight)))


def normalize_log(log_weight: Array) -> tuple[Array, float]:
    """Return weights (n,) that sum to 1, and the log of the mean unnormalised weight."""
    top = float(np.max(log_weight))
    if not math.isfinite(top):
        return np.full(len(log_weight), 1.0 / len(log_weight)), -math.inf
    raw = np.exp(log_weight - top)
    total = float(np.sum(raw))
    return raw / total, top + math.log(total / len(raw))


def systematic_resample(weight: Array, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return n indices drawn in proportion to weights that sum to 1, with one random number (Kitagawa 1996)."""
    positions = (np.arange(n) + rng.random()) / n
    edges = np.cumsum(weight)
    edges[-1] = 1.0
    return np.searchsorted(edges, positions, side="right").astype(np.int64)


_WIDENINGS = (1e-12, 1e-9, 1e-6)


def draw_normal(mean: Array, covariance: Array, n: int, rng: np.random.Generator) -> Array:
    """Return n draws (n, d) of a multivariate normal.

    By this package's own Cholesky factor: LAPACK's choice of eigenvectors' signs changes from processor to
    processor, and with it every draw. A covariance that rounding has left indefinite is widened by the least of a
    few shares of its variances that makes it definite. Raises ValueError where none does.
    """
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    correlation = np.ascontiguousarray(covariance / np.outer(scale, scale))
    for share in _WIDENINGS:
        factor = cholesky(correlation + share * np.eye(len(mean)))
        if np.isfinite(factor).all():
            break
    else:
        raise ValueError("the covariance is not positive definite")
    return np.asarray(mean + rng.normal(size=(n, len(mean))) @ factor.T * scale)


def weighted_quantile(values: Array, weight: Array, levels: tuple[float, ...]) -> list[float]:
    """Return quantiles of finite weighted values: the inverse of the mid-point cumulative weights."""
    order = np.argsort(values, kind="stable")
    ordered, share = values[order], weight[order]
    center = np.cumsum(share) - 0.5 * share
    total = float(np.sum(share))
    return [float(np.interp(level * total, center, ordered)) for level in levels]


CHI2_95_2 = 5.991464547107979
"""95 % quantile of chi-square with two degrees of freedom, -2 ln 0.05."""


def ellipse_axes(covariance: Array) -> tuple[float, float, float]:
    """Return semi-major and semi-minor axes of the 95 % ellipse of a plane covariance (2, 2), and its azimuth.

    Rows and columns are east and north; the azimuth (rad, [0, pi)) is clockwise from north.
    """
    values, vectors = np.linalg.eigh(covariance)
    minor, major = np.sqrt(np.maximum(values, 0.0) * CHI2_95_2)
    azimuth = math.atan2(float(vectors[0, 1]), float(vectors[1, 1])) % math.pi
    return float(major), float(minor), azimuth
