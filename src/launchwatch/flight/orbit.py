"""The orbit that an object would follow from now on without thrust or air: energy, perigee, apogee, compiled.

An earth-fixed velocity v becomes inertial by the earth's rotation, v + w x r, in axes that coincide with the
earth-fixed ones at that instant. Then (Vallado, Fundamentals of Astrodynamics, 4th ed. 2013, algorithm 9)

    specific energy   E = |v|^2 / 2 - mu / r
    eccentricity      e = sqrt(1 + 2 E h^2 / mu^2),   h = r x v
    perigee, apogee   rp = h^2 / mu / (1 + e),   ra = -mu / E - rp

of the osculating Kepler orbit: J2 moves the true perigee by up to some 10 km within one revolution.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import STANDARD_GRAVITY_M_S2
from launchwatch.flight.environment import EARTH, FLATTENING, MU, RADIUS, ROTATION, Environment
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

ENERGY, ENERGY_HEIGHT, PERIGEE, APOGEE, INCLINATION, HEIGHT, SPEED, CLIMB = range(8)
QUANTITIES = 8
NO_APOGEE_M = 1e9
"""Height given for the apogee of what leaves the earth: beyond it the sun rules."""


@inline_kernel
def write_elements(state: Array, env: Array, out: Array) -> None:
    """Write the `QUANTITIES` of an earth-fixed state (6,), m and m/s, in the order of this module's index names.

    Specific energy (J/kg, inertial); energy height v^2 / 2g + h (m) with the speed v relative to the earth, which
    is what tells an aircraft from a missile; heights (m) of perigee and apogee above the equatorial radius;
    inclination (rad); height above the ellipsoid (m), speed relative to the earth (m/s), climb (m/s).
    """
    x, y, z = state[0], state[1], state[2]
    vx, vy, vz = state[3] - env[ROTATION] * y, state[4] + env[ROTATION] * x, state[5]
    r = math.sqrt(x * x + y * y + z * z)
    energy = 0.5 * (vx * vx + vy * vy + vz * vz) - env[MU] / r
    hx, hy, hz = y * vz - z * vy, z * vx - x * vz, x * vy - y * vx
    h2 = hx * hx + hy * hy + hz * hz
    e = math.sqrt(max(1.0 + 2.0 * energy * h2 / (env[MU] * env[MU]), 0.0))
    perigee = h2 / env[MU] / (1.0 + e)
    height, ux, uy, uz = height_and_up(x, y, z, env[RADIUS], env[FLATTENING])
    speed2 = state[3] * state[3] + state[4] * state[4] + state[5] * state[5]
    out[ENERGY] = energy
    out[ENERGY_HEIGHT] = height + 0.5 * speed2 / STANDARD_GRAVITY_M_S2
    out[PERIGEE] = perigee - env[RADIUS]
    out[APOGEE] = NO_APOGEE_M
    if energy < 0.0:
        out[APOGEE] = min(-env[MU] / energy - perigee - env[RADIUS], NO_APOGEE_M)
    out[INCLINATION] = math.acos(min(max(hz / max(math.sqrt(h2), 1e-300), -1.0), 1.0))
    out[HEIGHT] = height
    out[SPEED] = math.sqrt(speed2)
    out[CLIMB] = state[3] * ux + state[4] * uy + state[5] * uz


@kernel
def elements(state: Array, env: Array) -> Array:
    """Return the quantities (`QUANTITIES`,) of an earth-fixed state (6,); see `write_elements`."""
    out = np.empty(QUANTITIES)
    write_elements(state, env, out)
    return out


@kernel
def spread_elements(state: Array, root: Array, env: Array, mean: Array, spread: Array) -> None:
    """Write means (`QUANTITIES`,) and covariance (`QUANTITIES`, `QUANTITIES`) of an uncertain earth-fixed state.

    Cubature points (Arasaratnam & Haykin, IEEE TAC 54, 2009, eq. 30) of the state's Gaussian, mean (6,) and lower
    Cholesky factor of the covariance (6, 6): right to second order.
    """
    points = np.empty((12, QUANTITIES))
    moved = np.empty(6)
    mean[:] = 0.0
    spread[:, :] = 0.0
    for c in range(12):
        side = math.sqrt(6.0) if c < 6 else -math.sqrt(6.0)
        for i in range(6):
            moved[i] = state[i] + side * root[i, c % 6]
        write_elements(moved, env, points[c])
        for i in range(QUANTITIES):
            mean[i] += points[c, i] / 12.0
    for c in range(12):
        for i in range(QUANTITIES):
            for j in range(i + 1):
                spread[i, j] += (points[c, i] - mean[i]) * (points[c, j] - mean[j]) / 12.0
    for i in range(QUANTITIES):
        for j in range(i):
            spread[j, i] = spread[i, j]


@dataclass(frozen=True, kw_only=True)
class Orbit:
    """The osculating orbit of an earth-fixed state with its standard deviations: see `write_elements`."""

    energy_j_kg: float
    energy_height_m: float
    perigee_m: float
    apogee_m: float
    inclination_rad: float
    sigma: Array

    @property
    def perigee_sigma_m(self) -> float:
        """Return the standard deviation of the perigee's height (m)."""
        return float(self.sigma[PERIGEE])


def orbit_of(state: Array, covariance: Array | None = None, *, environment: Environment = EARTH) -> Orbit:
    """Return the osculating orbit of an earth-fixed state (6,), m and m/s, known to a covariance (6, 6).

    Values are those of the state itself; `sigma` (`QUANTITIES`,) is zero where no covariance is given.
    """
    env = environment.as_array()
    at = elements(np.ascontiguousarray(state, dtype=np.float64), env)
    sigma = np.zeros(QUANTITIES)
    if covariance is not None:
        mean, spread = np.empty(QUANTITIES), np.empty((QUANTITIES, QUANTITIES))
        root = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        spread_elements(np.asarray(state), root, env, mean, spread)
        sigma = np.sqrt(np.diag(spread))
    return Orbit(
        energy_j_kg=float(at[ENERGY]),
        energy_height_m=float(at[ENERGY_HEIGHT]),
        perigee_m=float(at[PERIGEE]),
        apogee_m=float(at[APOGEE]),
        inclination_rad=float(at[INCLINATION]),
        sigma=sigma,
    )
