"""Refraction of radar rays: apparent range and elevation to straight ones and back, compiled.

The refractive index falls exponentially with height, n(h) = 1 + N0 1e-6 exp(-h / h0), with the reference values
N0 = 315 and h0 = 7.35 km of ITU-R P.453-14, section 2.2. In a spherically layered atmosphere the ray obeys

    dr/ds = sin e,   dphi/ds = cos e / r,   de/ds = cos e (1/r + n'/n)

(r distance from the earth's centre, phi angle at the centre, e the ray's elevation, s length along it: Bouguer's
law n r cos e = constant, differentiated; Bean & Dutton, Radio Meteorology, NBS Monograph 92, 1966, eq. 3.2), and
the radar measures the time over the optical length, the integral of n ds, taken for a range. Magnitudes: seen
from sea level, an object at 100 km height stands 0.64 degrees too high and 105 m too far at elevation 0, 0.17
degrees and 24 m at 5 degrees. The ionosphere is neglected: below 0.5 m at 10 GHz, up to 50 m at 1 GHz by day.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import MEAN_RADIUS_M

Array = NDArray[np.float64]

REFRACTIVITY = 315.0
"""N0 at sea level, 1e-6: the mean of ITU-R P.453-14, section 2.2."""

SCALE_HEIGHT_M = 7350.0
"""h0 of the same reference atmosphere."""

SPREAD = 0.1
"""One sigma of N0 as a share of it, over seasons and places: most monthly means lie within 280 to 380 (maps of
ITU-R P.453-14). It is the one-sigma share of the correction that stays unknown where no weather was measured."""

_TOP_M = 120_000.0  # above, N < 3e-5: a ray bends by less than 1e-10 rad
_STEP_HEIGHT_M = 3000.0  # two fifths of the scale height: RK4 errs by less than 1e-7 rad and 1 mm
_LONGEST_STEP_M = 30_000.0
_DEEPEST_M = -1000.0  # rays that dive under the sea meet no denser air than this


@inline_kernel
def _index(height: float, surface: float, scale: float) -> tuple[float, float]:
    """Return the refractivity n - 1 and its derivative by height."""
    n = 1e-6 * surface * math.exp(-max(height, _DEEPEST_M) / scale)
    return n, -n / scale


@inline_kernel
def _rates(r: float, e: float, surface: float, scale: float) -> tuple[float, float, float, float]:
    """Return dr/ds, dphi/ds, de/ds and the excess of the optical length, n - 1."""
    n, slope = _index(r - MEAN_RADIUS_M, surface, scale)
    c = math.cos(e)
    return math.sin(e), c / r, c * (1.0 / r + slope / (1.0 + n)), n


@kernel
def trace(distance: float, elevation: float, height: float, surface: float, scale: float) -> tuple[float, float]:
    """Return straight range (m) and elevation (rad) of what is seen at an apparent `distance` and `elevation`.

    `height` of the radar above the sphere (m); `surface` = N0, `scale` = h0 (m).
    """
    start = MEAN_RADIUS_M + height
    r, phi, e, optical = start, 0.0, elevation, 0.0
    while optical < distance:
        rest = distance - optical
        if r - MEAN_RADIUS_M > _TOP_M and e > 0.0:
            step = rest
        else:
            step = min(_LONGEST_STEP_M, _STEP_HEIGHT_M / max(abs(math.sin(e)), 1e-3), rest)
        a1, b1, c1, d1 = _rates(r, e, surface, scale)
        a2, b2, c2, d2 = _rates(r + 0.5 * step * a1, e + 0.5 * step * c1, surface, scale)
        a3, b3, c3, d3 = _rates(r + 0.5 * step * a2, e + 0.5 * step * c2, surface, scale)
        a4, b4, c4, d4 = _rates(r + step * a3, e + step * c3, surface, scale)
        excess = step / 6.0 * (d1 + 2.0 * d2 + 2.0 * d3 + d4)
        if step == rest:  # the last step ends where the optical length is used up
            shorter = step * step / (step + excess)
            if r - MEAN_RADIUS_M > _TOP_M and e > 0.0:
                r, phi, e = _straight(r, phi, e, shorter)
                break
            share = shorter / step
            step = shorter
            a2, b2, c2, d2 = _rates(r + 0.5 * step * a1, e + 0.5 * step * c1, surface, scale)
            a3, b3, c3, d3 = _rates(r + 0.5 * step * a2, e + 0.5 * step * c2, surface, scale)
            a4, b4, c4, d4 = _rates(r + step * a3, e + step * c3, surface, scale)
            excess *= share
            optical = distance
        else:
            optical += step + excess
        r += step / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        phi += step / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
        e += step / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
    along, up = r * math.sin(phi), r * math.cos(phi) - start
    return math.hypot(along, up), math.atan2(up, along)


@inline_kernel
def _straight(r: float, phi: float, e: float, length: float) -> tuple[float, float, float]:
    """Return r, phi and elevation after a straight line."""
    up, along = r + length * math.sin(e), length * math.cos(e)
    turned = math.atan2(along, up)
    return math.hypot(along, up), phi + turned, e + turned


@kernel
def correct(
    range_m: Array, elevation_rad: Array, height_m: float, surface: float = REFRACTIVITY,
    scale_m: float = SCALE_HEIGHT_M,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Return straight ranges (m) and elevations (rad) of apparent ones (n,), and the one-sigma errors of both.

    `height_m` is the radar's above sea level. The errors are those of an N0 that is off by `SPREAD`: nearly
    proportional to the correction, and common to all plots of a sensor in one place and weather. Inverse of
    `appear`.
    """
    count = len(range_m)
    distance, elevation = np.empty(count), np.empty(count)
    sigma_range, sigma_elevation = np.empty(count), np.empty(count)
    for i in range(count):
        r, e = trace(range_m[i], elevation_rad[i], height_m, surface, scale_m)
        r_more, e_more = trace(range_m[i], elevation_rad[i], height_m, surface * (1.0 + SPREAD), scale_m)
        distance[i], elevation[i] = r, e
        sigma_range[i], sigma_elevation[i] = abs(r_more - r), abs(e_more - e)
    return distance, elevation, sigma_range, sigma_elevation


@kernel
def appear(
    range_m: Array, elevation_rad: Array, height_m: float, surface: float = REFRACTIVITY,
    scale_m: float = SCALE_HEIGHT_M,
) -> tuple[Array, Array]:  # fmt: skip
    """Return apparent ranges (m) and elevations (rad) of straight ones (n,). Inverse of `correct`.

    The difference between apparent and straight changes slowly, so that repeating finds it: 40 rounds suffice
    at the horizon, where each takes off half the error.
    """
    count = len(range_m)
    distance, elevation = range_m.copy(), elevation_rad.copy()
    for i in range(count):
        for _ in range(60):
            r, e = trace(distance[i], elevation[i], height_m, surface, scale_m)
            off_r, off_e = range_m[i] - r, elevation_rad[i] - e
            distance[i] += off_r
            elevation[i] += off_e
            if abs(off_r) < 1e-6 and abs(off_e) < 1e-13:
                break
    return distance, elevation
