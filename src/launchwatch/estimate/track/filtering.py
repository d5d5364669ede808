"""One look applied to all tracks: mixing, prediction, joint association and update of every mode, compiled.

Each track is an interacting-multiple-model filter (Blom & Bar-Shalom, IEEE TAC 33, 1988, 780-783). Plots are
shared out jointly (`bayes.association`); given plot i's share b_i of a track, mode j's part is b_i L_ji / L_i, and
each mode moves by the moments of its mixture over the plots: with v_i the innovation, S_i its covariance and
u_i = inv(S_i) v_i,

    x += P H' sum w_i u_i,   P += P H' (sum w_i (u_i u_i' - inv(S_i)) - (sum w_i u_i)(sum w_i u_i)') H P.
"""

import math

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
from launchwatch.estimate.track.bank import MOST_GATED, Bank, Scan
from launchwatch.estimate.track.measuring import (
    INFRARED,
    RADAR,
    SURVEILLANCE,
    WIDEST,
    bend_range,
    factor,
    innovation,
    observe,
    shift,
    spread_of,
    turn,
)
from launchwatch.estimate.track.motion import (
    BOOST,
    COAST,
    GLIDE,
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

_CLOUD_TOP_M = 10_000.0  # an infrared satellite rarely sees a motor below high cloud
_UNSEEN = 1e-4  # chance of an infrared plot of a body that does not burn: re-entry heat, decoys
_IDLE = 1e-9  # a mode below this probability is not carried on; mixing brings it back
_LEAST_SHARE = 0.03
"""Share of a mode below which what other modes turned into it leaves its moments alone. Their probability counts,
but a doubtful burn that may just have stopped would blur a coasting body as 100 times its process noise does."""
_MOST_ODDS = 1e8
_MEAN_LIFE_S = 5_000.0
"""How long a target lasts on the mean: a missile's flight a few times over. Without it existence would reach 1
to the last bit, and no miss could end the track of a target that is gone."""


@kernel
def apply_scan(bank: Bank, live: Indices, scan: Scan, law: Law, claimed: Array) -> None:
    """Apply one look to the tracks at places `live` (t,); add to `claimed` (k,) how surely each plot is theirs."""
    tracks, columns, plots = live.size, bank.mean.shape[2], scan.times.size
    work = np.empty((20, columns))
    room_mean, room_covariance = np.empty((5, columns)), np.empty((5, columns, columns))
    change, room, peaks = np.empty((5, 5)), np.empty((8, WIDEST)), np.empty(5)
    low, inverses = np.empty((WIDEST, WIDEST)), np.empty((5, WIDEST, WIDEST))
    rotating = plots > 0 and scan.times.max() - scan.times.min() > scan.together_s
    for t in live:
        nearest = _passing(bank, t, scan) if rotating else 0
        time_s = scan.times[nearest] if plots > 0 else scan.time_s
        eye = scan.eyes[min(nearest, len(scan.eyes) - 1)]
        dt = time_s - bank.time_s[t]
        if dt != 0.0:
            bank.existence[t] *= math.exp(-abs(dt) / _MEAN_LIFE_S)
            mean, covariance, probability = bank.mean[t], bank.covariance[t], bank.probability[t]
            predict_modes(mean, covariance, probability, dt, law, change, room_mean, room_covariance, work)
            bank.time_s[t] = time_s
        for j in range(5):
            if bank.probability[t, j] > 0.0:
                _foresee(bank, t, j, scan, eye, law)
        _gate(bank, t, scan, rotating, room, low, inverses, peaks)
    if plots > 0 and tracks > 0:
        _share_out(bank, live, plots)
    for t in live:
        _update(bank, t, scan, room, inverses[0], low)
        for g in range(bank.counts[t]):
            claimed[bank.gated[t, g]] += bank.share[t, g]
        _sum_up(bank, t, law)


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
def _passing(bank: Bank, t: int, scan: Scan) -> int:
    """Return the plot nearest to where a turning beam would find the track: at its time it passed the track."""
    if scan.kind == INFRARED:
        return _passing_line(bank, t, scan)
    at = bank.mean[t, _likeliest(bank.probability[t])]
    ahead = scan.time_s - bank.time_s[t]
    e = n = u = 0.0
    for a in range(3):
        d = at[a] + ahead * at[3 + a] - scan.eye[a]
        e += scan.enu[0, a] * d
        n += scan.enu[1, a] * d
        u += scan.enu[2, a] * d
    azimuth, elevation = math.atan2(e, n), math.atan2(u, math.sqrt(e * e + n * n))
    nearest, least = 0, 1e300
    for i in range(scan.times.size):
        off = turn(scan.plots[i, 1] - azimuth) ** 2
        if scan.kind == RADAR:
            off += (scan.plots[i, 2] - elevation) ** 2
        if off < least:
            nearest, least = i, off
    return nearest


@inline_kernel
def _passing_line(bank: Bank, t: int, scan: Scan) -> int:
    """Return the line of sight that passes the track most closely when it was measured, from where that was."""
    at = bank.mean[t, _likeliest(bank.probability[t])]
    nearest, least = 0, 1e300
    for i in range(scan.times.size):
        eye, ahead = scan.eyes[min(i, len(scan.eyes) - 1)], scan.times[i] - bank.time_s[t]
        along = squared = 0.0
        for a in range(3):
            d = at[a] + ahead * at[3 + a] - eye[a]
            along += scan.plots[i, a] * d
            squared += d * d
        off = -along / math.sqrt(squared)
        if off < least:
            nearest, least = i, off
    return nearest


@inline_kernel
def _foresee(bank: Bank, t: int, j: int, scan: Scan, eye: Array, law: Law) -> None:
    """Write what the look should measure of a mode from where the sensor was, its spread, the chance of a miss."""
    x, p = bank.mean[t, j], bank.covariance[t, j]
    z, h, s = bank.foreseen[t, j], bank.derivative[t, j], bank.spread[t, j]
    rates = scan.kind == RADAR and scan.components == 4
    observe(x, scan.kind, rates, eye, scan.enu, law.env, z, h)
    spread_of(p, h, scan.components, rates, scan.bias, bank.cross[t, j], s)
    pd = scan.detection_probability
    if scan.kind == INFRARED:
        height = height_and_up(x[0], x[1], x[2], law.env[RADIUS], law.env[FLATTENING])[0]
        seen = j == BOOST and height > _CLOUD_TOP_M and not _behind_the_earth(x, eye, law.env[RADIUS])
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
def _gate(
    bank: Bank, t: int, scan: Scan, rotating: bool, room: Array, low: Array, inverses: Array, peaks: Array
) -> None:
    """Write the plots in a track's gate with their likelihood ratio under each mode, plot of it to false plot."""
    m, kind, shared = scan.components, scan.kind, scan.noise.shape[0] == 1
    v = room[0]
    for j in range(5):
        if bank.probability[t, j] > 0.0 and shared:
            peaks[j] = factor(bank.spread[t, j], scan.noise[0], m, 0, inverses[j], low)
    count = 0
    for i in range(scan.times.size):
        if rotating and abs(scan.times[i] - bank.time_s[t]) > scan.together_s:
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
            lacks = innovation(scan.plots[i], bank.derivative[t, j], bank.foreseen[t, j], kind, m, v)
            ratio = 0.0
            s = bank.spread[t, j]
            first, second = s[0, 0] + noise[0, 0], s[1, 1] + noise[1, 1]
            if v[0] * v[0] <= GATE_SIGMAS_SQUARED * first and v[1] * v[1] <= GATE_SIGMAS_SQUARED * second:
                inverse, log_det = inverses[j], peaks[j]
                if not shared or lacks:
                    log_det = factor(s, noise, m, lacks, inverse, low)
                ratio = _ratio(v, inverse, log_det, m, lacks, scan)
                if lacks and shared:
                    peaks[j] = factor(s, noise, m, 0, inverse, low)
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
        lacks = innovation(scan.plots[i], bank.derivative[t, j], bank.foreseen[t, j], scan.kind, m, v)
        if known != lacks or not shared:
            factor(bank.spread[t, j], scan.noise[0] if shared else scan.noise[i], m, lacks, inverse, low)
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
    for a in range(m):
        for b in range(m):
            bent[a, b] -= mean_u[a] * mean_u[b]
    shift(x, p, cross, mean_u, bent, m, u)  # where the mode does not use a column, its row of P H' is zero


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
