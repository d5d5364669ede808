"""One look applied to one track: mixing, prediction, association and update of all modes, compiled."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.bayes.association import associate
from launchwatch.bayes.mixture import mix, reweigh
from launchwatch.estimate.track.motion import BOOST, GLIDE, SIZE, THRUST, lift_ends, predict, slowing, transition
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.geo.ellipsoid import height_and_up
from launchwatch.geo.sight import bearing_plane, look, look_derivative

Array = NDArray[np.float64]

_CLOUD_TOP_M = 10_000.0  # an infrared satellite rarely sees a motor below high cloud
_UNSEEN = 1e-4  # chance of an infrared plot of a body that does not burn: re-entry heat, decoys
_SAME_LOOK_S = 0.05  # plots of one scan farther apart in time belong to other azimuths


@inline_kernel
def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


@kernel
def predict_modes(mean: Array, covariance: Array, probability: Array, dt: float, env: Array) -> None:
    """Mix and predict all modes of a track in place over `dt` s."""
    if dt == 0.0:
        return
    at = mean[np.argmax(probability)]
    height, ux, uy, uz = height_and_up(at[0], at[1], at[2], env[RADIUS], env[FLATTENING])
    change = np.empty((probability.size, probability.size))
    gliding = mean[GLIDE]
    speed = math.sqrt(gliding[3] * gliding[3] + gliding[4] * gliding[4] + gliding[5] * gliding[5])
    ends = lift_ends(speed, slowing(gliding, GLIDE, env))
    transition(dt, height, at[3] * ux + at[4] * uy + at[5] * uz > 0.0, ends, change)
    thrust, burning = mean[BOOST, THRUST], probability[BOOST]
    mix(mean, covariance, probability, change)
    for j in range(probability.size):
        if j != BOOST:
            _allow_burnout(
                mean[j], covariance[j], thrust * dt, change[BOOST, j] * burning / max(probability[j], 1e-12)
            )
        predict(mean[j], covariance[j], j, dt, env)


@inline_kernel
def _allow_burnout(x: Array, p: Array, gain: float, share: float) -> None:
    """Widen a mode that boost may just have turned into: the motor stopped at any time since the last look.

    The speed won meanwhile is uniform on [0, `gain`] m/s with probability `share`.
    """
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    variance = share * gain * gain * (1.0 / 3.0 - 0.25 * share)
    for a in range(3):
        x[3 + a] += 0.5 * share * gain * x[3 + a] / speed
    for a in range(3):
        for b in range(3):
            p[3 + a, 3 + b] += variance * x[3 + a] * x[3 + b] / (speed * speed)


@kernel
def radar_coverage(seen: Array, sigma_elevation: float, limits: Array) -> float:
    """Return the probability that a radar covers a predicted look (range, azimuth, elevation)."""
    if not limits[3] >= (seen[1] - limits[2]) % (2.0 * math.pi) or seen[0] > limits[4]:
        return 0.0
    above = _normal_cdf((seen[2] - limits[0]) / sigma_elevation)
    return above * _normal_cdf((limits[1] - seen[2]) / sigma_elevation)


@kernel
def radar_update(
    mean: Array, covariance: Array, probability: Array, plots: Array, sensor: Array, enu: Array, noise: Array,
    limits: Array, pd: float, clutter: float, beta: Array,
) -> float:  # fmt: skip
    """Update all modes in place with a radar's look; plots (k, 3 or 4) are range, azimuth, elevation, range rate.

    Writes to `beta` (k + 1,) the plots' probabilities and that of a miss; returns the likelihood ratio, or 1 where
    the radar does not cover the track.
    """
    k, m = plots.shape
    likelihood = np.empty(probability.size)
    mode_beta = np.empty(k + 1)
    beta[:] = 0.0
    covered = 0.0
    r = np.zeros((m, m))
    for i in range(m):
        r[i, i] = noise[i]
    for j in range(probability.size):
        seen = look(mean[j], sensor, enu)
        full = look_derivative(mean[j], sensor, enu)
        h = np.zeros((m, SIZE))
        h[:, :6] = full[:m]
        spread = noise[2]
        for a in range(3):
            for b in range(3):
                spread += h[2, a] * covariance[j, a, b] * h[2, b]
        cover = radar_coverage(seen, math.sqrt(spread), limits)
        covered += probability[j] * cover
        innovations = np.empty((k, m))
        for i in range(k):
            for c in range(m):
                innovations[i, c] = plots[i, c] - seen[c]
            innovations[i, 1] = (innovations[i, 1] + math.pi) % (2.0 * math.pi) - math.pi
        likelihood[j] = associate(
            mean[j], covariance[j], innovations, h, r, max(pd * cover, 1e-9), clutter, mode_beta
        )
        beta += probability[j] * likelihood[j] * mode_beta
    total = reweigh(probability, likelihood)
    beta /= max(total, 1e-300)
    if covered < 1e-3 and k == 0:
        return 1.0
    return total


@kernel
def infrared_update(
    mean: Array, covariance: Array, probability: Array, lines: Array, eye: Array, noise: Array, pd: float,
    clutter: float, env: Array, beta: Array,
) -> float:  # fmt: skip
    """Update all modes in place with an infrared look; `lines` (k, 3) are unit vectors from `eye` to the target.

    Only a burning motor above the clouds is seen, so that an empty look speaks against the boost mode. See
    `radar_update` for `beta` and the returned ratio.
    """
    k = lines.shape[0]
    likelihood = np.empty(probability.size)
    mode_beta = np.empty(k + 1)
    beta[:] = 0.0
    r = np.zeros((2, 2))
    r[0, 0] = noise[0]
    r[1, 1] = noise[1]
    for j in range(probability.size):
        line = mean[j, :3] - eye
        distance = math.sqrt(line @ line)
        line = line / distance
        plane = bearing_plane(line)
        innovations = np.empty((k, 2))
        for i in range(k):
            ahead = lines[i] @ line
            for c in range(2):
                innovations[i, c] = plane[c] @ lines[i] if ahead > 0.0 else 1.0
        h = np.zeros((2, SIZE))
        h[:, :3] = plane / distance
        height = height_and_up(mean[j, 0], mean[j, 1], mean[j, 2], env[RADIUS], env[FLATTENING])[0]
        seen = pd if j == BOOST and height > _CLOUD_TOP_M else _UNSEEN
        likelihood[j] = associate(mean[j], covariance[j], innovations, h, r, seen, clutter, mode_beta)
        beta += probability[j] * likelihood[j] * mode_beta
    total = reweigh(probability, likelihood)
    beta /= max(total, 1e-300)
    return total


@kernel
def same_look(plots: Array, times: Array, aim: Array) -> NDArray[np.bool_]:
    """Return which plots (k,) share the time of the one nearest to the predicted azimuth and elevation `aim`."""
    out = np.ones(times.size, dtype=np.bool_)
    if times.size == 0 or times.max() - times.min() <= _SAME_LOOK_S:
        return out
    nearest, least = 0, 1e300
    for i in range(times.size):
        turn = (plots[i, 1] - aim[1] + math.pi) % (2.0 * math.pi) - math.pi
        off = turn * turn + (plots[i, 2] - aim[2]) ** 2
        if off < least:
            nearest, least = i, off
    for i in range(times.size):
        out[i] = abs(times[i] - times[nearest]) <= _SAME_LOOK_S
    return out
