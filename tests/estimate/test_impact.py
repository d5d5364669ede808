"""Predicted impacts against thousands of flights of the flight core, drawn from the same state."""

import dataclasses
import math

import numpy as np
import pytest

from launchwatch.bayes.sampling import CHI2_95_2, ellipse_axes
from launchwatch.estimate.track import impact
from launchwatch.estimate.track.impact import BALLISTIC, PULL_UP, THRUST_ENDS, predict_impacts, predict_many
from launchwatch.estimate.track.motion import BOOST, COAST, DRAG, SIZE
from launchwatch.flight import parameters as prm
from launchwatch.flight import propagation as fp
from launchwatch.flight.environment import EARTH
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.frames import east_north_up
from tests.flight.test_variational import CASES, LOG_DRAG, state

ENV = EARTH.as_array()
STILL = np.zeros(3)

# Sigmas of position (m), velocity (m/s) and ln drag: what a filter knows at these moments.
KNOWN = {
    "burnout": (CASES["burnout"], 600.0, 60.0, 0.3),
    "burnout, coarse drag": (CASES["burnout"], 200.0, 4.0, 0.8),
    "apogee": (CASES["apogee"], 80.0, 0.6, 0.3),
    "apogee, coarse drag": (CASES["apogee"], 80.0, 0.6, 0.8),
    "re-entry": (CASES["re-entry"], 40.0, 2.0, 0.3),
    "re-entry, blunt": (state(60e3, 2000.0, -40.0), 40.0, 1.0, 0.5),
}


def modes(x, sigma_position, sigma_velocity, sigma_drag, log_drag=LOG_DRAG, mode=COAST):
    mean, covariance, probability = np.zeros((3, SIZE)), np.zeros((3, SIZE, SIZE)), np.zeros(3)
    mean[:, :6], mean[:, DRAG] = x, log_drag
    sigmas = np.array([sigma_position] * 3 + [sigma_velocity] * 3 + [1.0, sigma_drag, 1.0, 0.1])
    correlation = np.eye(SIZE)
    correlation[3, DRAG] = correlation[DRAG, 3] = 0.5
    covariance[:] = correlation * np.outer(sigmas, sigmas)
    probability[mode] = 1.0
    return mean, covariance, probability


def flown(mean, covariance, n, seed=0):
    """Return places (n, 3) and seconds (n,) of the falls of draws from a coasting state."""
    draws = np.random.default_rng(seed).multivariate_normal(mean[COAST], covariance[COAST], n, method="cholesky")
    out, row = np.empty(fp.OUTCOMES), np.zeros(prm.COUNT)
    found = np.empty((n, 4))
    for i, x in enumerate(draws):
        row[prm.BALLISTIC_COEFFICIENT] = 1e4 / math.exp(x[DRAG])
        fp.coast(x[:6], row, ENV, 0.0, 1.0, 21_600.0, np.empty(0), np.empty((0, 6)), out)
        found[i, :3], found[i, 3] = out[fp.IMPACT_STATE : fp.IMPACT_STATE + 3], out[fp.IMPACT_TIME]
    return found


@pytest.mark.parametrize("name", KNOWN)
def test_ellipse_holds_95_in_100_flights(name):
    """Of 4,000 drawn flights the 95 % ellipse holds 93.5 to 96.5 %; mean and sigma of the time fit within 5 %."""
    mean, covariance, probability = modes(*KNOWN[name])
    one = predict_many(mean[None], covariance[None], probability[None], noise=STILL)[0, BALLISTIC]
    assert one[impact.SHARE] == pytest.approx(1 - one_pull_up(mean, probability), abs=1e-12)
    found = flown(mean, covariance, 4000)
    center = ecef_from_geodetic(one[[impact.LAT]], one[[impact.LON]], np.zeros(1))[0]
    off = ((found[:, :3] - center) @ east_north_up(one[impact.LAT], one[impact.LON]).T)[:, :2]
    ee, en, nn = one[impact.EAST_EAST : impact.NORTH_NORTH + 1]
    inverse = np.linalg.inv(np.array([[ee, en], [en, nn]]))
    held = np.einsum("ij,jk,ik->i", off, inverse, off) < CHI2_95_2
    assert 0.935 < held.mean() < 0.965
    assert one[impact.IN_S] == pytest.approx(found[:, 3].mean(), abs=0.1 * found[:, 3].std())
    assert one[impact.SIGMA_S] == pytest.approx(found[:, 3].std(), rel=0.1)


