"""Physical constants, each with its unit, source and year."""

from typing import Final

WGS84_SEMI_MAJOR_M: Final = 6_378_137.0
"""Semi-major axis a, m. NGA.STND.0036_1.0.0_WGS84 (2014), table 3.1."""

WGS84_FLATTENING: Final = 1 / 298.257223563
"""Flattening f. NGA.STND.0036_1.0.0_WGS84 (2014), table 3.1."""

WGS84_MU_M3_S2: Final = 3.986004418e14
"""Geocentric gravitational constant with atmosphere, m^3/s^2. NGA.STND.0036 (2014), table 3.1."""

WGS84_ROTATION_RAD_S: Final = 7.292115e-5
"""Rotation rate of the earth, rad/s. NGA.STND.0036 (2014), table 3.1."""

WGS84_J2: Final = 4.84166774985e-4 * 5**0.5
"""Second zonal harmonic J2 = -sqrt(5) C20 = 1.0826298e-3, with the fully normalised C20 of the WGS84 ellipsoid.
NIMA TR8350.2, 3rd edition (1997), table 3.4."""

STANDARD_GRAVITY_M_S2: Final = 9.80665
"""Standard gravity, m/s^2. 3rd CGPM (1901)."""

LIGHT_M_S: Final = 299_792_458.0
"""Speed of light, m/s. Exact, 17th CGPM (1983)."""

MEAN_RADIUS_M: Final = 6_371_008.8
"""Mean radius of WGS84, (2a + b) / 3, m, for angles that need no ellipsoid. Moritz, GRS 80 (2000)."""

REFRACTION_RADIUS_FACTOR: Final = 4 / 3
"""Effective earth radius over true radius for radio rays in a standard atmosphere. Rec. ITU-R P.834-9 (2017)."""

KM_PER_MILE: Final = 1.609344
"""Kilometres in an international mile. Exact, 1959."""

KM_PER_NAUTICAL_MILE: Final = 1.852
"""Kilometres in a nautical mile. Exact, 1929."""

KM_PER_FOOT: Final = 0.0003048
"""Kilometres in an international foot. Exact, 1959."""

TERRITORIAL_SEA_M: Final = 12 * 1852.0
"""Greatest breadth of a territorial sea, m. UNCLOS (1982), article 3."""

EEZ_M: Final = 200 * 1852.0
"""Greatest breadth of an exclusive economic zone, m. UNCLOS (1982), article 57."""
