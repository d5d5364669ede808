"""What a sensor should measure of a state, and how far a plot is from it, compiled.

A range across which a state's uncertainty bends is predicted to second order (Bar-Shalom, Li & Kirubarajan,
Estimation with Applications to Tracking and Navigation, 2001, eqs. 10.3.2-12 and 10.3.2-15); else to first.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

RADAR, INFRARED, SURVEILLANCE = 0, 1, 2
"""What a sensor measures: range, azimuth, elevation (and range rate); a line of sight; range, azimuth, height."""

WIDEST = 4
"""Components of the widest measurement."""

_BENT = 0.1  # share of a range's sigma by which the track's spread may bend it before second order is needed


@inline_kernel
def turn(angle: float) -> float:
    """Return an angle (rad) in [-pi, pi)."""
    if -math.pi <= angle < math.pi:
        return angle
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


@inline_kernel
def observe(x: Array, kind: int, rates: bool, eye: Array, enu: Array, env: Array, z: Array, h: Array) -> None:
    """Write what a sensor measures of a state, z (4,), and its derivatives h (4, 9) by place, velocity and bias.

    Infrared: z holds the distance (m), the rows of h two unit vectors across the line of sight over the distance.
    """
    dx, dy, dz = x[0] - eye[0], x[1] - eye[1], x[2] - eye[2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    for r in range(4):
        for c in range(9):
            h[r, c] = 0.0
    if kind == INFRARED:
        _observe_line(dx / distance, dy / distance, dz / distance, distance, z, h)
        return
    e = enu[0, 0] * dx + enu[0, 1] * dy + enu[0, 2] * dz
    n = enu[1, 0] * dx + enu[1, 1] * dy + enu[1, 2] * dz
    u = enu[2, 0] * dx + enu[2, 1] * dy + enu[2, 2] * dz
    flat2 = max(e * e + n * n, 1.0)
    flat = math.sqrt(flat2)
    r2 = flat2 + u * u
    z[0], z[1], z[2] = distance, math.atan2(e, n), math.atan2(u, flat)
    d = (dx, dy, dz)
    for a in range(3):
        h[0, a] = d[a] / distance
        h[1, a] = (n * enu[0, a] - e * enu[1, a]) / flat2
        h[2, a] = (flat * enu[2, a] - u * (e * enu[0, a] + n * enu[1, a]) / flat) / r2
    for r in range(3):
        h[r, 6 + r] = 1.0
    if kind == SURVEILLANCE:
        height, ux, uy, uz = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])
        z[2], h[2, 0], h[2, 1], h[2, 2] = height, ux, uy, uz
    elif rates:
        along = (dx * x[3] + dy * x[4] + dz * x[5]) / distance
        z[3] = along
        for a in range(3):
            h[3, a] = (x[3 + a] - along * d[a] / distance) / distance
            h[3, 3 + a] = d[a] / distance


@inline_kernel
def _observe_line(lx: float, ly: float, lz: float, distance: float, z: Array, h: Array) -> None:
    """Write the infrared part of `observe`; a bias is a small turn (rad) about each earth-fixed axis."""
    ax, ay, az = abs(lx), abs(ly), abs(lz)
    if ax <= ay and ax <= az:
        px, py, pz = 0.0, lz, -ly
    elif ay <= az:
        px, py, pz = -lz, 0.0, lx
    else:
        px, py, pz = ly, -lx, 0.0
    size = math.sqrt(px * px + py * py + pz * pz)
    px, py, pz = px / size, py / size, pz / size
    qx, qy, qz = ly * pz - lz * py, lz * px - lx * pz, lx * py - ly * px
    z[0] = distance
    h[0, 0], h[0, 1], h[0, 2] = px / distance, py / distance, pz / distance
    h[1, 0], h[1, 1], h[1, 2] = qx / distance, qy / distance, qz / distance
    h[0, 6], h[0, 7], h[0, 8] = ly * pz - lz * py, lz * px - lx * pz, lx * py - ly * px
    h[1, 6], h[1, 7], h[1, 8] = ly * qz - lz * qy, lz * qx - lx * qz, lx * qy - ly * qx


@inline_kernel
def spread_of(p: Array, h: Array, m: int, velocities: bool, bias: int, cross: Array, s: Array) -> None:
    """Write P H' (n, m) to `cross` and H P H' (m, m) to `s`; `bias` is the sensor's first bias column or -1."""
    n = p.shape[0]
    for r in range(m):
        for c in range(n):
            a = p[c, 0] * h[r, 0] + p[c, 1] * h[r, 1] + p[c, 2] * h[r, 2]
            if velocities:
                a += p[c, 3] * h[r, 3] + p[c, 4] * h[r, 4] + p[c, 5] * h[r, 5]
            if bias >= 0:
                a += p[c, bias] * h[r, 6] + p[c, bias + 1] * h[r, 7] + p[c, bias + 2] * h[r, 8]
            cross[c, r] = a
    for r in range(m):
        for q in range(r + 1):
            a = cross[0, q] * h[r, 0] + cross[1, q] * h[r, 1] + cross[2, q] * h[r, 2]
            if velocities:
                a += cross[3, q] * h[r, 3] + cross[4, q] * h[r, 4] + cross[5, q] * h[r, 5]
            if bias >= 0:
                a += cross[bias, q] * h[r, 6] + cross[bias + 1, q] * h[r, 7] + cross[bias + 2, q] * h[r, 8]
            s[r, q] = a
            s[q, r] = a


