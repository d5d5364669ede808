"""One look applied to all tracks: mixing, prediction, joint association and update of every mode, compiled.

Each track is an interacting-multiple-model filter (Blom & Bar-Shalom, IEEE TAC 33, 1988, 780-783). Plots are
shared out jointly (`bayes.association`); given plot i's share b_i of a track, mode j's part is b_i L_ji / L_i, and
each mode moves by the moments of its mixture over the plots: with v_i the innovation, S_i its covariance and
u_i = inv(S_i) v_i,

    x += P H' sum w_i u_i,   P += P H' (sum w_i (u_i u_i' - inv(S_i)) - (sum w_i u_i)(sum w_i u_i)') H P.

A range across which the track's uncertainty bends is predicted to second order (Bar-Shalom, Li & Kirubarajan,
Estimation with Applications to Tracking and Navigation, 2001, eqs. 10.3.2-12 and 10.3.2-15); else to first.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.bayes.association import (
    GATE_PROBABILITY,
    GATE_SIGMAS_SQUARED,
    exist,
    joint_probabilities,
    log_normal_peak,
)
from launchwatch.bayes.normal import normal_cdf
from launchwatch.estimate.track.motion import (
    BOOST,
    COAST,
    GLIDE,
    LIFT,
    SIZE,
    THRUST,
    Law,
    forget,
    lift_ends,
    predict_in,
    slowing,
    transition,
    uses,
)
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

RADAR, INFRARED, SURVEILLANCE = 0, 1, 2
"""What a sensor measures: range, azimuth, elevation (and range rate); a line of sight; range, azimuth, height."""

MOST_GATED = 24
"""Plots in one track's gate that are weighed; of more, the likeliest."""

OUT_TIME, OUT_MEAN, OUT_COVARIANCE = 0, 1, 1 + SIZE
OUT_PROBABILITY = OUT_COVARIANCE + SIZE * SIZE
OUT_THRUST, OUT_LIFT = OUT_PROBABILITY + 5, OUT_PROBABILITY + 6
OUT = OUT_PROBABILITY + 7
"""Columns of a track's row: time, moments over the modes, modes' probabilities, boost's thrust, glide's lift."""

_WIDEST = 4  # components of a measurement
_CLOUD_TOP_M = 10_000.0  # an infrared satellite rarely sees a motor below high cloud
_UNSEEN = 1e-4  # chance of an infrared plot of a body that does not burn: re-entry heat, decoys
_SAME_LOOK_S = 0.05  # plots of one scan farther apart in time belong to other azimuths
_IDLE = 1e-9  # a mode below this probability is not carried on; mixing brings it back
_LEAST_SHARE = 0.03
"""Share of a mode below which what other modes turned into it leaves its moments alone. Their probability counts,
but a doubtful burn that may just have stopped would blur a coasting body as 100 times its process noise does."""
_MOST_ODDS = 1e8
_MEAN_LIFE_S = 5_000.0
"""How long a target lasts on the mean: a missile's flight a few times over. Without it existence would reach 1
to the last bit, and no miss could end the track of a target that is gone."""
_BENT = 0.1  # share of a range's sigma by which the track's spread may bend it before second order is needed


class Bank(NamedTuple):
    """All tracks as arrays over c places, 5 modes, n columns (10 and one per bias), and room for one look.

    The first five are what a track is: means (c, 5, n), covariances (c, 5, n, n), probabilities of modes (c, 5),
    Unix times (c,), existence (c,). The next are what the last look made of it: moments over the modes (c, 10),
    (c, 10, 10), the likeliest own plot (c,) or -1, its probability (c,), height (c,), m. The rest is room.
    """

    mean: Array
    covariance: Array
    probability: Array
    time_s: Array
    existence: Array
    whole_mean: Array
    whole_covariance: Array
    best: Indices
    best_share: Array
    height_m: Array
    missed: Array
    foreseen: Array
    derivative: Array
    cross: Array
    spread: Array
    likelihood: Array
    gated: Indices
    counts: Indices
    odds: Array
    share: Array


