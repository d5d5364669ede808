"""Most probable parameters against closed forms."""

import numpy as np
import pytest

from launchwatch.bayes.fitting import minimize, settle

RNG = np.random.default_rng(5)
DESIGN, DATA = RNG.normal(size=(12, 4)), RNG.normal(size=12)


def linear(x):
    return DESIGN @ x - DATA


def linear_slopes(x):
    return linear(x), DESIGN


def test_linear_model_has_the_normal_posterior():
    """Mean and covariance are those of Bayesian linear regression."""
    fit = minimize(linear, linear_slopes, np.zeros(4), enough=1e-12)
    covariance = np.linalg.inv(np.eye(4) + DESIGN.T @ DESIGN)
    assert fit.x == pytest.approx(covariance @ DESIGN.T @ DATA, abs=1e-6)
    assert fit.covariance == pytest.approx(covariance, rel=1e-9)


def test_evidence_of_a_linear_model():
    """Laplace's approximation is exact: the evidence is the data's normal density up to its constant."""
    fit = minimize(linear, linear_slopes, np.zeros(4), enough=1e-12)
    spread = np.eye(12) + DESIGN @ DESIGN.T
    log_density = -0.5 * DATA @ np.linalg.solve(spread, DATA) - 0.5 * np.linalg.slogdet(spread)[1]
    assert fit.log_evidence == pytest.approx(log_density, abs=1e-6)


def valley(x):
    return np.array([100.0 * (x[1] - x[0] ** 2), 3.0 * (x[0] - 1.0)])


def valley_slopes(x):
    return valley(x), np.array([[-200.0 * x[0], 100.0], [3.0, 0.0]])


def test_curved_valley_is_followed_to_its_end():
    """Rosenbrock's valley with a unit prior: the gradient vanishes where the fit settles, within 40 steps."""
    fit = settle(valley_slopes, minimize(valley, valley_slopes, np.array([-1.2, 1.0]), most=40))
    residual, slope = valley_slopes(fit.x)
    assert np.abs(fit.x + slope.T @ residual).max() < 1e-6


def test_settled_fits_forget_their_start():
    """From two starts the settled unknowns agree to a billionth of a sigma."""
    ends = [settle(valley_slopes, minimize(valley, valley_slopes, np.array(start))).x
            for start in ([0.5, 0.0], [1.3, 2.0])]  # fmt: skip
    assert ends[0] == pytest.approx(ends[1], abs=2e-9)
