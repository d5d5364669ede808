"""Refraction: against the eikonal integrated by SciPy, ITU-R P.834's fits, closed forms, and its own inverse."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.geo.refraction import REFRACTIVITY, SCALE_HEIGHT_M, SPREAD, appear, correct

MICRORADIAN = 1e-6
MILLIMETRE = 1e-3


def corrected(range_m, elevation_deg, height_m=0.0):
    found = correct(np.array([float(range_m)]), np.array([math.radians(elevation_deg)]), height_m)
    return tuple(float(values[0]) for values in found)


def eikonal(range_m, elevation_deg, height_m):
    """Return straight range and elevation by d(n x')/ds = grad n in Cartesian coordinates (Born & Wolf 3.2)."""

    def rates(_, y):
        r = math.hypot(*y[:2])
        excess = 1e-6 * REFRACTIVITY * math.exp(-(r - MEAN_RADIUS_M) / SCALE_HEIGHT_M)
        n = 1 + excess
        return [*(y[2:] / n**2), *(-excess / SCALE_HEIGHT_M * y[:2] / r / n)]

    e = math.radians(elevation_deg)
    n = 1 + 1e-6 * REFRACTIVITY * math.exp(-height_m / SCALE_HEIGHT_M)
    start = [0.0, MEAN_RADIUS_M + height_m, n * math.cos(e), n * math.sin(e)]
    solution = solve_ivp(rates, (0, range_m), start, method="DOP853", rtol=1e-12, atol=1e-9)
    x, y = solution.y[0, -1], solution.y[1, -1] - start[1]
    return math.hypot(x, y), math.atan2(y, x)


@pytest.mark.parametrize("range_m", [5e3, 5e4, 5e5, 3e6])
@pytest.mark.parametrize("elevation_deg", [-0.3, 0.0, 0.5, 2.0, 5.0, 30.0, 89.9])
@pytest.mark.parametrize("height_m", [0.0, 1500.0])
def test_the_ray_obeys_the_eikonal(range_m, elevation_deg, height_m):
    """The traced ray ends where the eikonal equation, integrated in another frame to 1e-12, puts it."""
    distance, elevation, *_ = corrected(range_m, elevation_deg, height_m)
    wanted = eikonal(range_m, elevation_deg, height_m)
    assert abs(distance - wanted[0]) < MILLIMETRE
    assert abs(elevation - wanted[1]) < 0.1 * MICRORADIAN


@pytest.mark.parametrize("elevation_deg", [0.0, 1.0, 2.0, 3.0, 5.0])
def test_bending_agrees_with_itu_r_p_834(elevation_deg):
    """Through the whole atmosphere, at up to 5 degrees: ITU-R P.834-9's fits in apparent and in true elevation.

    Section 4.1, tau = 1/(1.314 + 0.6437 t + 0.02869 t^2) and 1/(1.728 + 0.5411 t0 + 0.03723 t0^2) at sea level,
    degrees; the fits themselves keep to the exponential atmosphere within 4 %.
    """
    _, elevation, *_ = corrected(1e9, elevation_deg)
    true_deg = math.degrees(elevation)
    bending = elevation_deg - true_deg
    assert bending == pytest.approx(1 / (1.314 + 0.6437 * elevation_deg + 0.02869 * elevation_deg**2), rel=0.04)
    assert bending == pytest.approx(1 / (1.728 + 0.5411 * true_deg + 0.03723 * true_deg**2), rel=0.04)


@pytest.mark.parametrize("elevation_deg", [15.0, 30.0, 60.0, 80.0])
def test_high_rays_bend_as_the_series_says(elevation_deg):
    """Well above the horizon tau = N0 cot e (1 - h0 / (R sin^2 e)), Smart's series, to its next term."""
    e = math.radians(elevation_deg)
    _, elevation, *_ = corrected(1e9, elevation_deg)
    curvature = SCALE_HEIGHT_M / (MEAN_RADIUS_M * math.sin(e) ** 2)
    wanted = 1e-6 * REFRACTIVITY / math.tan(e) * (1 - curvature)
    left_out = 3 * curvature**2 * wanted + (1e-6 * REFRACTIVITY) ** 2 / math.tan(e) ** 3
    assert abs(e - elevation - wanted) < left_out + 0.01 * MICRORADIAN


def test_straight_up_the_range_grows_by_the_integral_of_refractivity():
    """At the zenith the excess is N0 h0 (1 - exp(-h / h0)) = 2.315 m outside the atmosphere, and nothing bends."""
    for range_m in (3e3, 1e5):
        distance, elevation, sigma_range, _ = corrected(range_m, 90.0)
        wanted = 1e-6 * REFRACTIVITY * SCALE_HEIGHT_M * (1 - math.exp(-range_m / SCALE_HEIGHT_M))
        assert abs(range_m - distance - wanted) < MILLIMETRE
        assert abs(elevation - math.pi / 2) < 1e-12
        assert sigma_range == pytest.approx(SPREAD * wanted, abs=MILLIMETRE)


def test_a_near_target_stands_too_high_by_half_the_gradient():
    """Near and level, the ray is an arc of curvature N0 / h0: the target stands too high by R N0 / (2 h0)."""
    _, elevation, *_ = corrected(2000.0, 0.0)
    assert abs(-elevation - 2000.0 * 1e-6 * REFRACTIVITY / (2 * SCALE_HEIGHT_M)) < 0.1 * MICRORADIAN


def test_the_error_is_that_of_another_refractivity():
    """The one-sigma errors are a tenth of the correction, and more where a stronger bend feeds itself."""
    for elevation_deg in (0.0, 1.0, 10.0):
        distance, elevation, sigma_range, sigma_elevation = corrected(5e5, elevation_deg)
        assert 0.99 < sigma_range / (SPREAD * (5e5 - distance)) < 1.25
        assert 0.99 < sigma_elevation / (SPREAD * (math.radians(elevation_deg) - elevation)) < 1.25


def test_appearing_and_correcting_are_inverse():
    """What appears there is corrected back, from 1 to 4,000 km, from under the horizon to the zenith."""
    rng = np.random.default_rng(3)
    range_m, elevation = rng.uniform(1e3, 4e6, 500), np.radians(rng.uniform(-0.5, 90, 500))
    back_range, back_elevation, *_ = correct(*appear(range_m, elevation, 200.0), 200.0)
    assert np.abs(back_range - range_m).max() < MILLIMETRE
    assert np.abs(back_elevation - elevation).max() < 0.001 * MICRORADIAN
