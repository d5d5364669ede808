"""The atmosphere against the published standard."""

import itertools

import pytest

from launchwatch.flight.atmosphere import density

# U.S. Standard Atmosphere, 1976 (NOAA-S/T 76-1562), table I: geometric height (km), density (kg/m^3).
PUBLISHED = [
    (0, 1.2250), (1, 1.1117), (5, 7.3643e-1), (11, 3.6480e-1), (20, 8.8910e-2), (25, 4.0084e-2), (30, 1.8410e-2),
    (40, 3.9957e-3), (50, 1.0269e-3), (60, 3.0968e-4), (70, 8.2829e-5), (80, 1.8458e-5),
]  # fmt: skip
# The same table between the points that the product holds.
BETWEEN = [(87, 5.828e-6), (92, 2.393e-6), (107, 1.636e-7), (125, 1.291e-8), (170, 7.815e-10), (220, 1.367e-10)]


@pytest.mark.parametrize(("height_km", "published"), PUBLISHED)
def test_density_below_86_km(height_km, published):
    """The defining layers give the printed five digits."""
    assert density(height_km * 1e3) == pytest.approx(published, rel=5e-5)


@pytest.mark.parametrize(("height_km", "published"), BETWEEN)
def test_density_above_86_km(height_km, published):
    """Interpolation stays within 0.5 % of the printed values: far below what weather does up there."""
    assert density(height_km * 1e3) == pytest.approx(published, rel=5e-3)


def test_density_falls_all_the_way_up():
    """Density never rises with height, and ends at 1,000 km."""
    values = [density(float(h)) for h in range(0, 1_000_001, 250)]
    assert all(a > b for a, b in itertools.pairwise(values))
    assert values[-1] == 0.0