def bank(places: int, columns: int = SIZE) -> Bank:
    """Return room for this many tracks with `columns` columns of state."""
    m, w, g = 5, _WIDEST, MOST_GATED
    return Bank(
        mean=np.zeros((places, m, columns)),
        covariance=np.zeros((places, m, columns, columns)),
        probability=np.zeros((places, m)),
        time_s=np.zeros(places),
        existence=np.zeros(places),
        whole_mean=np.zeros((places, SIZE)),
        whole_covariance=np.zeros((places, SIZE, SIZE)),
        best=np.zeros(places, dtype=np.int64),
        best_share=np.zeros(places),
        height_m=np.zeros(places),
        missed=np.zeros((places, m)),
        foreseen=np.zeros((places, m, w)),
        derivative=np.zeros((places, m, w, 9)),
        cross=np.zeros((places, m, columns, w)),
        spread=np.zeros((places, m, w, w)),
        likelihood=np.zeros((places, m, g)),
        gated=np.zeros((places, g), dtype=np.int64),
        counts=np.zeros(places, dtype=np.int64),
        odds=np.zeros((places, g)),
        share=np.zeros((places, g + 1)),
    )


class Scan(NamedTuple):
    """One look as the kernel takes it.

    `plots` (k, m) measurements, NaN where a plot lacks one, or (k, 3) unit lines of sight; `times` (k,) Unix;
    `noise` (k or 1, m, m), one for all where there is one; `eye` (3,) and rows east, north, up (3, 3); `limits`
    as in SensorModel; `log_clutter` of the density of false plots over all m components, each of which spans
    `log_spans` (m,); `bias` the first of the sensor's three bias columns, or -1.
    """

    plots: Array
    times: Array
    noise: Array
    eye: Array
    enu: Array
    limits: Array
    log_spans: Array
    kind: int
    components: int
    time_s: float
    detection_probability: float
    log_clutter: float
    bias: int


@kernel
def apply_scan(bank: Bank, live: Indices, scan: Scan, law: Law, claimed: Array) -> None:
    """Apply one look to the tracks at places `live` (t,); add to `claimed` (k,) how surely each plot is theirs."""
    tracks, columns, plots = live.size, bank.mean.shape[2], scan.times.size
    work = np.empty((20, columns))
    room_mean, room_covariance = np.empty((5, columns)), np.empty((5, columns, columns))
    change, room, peaks = np.empty((5, 5)), np.empty((8, _WIDEST)), np.empty(5)
    low, inverses = np.empty((_WIDEST, _WIDEST)), np.empty((5, _WIDEST, _WIDEST))
    rotating = plots > 0 and scan.times.max() - scan.times.min() > _SAME_LOOK_S
    for t in live:
        time_s = _passing(bank, t, scan) if rotating else (scan.times[0] if plots > 0 else scan.time_s)
        dt = time_s - bank.time_s[t]
        if dt != 0.0:
            bank.existence[t] *= math.exp(-abs(dt) / _MEAN_LIFE_S)
            predict_modes(
                bank.mean[t],
                bank.covariance[t],
                bank.probability[t],
                dt,
                law,
                change,
                room_mean,
                room_covariance,
                work,
            )
            bank.time_s[t] = time_s
        for j in range(5):
            if bank.probability[t, j] > 0.0:
                _foresee(bank, t, j, scan, law)
        _gate(bank, t, scan, rotating, room, low, inverses, peaks)
    if plots > 0 and tracks > 0:
        _share_out(bank, live, plots)
    for t in live:
        _update(bank, t, scan, room, inverses[0], low)
        for g in range(bank.counts[t]):
            claimed[bank.gated[t, g]] += bank.share[t, g]
        _sum_up(bank, t, law)


@inline_kernel
def _turn(angle: float) -> float:
    """Return an angle (rad) in [-pi, pi)."""
    if -math.pi <= angle < math.pi:
        return angle
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