@inline_kernel
def bend_range(p: Array, h: Array, sigma_m: float, z: Array, s: Array) -> None:
    """Add to a range z[0] (m) and its variance s[0, 0] what uncertainty across the line of sight bends them by.

    `p` (n, n) is the state's covariance, `h` its derivative from `observe`, `sigma_m` the noise of a range.
    """
    across = p[0, 0] + p[1, 1] + p[2, 2]
    for a in range(3):
        for b in range(3):
            across -= h[0, a] * p[a, b] * h[0, b]
    if across < 2.0 * z[0] * _BENT * sigma_m:
        return
    z[0] += 0.5 * across / z[0]
    squares = 0.0
    for a in range(3):
        for b in range(3):
            left = p[a, b]
            for k in range(3):
                left -= h[0, a] * h[0, k] * p[k, b] + p[a, k] * h[0, k] * h[0, b]
                for m in range(3):
                    left += h[0, a] * h[0, k] * p[k, m] * h[0, m] * h[0, b]
            squares += left * left
    s[0, 0] += 0.5 * squares / (z[0] * z[0])


@inline_kernel
def innovation(plot: Array, h: Array, z: Array, kind: int, m: int, out: Array) -> int:
    """Write plot less prediction (m,) to `out`; return a bit mask of the components that the plot lacks.

    `z` and `h` are those of `observe`; angles are turned into [-pi, pi), what is lacking is 0.
    """
    lacks = 0
    if kind == INFRARED:
        for r in range(2):
            out[r] = z[0] * (h[r, 0] * plot[0] + h[r, 1] * plot[1] + h[r, 2] * plot[2])
        ahead = (h[0, 1] * h[1, 2] - h[0, 2] * h[1, 1]) * plot[0]
        ahead += (h[0, 2] * h[1, 0] - h[0, 0] * h[1, 2]) * plot[1]
        ahead += (h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0]) * plot[2]
        # Lines of the other half of the sky have small components across too: none of them is the target's.
        if ahead < 0.0:
            out[0] = 1.0
        return 0
    for r in range(m):
        out[r] = plot[r] - z[r]
        if not math.isfinite(out[r]):
            out[r] = 0.0
            lacks |= 1 << r
    out[1] = turn(out[1])
    return lacks


@inline_kernel
def factor(s: Array, noise: Array, m: int, lacks: int, inverse: Array, low: Array) -> float:
    """Write the inverse (m, m) of S + R, without the lacking components; return ln det, NaN where not positive."""
    log_det = 0.0
    for i in range(m):
        for j in range(i + 1):
            rest = s[i, j] + noise[i, j]
            if (lacks >> i) & 1 or (lacks >> j) & 1:
                rest = 1.0 if i == j else 0.0
            for k in range(j):
                rest -= low[i, k] * low[j, k]
            if i == j:
                if not rest > 0.0:
                    return math.nan
                low[i, i] = math.sqrt(rest)
                log_det += math.log(rest)
            else:
                low[i, j] = rest / low[j, j]
    for c in range(m):  # columns of inv(L) below the diagonal of `inverse`, then inv(L)' inv(L)
        for i in range(c, m):
            rest = 1.0 if i == c else 0.0
            for k in range(c, i):
                rest -= low[i, k] * inverse[k, c]
            inverse[i, c] = rest / low[i, i]
    for i in range(m):
        for j in range(i + 1):
            a = 0.0
            for k in range(i, m):
                a += inverse[k, i] * inverse[k, j]
            low[i, j] = a
    for i in range(m):
        for j in range(i + 1):
            inverse[i, j] = low[i, j]
            inverse[j, i] = low[i, j]
    for i in range(m):
        if (lacks >> i) & 1:
            inverse[i, i] = 0.0
    return log_det


@inline_kernel
def shift(x: Array, p: Array, cross: Array, mean_u: Array, bent: Array, m: int, row: Array) -> None:
    """Move a mean (n,) by P H' u and a covariance (n, n) by P H' B H P in place, with P H' = `cross` (n, m).

    `mean_u` (m,) is u and `bent` (m, m) is B; `row` (m,) gives room. One sure plot has u = inv(S) v, B = -inv(S).
    """
    for c in range(x.size):
        moved = False
        for a in range(m):
            moved = moved or cross[c, a] != 0.0
        if not moved:
            continue  # the mode does not use this column
        for a in range(m):
            x[c] += cross[c, a] * mean_u[a]
            row[a] = 0.0
            for b in range(m):
                row[a] += cross[c, b] * bent[b, a]
        for d in range(c + 1):
            change = 0.0
            for a in range(m):
                change += row[a] * cross[d, a]
            p[c, d] += change
            p[d, c] = p[c, d]
