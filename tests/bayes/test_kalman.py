"""Filters over compiled functions: closed forms, and the literature's problems with few runs."""

import math

import numpy as np
import pytest
from benchmarks import classic_problems as problems

from launchwatch.basis.compiled import inline_kernel
from launchwatch.bayes import kalman
from launchwatch.bayes.kalman import ADAPTIVE, EXTENDED, ITERATED, POSTERIOR, UNSCENTED

NOTHING = np.zeros(0)
ALL = (EXTENDED, ITERATED, UNSCENTED, POSTERIOR, ADAPTIVE)
F = np.array([[1.0, 2.0, 0.5], [0.0, 1.0, 2.0], [0.0, 0.0, 0.9]])
H = np.array([[1.0, 0.5], [-0.3, 2.0]])
Q = np.diag([0.1, 0.2, 0.3])
R = np.array([[2.0, 0.3], [0.3, 1.0]])
P = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 2.0]])


@inline_kernel
def linear_move(x, par, out):
    out[0] = x[0] + 2.0 * x[1] + 0.5 * x[2]
    out[1] = x[1] + 2.0 * x[2]
    out[2] = 0.9 * x[2]


@inline_kernel
def linear_move_derivative(x, par, out):
    out[:, :] = 0.0
    out[0, 0] = out[1, 1] = 1.0
    out[0, 1] = out[1, 2] = 2.0
    out[0, 2], out[2, 2] = 0.5, 0.9


@inline_kernel
def linear_measure(y, par, out):
    out[0] = y[0] + 0.5 * y[1]
    out[1] = -0.3 * y[0] + 2.0 * y[1]


@inline_kernel
def linear_measure_derivative(y, par, out):
    out[0, 0], out[0, 1], out[1, 0], out[1, 1] = 1.0, 0.5, -0.3, 2.0


@inline_kernel
def square(y, par, out):
    out[0] = y[0] * y[0] + y[0] * y[1]


@inline_kernel
def square_derivative(y, par, out):
    out[0, 0], out[0, 1] = 2.0 * y[0] + y[1], y[0]


@inline_kernel
def bearing(y, par, out):
    out[0] = math.atan2(y[1], y[0]) % (2.0 * math.pi)


@inline_kernel
def distance(y, par, out):
    out[0] = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2])


@inline_kernel
def distance_derivative(y, par, out):
    r = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2])
    for i in range(3):
        out[0, i] = y[i] / r


def textbook(x, p, plots):
    """Return the Kalman filter's states and covariances (Bar-Shalom, Li & Kirubarajan 2001, table 5.2.4-1)."""
    h = np.pad(H, ((0, 0), (0, 1)))
    for plot in plots:
        x, p = F @ x, F @ p @ F.T + Q
        gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + R)
        x, p = x + gain @ (plot - h @ x), p - gain @ h @ p
        yield x, p


@pytest.mark.parametrize("choice", ALL)
def test_every_filter_is_kalmans_where_all_is_linear(choice):
    """Tangents, regressions and their iterations of linear functions are those functions."""
    x0 = np.array([1.0, -2.0, 0.5])
    plots = np.random.default_rng(1).normal(size=(30, 2)) * 5
    x, p, made = np.empty((30, 3)), np.empty((30, 3, 3)), np.empty((30, 2), dtype=np.int64)
    kalman.run(
        linear_move, linear_move_derivative, linear_measure, linear_measure_derivative, NOTHING, x0.copy(),
        P.copy(), plots, Q, R, np.zeros(2), 2, choice, kalman.unscented_spread(2), x, p, made,
    )  # fmt: skip
    for k, (want_x, want_p) in enumerate(textbook(x0, P, plots)):
        assert x[k] == pytest.approx(want_x, abs=1e-9)
        assert p[k] == pytest.approx(want_p, abs=1e-9)
    if choice == ADAPTIVE:
        assert (made == EXTENDED).all()


