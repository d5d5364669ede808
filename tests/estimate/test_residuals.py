"""The NIS read off updated states against the innovation's own, where that is known."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chi2

from launchwatch.estimate.track.residuals import innovation_squared
from launchwatch.estimate.track.sensors import Look, sensor_model
from launchwatch.facts import Sensor
from launchwatch.geo.sight import bearing_plane, look, look_derivative
from tests.estimate.test_bound import flying, radar


def updated(rng, *, share=1.0):
    """Return a history after one Kalman update with one radar plot, and the innovation's own squared length."""
    model = radar()
    truth, _ = flying(2000.0, 30.0)
    covariance = np.diag([80.0**2] * 3 + [20.0**2] * 3)
    mean = truth + rng.normal(size=6) * np.sqrt(np.diag(covariance))
    plot = look(truth, model.position, model.enu)[:3] + rng.normal(size=3) * np.sqrt(model.noise)
    h = look_derivative(mean, model.position, model.enu)[:3]
    innovation = plot - look(mean, model.position, model.enu)[:3]
    innovation[1] = (innovation[1] + math.pi) % (2 * math.pi) - math.pi  # the target passes north of the radar
    spread = h @ covariance @ h.T + np.diag(model.noise)
    gain = covariance @ h.T @ np.linalg.inv(spread)
    after = np.zeros((10, 10))
    after[:6, :6] = (np.eye(6) - gain @ h) @ covariance
    return history(mean + gain @ innovation, after, plot, model, share), innovation @ np.linalg.solve(
        spread, innovation
    )


def history(mean, covariance, plot, sensor, share):
    """Return what `innovation_squared` reads of a track's history."""
    look = Look(sensor, 0.0, np.zeros(1), plot[None], ("p",), None)
    return SimpleNamespace(
        time_s=0.0,
        mean=np.concatenate([mean, np.zeros(4)]),
        covariance=covariance,
        best_probability=share,
        measurement=plot,
        sensor=sensor,
        record=SimpleNamespace(look=look, best=np.zeros(1, dtype=int)),
        row=0,
    )


def test_nis_of_one_filter_is_the_innovations_own():
    """After a Kalman update the residual gives back the innovation's squared length, up to the linearisation."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        after, want = updated(rng)
        assert innovation_squared(after) == (pytest.approx(want, rel=0.02, abs=0.02), 3)


def test_nis_is_chi_square():
    """Over 2,000 updates its mean is 3 and 95 % lie below the quantile, within three standard errors."""
    rng = np.random.default_rng(5)
    found = np.array([innovation_squared(updated(rng)[0])[0] for _ in range(2000)])
    assert found.mean() == pytest.approx(3, abs=3 * math.sqrt(6 / 2000))
    assert (found < chi2.ppf(0.95, 3)).mean() == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 2000))


def test_shared_or_missing_plots_have_no_nis():
    """Without a plot, with one that is another's by a fifth, or in a state wider than the plot there is none."""
    after, _ = updated(np.random.default_rng(6), share=0.8)
    assert innovation_squared(after) is None
    after.best_probability = 1.0
    wide = history(after.mean[:6], after.covariance * 1e4, after.measurement, after.sensor, 1.0)
    assert innovation_squared(wide) is None
    after.measurement = None
    assert innovation_squared(after) is None


def test_unmeasured_range_rate_counts_for_nothing():
    """A plot without the range rate that its radar can measure has three degrees of freedom."""
    after, want = updated(np.random.default_rng(7))
    after.measurement = np.append(after.measurement, np.nan)
    after.sensor = radar(sigma_range_rate_m_s=1.0)
    assert innovation_squared(after) == (pytest.approx(want, rel=0.02), 3)


def test_a_plots_own_covariance_counts():
    """With nine times the variance, a residual beside an all but certain state scores a ninth."""
    state, _ = flying(2000.0, 30.0)
    model = radar()
    plot = look(state, model.position, model.enu)[:3] + np.sqrt(model.noise)
    plain = history(state, np.eye(10) * 1e-6, plot, model, 1.0)
    own = history(state, np.eye(10) * 1e-6, plot, model, 1.0)
    own.record.look = dataclasses.replace(own.record.look, noise=9 * np.diag(model.noise)[None])
    assert innovation_squared(plain)[0] == pytest.approx(3.0, rel=1e-3)
    assert innovation_squared(own)[0] == pytest.approx(3.0 / 9, rel=1e-3)


def test_a_sensor_with_a_bias_has_no_nis():
    """The residual of a sensor that may be off for good is not told by the state's columns alone."""
    after, _ = updated(np.random.default_rng(8))
    assert innovation_squared(after) is not None
    after.sensor = radar(sigma_bias_azimuth_deg=0.05)
    assert innovation_squared(after) is None


def test_infrared_nis_has_two_degrees_of_freedom():
    """A line of sight is two small angles; a plot one sigma off beside an all but certain state scores 1."""
    model = sensor_model(
        Sensor(id="S", kind="infrared", position_ecef_m=(-2.1e7, 3.7e7, 0.0), sigma_los_rad=1e-5, scan_s=10.0)
    )
    state, _ = flying(2000.0, 30.0)
    line = state[:3] - model.position
    line /= np.linalg.norm(line)
    seen = line + 1e-5 * bearing_plane(line)[0]
    after = history(state, np.eye(10) * 1e-6, seen / np.linalg.norm(seen), model, 1.0)
    assert innovation_squared(after) == (pytest.approx(1.0, rel=1e-3), 2)
