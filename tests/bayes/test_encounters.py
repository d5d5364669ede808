"""Encounters against the noncentral chi-square, brute force over all samples, PROJ and a simulated velocity."""

import numpy as np
import pytest
from pyproj import Geod
from scipy.stats import ncx2

from launchwatch.bayes.encounters import Motion, Movers, cloud, disc_probability, encounters, growth, reckon
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.surface import surface_ecef

FALL_S = 1_762_486_960.0
PLANE = Motion(60.0, 600.0, 5.0)


def fall(rng, n=500, sigma_km=(30.0, 8.0)):
    """Return samples about 40 N 134 E whose times go with their places."""
    along, across = rng.normal(size=(2, n)) * np.array(sigma_km)[:, None] * 1000
    lat = np.radians(40.0) + across / 6.36e6
    lon = np.radians(134.0) + along / (6.378e6 * np.cos(np.radians(40.0)))
    weight = rng.gamma(2.0, size=n)
    return surface_ecef(lat, lon), FALL_S + along / 2000 + rng.normal(0, 10, n), weight / weight.sum()


def movers(rng, n, age_s, speed=(230.0, 20.0), around=1.0):
    lat, lon = np.radians(40 + rng.normal(0, around, n)), np.radians(134 + rng.normal(0, around, n))
    return Movers(
        lat, lon, FALL_S - age_s(n), np.full(n, 60.0), rng.uniform(0, 2 * np.pi, n),
        np.abs(rng.normal(*speed, n)), np.full(n, 5.0),
    )  # fmt: skip


def brute(fleet, motion, found, radius):
    """Return probabilities by every sample, and that of any."""
    points, times, weight = found
    middle = float(weight @ times)
    at = reckon(fleet, motion, middle)
    chance = np.empty(len(fleet))
    missed = np.zeros(len(weight))
    for i in range(len(fleet)):
        place = at.points[i] + at.directions[i] * fleet.speed_m_s[i] * (times - middle)[:, None]
        away = np.linalg.norm(place - points, axis=1)
        sigma = np.sqrt(
            [variance(t - fleet.time_s[i], fleet.sigma_m[i], fleet.velocity_m_s[i], motion) for t in times]
        )
        share = ncx2.cdf((radius / sigma) ** 2, 2, (away / sigma) ** 2)
        chance[i] = weight @ share
        missed += np.log1p(-np.minimum(share, 1 - 1e-10))
    return chance, float(weight @ -np.expm1(missed))


def variance(age, sigma, velocity, motion):
    x = abs(age) / motion.memory_s
    gone = -np.expm1(-x)
    grown = max(2 * (x - gone) - gone**2, 0.0)
    return sigma**2 + (velocity * motion.memory_s * gone) ** 2 + (motion.spread_m_s * motion.memory_s) ** 2 * grown


def test_disc_is_the_noncentral_chi_square():
    """A round Gaussian's share in a disc is SciPy's noncentral chi-square within 3e-4, small discs to 0.1 %."""
    rng = np.random.default_rng(1)
    b = np.exp(rng.uniform(np.log(0.01), np.log(300), 3000))
    a = np.abs(b + rng.normal(0, 3, 3000))
    want = ncx2.cdf(b**2, 2, a**2)
    got = np.array([disc_probability(np.array([x]), np.ones(1), y)[0] for x, y in zip(a, b, strict=True)])
    assert np.abs(got - want).max() < min(3e-4, 0.02 * want.max())
    small = (b < 0.5) & (want > 1e-8)
    assert np.abs(got / want - 1)[small].max() < 1e-3


@pytest.mark.parametrize(
    ("age", "radius", "around"),
    [(10.0, 9260.0, 0.6), (600.0, 9260.0, 1.0), (3600.0, 9260.0, 3.0), (30.0, 500.0, 0.3)],
)
def test_tree_is_brute_force(age, radius, around):
    """Fresh, old and hour-old positions have by the tree what every sample gives, to 3e-4."""
    rng = np.random.default_rng(2)
    found = fall(rng)
    fleet = movers(rng, 150, lambda n: np.full(n, age), around=around)
    want, some = brute(fleet, PLANE, found, radius)
    got = encounters(fleet, PLANE, cloud(*found), radius)
    assert want.max() > 1e-4
    assert np.abs(got.probability - want).max() < min(3e-4, 0.02 * want.max())
    assert got.any == pytest.approx(some, abs=1e-3)
    assert got.expected == pytest.approx(want.sum(), rel=5e-3)


def test_nobody_far_away_is_met():
    """Craft half a world away have probability 0, over the antimeridian too; one certain to be there has 1."""
    rng = np.random.default_rng(3)
    found = fall(rng, sigma_km=(1.0, 1.0))
    fleet = Movers(
        np.radians([-40.0, 40.0, 40.0]), np.radians([-46.0, 134.0 - 360.0, 140.0]), np.full(3, FALL_S),
        np.full(3, 10.0), np.zeros(3), np.zeros(3), np.full(3, 0.1),
    )  # fmt: skip
    got = encounters(fleet, Motion(1.0, 600.0, 0.1), cloud(*found), 20_000.0)
    assert got.probability == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)
    assert got.any == pytest.approx(1.0, abs=1e-6)


def test_reckoning_follows_the_geodesic():
    """A quarter of an hour of flight ends within 0.4 % of its way from PROJ's geodesic."""
    rng = np.random.default_rng(4)
    fleet = movers(rng, 300, lambda n: np.full(n, 900.0), around=15.0)
    place = np.degrees(geodetic_from_ecef(np.ascontiguousarray(reckon(fleet, PLANE, FALL_S).points))[:, :2])
    geod = Geod(ellps="WGS84")
    lon, lat, _ = geod.fwd(
        np.degrees(fleet.lon), np.degrees(fleet.lat), np.degrees(fleet.course), fleet.speed_m_s * 900.0
    )
    off = geod.inv(lon, lat, place[:, 1], place[:, 0])[2]
    assert (off / (fleet.speed_m_s * 900.0)).max() < 4e-3


def test_error_grows_as_a_simulated_velocity_s():
    """The variance of a place is that of an Ornstein-Uhlenbeck velocity run step by step (20,000 runs, 3 %)."""
    rng = np.random.default_rng(5)
    step, memory, spread = 5.0, 600.0, 60.0
    kept = np.exp(-step / memory)
    velocity, place = np.zeros(20_000), np.zeros(20_000)
    for k in range(1, 361):
        after = kept * velocity + spread * np.sqrt(1 - kept**2) * rng.normal(size=20_000)
        place += step * (velocity + after) / 2
        velocity = after
        if k in (12, 60, 360):
            assert growth(k * step, 0.0, 0.0, spread, memory) == pytest.approx(place.var(), rel=0.03)


def test_growth_is_smooth_where_its_form_changes():
    """The series for short times meets the closed form."""
    low, high = growth(5.999, 1.0, 5.0, 60.0, 600.0), growth(6.001, 1.0, 5.0, 60.0, 600.0)
    assert high / low == pytest.approx(1.0, abs=2e-3)
