"""Inference kernels against closed forms."""

import math

import numpy as np
import pytest

from launchwatch.bayes.linear import cholesky, solve_factored
from launchwatch.bayes.sampling import (
    draw_normal,
    effective_sample_size,
    ellipse_axes,
    normalize_log,
    systematic_resample,
    weighted_quantile,
)
from launchwatch.bayes.smc import Target, temper


def test_cholesky_and_solve_agree_with_numpy():
    """The small factorisation solves what NumPy solves."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=(5, 5))
    a = a @ a.T + np.eye(5)
    b = rng.normal(size=(5, 2))
    assert solve_factored(cholesky(a), b) == pytest.approx(np.linalg.solve(a, b))
    assert np.isnan(cholesky(-np.eye(2))).any()


def test_sampling_tools():
    """Effective size, resampling, quantiles and the 95 % ellipse have their textbook values."""
    assert effective_sample_size(np.full(10, 0.1)) == pytest.approx(10)
    weight, mean = normalize_log(np.log([1.0, 3.0]))
    assert weight == pytest.approx([0.25, 0.75])
    assert mean == pytest.approx(math.log(2))
    counts = np.bincount(systematic_resample(np.array([0.2, 0.5, 0.3]), 1000, np.random.default_rng(0)))
    assert counts == pytest.approx([200, 500, 300], abs=1)  # systematic: within one of the expectation
    assert weighted_quantile(np.arange(101.0), np.full(101, 1 / 101), (0.5,)) == pytest.approx([50.0])
    major, minor, azimuth = ellipse_axes(np.array([[4.0, 0.0], [0.0, 1.0]]))
    # chi-square with two degrees: 95 % at -2 ln 0.05
    assert (major, minor) == pytest.approx((2 * math.sqrt(5.991465), math.sqrt(5.991465)), rel=1e-6)
    assert azimuth == pytest.approx(math.pi / 2)


def gaussian_target(precision):
    def evaluate(x, _):
        return -0.5 * precision * np.square(x[:, 0] - 2.0), np.zeros((len(x), 1))

    return Target(lambda x, _: -0.5 * np.sum(np.square(x), axis=1), evaluate)


def test_tempering_finds_the_closed_form_posterior_and_evidence():
    """Normal prior times normal likelihood: mean 1.8, variance 0.1 and the evidence, within sampling error."""
    rng = np.random.default_rng(3)
    n, precision = 4000, 9.0
    x = rng.normal(size=(n, 2))
    run = temper(x, np.zeros(n, dtype=np.int64), gaussian_target(precision), rng, particles=n, waypoint=0.2)
    error = math.sqrt(0.1 / (n / 4))  # a quarter of the particles independent
    assert run.temperature == 1.0
    assert run.x[:, 0].mean() == pytest.approx(1.8, abs=4 * error)
    assert run.x[:, 0].var() == pytest.approx(0.1, rel=0.15)
    assert run.x[:, 1].var() == pytest.approx(1.0, rel=0.15)
    want = -0.5 * math.log(1 + precision) - 0.5 * 4 / (1 + 1 / precision)
    assert run.log_evidence == pytest.approx(want, abs=0.15)
    assert run.waypoint is not None
    assert run.waypoint.x[:, 0].var() == pytest.approx(1 / (1 + 0.2 * precision), rel=0.2)


def test_tempering_keeps_both_modes():
    """Two separate likelihood peaks of equal height keep their halves of the particles."""
    rng = np.random.default_rng(4)
    n = 4000

    def evaluate(x, _):
        peaks = np.logaddexp(-50 * np.square(x[:, 0] - 1.5), -50 * np.square(x[:, 0] + 1.5))
        return peaks, np.zeros((len(x), 1))

    target = Target(lambda x, _: -0.5 * np.square(x[:, 0]), evaluate)
    run = temper(rng.normal(size=(n, 1)), np.zeros(n, dtype=np.int64), target, rng, particles=n)
    share = (run.x[:, 0] > 0).mean()
    assert share == pytest.approx(0.5, abs=0.08)  # 4 sigma of 600 independent draws
    assert (np.abs(np.abs(run.x[:, 0]) - 1.47) < 0.5).all()


def test_draws_of_a_covariance_at_the_edge():
    """A covariance singular but for rounding gives draws of its own moments; an indefinite one is refused."""
    both = np.array([[4.0, 6.0], [6.0, 9.0 - 1e-13]])
    drawn = draw_normal(np.array([1.0, -1.0]), both, 20_000, np.random.default_rng(0))
    assert np.cov(drawn.T) == pytest.approx(both, rel=0.05)  # five sigmas of 20,000 draws
    with pytest.raises(ValueError, match="not positive definite"):
        draw_normal(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]), 10, np.random.default_rng(0))
