"""Bounds against closed forms and against figures that another program computed."""

import math

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from launchwatch.bayes.bounds import (
    covariance_step,
    information_step,
    informed,
    invertible,
    measurement_information,
    posterior_bound,
    root_trace,
    with_detections,
)
from tests.bayes import srbm700


def straight(steps, dt=1.0, q=0.5, r=9.0):
    """Return prior, transitions, noise, gained of a linear target that moves straight and is seen in place."""
    f = np.array([[1, dt], [0, 1]])
    noise = q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
    gained = measurement_information(np.array([[[1.0, 0.0]]]), np.array([[r]]))
    return np.diag([100.0, 25.0]), np.tile(f, (steps, 1, 1, 1)), noise, np.tile(gained, (steps, 1, 1))


def kalman(prior, f, q, h, r, steps):
    p, out = prior, []
    for _ in range(steps):
        m = f @ p @ f.T + q
        gain = m @ h.T @ np.linalg.inv(h @ m @ h.T + r)
        p = (np.eye(len(p)) - gain @ h) @ m
        out.append(p)
    return np.array(out)


def test_linear_gaussian_bound_is_the_kalman_covariance():
    """For a linear system the bound is what the Kalman filter reaches, at every step (Tichavsky 1998)."""
    prior, f, q, gained = straight(30)
    want = kalman(prior, f[0, 0], q, np.array([[1.0, 0.0]]), np.array([[9.0]]), 30)
    assert posterior_bound(prior, f, q, gained) == pytest.approx(want, rel=1e-9)


def test_bound_settles_at_the_algebraic_riccati_solution():
    """The steady state solves the discrete algebraic Riccati equation (SciPy's solver)."""
    prior, f, q, gained = straight(400)
    h, r = np.array([[1.0, 0.0]]), np.array([[9.0]])
    predicted = solve_discrete_are(f[0, 0].T, h.T, q, r)
    assert posterior_bound(prior, f, q, gained)[-1] == pytest.approx(informed(predicted, gained[0]), rel=1e-9)


def test_scalar_random_walk_has_the_golden_bound():
    """A random walk with q = r = 1 settles at 1 / golden ratio: the closed form of its Riccati equation."""
    one = np.ones((100, 1, 1, 1))
    bound = posterior_bound(np.eye(1), one, np.eye(1), np.ones((100, 1, 1)))
    assert bound[-1, 0, 0] == pytest.approx((math.sqrt(5) - 1) / 2, rel=1e-12)


def test_constant_without_noise_is_known_as_a_mean_is():
    """A constant seen n times without process noise, a singular Q: r / n joined with the prior."""
    bound = posterior_bound(np.eye(1) * 4.0, np.ones((25, 1, 1, 1)), np.zeros((1, 1)), np.full((25, 1, 1), 1 / 9))
    assert not invertible(np.zeros((1, 1)))
    assert bound[:, 0, 0] == pytest.approx(1 / (1 / 4 + np.arange(1, 26) / 9), rel=1e-12)


def test_both_forms_agree_where_paths_are_alike():
    """The full and the Riccati form are the same where F does not vary between paths."""
    prior, f, q, gained = straight(1)
    full = np.linalg.inv(information_step(np.linalg.inv(prior), f[0], q, gained[0]))
    assert covariance_step(prior, f[0], q, gained[0]) == pytest.approx(full, rel=1e-10)


def test_spread_of_the_transitions_follows_the_closed_form():
    """With F spread by +-s the scalar closed form holds, and the bound is lower than that of the mean F."""
    spread, q, j = 0.3, 0.5, 2.0
    f = np.array([1.0 - spread, 1.0 + spread]).reshape(2, 1, 1)
    found = information_step(np.array([[j]]), f, np.array([[q]]), np.zeros((1, 1)))[0, 0]
    assert found == pytest.approx(1 / q - (1 / q) ** 2 / (j + (1 + spread**2) / q), rel=1e-12)
    assert found > 1 / (1 / j + q)


def test_invertible_is_told_whatever_the_units():
    """White-acceleration noise in metres or in micrometres is invertible; a state without noise is not."""
    q = straight(1)[2]
    tiny = np.diag([1e6, 1e-6])
    assert invertible(q)
    assert invertible(tiny @ q @ tiny)
    assert not invertible(np.diag([1.0, 0.0]))
    assert not invertible(np.ones((2, 2)))


def test_missed_detections_reduce_information():
    """A detection probability multiplies the information; the random-detection bound lies above it (Tong 2012)."""
    prior, f, q, gained = straight(40)
    sure, rare = posterior_bound(prior, f, q, gained), posterior_bound(prior, f, q, 0.6 * gained)
    h, r = np.array([[[1.0, 0.0]]]), np.array([[9.0]])
    assert measurement_information(h, r, 0.6) == pytest.approx(0.6 * gained[0])
    rng = np.random.default_rng(3)
    drawn = [posterior_bound(prior, f, q, with_detections(gained, rng.random(40) < 0.6)) for _ in range(300)]
    assert (root_trace(sure, 0, 1) < root_trace(rare, 0, 1)).all()
    assert root_trace(np.mean(drawn, axis=0), 0, 1)[5:].min() > root_trace(rare, 0, 1)[5:].min()


def test_measurement_information_averages_over_paths():
    """Two paths' derivatives h give the mean of h^2 / r."""
    found = measurement_information(np.array([[[1.0]], [[3.0]]]), np.array([[2.0]]))
    assert found[0, 0] == pytest.approx((1 + 9) / 2 / 2)


@pytest.fixture(scope="module")
def reentry():
    """Return the bounds (488, 6, 6) of SRBM-700, averaged over 100 true paths."""
    paths = srbm700.truths(100)
    transitions = srbm700.advance(paths[:-1])[1]
    h = srbm700.derivatives(paths[1:])
    gained = np.array([measurement_information(one, srbm700.NOISE) for one in h])
    return posterior_bound(srbm700.prior(), transitions, srbm700.PROCESS, gained)


@pytest.mark.parametrize(
    ("after_launch_s", "position_m", "velocity_m_s"),
    [
        (75, 767, 237), (80, 641, 107), (90, 460, 38.7), (100, 362, 20.2), (130, 231, 6.34), (190, 142, 1.97),
        (304, 81, 0.62), (370, 64, 0.42), (470, 42, 0.28), (558, 32, 0.77),
    ],
)  # fmt: skip
def test_bound_of_srbm700(reentry, after_launch_s, position_m, velocity_m_s):
    """The bounds are those of the research table (its own program, the same 100 seeds), to its printed digits."""
    k = after_launch_s - int(srbm700.BURNOUT_S) - 1
    assert root_trace(reentry, 0, 3)[k] == pytest.approx(position_m, abs=0.51)
    assert root_trace(reentry, 3, 6)[k] == pytest.approx(velocity_m_s, rel=0.012, abs=0.0051)


def test_shipped_srbm700_is_the_same_problem():
    """The packaged problem's true paths, noise and prior are those of the description, written apart, to 1 mm."""
    from launchwatch.simulate import problems

    shift = np.array([0.0, 0.0, srbm700.EARTH_M, 0.0, 0.0, 0.0])
    ours = srbm700.truths(2)
    for run in range(2):
        theirs = problems.monte_carlo(run)
        assert theirs.truth - shift == pytest.approx(ours[1:, run], abs=1e-3)
        assert theirs.covariance == pytest.approx(srbm700.prior(), rel=1e-6, abs=1e-3)
    assert problems.process_noise() == pytest.approx(srbm700.PROCESS)
