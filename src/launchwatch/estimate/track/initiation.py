"""New tracks from three radar plots that no track explains and that one flying body may have made.

The first two of three plots foretell the third, give or take their noise and what 100 m/s^2 do; the track then
begins with the last two. A plot without elevation is placed at its barometric height, or at 8 km give or take 4.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.estimate.track.bank import Bank, Scan
from launchwatch.estimate.track.measuring import SURVEILLANCE
from launchwatch.estimate.track.motion import BOOST, COAST, CRUISE, GLIDE, LEVEL, PRIORS, SIZE
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SLOWEST_M_S, FASTEST_M_S = 30.0, 9_000.0
"""Speeds of a pair worth a track: below, birds and weather; above, nothing stays."""

PAIR_SCANS, TRIPLE_SCANS = 2.5, 3.6
"""How many scans two and three plots may span: one may be missed."""

_SIGMAS = 4.0
_HARDEST_M_S2 = 100.0
_WELL_BORNE_OUT = 2.0  # mean misfit of one body's plots: no better third is looked for
LOWEST_M = -500.0
_UNKNOWN_HEIGHT_M = (8_000.0, 4_000.0)

BALLISTIC_SIGMA_M_S, WINGED_SIGMA_M_S = 2_500.0, 200.0
"""Prior of each component of velocity: what launches reach, and what aircraft do."""
_WINGED_BELOW_M = 25e3
_LOG_TRANSPONDER_ODDS = 7.0  # a thousand to one: what tells a civil radar its height is an aircraft
_FIRST_MODES = np.array(
    [0.5, 0.4, 0.1, 0.2, 0.8]
)  # of a launch: boost, coast, glide; of what has wings: cruise, level


@inline_kernel
def locate(plot: Array, noise: Array, scan: Scan, env: Array, place: Array, p: Array) -> tuple[float, float]:
    """Write a plot's earth-fixed place (3,) and its covariance (3, 3); return the sigmas along and across (m)."""
    distance, azimuth, elevation = plot[0], plot[1], plot[2]
    sigma_across = distance * math.sqrt(noise[1, 1])
    sigma_up = 0.0
    if scan.kind == SURVEILLANCE:
        height, sigma_up = plot[2], 0.0
        if math.isfinite(height):
            sigma_up = math.sqrt(noise[2, 2])
        else:
            height, sigma_up = _UNKNOWN_HEIGHT_M
        elevation = _elevation_at(distance, height, scan, env)
    else:
        sigma_up = distance * math.sqrt(noise[2, 2])
    se, ce, sa, ca = math.sin(elevation), math.cos(elevation), math.sin(azimuth), math.cos(azimuth)
    sigma_along = math.sqrt(noise[0, 0])
    for a in range(3):
        e, n, u = scan.enu[0, a], scan.enu[1, a], scan.enu[2, a]
        line = ce * sa * e + ce * ca * n + se * u
        place[a] = scan.eye[a] + distance * line
        p[0, a] = sigma_along * line
        p[1, a] = sigma_across * ce * (ca * e - sa * n)
        p[2, a] = sigma_up * (-se * sa * e - se * ca * n + ce * u)
    c00 = p[0, 0] * p[0, 0] + p[1, 0] * p[1, 0] + p[2, 0] * p[2, 0]
    c01 = p[0, 0] * p[0, 1] + p[1, 0] * p[1, 1] + p[2, 0] * p[2, 1]
    c02 = p[0, 0] * p[0, 2] + p[1, 0] * p[1, 2] + p[2, 0] * p[2, 2]
    c11 = p[0, 1] * p[0, 1] + p[1, 1] * p[1, 1] + p[2, 1] * p[2, 1]
    c12 = p[0, 1] * p[0, 2] + p[1, 1] * p[1, 2] + p[2, 1] * p[2, 2]
    c22 = p[0, 2] * p[0, 2] + p[1, 2] * p[1, 2] + p[2, 2] * p[2, 2]
    p[0, 0], p[0, 1], p[0, 2] = c00, c01, c02
    p[1, 0], p[1, 1], p[1, 2] = c01, c11, c12
    p[2, 0], p[2, 1], p[2, 2] = c02, c12, c22
    return sigma_along, math.sqrt(sigma_across * sigma_across + sigma_up * sigma_up)