@inline_kernel
def predict_modes(
    mean: Array, covariance: Array, probability: Array, dt: float, law: Law,
    change: Array, room_mean: Array, room_covariance: Array, work: Array,
) -> None:  # fmt: skip
    """Mix and predict all modes (5, n) of a track in place over `dt` s."""
    at = mean[_likeliest(probability)]
    height, ux, uy, uz = height_and_up(at[0], at[1], at[2], law.env[RADIUS], law.env[FLATTENING])
    fast = math.sqrt(at[3] * at[3] + at[4] * at[4] + at[5] * at[5])
    ends = 0.0
    if probability[GLIDE] > 1e-6:
        gliding = mean[GLIDE]
        speed = math.sqrt(gliding[3] * gliding[3] + gliding[4] * gliding[4] + gliding[5] * gliding[5])
        ends = lift_ends(speed, slowing(gliding, GLIDE, law.env))
    transition(dt, height, fast, at[3] * ux + at[4] * uy + at[5] * uz > 0.0, ends, change)
    thrust, burning = mean[BOOST, THRUST], probability[BOOST]
    _mix(mean, covariance, probability, change, room_mean, room_covariance, work[0])
    for j in range(5):
        if probability[j] > 0.0:
            if COAST <= j <= GLIDE:
                share = change[BOOST, j] * burning / probability[j]
                if share > _LEAST_SHARE:
                    _allow_burnout(mean[j], covariance[j], thrust * dt, share)
            predict_in(mean[j], covariance[j], j, dt, law, work)


@inline_kernel
def _likeliest(probability: Array) -> int:
    best = 0
    for j in range(1, probability.size):
        if probability[j] > probability[best]:
            best = j
    return best


@inline_kernel
def _mix(
    mean: Array, covariance: Array, probability: Array, change: Array, room_mean: Array, room_covariance: Array,
    off: Array,
) -> None:  # fmt: skip
    """Mix modes in place, each in the columns that it uses, the others at their prior; drop what is idle."""
    n = mean.shape[1]
    old = (probability[0], probability[1], probability[2], probability[3], probability[4])
    for i in range(5):
        if old[i] > 0.0:
            for a in range(n):
                room_mean[i, a] = mean[i, a]
                for b in range(n):
                    room_covariance[i, a, b] = covariance[i, a, b]
    kept = 0.0
    for j in range(5):
        total = 0.0
        for i in range(5):
            total += change[i, j] * old[i]
        probability[j] = total if total > _IDLE else 0.0
        kept += probability[j]
    for j in range(5):
        if probability[j] <= 0.0:
            continue
        x, p = mean[j], covariance[j]
        for a in range(n):
            x[a] = 0.0
            for b in range(n):
                p[a, b] = 0.0
        counted = 0.0
        for i in range(5):
            share = change[i, j] * old[i] / probability[j]
            counted += share if share > _LEAST_SHARE else 0.0
        for i in range(5):
            share = change[i, j] * old[i] / probability[j] / counted
            if share * counted > _LEAST_SHARE:
                for a in range(n):
                    x[a] += share * room_mean[i, a]
        for i in range(5):
            share = change[i, j] * old[i] / probability[j] / counted
            if share * counted > _LEAST_SHARE:
                for b in range(n):
                    off[b] = room_mean[i, b] - x[b]
                for a in range(n):
                    weighted = share * off[a]
                    for b in range(n):
                        p[a, b] += share * room_covariance[i, a, b] + weighted * off[b]
        for c in range(6, SIZE):
            if not uses(j, c):
                forget(x, p, c)
        probability[j] /= kept


@inline_kernel
def _allow_burnout(x: Array, p: Array, gain: float, share: float) -> None:
    """Widen a mode that boost may just have turned into: the motor stopped at any time since the last look.

    The speed won meanwhile is uniform on [0, `gain`] m/s with probability `share`.
    """
    speed = max(math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]), 1.0)
    variance = share * gain * gain * (1.0 / 3.0 - 0.25 * share)
    ux, uy, uz = x[3] / speed, x[4] / speed, x[5] / speed
    u = (ux, uy, uz)
    for a in range(3):
        x[3 + a] += 0.5 * share * gain * u[a]
    for a in range(3):
        for b in range(3):
            p[3 + a, 3 + b] += variance * u[a] * u[b]


