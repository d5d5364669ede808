"""Most probable parameters of a model of plots: Levenberg-Marquardt with a normal prior, and its covariance.

Unknowns are counted in sigmas of their prior from its mean, so that the prior adds the unit matrix to the
information and |x|^2 to the misfit. Levenberg, Quart. Appl. Math. 2 (1944); Marquardt, J. SIAM 11 (1963); damping
by the diagonal. The damping changes after each step as Nielsen's, IMM-REP-1999-05 (1999), eq. 3.5, with two
differences: its least factor is 0.1, his a third; and the decrease foreseen is -g's / 2 without his term of the
damping, which is small once steps are good. Steps bend along curved valleys by the second derivative in their own
direction: Transtrum & Sethna, arXiv:1201.5885 (2012), eqs. 5 and 8.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.linear import cholesky, solve_factored

Array = NDArray[np.float64]

Residuals = Callable[[Array], Array]
"""Unknowns (n,) to residuals (m,) in sigmas of their noise."""

Slopes = Callable[[Array], tuple[Array, Array]]
"""Unknowns (n,) to residuals (m,) and their derivatives (m, n)."""

ENOUGH = 3e-3
"""Decrease of the cost that is foreseen when a fit ends: a twelfth of a sigma from the minimum."""

_BEND, _MOST_BENT = 0.1, 0.75  # trial length and greatest size of the second-order part, in steps
_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-9, 1e12


@dataclass(frozen=True)
class Fit:
    """The minimum found: unknowns (n,), half the sum of squares with the prior's, information (n, n)."""

    x: Array
    cost: float
    information: Array

    @property
    def covariance(self) -> Array:
        """Return the inverse of the information (n, n)."""
        inverse = solve_factored(cholesky(self.information), np.eye(len(self.x)))
        return np.asarray(0.5 * (inverse + inverse.T))

    @property
    def log_evidence(self) -> float:
        """Return the logarithm of the data's probability up to a constant, by Laplace's approximation."""
        return -self.cost - float(np.log(np.diag(cholesky(self.information))).sum())


@kernel
def normal_equations(x: Array, residual: Array, slope: Array) -> tuple[Array, Array]:
    """Return information (n, n) and gradient (n,) of half the sum of squares with the unit prior."""
    n = slope.shape[1]
    information, gradient = np.eye(n), x.copy()
    for r in range(slope.shape[0]):
        for i in range(n):
            at = slope[r, i]
            if at != 0.0:
                gradient[i] += at * residual[r]
                for j in range(i + 1):
                    information[i, j] += at * slope[r, j]
    for i in range(n):
        for j in range(i):
            information[j, i] = information[i, j]
    return information, gradient


@kernel
def damped_step(information: Array, gradient: Array, damping: float) -> Array:
    """Return the step (n,) that solves the damped normal equations."""
    n = gradient.size
    damped = information.copy()
    for i in range(n):
        damped[i, i] *= 1.0 + damping
    return -solve_factored(cholesky(damped), gradient.reshape(n, 1))[:, 0]


def _cost(x: Array, residual: Array) -> float:
    return 0.5 * float(x @ x + residual @ residual)


def minimize(residuals: Residuals, slopes: Slopes, start: Array, *, most: int = 60, enough: float = ENOUGH) -> Fit:
    """Return the fit from `start` (n,) after at most `most` trial steps."""
    x = np.asarray(start, dtype=np.float64)
    residual, slope = slopes(x)
    cost, damping, worse = _cost(x, residual), _FIRST_DAMPING, 2.0
    information, gradient = normal_equations(x, residual, slope)
    for _ in range(most):
        step = damped_step(information, gradient, damping)
        foreseen = -0.5 * float(gradient @ step)
        if not foreseen > enough and damping <= 1.0:
            break
        trial = x + step + _bend(x, step, residual, slope, information, damping, residuals)
        after = _cost(trial, residuals(trial))
        if math.isfinite(after) and after < cost:
            x, gradient_before = trial, gradient
            residual, slope = slopes(x)
            information, gradient = normal_equations(x, residual, slope)
            gain = 2.0 * (cost - after) / (-float(gradient_before @ step))
            damping = max(damping * max(0.1, 1.0 - (2.0 * gain - 1.0) ** 3), _LEAST_DAMPING)
            cost, worse = _cost(x, residual), 2.0
        else:
            damping, worse = damping * worse, 2.0 * worse
            if damping > _MOST_DAMPING:
                break
    return Fit(x, cost, information)


def _bend(
    x: Array, step: Array, residual: Array, slope: Array, information: Array, damping: float, residuals: Residuals
) -> Array:
    """Return the second-order part of a step (n,), nothing where it is not small beside the first."""
    ahead = residuals(x + _BEND * step)
    curve = (2.0 / _BEND) * ((ahead - residual) / _BEND - slope @ step)
    bent = 0.5 * damped_step(information, slope.T @ curve, damping)
    if not np.linalg.norm(bent) <= _MOST_BENT * np.linalg.norm(step):
        return np.zeros_like(step)
    return bent


def settle(slopes: Slopes, fit: Fit, *, most: int = 20, still: float = 1e-9, rough: float = 1e-4) -> Fit:
    """Return the fit after whole Gauss-Newton steps to where they stand still: the minimum itself.

    A solver stops somewhere within its tolerance, elsewhere on another processor. Steps end at `still` sigmas, or
    where the cost would rise by more than `rough`.
    """
    x, cost = fit.x, fit.cost
    residual, slope = slopes(x)
    information, gradient = normal_equations(x, residual, slope)
    for _ in range(most):
        step = damped_step(information, gradient, 0.0)
        residual, slope = slopes(x + step)
        after = _cost(x + step, residual)
        if not after <= cost + rough:
            break
        x, cost = x + step, after
        information, gradient = normal_equations(x, residual, slope)
        if np.abs(step).max() < still:
            break
    return Fit(x, cost, information)
