"""Inference kernels against closed forms."""

import math

import numpy as np
import pytest

from launchwatch.bayes.association import GATE_PROBABILITY, associate, exist
from launchwatch.bayes.linear import cholesky, solve_factored
from launchwatch.bayes.mixture import mix, moments, reweigh
from launchwatch.bayes.sampling import (
    draw_normal,
    effective_sample_size,
    ellipse_axes,
    normalize_log,
    systematic_resample,
    weighted_quantile,
)
from launchwatch.bayes.smc import Target, temper

H = np.array([[1.0, 0.0]])
R = np.array([[4.0]])


def prior():
    return np.array([10.0, 1.0]), np.array([[9.0, 2.0], [2.0, 3.0]])


def test_certain_association_is_the_kalman_update():
    """With one plot, no clutter to speak of and sure detection, the update is Kalman's (closed form)."""
    x, p = prior()
    k = p @ H.T / (H @ p @ H.T + R)
    want_x, want_p = x + k[:, 0] * 1.5, p - k @ H @ p
    beta = np.empty(2)
    associate(x, p, np.array([[1.5]]), H, R, 0.999, 1e-12, beta)
    assert beta == pytest.approx([1.0, 0.0], abs=1e-9)
    assert x == pytest.approx(want_x, abs=1e-8)
    assert p == pytest.approx(want_p, abs=1e-8)


def test_no_plot_leaves_the_state_and_lowers_existence():
    """A missed detection changes no moment; the likelihood ratio is 1 - pd pg."""
    x, p = prior()
    beta = np.empty(1)
    ratio = associate(x, p, np.empty((0, 1)), H, R, 0.9, 1e-3, beta)
    assert ratio == pytest.approx(1 - 0.9 * GATE_PROBABILITY)
    assert (x == prior()[0]).all()
    assert exist(0.5, ratio) == pytest.approx(ratio / (1 + ratio))  # Musicki 1994, eq. 12 at one half


def test_two_equal_plots_share_the_target():
    """Plots at equal distances on both sides have equal probabilities, and the mean stays while it spreads."""
    x, p = prior()
    beta = np.empty(3)
    associate(x, p, np.array([[2.0], [-2.0]]), H, R, 0.9, 1e-3, beta)
    assert beta[0] == pytest.approx(beta[1])
    assert beta.sum() == pytest.approx(1)
    assert x == pytest.approx(prior()[0])
    k = prior()[1] @ H.T / 13.0
    shrunk = prior()[1] - (1 - beta[2]) * 13.0 * k @ k.T
    assert p == pytest.approx(shrunk + k @ k.T * 4.0 * (1 - beta[2]))


def test_far_plots_are_gated():
    """A plot beyond the gate counts for nothing."""
    x, p = prior()
    beta = np.empty(2)
    associate(x, p, np.array([[100.0]]), H, R, 0.9, 1e-3, beta)
    assert beta[0] == 0.0


def test_cholesky_and_solve_agree_with_numpy():
    """The small factorisation solves what NumPy solves."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=(5, 5))
    a = a @ a.T + np.eye(5)
    b = rng.normal(size=(5, 2))
    assert solve_factored(cholesky(a), b) == pytest.approx(np.linalg.solve(a, b))
    assert np.isnan(cholesky(-np.eye(2))).any()


def test_mixing_keeps_the_mixture_moments():
    """Interaction redistributes means and covariances; the whole mixture's moments do not change."""
    mean = np.array([[0.0, 1.0], [4.0, -1.0]])
    covariance = np.stack([np.eye(2), 2 * np.eye(2)])
    probability = np.array([0.3, 0.7])
    before = moments(mean, covariance, probability)
    mix(mean, covariance, probability, np.array([[0.9, 0.1], [0.2, 0.8]]))
    after = moments(mean, covariance, probability)
    assert probability == pytest.approx([0.41, 0.59])
    assert after[0] == pytest.approx(before[0])
    assert after[1] == pytest.approx(before[1])
    assert reweigh(probability, np.array([1.0, 3.0])) == pytest.approx(0.41 + 3 * 0.59)


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