@inline_kernel
def _passing(bank: Bank, t: int, scan: Scan) -> float:
    """Return the time of the plot nearest to where a turning beam would find the track: when it passed it."""
    at = bank.mean[t, _likeliest(bank.probability[t])]
    ahead = scan.time_s - bank.time_s[t]
    e = n = u = 0.0
    for a in range(3):
        d = at[a] + ahead * at[3 + a] - scan.eye[a]
        e += scan.enu[0, a] * d
        n += scan.enu[1, a] * d
        u += scan.enu[2, a] * d
    azimuth, elevation = math.atan2(e, n), math.atan2(u, math.sqrt(e * e + n * n))
    distance = math.sqrt(e * e + n * n + u * u)
    nearest, least = 0, 1e300
    for i in range(scan.times.size):
        if scan.kind == INFRARED:
            off = 0.0  # its axes are the earth-fixed ones: the line to the track is (e, n, u)
            off -= (scan.plots[i, 0] * e + scan.plots[i, 1] * n + scan.plots[i, 2] * u) / distance
        else:
            off = _turn(scan.plots[i, 1] - azimuth) ** 2
        if scan.kind == RADAR:
            off += (scan.plots[i, 2] - elevation) ** 2
        if off < least:
            nearest, least = i, off
    return float(scan.times[nearest])


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
    """Add to a predicted range and its variance what the uncertainty across the line of sight bends it by."""
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
def _foresee(bank: Bank, t: int, j: int, scan: Scan, law: Law) -> None:
    """Write what the look should measure of a mode, the spread of that, and the chance of a miss."""
    x, p = bank.mean[t, j], bank.covariance[t, j]
    z, h, s = bank.foreseen[t, j], bank.derivative[t, j], bank.spread[t, j]
    rates = scan.kind == RADAR and scan.components == 4
    observe(x, scan.kind, rates, scan.eye, scan.enu, law.env, z, h)
    spread_of(p, h, scan.components, rates, scan.bias, bank.cross[t, j], s)
    pd = scan.detection_probability
    if scan.kind == INFRARED:
        height = height_and_up(x[0], x[1], x[2], law.env[RADIUS], law.env[FLATTENING])[0]
        seen = j == BOOST and height > _CLOUD_TOP_M and not _behind_the_earth(x, scan.eye, law.env[RADIUS])
        pd = pd if seen else _UNSEEN
    else:
        bend_range(p, h, math.sqrt(scan.noise[0, 0, 0]), z, s)
        if scan.bias >= 0:
            for r in range(3):
                z[r] += x[scan.bias + r]
        pd *= _coverage(x, z, s, scan)
    bank.missed[t, j] = 1.0 - max(pd, 1e-9) * GATE_PROBABILITY


@inline_kernel
def _behind_the_earth(x: Array, eye: Array, radius: float) -> bool:
    """Return whether the earth, as a sphere without its air, lies between a point and a satellite."""
    dx, dy, dz = eye[0] - x[0], eye[1] - x[1], eye[2] - x[2]
    along = -(x[0] * dx + x[1] * dy + x[2] * dz) / (dx * dx + dy * dy + dz * dz)
    if along <= 0.0:
        return False
    px, py, pz = x[0] + along * dx, x[1] + along * dy, x[2] + along * dz
    return px * px + py * py + pz * pz < radius * radius


