"""What a burning motor may yet reach: the mixture's conditional, fresh flights, and the course."""

import math

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.stats import chisquare, multivariate_normal

from launchwatch.estimate.track import burning
from launchwatch.estimate.track.burning import LEVELS, prospect_at, prospect_of
from launchwatch.estimate.track.motion import BOOST, MODES, SIZE, THRUST
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.simulate import populations

KINDS = ("SRBM", "MRBM", "IRBM", "ICBM lofted", "quasi-ballistic", "glide")
SHARES = (0.34, 0.16, 0.07, 0.05, 0.32, 0.06)
RANGES_M = {"SRBM": (150e3, 700e3), "MRBM": (700e3, 2e6), "IRBM": (2e6, 4.5e6), "ICBM lofted": (9e5, 1.4e6)}
LONGEST_S = 300.0


def fresh(rng):
    """Return a flight of the catalogue's shares, as the mixture's were drawn, from another seed."""
    found = None
    while found is None:
        kind = str(rng.choice(KINDS, p=SHARES))
        if kind in RANGES_M:
            shape = "lofted" if kind == "ICBM lofted" else str(rng.choice(populations.SHAPES, p=(0.25, 0.5, 0.25)))
            found = populations.ballistic(rng, math.exp(rng.uniform(*np.log(RANGES_M[kind]))), shape)
        else:
            found = populations.glider(rng) if kind == "glide" else populations.quasi_ballistic(rng)
    return found


def moment(truth, rng):
    """Return state, acceleration and what was to come (m, rad, s) at a random second of a burn above 5 km."""
    state = truth.state[np.isfinite(truth.state).all(axis=1)]
    place = geodetic_from_ecef(np.ascontiguousarray(state[:, :3]))
    first = max(int(np.argmax(place[:, 2] > 5e3)), 1)
    k = int(rng.integers(first, max(int(truth.burnout_s) - 1, first + 1)))
    far, azimuth = distance_and_azimuth(*place[k, :2], *place[-1, :2])
    pushed = 0.5 * (state[k + 1, 3:] - state[k - 1, 3:])
    return state[k], pushed, float(far), float(azimuth), float(len(state) - 1 - k)


@pytest.fixture(scope="module")
def moments():
    """250 moments of as many flights, each flight as likely as it burns long: at most `LONGEST_S`."""
    rng = np.random.default_rng(2026)
    found = []
    while len(found) < 250:
        truth = fresh(rng)
        if rng.random() < truth.burnout_s / LONGEST_S:
            found.append(moment(truth, rng))
    return found


def test_distances_are_those_of_the_joint_density():
    """Levels agree with the joint density of scipy's normals, integrated on a grid, within 0.003."""
    log_weight, mean, covariance = burning._table()
    x, spread = np.array([2.2, 7.2, 0.8, 3.2]), np.diag([0.02, 0.03, 0.02, 0.1]) ** 2
    y = np.linspace(math.log(2e3), math.log(2e7), 6_000)
    density = np.zeros(len(y))
    for w, m, c in zip(np.exp(log_weight), mean, covariance, strict=True):
        joint = c[:5, :5].copy()
        joint[:4, :4] += spread
        points = np.column_stack([np.repeat(x[None], len(y), axis=0), y])
        density += w * multivariate_normal(m[:5], joint).pdf(points)
    below = cumulative_trapezoid(density, y, initial=0.0)
    below /= below[-1]
    range_m, _ = burning._quantiles(*burning._to_come(x, spread))
    assert np.interp(np.log(range_m), y, below) == pytest.approx(LEVELS, abs=0.003)


def test_fresh_flights_fall_as_often_as_told_in_each_part(moments):
    """Of 250 flights of another seed as many fall in each fifth of their prospect: chi-square, one in 1,000."""
    found = []
    for state, pushed, far, _, _ in moments:
        found.append(np.interp(far / 1e3, prospect_at(state, pushed).range_km, LEVELS, left=0.0, right=1.0))
    counts = np.histogram(found, 5, (0.0, 1.0))[0]
    assert chisquare(counts).pvalue > 1e-3


def test_times_to_the_fall_are_borne_out(moments):
    """At the distance that was flown the time told is right within 25 % in nine of ten flights."""
    off = []
    for state, pushed, far, _, in_s in moments:
        told = prospect_at(state, pushed)
        off.append(abs(math.log(np.interp(far / 1e3, told.range_km, told.remaining_s) / in_s)))
    assert np.quantile(off, 0.9) < math.log(1.25)


def test_course_holds_the_fall(moments):
    """The bearing to the fall lies within two sigmas of the course in 93 % of flights at least."""
    inside = []
    for state, pushed, far, azimuth, _ in moments:
        if far > 100e3:
            told = prospect_at(state, pushed)
            off = (math.degrees(azimuth) - told.azimuth_deg + 180.0) % 360.0 - 180.0
            inside.append(abs(off) < 2.0 * told.azimuth_sigma_deg)
    assert np.mean(inside) > 0.93


def boosting(state, push, sigma):
    mean, covariance, probability = np.zeros((5, SIZE)), np.zeros((5, SIZE, SIZE)), np.zeros(len(MODES))
    mean[:, :6], mean[:, THRUST] = state, push
    covariance[:] = np.diag([sigma * 20.0] * 3 + [sigma] * 3 + [sigma / 10.0] + [1e-4] * 3) ** 2
    probability[BOOST] = 1.0
    return mean, covariance, probability


def test_a_state_known_better_says_more(moments):
    """A velocity known to 3 m/s leaves no wider a prospect than one known to 300, on the average."""
    wide = []
    for state, pushed, *_ in moments[:60]:
        push = float(np.exp(burning.features_of(state[None], pushed[None])[0, 3]))
        spans = [prospect_of(*boosting(state, push, sigma)).range_km for sigma in (3.0, 300.0)]
        wide.append([math.log(one[11] / one[3]) for one in spans])
    assert np.mean(wide, axis=0)[0] < np.mean(wide, axis=0)[1]


def test_what_hardly_burns_has_no_prospect(moments):
    """Nothing is told of a motor that burns with 1 %, nor of a state that is none."""
    mean, covariance, probability = boosting(moments[0][0], 30.0, 3.0)
    probability[BOOST] = 0.01
    assert prospect_of(mean, covariance, probability) is None
    mean[BOOST, 0] = math.nan
    probability[BOOST] = 1.0
    assert prospect_of(mean, covariance, probability) is None


def test_what_comes_down_has_no_prospect(moments):
    """Air pushes a falling object as a motor would: a state turned downwards has none, with the same push."""
    state = moments[0][0].copy()
    assert prospect_of(*boosting(state, 30.0, 3.0)) is not None
    up = state[:3] / np.linalg.norm(state[:3])
    state[3:6] -= 2.0 * (up @ state[3:6]) * up
    assert prospect_of(*boosting(state, 30.0, 3.0)) is None