@inline_kernel
def _elevation_at(distance: float, height: float, scan: Scan, env: Array) -> float:
    """Return the elevation (rad) at which a range meets a height over the ellipsoid."""
    eye = scan.eye
    own, _, _, _ = height_and_up(eye[0], eye[1], eye[2], env[RADIUS], env[FLATTENING])
    radius = env[RADIUS] + own
    sine = ((env[RADIUS] + height) ** 2 - radius**2 - distance**2) / (2.0 * distance * radius)
    elevation = math.asin(max(min(sine, 1.0), -1.0))
    for _ in range(2):
        # Up to 20 km of the earth's radius differ from place to place: Newton's steps on the true height.
        level, up = distance * math.cos(elevation), distance * math.sin(elevation)
        x = eye[0] + up * scan.enu[2, 0] + level * scan.enu[1, 0]
        y = eye[1] + up * scan.enu[2, 1] + level * scan.enu[1, 1]
        z = eye[2] + up * scan.enu[2, 2] + level * scan.enu[1, 2]
        found = height_and_up(x, y, z, env[RADIUS], env[FLATTENING])[0]
        elevation += (height - found) / max(level, 1.0)
    return elevation


@kernel
def find_triples(
    scan: Scan, scan_s: float, free: Indices, times: Array, plots: Array, noises: Array, most: int, env: Array
) -> Indices:
    """Return triples (n, 3): a free plot of the scan, a loose one before it, and a third that bears both out.

    Of a free plot's triples the one that fits best; another's turn comes with the next scan.
    `free` are numbers of the scan's plots; `times` (k,), `plots` (k, m), `noises` (k, m, m) are the loose ones.
    At most `most` are returned.
    """
    early, late = times.size, free.size
    spots, along2, across2 = np.empty((early + late, 3)), np.empty(early + late), np.empty(early + late)
    when, p, ranges = np.empty(early + late), np.empty((3, 3)), np.empty(early + late)
    order = np.argsort(plots[:, 0])  # the third plot is looked for where the pair's ranges point
    for i in range(early + late):
        if i < early:
            plot, noise, when[i] = plots[order[i]], noises[order[i]], times[order[i]]
        else:
            f = free[i - early]
            plot, when[i] = scan.plots[f], scan.times[f]
            noise = scan.noise[0] if scan.noise.shape[0] == 1 else scan.noise[f]
        along, across = locate(plot, noise, scan, env, spots[i], p)
        along2[i], across2[i], ranges[i] = along * along, across * across, plot[0]
    far = 4.0 * _SIGMAS * math.sqrt(max(scan.noise[:, 0, 0].max(), noises[:, 0, 0].max()))
    out, found = np.empty((most, 3), dtype=np.int64), 0
    reach = FASTEST_M_S * PAIR_SCANS * scan_s + far
    least, oldest = 0.5 * scan_s, when[:early].min() if early > 0 else 0.0
    line = np.empty(3)
    for k in range(early, early + late):
        best, pair, third = math.inf, -1, -1
        for a in range(3):
            line[a] = (spots[k, a] - scan.eye[a]) / ranges[k]
        for j in range(_first_above(ranges, early, ranges[k] - reach), early):
            if ranges[j] > ranges[k] + reach:
                break
            dt = when[k] - when[j]
            if dt < least or dt > PAIR_SCANS * scan_s or when[j] - oldest < least:
                continue
            gone = _apart(spots, j, k)
            slack = _SIGMAS * math.sqrt(along2[j] + along2[k] + across2[j] + across2[k])
            if gone + slack < SLOWEST_M_S * dt or gone - slack > FASTEST_M_S * dt:
                continue
            # A straight path's range bends by the square of what it crosses, and by the plots' own spread.
            bend = ((gone + slack) ** 2 + (4.0 * _SIGMAS) ** 2 * across2[j]) / max(ranges[k], 1.0) + far
            most_before = TRIPLE_SCANS * scan_s - dt
            rate = (ranges[k] - ranges[j]) / dt
            wide = max(_room(least, dt, bend), _room(most_before, dt, bend))
            low = ranges[j] - max(rate * least, rate * most_before) - wide
            high = ranges[j] - min(rate * least, rate * most_before) + wide
            for i in range(_first_above(ranges, early, low), early):
                if ranges[i] > high:
                    break
                before = when[j] - when[i]
                if before < least or before > most_before:
                    continue
                if abs(ranges[j] - ranges[i] - rate * before) < _room(before, dt, bend):
                    off = _misfit(spots, along2, across2, line, ranges[k], i, j, k, before, dt, best)
                    if off < best:
                        best, pair, third = off, j, i
                    if off < _WELL_BORNE_OUT:
                        break
        if pair >= 0 and found < most:
            out[found, 0], out[found, 1], out[found, 2] = free[k - early], order[pair], order[third]
            found += 1
    return out[:found]