@inline_kernel
def _coverage(x: Array, z: Array, s: Array, scan: Scan) -> float:
    """Return the probability that a radar covers the place that it should look at."""
    limits = scan.limits
    if not limits[3] >= (z[1] - limits[2]) % (2.0 * math.pi) or z[0] > limits[4]:
        return 0.0
    elevation, sigma = z[2], math.sqrt(s[2, 2] + scan.noise[0, 2, 2]) if scan.kind == RADAR else 0.0
    if scan.kind == SURVEILLANCE:
        u = 0.0
        for a in range(3):
            u += scan.enu[2, a] * (x[a] - scan.eye[a])
        elevation = math.asin(max(min(u / z[0], 1.0), -1.0))
        sigma = math.sqrt(s[2, 2]) / z[0] + 1e-4
    return normal_cdf((elevation - limits[0]) / sigma) * normal_cdf((limits[1] - elevation) / sigma)


@inline_kernel
def _innovation(plot: Array, h: Array, z: Array, kind: int, m: int, out: Array) -> int:
    """Write plot less prediction; return a bit mask of the components that the plot lacks."""
    lacks = 0
    if kind == INFRARED:
        for r in range(2):
            out[r] = z[0] * (h[r, 0] * plot[0] + h[r, 1] * plot[1] + h[r, 2] * plot[2])
        # Lines of the other half of the sky have small components across too: none of them is the target's.
        if (h[0, 1] * h[1, 2] - h[0, 2] * h[1, 1]) * plot[0] + (h[0, 2] * h[1, 0] - h[0, 0] * h[1, 2]) * plot[
            1
        ] + (h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0]) * plot[2] < 0.0:
            out[0] = 1.0
        return 0
    for r in range(m):
        out[r] = plot[r] - z[r]
        if not math.isfinite(out[r]):
            out[r] = 0.0
            lacks |= 1 << r
    out[1] = _turn(out[1])
    return lacks