def regressed(measure, x, p, *, turns, spread, m=1, k=2):
    z, slope, extra = np.empty(m), np.empty((m, k)), np.empty((m, m))
    room = np.empty(kalman.room_shape(len(x), m))
    at_mean = kalman.regress(measure, NOTHING, x, p, turns, spread, z, slope, extra, room)
    return z, slope, extra, at_mean.copy()


CUBATURE = np.array([1.0, 0.0, 0.0])  # alpha, beta, kappa: no point at the mean
SCALED = np.array([0.5, 2.0, 1.0])  # of the scaled transformation (Julier, Proc. ACC 2002)


@pytest.mark.parametrize("spread", [kalman.unscented_spread(2), CUBATURE, SCALED])
def test_mean_and_slope_of_a_quadratic_are_exact(spread):
    """E[x^2 + xy] = mu_x^2 + P_xx + mu_x mu_y + P_xy, and the best slope is that at the mean (Stein)."""
    x, p = np.array([3.0, -1.0]), np.array([[2.0, 0.7], [0.7, 1.5]])
    z, slope, extra, at_mean = regressed(square, x, p, turns=np.zeros(1), spread=spread)
    assert at_mean[0] == pytest.approx(9.0 - 3.0)
    assert z[0] == pytest.approx(9.0 + 2.0 - 3.0 + 0.7)
    assert slope[0] == pytest.approx([2 * 3.0 - 1.0, 3.0])
    assert extra[0, 0] >= 0.0


def test_variance_of_a_squared_normal_is_exact():
    """Along one axis kappa = 3 - n keeps fourth moments: var(x^2) = 4 mu^2 s^2 + 2 s^4 (normal moments)."""
    x, p = np.array([3.0, 0.0]), np.array([[2.0, 0.0], [0.0, 0.0]])
    z, slope, extra, _ = regressed(square, x, p, turns=np.zeros(1), spread=kalman.unscented_spread(2))
    assert z[0] == pytest.approx(11.0)
    assert slope[0, 0] ** 2 * 2.0 + extra[0, 0] == pytest.approx(4 * 9.0 * 2.0 + 2 * 4.0)


def test_bearings_about_north_do_not_average_to_south():
    """A bearing that passes from 359 to 1 degree keeps its mean near 0 and a small spread."""
    x, p = np.array([1000.0, 0.0]), np.eye(2) * 100.0
    z, slope, extra, _ = regressed(bearing, x, p, turns=np.full(1, 2 * math.pi), spread=kalman.unscented_spread(2))
    assert math.remainder(z[0], 2 * math.pi) == pytest.approx(0.0, abs=1e-12)
    assert slope[0] == pytest.approx([0.0, 1e-3], rel=1e-3, abs=1e-12)
    assert extra[0, 0] < 1e-7


def test_a_covariance_that_rounding_broke_is_still_factored():
    """Singular and slightly indefinite matrices have a finite root whose square is near."""
    ones = np.ones((3, 3))
    root = np.empty((3, 3))
    assert kalman.semidefinite_root(ones, 3, root) == 2
    assert root @ root.T == pytest.approx(ones)
    broken = ones - 1e-12 * np.eye(3)
    assert kalman.semidefinite_root(broken, 3, root) == 2
    assert root @ root.T == pytest.approx(ones, abs=1e-10)
    assert kalman.semidefinite_root(np.diag([1.0, -1.0, 4.0]), 3, root) == 1
    assert np.diag(root) == pytest.approx([1.0, 0.0, 2.0])


@pytest.mark.parametrize("choice", [UNSCENTED, POSTERIOR])
def test_an_exact_measurement_and_a_known_state_leave_no_nan(choice):
    """A covariance of zeros in some directions is filtered without a failure.

    After github.com/dstl/Stone-Soup, issue 1234.
    """
    x, p, made = np.empty((50, 5)), np.empty((50, 5, 5)), np.empty((50, 2), dtype=np.int64)
    truth = problems.AUSTIN_START
    rng = np.random.default_rng(3)
    states = [truth]
    for _ in range(50):
        states.append(problems.AUSTIN.step(states[-1]))
    plots = problems.AUSTIN.plots(np.array(states[1:]), rng)
    known = np.diag([1e-6, 0.0, 1e-6, 0.0, 0.0])
    kalman.run(
        problems.austin_move, problems.austin_move_derivative, problems.austin_measure,
        problems.austin_measure_derivative, NOTHING, truth.copy(), known, plots, np.zeros((5, 5)),
        problems.AUSTIN.noise, problems.AUSTIN.turns, 2, choice, kalman.unscented_spread(2), x, p, made,
    )  # fmt: skip
    assert np.isfinite(x).all()
    assert np.isfinite(p).all()
    assert x[-1, 4] == truth[4]  # what has no variance is not moved
    assert (np.linalg.eigvalsh(p[-1]) > -1e-15).all()