@inline_kernel
def _first_above(ranges: Array, count: int, value: float) -> int:
    """Return the first of `count` ascending ranges that is not below a value."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if ranges[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@inline_kernel
def _room(before: float, dt: float, bend: float) -> float:
    """Return how far (m) an earlier range may lie from the line through two later ones; convex in `before`."""
    return 0.5 * _HARDEST_M_S2 * before * (dt + before) + (dt + before) ** 2 / (before * dt) * bend


@inline_kernel
def _apart(spots: Array, j: int, k: int) -> float:
    gone = 0.0
    for a in range(3):
        gone += (spots[k, a] - spots[j, a]) ** 2
    return math.sqrt(gone)


@inline_kernel
def _misfit(
    spots: Array, along2: Array, across2: Array, line: Array, distance: float, i: int, j: int, k: int,
    before: float, dt: float, best: float,
) -> float:  # fmt: skip
    """Return how badly plots i and j foretell plot k: squares over their spread, infinite where one body can't.

    Infinite also where it cannot be less than `best`; `line` (3,) is the unit vector from the eye to plot k.
    """
    ahead = dt / before
    along = across = 0.0
    for a in range(3):
        off = spots[k, a] - spots[j, a] - ahead * (spots[j, a] - spots[i, a])
        along += off * line[a]
        across += off * off
    across = max(across - along * along, 0.0)
    # Seen from the eye the body passes: across the line each plot errs by its angles.
    wide = across2[k] + (1.0 + ahead) ** 2 * across2[j] + ahead**2 * across2[i]
    if across >= best * wide:
        return math.inf
    near = math.sqrt(along2[k] + (1.0 + ahead) ** 2 * along2[j] + ahead**2 * along2[i])
    bend = 0.5 * _HARDEST_M_S2 * dt * (dt + before)
    turned = wide / distance
    if abs(along) > _SIGMAS * near + bend + turned or math.sqrt(across) > _SIGMAS * math.sqrt(wide) + bend:
        return math.inf
    return (along / (near + bend)) ** 2 + across / wide


@kernel
def begin(
    bank: Bank, places: Indices, scan: Scan, triples: Indices, times: Array, plots: Array, noises: Array,
    bias: Array, env: Array,
) -> NDArray[np.bool_]:  # fmt: skip
    """Write new tracks to `places` (n,) from the first two of triples (n, 3): a plot of the scan and a loose one.

    Returns (n,) whether each two can be one body's. The velocity is the difference of the two places, joined with
    the prior of launches (boost, coast, glide) and with that of aircraft (cruise, level); how well each prior fits
    weighs the modes. `bias` (columns - 10,) are the prior variances of the bias columns.
    """
    begun = np.zeros(places.size, dtype=np.bool_)
    for k in range(places.size):
        plot, i = triples[k, 0], triples[k, 1]
        begun[k] = _begin_one(bank, places[k], scan, plot, plots[i], noises[i], times[i], bias, env)
    return begun


@inline_kernel
def _begin_one(
    bank: Bank, t: int, scan: Scan, plot: int, before: Array, before_noise: Array, before_s: float, bias: Array,
    env: Array,
) -> bool:  # fmt: skip
    here, there = np.empty(3), np.empty(3)
    here_p, there_p = np.empty((3, 3)), np.empty((3, 3))
    noise = scan.noise[0] if scan.noise.shape[0] == 1 else scan.noise[plot]
    locate(scan.plots[plot], noise, scan, env, here, here_p)
    locate(before, before_noise, scan, env, there, there_p)
    dt = scan.times[plot] - before_s
    velocity, spread = np.empty(3), np.empty((3, 3))
    speed = slack = 0.0
    for a in range(3):
        velocity[a] = (here[a] - there[a]) / dt
        speed += velocity[a] * velocity[a]
        for b in range(3):
            spread[a, b] = (here_p[a, b] + there_p[a, b]) / (dt * dt)
    for a in range(3):
        for b in range(3):
            slack += velocity[a] * spread[a, b] * velocity[b]
    speed = max(math.sqrt(speed), 1.0)
    slack = 3.0 * math.sqrt(slack) / speed
    height = height_and_up(here[0], here[1], here[2], env[RADIUS], env[FLATTENING])[0]
    sigma_height = math.sqrt(here_p[0, 0] + here_p[1, 1] + here_p[2, 2])
    if speed + slack < SLOWEST_M_S or speed - slack > FASTEST_M_S or height + 3.0 * sigma_height < LOWEST_M:
        return False
    ballistic = _enter(bank, t, BOOST, here, here_p, velocity, spread, dt, BALLISTIC_SIGMA_M_S, bias)
    winged = -1e300
    if height - 3.0 * sigma_height < _WINGED_BELOW_M:
        winged = _enter(bank, t, LEVEL, here, here_p, velocity, spread, dt, WINGED_SIGMA_M_S, bias)
        _copy_mode(bank, t, LEVEL, CRUISE)
    _copy_mode(bank, t, BOOST, COAST)
    _copy_mode(bank, t, BOOST, GLIDE)
    if scan.kind == SURVEILLANCE and math.isfinite(scan.plots[plot, 2]):
        winged += _LOG_TRANSPONDER_ODDS
    odds = 1.0 / (1.0 + math.exp(min(max(winged - ballistic, -700.0), 700.0)))
    bank.probability[t, BOOST], bank.probability[t, COAST], bank.probability[t, GLIDE] = (
        0.5 * odds,
        0.4 * odds,
        0.1 * odds,
    )
    bank.probability[t, CRUISE], bank.probability[t, LEVEL] = 0.2 * (1.0 - odds), 0.8 * (1.0 - odds)
    bank.time_s[t] = scan.times[plot]
    return True


@inline_kernel
def _copy_mode(bank: Bank, t: int, source: int, target: int) -> None:
    for a in range(bank.mean.shape[2]):
        bank.mean[t, target, a] = bank.mean[t, source, a]
        for b in range(bank.mean.shape[2]):
            bank.covariance[t, target, a, b] = bank.covariance[t, source, a, b]


@inline_kernel
def _enter(
    bank: Bank, t: int, mode: int, here: Array, here_p: Array, velocity: Array, spread: Array, dt: float,
    sigma: float, bias: Array,
) -> float:  # fmt: skip
    """Write one mode's start with a prior of velocity; return the log-density of the velocity under it."""
    x, p = bank.mean[t, mode], bank.covariance[t, mode]
    for a in range(x.size):
        x[a] = 0.0
        for b in range(x.size):
            p[a, b] = 0.0
    s, inverse = np.empty((3, 3)), np.empty((3, 3))
    for a in range(3):
        for b in range(3):
            s[a, b] = spread[a, b] + (sigma * sigma if a == b else 0.0)
    log_det = _inverse(s, inverse)
    gain_p, gain_v = np.zeros((3, 3)), np.zeros((3, 3))
    for a in range(3):
        for b in range(3):
            for k in range(3):
                gain_p[a, b] += here_p[a, k] * inverse[k, b] / dt
                gain_v[a, b] += spread[a, k] * inverse[k, b]
    misfit = 0.0
    for a in range(3):
        x[a], x[3 + a] = here[a], velocity[a]
        for b in range(3):
            misfit += velocity[a] * inverse[a, b] * velocity[b]
            x[a] -= gain_p[a, b] * velocity[b]
            x[3 + a] -= gain_v[a, b] * velocity[b]
            p[a, b], p[3 + a, 3 + b], p[a, 3 + b] = here_p[a, b], spread[a, b], here_p[a, b] / dt
            for k in range(3):
                p[a, b] -= gain_p[a, k] * here_p[k, b] / dt
                p[3 + a, 3 + b] -= gain_v[a, k] * spread[k, b]
                p[a, 3 + b] -= gain_p[a, k] * spread[k, b]
    for a in range(3):
        for b in range(3):
            p[3 + b, a] = p[a, 3 + b]
    for c in range(6, SIZE):
        x[c], p[c, c] = PRIORS[c - 6, 0], PRIORS[c - 6, 1] * PRIORS[c - 6, 1]
    for c in range(bias.size):
        p[SIZE + c, SIZE + c] = bias[c]
    return -0.5 * (log_det + misfit)


@inline_kernel
def _inverse(s: Array, out: Array) -> float:
    """Write the inverse of a positive definite matrix (3, 3); return the logarithm of its determinant."""
    a, b, c, d, e, f = s[0, 0], s[0, 1], s[0, 2], s[1, 1], s[1, 2], s[2, 2]
    out[0, 0], out[0, 1], out[0, 2] = d * f - e * e, c * e - b * f, b * e - c * d
    out[1, 1], out[1, 2], out[2, 2] = a * f - c * c, b * c - a * e, a * d - b * b
    out[1, 0], out[2, 0], out[2, 1] = out[0, 1], out[0, 2], out[1, 2]
    det = a * out[0, 0] + b * out[0, 1] + c * out[0, 2]
    for i in range(3):
        for j in range(3):
            out[i, j] /= det
    return math.log(max(det, 1e-300))