@inline_kernel
def _factor(s: Array, noise: Array, m: int, lacks: int, inverse: Array, low: Array) -> float:
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
def _gate(
    bank: Bank, t: int, scan: Scan, rotating: bool, room: Array, low: Array, inverses: Array, peaks: Array
) -> None:
    """Write the plots in a track's gate with their likelihood ratio under each mode, plot of it to false plot."""
    m, kind, shared = scan.components, scan.kind, scan.noise.shape[0] == 1
    v = room[0]
    for j in range(5):
        if bank.probability[t, j] > 0.0 and shared:
            peaks[j] = _factor(bank.spread[t, j], scan.noise[0], m, 0, inverses[j], low)
    count = 0
    for i in range(scan.times.size):
        if rotating and abs(scan.times[i] - bank.time_s[t]) > _SAME_LOOK_S:
            continue
        noise = scan.noise[0] if shared else scan.noise[i]
        if kind != INFRARED and not _near(bank, t, scan.plots[i, 0], noise[0, 0]):
            continue
        place = min(count, MOST_GATED - 1)
        if count == MOST_GATED:
            place = _least(bank, t)
        best, within = 0.0, False
        for j in range(5):
            if bank.probability[t, j] <= 0.0:
                continue
            lacks = _innovation(scan.plots[i], bank.derivative[t, j], bank.foreseen[t, j], kind, m, v)
            ratio = 0.0
            s = bank.spread[t, j]
            if v[0] * v[0] <= GATE_SIGMAS_SQUARED * (s[0, 0] + noise[0, 0]) and v[1] * v[
                1
            ] <= GATE_SIGMAS_SQUARED * (s[1, 1] + noise[1, 1]):
                inverse, log_det = inverses[j], peaks[j]
                if not shared or lacks:
                    log_det = _factor(s, noise, m, lacks, inverse, low)
                ratio = _ratio(v, inverse, log_det, m, lacks, scan)
                if lacks and shared:
                    peaks[j] = _factor(s, noise, m, 0, inverse, low)
            if not ratio >= 0.0:
                ratio = 0.0
            ratio *= 1.0 - bank.missed[t, j]
            room[1 + j // 4, j % 4] = ratio
            within = within or ratio > 0.0
            best += bank.probability[t, j] * ratio
        if not within or (count == MOST_GATED and best <= bank.odds[t, place]):
            continue
        for j in range(5):
            bank.likelihood[t, j, place] = room[1 + j // 4, j % 4] if bank.probability[t, j] > 0.0 else 0.0
        bank.gated[t, place] = i
        bank.odds[t, place] = best
        count = min(count + 1, MOST_GATED)
    bank.counts[t] = count


@inline_kernel
def _near(bank: Bank, t: int, distance: float, variance: float) -> bool:
    """Return whether a plot's range alone lies in some mode's gate."""
    for j in range(5):
        if bank.probability[t, j] > 0.0:
            off = distance - bank.foreseen[t, j, 0]
            if off * off <= GATE_SIGMAS_SQUARED * (bank.spread[t, j, 0, 0] + variance):
                return True
    return False


@inline_kernel
def _least(bank: Bank, t: int) -> int:
    least = 0
    for g in range(1, MOST_GATED):
        if bank.odds[t, g] < bank.odds[t, least]:
            least = g
    return least


@inline_kernel
def _ratio(v: Array, inverse: Array, log_det: float, m: int, lacks: int, scan: Scan) -> float:
    """Return the density of an innovation over that of false plots; 0 beyond the gate."""
    distance = 0.0
    for a in range(m):
        for b in range(m):
            distance += v[a] * inverse[a, b] * v[b]
    if distance > GATE_SIGMAS_SQUARED:
        return 0.0
    measured, log_clutter = m, scan.log_clutter
    for a in range(m):
        if (lacks >> a) & 1:
            measured -= 1
            log_clutter += scan.log_spans[a]
    return math.exp(log_normal_peak(log_det, measured) - 0.5 * distance - log_clutter)


@inline_kernel
def _share_out(bank: Bank, live: Indices, plots: int) -> None:
    """Turn likelihood ratios into joint association probabilities of all tracks."""
    n = live.size
    odds, gated, share = (
        np.zeros((n, MOST_GATED)),
        np.zeros((n, MOST_GATED), dtype=np.int64),
        np.zeros((n, MOST_GATED + 1)),
    )
    counts = np.zeros(n, dtype=np.int64)
    for k in range(n):
        t = live[k]
        missed = 0.0
        for j in range(5):
            missed += bank.probability[t, j] * bank.missed[t, j]
        r = bank.existence[t]
        scale = r / max(1.0 - r + r * missed, 1e-12)
        counts[k] = bank.counts[t]
        for g in range(counts[k]):
            odds[k, g] = min(scale * bank.odds[t, g], _MOST_ODDS)
            gated[k, g] = bank.gated[t, g]
    joint_probabilities(odds, gated, counts, plots, share)
    for k in range(n):
        for g in range(counts[k]):
            bank.share[live[k], g] = share[k, g]
        bank.share[live[k], MOST_GATED] = share[k, MOST_GATED]


@inline_kernel
def _update(bank: Bank, t: int, scan: Scan, room: Array, inverse: Array, low: Array) -> None:
    """Update existence, modes' probabilities and modes of one track from its shares of the plots."""
    count = bank.counts[t]
    missed = 0.0
    for j in range(5):
        missed += bank.probability[t, j] * bank.missed[t, j]
    none = bank.share[t, MOST_GATED] if count > 0 else 1.0
    r = exist(bank.existence[t], missed, none)
    bank.existence[t] = r
    bank.best[t], bank.best_share[t] = -1, 0.0
    taken = 0.0
    for g in range(count):
        taken += bank.share[t, g]
        if bank.share[t, g] > bank.best_share[t]:
            bank.best[t], bank.best_share[t] = bank.gated[t, g], bank.share[t, g]
    # Given that the target exists, its plots' shares and that of a miss sum to one.
    unseen = max(1.0 - taken / max(r, 1e-12), 0.0)
    total = 0.0
    for j in range(5):
        if bank.probability[t, j] <= 0.0:
            continue
        weight = unseen * bank.missed[t, j] / missed
        for g in range(count):
            weight += bank.share[t, g] / r * bank.likelihood[t, j, g] / max(bank.odds[t, g], 1e-300)
        if count > 0:
            _update_mode(bank, t, j, scan, weight, r, room, inverse, low)
        bank.probability[t, j] *= weight
        total += bank.probability[t, j]
    if total > 0.0:
        for j in range(5):
            bank.probability[t, j] /= total


@inline_kernel
def _update_mode(
    bank: Bank, t: int, j: int, scan: Scan, weight: float, r: float, room: Array, inverse: Array, low: Array
) -> None:
    """Move one mode's mean and covariance by the moments over its plots; see the module's equations."""
    m, shared = scan.components, scan.noise.shape[0] == 1
    x, p, cross = bank.mean[t, j], bank.covariance[t, j], bank.cross[t, j]
    v, u, mean_u, bent = room[0], room[1], room[2], room[3:7]
    for a in range(m):
        mean_u[a] = 0.0
        for b in range(m):
            bent[a, b] = 0.0
    known = -1
    for g in range(bank.counts[t]):
        w = bank.share[t, g] / r * bank.likelihood[t, j, g] / max(bank.odds[t, g], 1e-300) / max(weight, 1e-300)
        if w < 1e-12:
            continue
        i = bank.gated[t, g]
        lacks = _innovation(scan.plots[i], bank.derivative[t, j], bank.foreseen[t, j], scan.kind, m, v)
        if known != lacks or not shared:
            _factor(bank.spread[t, j], scan.noise[0] if shared else scan.noise[i], m, lacks, inverse, low)
            known = lacks
        for a in range(m):
            u[a] = 0.0
            for b in range(m):
                u[a] += inverse[a, b] * v[b]
            mean_u[a] += w * u[a]
        for a in range(m):
            for b in range(m):
                bent[a, b] += w * (u[a] * u[b] - inverse[a, b])
    if known < 0:
        return
    n = x.size
    for a in range(m):
        for b in range(m):
            bent[a, b] -= mean_u[a] * mean_u[b]
    for c in range(n):  # where the mode does not use a column, its row of P H' is zero
        for a in range(m):
            x[c] += cross[c, a] * mean_u[a]
            u[a] = 0.0
            for b in range(m):
                u[a] += cross[c, b] * bent[b, a]
        for d in range(c + 1):
            change = 0.0
            for a in range(m):
                change += u[a] * cross[d, a]
            p[c, d] += change
            p[d, c] = p[c, d]


@inline_kernel
def _sum_up(bank: Bank, t: int, law: Law) -> None:
    """Write a track's moments over its modes and the height of the likeliest."""
    mean, covariance = bank.whole_mean[t], bank.whole_covariance[t]
    for a in range(SIZE):
        mean[a] = 0.0
        for j in range(5):
            if bank.probability[t, j] > 0.0:
                mean[a] += bank.probability[t, j] * bank.mean[t, j, a]
    for a in range(SIZE):
        for b in range(a + 1):
            covariance[a, b] = 0.0
    for j in range(5):
        share = bank.probability[t, j]
        if share > 0.0:
            for a in range(SIZE):
                off = share * (bank.mean[t, j, a] - mean[a])
                for b in range(a + 1):
                    covariance[a, b] += share * bank.covariance[t, j, a, b] + off * (bank.mean[t, j, b] - mean[b])
    for a in range(SIZE):
        for b in range(a):
            covariance[b, a] = covariance[a, b]
    at = bank.mean[t, _likeliest(bank.probability[t])]
    bank.height_m[t] = height_and_up(at[0], at[1], at[2], law.env[RADIUS], law.env[FLATTENING])[0]


@kernel
def copy_out(bank: Bank, live: Indices) -> tuple[Array, Indices, Array, Array]:
    """Return the tracks at places `live` (t,) without bias columns, for good.

    Rows (t, `OUT`) hold what the columns `OUT_...` name. Places (t, 5) say where each mode's mean and covariance
    lie in the last two, (k, 10) and (k, 10, 10); -1 where the mode is idle and has none.
    """
    rows, places = np.empty((live.size, OUT)), np.empty((live.size, 5), dtype=np.int64)
    carried = 0
    for t in live:
        for j in range(5):
            carried += bank.probability[t, j] > 0.0
    mode_mean, mode_covariance = np.empty((carried, SIZE)), np.empty((carried, SIZE, SIZE))
    at = 0
    for k in range(live.size):
        t, row = live[k], rows[k]
        row[OUT_TIME], row[OUT_THRUST], row[OUT_LIFT] = bank.time_s[t], 0.0, 0.0
        for a in range(SIZE):
            row[OUT_MEAN + a] = bank.whole_mean[t, a]
            for b in range(SIZE):
                row[OUT_COVARIANCE + SIZE * a + b] = bank.whole_covariance[t, a, b]
        for j in range(5):
            row[OUT_PROBABILITY + j] = bank.probability[t, j]
            places[k, j] = -1
            if bank.probability[t, j] > 0.0:
                places[k, j] = at
                for a in range(SIZE):
                    mode_mean[at, a] = bank.mean[t, j, a]
                    for b in range(SIZE):
                        mode_covariance[at, a, b] = bank.covariance[t, j, a, b]
                at += 1
        if bank.probability[t, BOOST] > 0.0:
            row[OUT_THRUST] = bank.mean[t, BOOST, THRUST]
        if bank.probability[t, GLIDE] > 0.0:
            row[OUT_LIFT] = bank.mean[t, GLIDE, LIFT]
    return rows, places, mode_mean, mode_covariance


@kernel
def ekf_run(
    mean: Array, covariance: Array, mode: int, times: Array, plots: Array, noise: Array, eye: Array, enu: Array,
    bias: int, law: Law, means: Array, covariances: Array, nis: Array,
) -> None:  # fmt: skip
    """Follow one body with one mode and no doubt about its plots: the tracker's own prediction and update.

    `mean` (n,) and `covariance` (n, n) are its state at the Unix or relative time `times[0]`; plot k (3 or 4
    components: range, azimuth, elevation, range rate) is of `times[k + 1]`; `noise` (m,) variances. Writes the
    states after each plot to `means` (k, n), `covariances` (k, n, n) and the normalised innovations squared.
    """
    m, n = plots.shape[1], mean.size
    x, p = mean.copy(), covariance.copy()
    work, cross, z, h = np.empty((20, n)), np.empty((n, 4)), np.empty(4), np.empty((4, 9))
    s, inverse, low, v, u = np.empty((4, 4)), np.empty((4, 4)), np.empty((4, 4)), np.empty(4), np.empty(4)
    r = np.zeros((4, 4))
    for a in range(m):
        r[a, a] = noise[a]
    for k in range(plots.shape[0]):
        predict_in(x, p, mode, times[k + 1] - times[k], law, work)
        observe(x, RADAR, m == 4, eye, enu, law.env, z, h)
        spread_of(p, h, m, m == 4, bias, cross, s)
        bend_range(p, h, math.sqrt(noise[0]), z, s)
        if bias >= 0:
            for a in range(3):
                z[a] += x[bias + a]
        _innovation(plots[k], h, z, RADAR, m, v)
        _factor(s, r, m, 0, inverse, low)
        nis[k] = 0.0
        for a in range(m):
            u[a] = 0.0
            for b in range(m):
                u[a] += inverse[a, b] * v[b]
            nis[k] += u[a] * v[a]
        for c in range(n):
            for a in range(m):
                x[c] += cross[c, a] * u[a]
                z[a] = 0.0
                for b in range(m):
                    z[a] += cross[c, b] * inverse[b, a]
            for d in range(c + 1):
                change = 0.0
                for a in range(m):
                    change += z[a] * cross[d, a]
                p[c, d] -= change
                p[d, c] = p[c, d]
        for a in range(n):
            means[k, a] = x[a]
            for b in range(n):
                covariances[k, a, b] = p[a, b]
