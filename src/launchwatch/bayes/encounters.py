"""How likely many moving points of uncertain place come within a radius of one point that is known by samples.

    P_i = sum_j w_j F(|x_i(t_j) - x_j| / s_i(t_j), R / s_i(t_j)),   F(a, b) = P(|z| < b), z ~ N((a, 0), I)

Point i moves along a great circle from its last fix; its error is plane, round and Gaussian, and grows as the
position of an Ornstein-Uhlenbeck velocity does (see `growth`). Samples j have a place, a moment and a weight. They
are held in a tree of balls: a ball that a point cannot reach is left out, one that lies wholly within the radius
counts with all its weight, one that is small beside the point's error counts as one Gaussian, and only the rest is
opened. Distances are chords of the ellipsoid: over the few hundred kilometres where they decide, 0.02 % short.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import WGS84_FLATTENING, WGS84_SEMI_MAJOR_M

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAF = 8
_REACH = 6.5
"""Standard deviations beyond which a point is nowhere: the rest is below 1e-9."""

_SMALL = 0.5
"""A ball is one Gaussian where its radius is below this share of the point's error; its own spread is then added
to the error, so that what is lost is of the fourth order: 5e-4 at most."""

_OLD = 8.0
_E2 = WGS84_FLATTENING * (2 - WGS84_FLATTENING)
_A = WGS84_SEMI_MAJOR_M
_OCTAVE, _OCTAVES, _FIRST_B = 24, 7, 0.5
_LAST_B = _FIRST_B * 2.0**_OCTAVES
_STEP_U, _MOST_U = 0.05, 6.5


@dataclass(frozen=True, eq=False)
class Motion:
    """How far a kind of craft leaves its course: deviation of velocity `spread_m_s` and its memory `memory_s`.

    `velocity_m_s` is the error of the stated velocity itself, along each axis.
    """

    spread_m_s: float
    memory_s: float
    velocity_m_s: float


@dataclass(frozen=True, eq=False)
class Movers:
    """Craft as structure of arrays, each (m,): last fix (rad), its Unix time, one sigma (m), velocity over ground.

    Angles in radians, course clockwise from north, speed in m/s; `velocity_m_s` is the error of the velocity.
    """

    lat: Floats
    lon: Floats
    time_s: Floats
    sigma_m: Floats
    course: Floats
    speed_m_s: Floats
    velocity_m_s: Floats

    def __len__(self) -> int:
        return len(self.lat)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Movers":
        """Return some of them."""
        return Movers(*(getattr(self, name)[index] for name in _MOVER_FIELDS))


_MOVER_FIELDS = ("lat", "lon", "time_s", "sigma_m", "course", "speed_m_s", "velocity_m_s")


@dataclass(frozen=True, eq=False)
class Cloud:
    """Weighted samples of one moment and place as a tree of balls; times are seconds from `time_s`.

    `order` gives the samples as the tree holds them; `nodes` (k, 14) are centre (3), radius, least and greatest
    time from the middle one, middle time, weight, trace of the place's covariance, variance of time, covariance of
    place and time (3), free; `links` (k, 4) first and last sample, both children (-1: a leaf).
    """

    time_s: float
    order: Ints
    points: Floats
    times: Floats
    weight: Floats
    nodes: Floats
    links: Ints
    centre: tuple[float, float]


def cloud(points: Floats, time_s: Floats, weight: Floats, *, pace_m_s: float = 100.0) -> Cloud:
    """Return the tree of samples: earth-fixed points on the ground (n, 3), Unix times (n,), weights (sum 1).

    `pace_m_s` weighs time against place where balls are split.
    """
    middle = float(weight @ time_s)
    places = np.column_stack((points, (time_s - middle) * pace_m_s))
    order = np.arange(len(weight))
    ranges: list[tuple[int, int, int, int]] = []
    _split(places, order, 0, len(weight), ranges)
    links = np.array(ranges, dtype=np.int64)
    held, times, weights = points[order], (time_s - middle)[order], weight[order]
    nodes = np.zeros((len(links), 14))
    for at, (first, last, _, _) in enumerate(links):
        nodes[at] = _ball(held[first:last], times[first:last], weights[first:last])
    x, y, z = nodes[0, :3]
    lat = math.atan2(z, (1 - _E2) * math.hypot(x, y))
    return Cloud(middle, order, held, times, weights, nodes, links, (lat, math.atan2(y, x)))


def _split(places: Floats, order: Ints, first: int, last: int, ranges: list[tuple[int, int, int, int]]) -> int:
    """Add the ball of `order[first:last]` and those below it, in order of depth first; return its number."""
    at = len(ranges)
    ranges.append((first, last, -1, -1))
    if last - first > _LEAF:
        own = order[first:last]
        axis = int(np.argmax(np.ptp(places[own], axis=0)))
        half = (last - first) // 2
        order[first:last] = own[np.argpartition(places[own, axis], half, kind="introselect")]
        left = _split(places, order, first, first + half, ranges)
        right = _split(places, order, first + half, last, ranges)
        ranges[at] = (first, last, left, right)
    return at


def _ball(points: Floats, times: Floats, weight: Floats) -> Floats:
    total = float(weight.sum())
    share = weight / total if total > 0 else np.full(len(weight), 1 / len(weight))
    centre, middle = share @ points, float(share @ times)
    off, late = points - centre, times - middle
    radius = float(np.sqrt((off**2).sum(axis=1).max()))
    spread = float(share @ (off**2).sum(axis=1))
    lag = float(np.abs(late).max())
    return np.array([*centre, radius, lag, middle, total, spread, share @ late**2, *(share * late) @ off, 0, 0])


@lru_cache(maxsize=1)
def _table() -> Floats:
    """Return F by rows of b (24 an octave from 0.5 to 64) and columns of u = a - b (-6.5 to 6.5 by 0.05).

    F is the integral over x in (-b, b) of phi(x - a) (2 Phi(sqrt(b^2 - x^2)) - 1), by Gauss and Legendre over the
    part of it that matters.
    """
    from scipy.special import ndtr

    nodes, shares = np.polynomial.legendre.leggauss(48)
    b = _FIRST_B * 2 ** (np.arange(_OCTAVE * _OCTAVES + 1) / _OCTAVE)[:, None, None]
    # F is even in a: beyond the middle its mirror image keeps the table smooth.
    a = np.abs(b + np.arange(-_MOST_U, _MOST_U + _STEP_U / 2, _STEP_U)[None, :, None])
    # x = b sin(angle) takes the root out of the integrand at both ends.
    low, high = np.arcsin(np.clip((a - 8) / b, -1, 1)), np.arcsin(np.clip((a + 8) / b, -1, 1))
    angle = low + (high - low) * (nodes + 1) / 2
    x, half_chord = b * np.sin(angle), b * np.cos(angle)
    value = np.exp(-0.5 * (x - a) ** 2) / math.sqrt(2 * math.pi) * (2 * ndtr(half_chord) - 1) * half_chord
    table = np.asarray((value @ shares) * ((high - low) / 2)[:, :, 0])
    return np.ascontiguousarray(np.clip(table, 0.0, 1.0))


@inline_kernel
def _disc(distance: float, sigma: float, radius: float, table: Floats) -> float:
    """Return the probability that a point `distance` away with error `sigma` along each axis lies within `radius`.

    Within 2e-4 of the noncentral chi-square; below b = 0.5 Radon's seven points over the disc, within 1e-4 of it.
    """
    if sigma < 1e-3 * radius:
        return 1.0 if distance < radius else 0.0
    a, b = distance / sigma, radius / sigma
    if b < _FIRST_B:
        if a - b > 12.0:
            return 0.0
        near, far = b * math.sqrt(2.0 / 3.0), b * math.sqrt(1.0 / 6.0)
        side = b * math.sqrt(0.5)
        total = 0.25 * math.exp(-0.5 * a * a)
        total += 0.125 * (math.exp(-0.5 * (a - near) ** 2) + math.exp(-0.5 * (a + near) ** 2))
        across = math.exp(-0.5 * side * side)
        total += 0.25 * across * (math.exp(-0.5 * (a - far) ** 2) + math.exp(-0.5 * (a + far) ** 2))
        return 0.5 * b * b * total
    u = a - b
    if u <= -_MOST_U:
        return 1.0
    if u >= _MOST_U:
        return 0.0
    if b > _LAST_B:
        u += 0.5 / b - 0.5 / _LAST_B  # the disc's edge is straighter: Phi(-u - 1/(2 b)) to first order
    row = min(math.log2(b / _FIRST_B) * _OCTAVE, _OCTAVE * _OCTAVES - 1e-9)
    column = min((u + _MOST_U) / _STEP_U, table.shape[1] - 1.0 - 1e-9)
    i, j = int(row), int(column)
    p, q = row - i, column - j
    low = (1 - q) * table[i, j] + q * table[i, j + 1]
    high = (1 - q) * table[i + 1, j] + q * table[i + 1, j + 1]
    return (1 - p) * low + p * high


@kernel
def _discs(distance: Floats, sigma: Floats, radius: float, table: Floats) -> Floats:
    out = np.empty(distance.size)
    for i in range(distance.size):
        out[i] = _disc(distance[i], sigma[i], radius, table)
    return out


def disc_probability(distance_m: Floats, sigma_m: Floats, radius_m: float) -> Floats:
    """Return for each point (n,) the probability that it lies within `radius_m` of a place `distance_m` away."""
    found: Floats = _discs(distance_m, sigma_m, radius_m, _table())
    return found


@inline_kernel
def growth(age_s: float, sigma: float, velocity: float, spread: float, memory: float) -> float:
    """Return the variance of a place (m^2) along each axis `age_s` after (or before) its fix.

    The velocity's deviation starts at its own error, forgets it in `memory`, and tends to `spread`: the position
    of an Ornstein-Uhlenbeck velocity (Uhlenbeck and Ornstein, Phys. Rev. 36, 1930, eq. 19, for one that starts
    from rest) and what its first value adds.
    """
    x = abs(age_s) / memory
    gone = -math.expm1(-x)
    started = velocity * memory * gone
    if x < 1e-2:
        grown = spread * spread * memory * memory * (2.0 / 3.0) * x * x * x * (1.0 - 0.75 * x)
    else:
        grown = spread * spread * memory * memory * (2.0 * (x - gone) - gone * gone)
    return sigma * sigma + started * started + max(grown, 0.0)


@inline_kernel
def _reckon(lat: float, lon: float, course: float, way: float) -> tuple[float, float, float, float, float, float]:
    """Return an earth-fixed point on the ground and its direction of motion after `way` metres along a course.

    A great circle on the sphere that bends as the ellipsoid does along the course at its start: off the geodesic
    by less than 0.4 % of the way, less than its error has grown by then.
    """
    sin_lat, cos_lat, sin_lon, cos_lon = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    sin_c, cos_c = math.sin(course), math.cos(course)
    w2 = 1.0 - _E2 * sin_lat * sin_lat
    across = _A / math.sqrt(w2)
    along = across * (1.0 - _E2) / w2
    angle = way * (cos_c * cos_c / along + sin_c * sin_c / across)
    up = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat)
    to = (
        -sin_lat * cos_lon * cos_c - sin_lon * sin_c,
        -sin_lat * sin_lon * cos_c + cos_lon * sin_c,
        cos_lat * cos_c,
    )
    c, s = math.cos(angle), math.sin(angle)
    x, y, z = up[0] * c + to[0] * s, up[1] * c + to[1] * s, up[2] * c + to[2] * s
    n = _A / math.sqrt(1.0 - _E2 * z * z)
    return (
        n * x, n * y, n * (1.0 - _E2) * z,
        to[0] * c - up[0] * s, to[1] * c - up[1] * s, to[2] * c - up[2] * s,
    )  # fmt: skip


@kernel
def _encounter(
    lat: Floats, lon: Floats, time_s: Floats, sigma_m: Floats, course: Floats, speed: Floats, velocity: Floats,
    spread: float, memory: float, radius: float, at_s: float, centre_lat: float, centre_lon: float,
    points: Floats, times: Floats, weight: Floats, nodes: Floats, links: Ints, table: Floats,
    found: Floats, missed: Floats, missed_in: Floats,
) -> int:  # fmt: skip
    """Write each mover's probability, and add the logarithms of its missing each sample or node.

    Return how many movers could not be left out at once.

    `found` (m,), `missed` (n,) for samples, `missed_in` (k,) for whole nodes.
    """
    stack = np.empty(64, dtype=np.int64)
    ball, lag = nodes[0, 3], nodes[0, 4]
    metres = _A * (1.0 - _E2)  # in a radian of latitude, at least
    cos_centre = math.cos(centre_lat)
    opened = 0
    for i in range(lat.size):
        found[i] = 0.0
        age = at_s - time_s[i]
        t = abs(age) + lag
        wander = spread * min(t, math.sqrt(2.0 * memory * t))
        reach = radius + ball + speed[i] * t + _REACH * (sigma_m[i] + velocity[i] * t + wander)
        if abs(lat[i] - centre_lat) * metres > reach:
            continue
        turn = abs(lon[i] - centre_lon)
        turn = min(turn, 2.0 * math.pi - turn)
        if reach < 2e6 and turn < 1.5:
            # Along the shorter parallel, and by the chord of the turn: less than the true distance.
            cos_least = max(min(cos_centre, math.cos(lat[i])), 0.0)
            if 0.9 * turn * cos_least * metres > reach:
                continue
        opened += 1
        x, y, z, dx, dy, dz = _reckon(lat[i], lon[i], course[i], speed[i] * age)
        v = speed[i]
        dx, dy, dz = v * dx, v * dy, v * dz
        # Of a fix much older than the samples are apart the variance is a straight line over them.
        plain = abs(age) > _OLD * lag
        var = growth(age, sigma_m[i], velocity[i], spread, memory)
        rise = 0.0
        if plain and lag > 0.0:
            ahead = growth(age + lag, sigma_m[i], velocity[i], spread, memory)
            rise = (ahead - growth(age - lag, sigma_m[i], velocity[i], spread, memory)) / (2.0 * lag)
        top = 0
        stack[0] = 0
        total = 0.0
        while top >= 0:
            k = stack[top]
            top -= 1
            late = nodes[k, 5]
            ex = x + dx * late - nodes[k, 0]
            ey = y + dy * late - nodes[k, 1]
            ez = z + dz * late - nodes[k, 2]
            distance = math.sqrt(ex * ex + ey * ey + ez * ez)
            own = nodes[k, 3] + v * nodes[k, 4]
            if plain:
                sigma = math.sqrt(var + rise * late + abs(rise) * nodes[k, 4])
            else:
                widest = abs(age + late) + nodes[k, 4]
                sigma = math.sqrt(growth(widest, sigma_m[i], velocity[i], spread, memory))
            if distance - own > radius + _REACH * sigma:
                continue
            if distance + own < radius - _REACH * sigma:
                total += nodes[k, 6]
                missed_in[k] += -30.0
                continue
            if own < _SMALL * sigma:
                s2 = var + rise * late
                if not plain:
                    s2 = growth(age + late, sigma_m[i], velocity[i], spread, memory)
                extra = nodes[k, 7] + v * v * nodes[k, 8]
                extra -= 2.0 * (dx * nodes[k, 9] + dy * nodes[k, 10] + dz * nodes[k, 11])
                share = _disc(distance, math.sqrt(s2 + 0.5 * max(extra, 0.0)), radius, table)
                total += nodes[k, 6] * share
                missed_in[k] += math.log1p(-min(share, 0.9999999999))
                continue
            if links[k, 2] >= 0:
                stack[top + 1] = links[k, 2]
                stack[top + 2] = links[k, 3]
                top += 2
                continue
            for j in range(links[k, 0], links[k, 1]):
                ex = x + dx * times[j] - points[j, 0]
                ey = y + dy * times[j] - points[j, 1]
                ez = z + dz * times[j] - points[j, 2]
                s2 = var + rise * times[j]
                if not plain:
                    s2 = growth(age + times[j], sigma_m[i], velocity[i], spread, memory)
                sigma = math.sqrt(s2)
                share = _disc(math.sqrt(ex * ex + ey * ey + ez * ez), sigma, radius, table)
                total += weight[j] * share
                missed[j] += math.log1p(-min(share, 0.9999999999))
        found[i] = min(total, 1.0)
    return opened


@dataclass(frozen=True, eq=False)
class Encounters:
    """`probability` (m,) of each mover within the radius, `any` that at least one was, `expected` how many."""

    probability: Floats
    any: float
    expected: float


def encounters(movers: Movers, motion: Motion, fall: Cloud, radius_m: float) -> Encounters:
    """Return how likely each mover was within `radius_m` of the fall at its moment.

    Movers are independent of one another given the fall; `any` takes that they share it.
    """
    found = np.empty(len(movers))
    missed, missed_in = np.zeros(len(fall.weight)), np.zeros(len(fall.links))
    _encounter(
        movers.lat, movers.lon, movers.time_s, movers.sigma_m, movers.course, movers.speed_m_s,
        movers.velocity_m_s, motion.spread_m_s, motion.memory_s, radius_m, fall.time_s, fall.centre[0],
        fall.centre[1], fall.points, fall.times, fall.weight, fall.nodes, fall.links, _table(),
        found, missed, missed_in,
    )  # fmt: skip
    for (first, last, _, _), whole in zip(fall.links, missed_in, strict=True):
        if whole:
            missed[first:last] += whole
    return Encounters(found, float(np.clip(fall.weight @ -np.expm1(missed), 0.0, 1.0)), float(found.sum()))


@kernel
def _reckon_all(
    lat: Floats, lon: Floats, course: Floats, way: Floats, age: Floats, sigma_m: Floats, velocity: Floats,
    spread: float, memory: float, out: Floats,
) -> None:  # fmt: skip
    for i in range(lat.size):
        x, y, z, dx, dy, dz = _reckon(lat[i], lon[i], course[i], way[i])
        out[i, 0], out[i, 1], out[i, 2] = x, y, z
        out[i, 3], out[i, 4], out[i, 5] = dx, dy, dz
        out[i, 6] = math.sqrt(growth(age[i], sigma_m[i], velocity[i], spread, memory))


@dataclass(frozen=True, eq=False)
class Reckoned:
    """Movers at one moment: earth-fixed points on the ground (m, 3), directions of motion (m, 3), one sigma, m."""

    points: Floats
    directions: Floats
    sigma_m: Floats


def reckon(movers: Movers, motion: Motion, time_s: float | Floats) -> Reckoned:
    """Return where movers are reckoned to be at a Unix time, one for all or one each."""
    out = np.empty((len(movers), 7))
    age = np.asarray(time_s - movers.time_s, dtype=np.float64)
    _reckon_all(
        movers.lat, movers.lon, movers.course, movers.speed_m_s * age, age, movers.sigma_m, movers.velocity_m_s,
        motion.spread_m_s, motion.memory_s, out,
    )  # fmt: skip
    return Reckoned(out[:, :3], out[:, 3:6], out[:, 6])