def test_a_plot_that_cannot_be_weighed_changes_nothing():
    """Where S is not positive definite the state stays and the likelihood is zero."""
    x, p = np.array([1.0, 2.0]), np.zeros((2, 2))
    done = kalman.correct(
        x, p, np.ones(1), np.ones((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), np.empty(kalman.room_shape(2, 1))
    )
    assert done == -math.inf
    assert x == pytest.approx([1.0, 2.0])


def test_joseph_keeps_a_covariance_that_the_short_form_loses():
    """A plot 1e16 times better than the prior leaves a covariance that is positive and right to its size."""
    x, p = np.zeros(2), np.array([[1e8, 1e8 - 1e-4], [1e8 - 1e-4, 1e8]])
    kalman.correct(
        x, p, np.ones(1), np.ones((1, 1)), np.full((1, 1), 1e-8), np.zeros((1, 1)),
        np.empty(kalman.room_shape(2, 1)),
    )  # fmt: skip
    assert p[0, 0] >= 0.0
    assert p[0, 0] == pytest.approx(1e-8, rel=2.0)


def test_iterated_tangents_reach_the_posteriors_peak():
    """Bell & Cathey 1993: iterated tangents end where the gradient of the log posterior vanishes."""
    x, p, r = np.array([100.0, 50.0, 10.0]), np.diag([400.0, 900.0, 900.0]), np.array([[0.01]])
    plot, at, spread = np.array([130.0]), x.copy(), p.copy()
    _, made, drawn = kalman.update(
        distance, distance_derivative, NOTHING, at, spread, plot, r, np.zeros(1), ITERATED,
        CUBATURE, np.empty(1), np.empty((1, 3)), np.empty((1, 1)), np.empty(1),
        np.empty(kalman.room_shape(3, 1)), np.empty(3), np.empty((3, 3)),
    )  # fmt: skip
    assert made == ITERATED
    assert 1 < drawn < kalman.ITERATIONS
    radius = np.linalg.norm(at)
    gradient = (plot[0] - radius) / r[0, 0] * at / radius - np.linalg.solve(p, at - x)
    assert np.abs(gradient * np.sqrt(np.diag(p))).max() < 1e-3


def test_few_runs_of_farinas_problem_stay_at_the_bound():
    """The adaptive filter is within a few per cent of the bound and consistent, the extended one is not."""
    found = problems.farina(60)
    assert found["adaptive"]["position RMSE / bound"] < 1.05
    assert 0.9 < found["adaptive"]["NEES / dof"] < 1.12
    assert found["adaptive"]["unscented predictions, updates"][1] > 0.1
    assert found["extended"]["NEES / dof"] > 1.4


def test_one_run_of_the_re_entry_with_unknown_drag():
    """The drag is found within a tenth, and the tangent suffices (research value of the position's rms: 8.5 m)."""
    found = problems.austin(2, matched=False)["adaptive"]
    assert math.hypot(*found["rms x, y, m"]) < 10.0
    assert found["unscented predictions, updates"][1] == 0.0


@pytest.mark.slow
def test_a_vertical_fall_is_followed_by_range_alone():
    """The unscented and the adaptive filter end three times nearer than the extended one."""
    found = problems.athans(30)
    name = "height, ft: mean over runs and 30 to 60 s"
    assert 3 * found["adaptive"][name] < found["extended"][name]
    assert 3 * found["unscented"][name] < found["extended"][name]
