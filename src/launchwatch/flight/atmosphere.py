"""U.S. Standard Atmosphere, 1976: density to 1,000 km, compiled.

NOAA-S/T 76-1562 (1976). To 86 km by the defining layers (section 1.3, equations 33a, 33b and 42, table 4);
above by the published densities of table I with cubic Hermite interpolation of their logarithm, which is
within 0.3 % of the table between its points. Above 1,000 km the density is zero.
"""

import math

import numpy as np

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import STANDARD_GRAVITY_M_S2

_GEOPOTENTIAL_RADIUS_M = 6_356_766.0  # r0 of the standard, section 1.2.1: where g0 holds
_MOLAR_MASS_KG_KMOL = 28.9644  # M0, table 3
_GAS_CONSTANT_J_KMOL_K = 8314.32  # R*, section 1.2.1
_HYDROSTATIC_K_M = STANDARD_GRAVITY_M_S2 * _MOLAR_MASS_KG_KMOL / _GAS_CONSTANT_J_KMOL_K
_SPECIFIC_GAS_J_KG_K = _GAS_CONSTANT_J_KMOL_K / _MOLAR_MASS_KG_KMOL

# Table 4: base of each layer in geopotential height (m) and its gradient of molecular-scale temperature (K/m).
_BASE_M = np.array([0.0, 11_000.0, 20_000.0, 32_000.0, 47_000.0, 51_000.0, 71_000.0])
_LAPSE_K_M = np.array([-6.5e-3, 0.0, 1.0e-3, 2.8e-3, 0.0, -2.8e-3, -2.0e-3])


def _layer_bases() -> tuple[np.ndarray, np.ndarray]:
    """Return temperature (K) and density (kg/m^3) at the base of each layer, by continuity from sea level."""
    temperature, pressure = [288.15], [101_325.0]
    for i in range(len(_BASE_M) - 1):
        dh = _BASE_M[i + 1] - _BASE_M[i]
        warm = temperature[i] + _LAPSE_K_M[i] * dh
        if _LAPSE_K_M[i]:
            ratio = (warm / temperature[i]) ** (-_HYDROSTATIC_K_M / _LAPSE_K_M[i])
        else:
            ratio = math.exp(-_HYDROSTATIC_K_M * dh / warm)
        temperature.append(warm)
        pressure.append(pressure[i] * ratio)
    warmth = np.array(temperature)
    return warmth, np.array(pressure) / (_SPECIFIC_GAS_J_KG_K * warmth)


_BASE_K, _BASE_KG_M3 = _layer_bases()

# Table I: geometric height (km) and density (kg/m^3).
_TABLE = np.array(
    [
        (86, 6.958e-6), (90, 3.416e-6), (95, 1.393e-6), (100, 5.604e-7), (105, 2.325e-7), (110, 9.708e-8),
        (115, 4.289e-8), (120, 2.222e-8), (130, 8.152e-9), (140, 3.831e-9), (150, 2.076e-9), (160, 1.233e-9),
        (180, 5.194e-10), (200, 2.541e-10), (250, 6.073e-11), (300, 1.916e-11), (350, 7.014e-12),
        (400, 2.803e-12), (450, 1.184e-12), (500, 5.215e-13), (600, 1.137e-13), (700, 3.070e-14),
        (800, 1.136e-14), (900, 5.759e-15), (1000, 3.561e-15),
    ]
)  # fmt: skip
_HIGH_M = _TABLE[:, 0] * 1e3
_HIGH_LN = np.log(_TABLE[:, 1])
_HIGH_SLOPE = np.gradient(_HIGH_LN, _HIGH_M)

CEILING_M = 1_000_000.0
_TURBOPAUSE_M = 86_000.0


@inline_kernel
def _layer(geopotential_height: float) -> int:
    i = 0
    while i < 6 and geopotential_height >= _BASE_M[i + 1]:
        i += 1
    return i


@inline_kernel
def _interval(height: float) -> int:
    i = 0
    while i < _HIGH_M.size - 2 and height >= _HIGH_M[i + 1]:
        i += 1
    return i


@inline_kernel
def _low_density(height: float) -> float:
    h = height * _GEOPOTENTIAL_RADIUS_M / (_GEOPOTENTIAL_RADIUS_M + height)
    i = _layer(h)
    dh = h - _BASE_M[i]
    lapse = _LAPSE_K_M[i]
    if lapse == 0.0:
        return _BASE_KG_M3[i] * math.exp(-_HYDROSTATIC_K_M * dh / _BASE_K[i])
    return _BASE_KG_M3[i] * (1.0 + lapse * dh / _BASE_K[i]) ** (-1.0 - _HYDROSTATIC_K_M / lapse)


@inline_kernel
def _high_density(height: float) -> float:
    i = _interval(height)
    step = _HIGH_M[i + 1] - _HIGH_M[i]
    s = (height - _HIGH_M[i]) / step
    rise = s * s * (3.0 - 2.0 * s)
    ln = _HIGH_LN[i] + (_HIGH_LN[i + 1] - _HIGH_LN[i]) * rise
    bend = s * (1.0 - s) * step
    return math.exp(ln + bend * ((1.0 - s) * _HIGH_SLOPE[i] - s * _HIGH_SLOPE[i + 1]))


@kernel
def density(height: float) -> float:
    """Return air density (kg/m^3) at a geometric height (m): 1.2250 at 0, 4.0084e-2 at 25 km, 0 from 1,000 km."""
    if height < _TURBOPAUSE_M:
        return _low_density(max(height, -5000.0))
    if height < CEILING_M:
        return _high_density(height)
    return 0.0


@inline_kernel
def _low_slope(height: float) -> float:
    ratio = _GEOPOTENTIAL_RADIUS_M / (_GEOPOTENTIAL_RADIUS_M + height)
    h = height * ratio
    i = _layer(h)
    lapse = _LAPSE_K_M[i]
    return -(_HYDROSTATIC_K_M + lapse) / (_BASE_K[i] + lapse * (h - _BASE_M[i])) * ratio * ratio


@inline_kernel
def _high_slope(height: float) -> float:
    i = _interval(height)
    step = _HIGH_M[i + 1] - _HIGH_M[i]
    s = (height - _HIGH_M[i]) / step
    rise = 6.0 * s * (1.0 - s) / step
    ends = (1.0 - s) * (1.0 - 3.0 * s) * _HIGH_SLOPE[i] + s * (3.0 * s - 2.0) * _HIGH_SLOPE[i + 1]
    return (_HIGH_LN[i + 1] - _HIGH_LN[i]) * rise + ends


@kernel
def log_density_slope(height: float) -> float:
    """Return d ln(density) / d height (1/m) at a geometric height (m): -9.6e-5 at 0, 0 from 1,000 km."""
    if height < _TURBOPAUSE_M:
        return _low_slope(max(height, -5000.0))
    if height < CEILING_M:
        return _high_slope(height)
    return 0.0