def one_pull_up(mean, probability):
    return impact.hypothesis_probabilities(mean, probability)[PULL_UP]


def test_axes_are_those_of_the_covariance():
    """The closed form of the ellipse's axes and azimuth agrees with eigenvectors."""
    (one,) = predict_impacts(*modes(*KNOWN["burnout"]))
    assert one.axes == pytest.approx(ellipse_axes(one.covariance_m2), rel=1e-9)
    assert 0.0 <= one.axes[2] < math.pi


def test_all_at_once_is_one_by_one():
    """A batch's predictions are those of each track alone, bit for bit."""
    made = [modes(*known) for known in KNOWN.values()]
    together = predict_many(*(np.array(part) for part in zip(*made, strict=True)))
    for row, one in zip(together, made, strict=True):
        np.testing.assert_array_equal(row, predict_many(*(part[None] for part in one))[0])


def test_noise_widens():
    """The coast mode's own noise widens every ellipse, and moves none by more than a hundredth of it."""
    mean, covariance, probability = modes(*KNOWN["apogee"])
    still, noisy = (
        predict_many(mean[None], covariance[None], probability[None], noise=noise)[0, BALLISTIC]
        for noise in (STILL, impact.WHILE_COASTING)
    )
    assert noisy[impact.MINOR] > still[impact.MINOR]
    assert noisy[impact.LAT] == pytest.approx(still[impact.LAT], abs=0.02 * noisy[impact.MINOR] / 6.4e6)


def test_far_from_linear_falls_back():
    """A boost of ten kilometres' height known to 20 km of range yet gives an ellipse: by cubature points."""
    mean, covariance, probability = modes(state(10e3, 600.0, 80.0), 500.0, 100.0, 0.8, mode=BOOST)
    space = impact.vf.workspace()
    index = np.array([0, 1, 2, 3, 4, 5, DRAG])
    seven = np.ascontiguousarray(covariance[BOOST][np.ix_(index, index)])
    row = np.zeros(impact.COLUMNS)
    assert impact.coasting_impact(mean[BOOST, :6], 0.3, seven, STILL, ENV, *space, row) == -1
    (one,) = predict_impacts(mean, covariance, probability)
    assert one.hypothesis == THRUST_ENDS
    assert one.axes[0] > 3e3


def test_an_orbit_has_no_impact():
    """What circles the earth, or leaves it, is predicted to fall nowhere."""
    for speed in (7600.0, 12_000.0):
        x = state(400e3, speed, 0.0 if speed < 8000 else 60.0)
        assert predict_impacts(*modes(x, 10.0, 0.1, 0.3)) == []


def test_not_finite_is_no_prediction():
    """A state or covariance that is not finite yields no prediction and harms no other track."""
    good, bad = modes(*KNOWN["apogee"]), modes(*KNOWN["apogee"])
    bad[0][:, 2] = np.nan
    worse = modes(*KNOWN["apogee"])
    worse[1][:] = np.inf
    together = predict_many(*(np.array(part) for part in zip(bad, good, worse, strict=True)))
    assert together[0, :, impact.SHARE].sum() == together[2, :, impact.SHARE].sum() == 0.0
    np.testing.assert_array_equal(together[1], predict_many(*(part[None] for part in good))[0])


@pytest.mark.parametrize("climb", [-30.0, 0.0, 20.0, 40.0])
def test_two_body_apogee_is_the_flights(climb):
    """Before or behind, on a low path, the apogee that decides on a pull-up is within 2 km of the flown one."""
    x = state(45e3, 1500.0, climb)
    mean = np.zeros((3, SIZE))
    mean[:, :6] = x
    back = x.copy()
    back[3:] *= math.copysign(1.0, climb)
    row, out = np.zeros(prm.COUNT), np.empty(fp.OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT] = 1e9
    env = dataclasses.replace(EARTH, rotation_rad_s=EARTH.rotation_rad_s if climb >= 0 else -EARTH.rotation_rad_s)
    fp.coast(back, row, env.as_array(), 0.0, 1e-3, 3600.0, np.empty(0), np.empty((0, 6)), out)
    assert impact._apogee_height(x, 45e3, ENV) == pytest.approx(out[fp.MAX_HEIGHT], abs=2000)
