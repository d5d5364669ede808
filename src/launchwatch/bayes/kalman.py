"""Gaussian filters over compiled functions: extended, iterated, unscented, and the choice among them.

Every one of them replaces a function h of the state by a line, and then does what Kalman does:

    h(x) ~ z + A (x - mean) + e,   e ~ N(0, W),
    S = A P A' + W + R,   K = P A' S^-1,   x+ = x + K (plot - z),   P+ = (I - K A) P (I - K A)' + K (W + R) K'.

- extended: z = h(mean), A = h', W = 0 (`tangent`);
- unscented: the line that fits h best over sigma points of N(mean, P), with z its mean and W what bends away from
  it (`regress`; Julier, Uhlmann & Durrant-Whyte, IEEE TAC 45(3), 2000; as a regression: Lefebvre, Bruyninckx & De
  Schutter, IEEE TAC 47(8), 2002; cubature: Arasaratnam & Haykin, IEEE TAC 54(6), 2009);
- iterated: tangents or regressions drawn anew about the updated state until it rests (Bell & Cathey, IEEE TAC
  38(2), 1993, by tangents; Garcia-Fernandez, Svensson, Morelande & Sarkka, IEEE TSP 63(20), 2015, by regression).

Since all of them end in (z, A, W), association and mixtures need not know which one was chosen: they take A for
the derivative and R + W for the noise.

**Which one.** `bend` is the mean's second-order term over the noise's standard deviation, max |z - h(mean)| /
sigma: what an extended filter is off by at every plot, always to the same side. For a range seen with an angle's
error it is sigma_angle^2 range / (2 sigma_range). Below `STRAIGHT` the extended filter is as good as any
(SRBM-700: 0.03 to 0.06); above it the errors of many plots add up (Farina-Ristic-Benvenuti: 0.36, NEES twice its
due).

**Functions.** `move(x, par, out)` writes the next state (n,); `move_derivative(x, par, out)` its derivative (n,
n); `measure(y, par, out)` writes a measurement (m,) of the first `k` state columns, `measure_derivative(y, par,
out)` its derivative (m, k). All are Numba-compiled and passed as arguments: each pair of functions is compiled
once in a process, and cached on disk as part of a `@kernel` that calls these with its own functions. `turns` (m,)
holds the period of a measurement that goes round (2 pi), 0 elsewhere. `room` is a caller's workspace of
`room_shape`: nothing here allocates but `run`.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel

Array = NDArray[np.float64]
Function = Callable[[Array, Array, Array], None]

EXTENDED, ITERATED, UNSCENTED, POSTERIOR, ADAPTIVE = range(5)

STRAIGHT = 0.1
"""Greatest `bend` for which a measurement's tangent is kept: an error of a tenth of the noise, in one plot."""

STRAIGHT_MOTION = 0.02
"""Greatest bend for which a motion's tangent is kept. A motion has no noise to hide in and is never corrected.

At 0.1 the falling body of Athans, Wishner & Bertolini, whose drag may be of either sign at first, is lost once in
300 runs; from 0.03 downwards never.
"""

ITERATIONS = 8
_STILL = 1e-6  # squared Mahalanobis distance of a step below which an iteration has come to rest
_FLAT = 1e-13  # share of a variance below which a pivot is rounding, not spread


def unscented_spread(n: int) -> Array:
    """Return (alpha, beta, kappa) = (1, 0, 3 - n): exact fourth moments along the points (Julier 2000, eq. 12)."""
    return np.array([1.0, 0.0, 3.0 - n])


def room_shape(n: int, m: int) -> tuple[int, int]:
    """Return the shape of the workspace for n state columns and m measured values."""
    return 4 * n + 4 * m + 4, max(n, m)


@inline_kernel
def weights(n: int, spread: Array) -> tuple[float, float, float, float]:
    """Return the points' distance (in sigmas), their weight, and the centre's weights in mean and covariance."""
    alpha2 = spread[0] * spread[0]
    reach2 = alpha2 * (n + spread[2])
    center = 1.0 - n / reach2
    return math.sqrt(reach2), 0.5 / reach2, center, center + 1.0 - alpha2 + spread[1]


@inline_kernel
def semidefinite_root(a: Array, k: int, out: Array) -> int:
    """Write the lower Cholesky factor of a[:k, :k] to out[:k, :k]; return how many pivots were not positive.

    A pivot that is not positive beyond rounding is taken for a direction without spread and its column for zero,
    so that singular covariances are factored exactly and those that rounding has made indefinite are repaired.
    """
    flat = 0
    for i in range(k):
        for j in range(i):
            rest = a[i, j]
            for c in range(j):
                rest -= out[i, c] * out[j, c]
            out[i, j] = rest / out[j, j] if out[j, j] > 0.0 else 0.0
            out[j, i] = 0.0
        rest = a[i, i]
        for c in range(i):
            rest -= out[i, c] * out[i, c]
        if rest > _FLAT * abs(a[i, i]):
            out[i, i] = math.sqrt(rest)
        else:
            out[i, i] = 0.0
            flat += 1
    return flat


@inline_kernel
def unturn(difference: float, period: float) -> float:
    """Return a difference of two values on a circle of this period, nearest to zero; itself where period is 0."""
    if period > 0.0:
        return difference - period * math.floor(difference / period + 0.5)
    return difference


@inline_kernel
def tangent(
    measure: Function, measure_derivative: Function, par: Array, x: Array, z: Array, slope: Array, extra: Array
) -> None:
    """Write the tangent of `measure` at x: z (m,), slope (m, k), extra (m, m) = 0."""
    measure(x, par, z)
    measure_derivative(x, par, slope)
    for i in range(z.size):
        for j in range(z.size):
            extra[i, j] = 0.0


@inline_kernel
def regress(
    measure: Function, par: Array, x: Array, p: Array, turns: Array, spread: Array, z: Array, slope: Array,
    extra: Array, room: Array,
) -> Array:  # fmt: skip
    """Write the line through sigma points of N(x[:k], p[:k, :k]): z (m,), slope (m, k), extra (m, m).

    Returns `measure` at the mean, a view (m,) into `room`. With d = chol(P) columns, reach c and weight w,
    a_j = (h(x + c d_j) - h(x - c d_j)) / 2c and s_j = (h(x + c d_j) + h(x - c d_j)) / 2 - z give
    slope = sum a_j e_j' chol^-1 and extra = 2w sum s_j s_j' + (center) (h(x) - z)(h(x) - z)'.
    """
    m, k = slope.shape
    reach, weight, _, center_spread = weights(k, spread)
    root, at, seen = room[:k], room[k], room[k + 1 : 3 * k + 2]
    semidefinite_root(p, k, root)
    for i in range(k):
        at[i] = x[i]
    measure(at, par, seen[2 * k])
    for j in range(k):
        for side in range(2):
            step = reach if side == 0 else -reach
            for i in range(k):
                at[i] = x[i] + step * root[i, j]
            measure(at, par, seen[2 * j + side])
            for i in range(m):  # the other points are counted from the middle one
                seen[2 * j + side, i] = unturn(seen[2 * j + side, i] - seen[2 * k, i], turns[i])
    for i in range(m):
        z[i] = 0.0
        for j in range(2 * k):
            z[i] += weight * seen[j, i]
    for i in range(m):
        for other in range(i + 1):
            total = center_spread * z[i] * z[other]
            for j in range(k):
                s = 0.5 * (seen[2 * j, i] + seen[2 * j + 1, i]) - z[i]
                t = 0.5 * (seen[2 * j, other] + seen[2 * j + 1, other]) - z[other]
                total += 2.0 * weight * s * t
            extra[i, other] = total
            extra[other, i] = total
        # slope root = a: back substitution, the last column first
        for j in range(k - 1, -1, -1):
            rest = 0.5 * (seen[2 * j, i] - seen[2 * j + 1, i]) / reach
            for c in range(j + 1, k):
                rest -= slope[i, c] * root[c, j]
            slope[i, j] = rest / root[j, j] if root[j, j] > 0.0 else 0.0
    for i in range(m):
        if extra[i, i] < 0.0:  # a negative central weight can make it so
            for j in range(m):
                extra[i, j] = 0.0
                extra[j, i] = 0.0
        z[i] += seen[2 * k, i]
    return seen[2 * k, :m]


@inline_kernel
def bend(z: Array, at_mean: Array, r: Array) -> float:
    """Return the second-order term of the mean over the noise's sigma: max |z - h(mean)| / sqrt(r_ii)."""
    worst = 0.0
    for i in range(z.size):
        worst = max(worst, abs(z[i] - at_mean[i]) / math.sqrt(r[i, i]))
    return worst


@inline_kernel
def correct(x: Array, p: Array, innovation: Array, slope: Array, r: Array, extra: Array, room: Array) -> float:
    """Update x (n,) and p (n, n) in place by one plot, in Joseph's form; return the log likelihood of the plot.

    `innovation` (m,) = plot - z of a line with `slope` (m, k) in the first k columns and noise r + extra (m, m).
    The normalised innovation squared is -2 (log likelihood) - ln |2 pi S|. Where S is not positive definite,
    nothing is changed and -inf is returned.
    """
    m, k = slope.shape
    n = x.size
    cross, gain = room[:n], room[n : 2 * n]
    s, factor, white = room[2 * n : 2 * n + m], room[2 * n + m : 2 * n + 2 * m], room[2 * n + 2 * m]
    for i in range(n):
        for j in range(m):
            total = 0.0
            for c in range(k):
                total += p[i, c] * slope[j, c]
            cross[i, j] = total
    for i in range(m):
        for j in range(m):
            total = r[i, j] + extra[i, j]
            for c in range(k):
                total += slope[i, c] * cross[c, j]
            s[i, j] = total
    if semidefinite_root(s, m, factor) > 0:
        return -math.inf
    log_likelihood = 0.0
    for i in range(m):
        rest = innovation[i]
        for c in range(i):
            rest -= factor[i, c] * white[c]
        white[i] = rest / factor[i, i]
        log_likelihood -= 0.5 * (white[i] * white[i] + math.log(2.0 * math.pi)) + math.log(factor[i, i])
    for i in range(n):
        _solve(factor, cross[i], gain[i], m)
        for j in range(m):
            x[i] += gain[i, j] * innovation[j]
    _joseph(p, cross, gain, slope, r, extra, room[2 * n + 3 * m + 1 : 3 * n + 3 * m + 1])
    return log_likelihood


@inline_kernel
def _solve(factor: Array, b: Array, out: Array, m: int) -> None:
    """Write to out (m,) the solution of (factor factor') out = b."""
    for i in range(m):
        rest = b[i]
        for c in range(i):
            rest -= factor[i, c] * out[c]
        out[i] = rest / factor[i, i]
    for i in range(m - 1, -1, -1):
        rest = out[i]
        for c in range(i + 1, m):
            rest -= factor[c, i] * out[c]
        out[i] = rest / factor[i, i]


@inline_kernel
def _joseph(p: Array, cross: Array, gain: Array, slope: Array, r: Array, extra: Array, part: Array) -> None:
    """Write (I - K A) p (I - K A)' + K (r + extra) K' to p, with cross = p A' (n, m) and part (n, m) as workspace.

    With D = p - K cross', which is not symmetric under rounding, p+ = D - (D A' - K (r + extra)) K'.
    """
    m, k = slope.shape
    n = p.shape[0]
    for i in range(n):
        for j in range(n):
            for c in range(m):
                p[i, j] -= gain[i, c] * cross[j, c]
    for i in range(n):
        for j in range(m):
            total = 0.0
            for c in range(k):
                total += p[i, c] * slope[j, c]
            for c in range(m):
                total -= gain[i, c] * (r[c, j] + extra[c, j])
            part[i, j] = total
    for i in range(n):
        for j in range(n):
            for c in range(m):
                p[i, j] -= part[i, c] * gain[j, c]
    for i in range(n):
        for j in range(i):
            mean = 0.5 * (p[i, j] + p[j, i])
            p[i, j] = mean
            p[j, i] = mean


@inline_kernel
def update(
    measure: Function, measure_derivative: Function, par: Array, x: Array, p: Array, plot: Array, r: Array,
    turns: Array, choice: int, spread: Array, z: Array, slope: Array, extra: Array, innovation: Array, room: Array,
    prior_x: Array, prior_p: Array,
) -> tuple[float, int, int]:  # fmt: skip
    """Update x (n,) and p (n, n) in place by one plot (m,), with the line or lines of `choice`.

    EXTENDED and UNSCENTED draw one line about the prior; ITERATED and POSTERIOR draw it anew about the result and
    repeat from the prior until the mean rests, at most ITERATIONS times (iterated tangents are Gauss and Newton's
    steps to the posterior's peak). ADAPTIVE is EXTENDED where the bend is at most STRAIGHT, else POSTERIOR.
    Returns the plot's log likelihood under the first line, the choice made and the number of lines. z, innovation
    (m,), slope (m, k), extra (m, m), prior_x (n,) and prior_p (n, n) are workspace: the first four hold the last
    line.
    """
    n, (m, k) = x.size, slope.shape
    made = choice
    first = 0.0
    for i in range(n):
        prior_x[i] = x[i]
        for j in range(n):
            prior_p[i, j] = p[i, j]
    for drawn in range(1, ITERATIONS + 1):
        tangents = made in (EXTENDED, ITERATED)
        if not tangents:
            at_mean = regress(measure, par, x, p, turns, spread, z, slope, extra, room)
            if made == ADAPTIVE:
                tangents = bend(z, at_mean, r) <= STRAIGHT
                made = EXTENDED if tangents else POSTERIOR
        if tangents:
            tangent(measure, measure_derivative, par, x, z, slope, extra)
        for i in range(m):
            rest = unturn(plot[i] - z[i], turns[i])
            for c in range(k):
                rest -= slope[i, c] * (prior_x[c] - x[c])
            innovation[i] = rest
        last = room[room.shape[0] - 1]
        for i in range(n):
            last[i] = x[i]
            x[i] = prior_x[i]
            for j in range(n):
                p[i, j] = prior_p[i, j]
        likelihood = correct(x, p, innovation, slope, r, extra, room)
        if drawn == 1:
            first = likelihood
        if made in (EXTENDED, UNSCENTED):
            return first, made, drawn
        moved = 0.0
        for i in range(n):
            if p[i, i] > 0.0:
                moved += (x[i] - last[i]) ** 2 / p[i, i]
        if moved < _STILL:
            return first, made, drawn
    return first, made, ITERATIONS


@inline_kernel
def predict_extended(
    move: Function, move_derivative: Function, par: Array, x: Array, p: Array, q: Array, room: Array
) -> None:
    """Predict x (n,) and p (n, n) in place: f(x), F p F' + q."""
    n = x.size
    derivative, part, following = room[:n], room[n : 2 * n], room[2 * n]
    move_derivative(x, par, derivative)
    move(x, par, following)
    for i in range(n):
        x[i] = following[i]
        for j in range(n):
            total = 0.0
            for c in range(n):
                total += derivative[i, c] * p[c, j]
            part[i, j] = total
    for i in range(n):
        for j in range(i + 1):
            total = 0.5 * (q[i, j] + q[j, i])
            for c in range(n):
                total += part[i, c] * derivative[j, c]
            p[i, j] = total
            p[j, i] = total


@inline_kernel
def predict_unscented(
    move: Function, par: Array, x: Array, p: Array, q: Array, spread: Array, room: Array
) -> float:
    """Predict x (n,), p (n, n) in place over sigma points: their mean, their spread + q; return the bend.

    The bend is the rms second-order term of the points over the predicted deviation, sqrt(max 2w sum b_ij^2 /
    p_ii) with b_j = (f(x + c d_j) + f(x - c d_j)) / 2 - f(x): in a motion terms of both signs may cancel in the
    mean. The spread is summed as products of half differences and of half sums about the mean (see `regress`),
    which loses no digits where the points lie close together.
    """
    n = x.size
    reach, weight, _, center_spread = weights(n, spread)
    root, at, seen = room[:n], room[n], room[n + 1 : 3 * n + 2]
    semidefinite_root(p, n, root)
    move(x, par, seen[2 * n])
    for j in range(n):
        for side in range(2):
            step = reach if side == 0 else -reach
            for i in range(n):
                at[i] = x[i] + step * root[i, j]
            move(at, par, seen[2 * j + side])
            for i in range(n):
                seen[2 * j + side, i] -= seen[2 * n, i]
    for i in range(n):
        at[i] = 0.0
        for j in range(2 * n):
            at[i] += weight * seen[j, i]
    for i in range(n):
        for other in range(i + 1):
            total = 0.5 * (q[i, other] + q[other, i]) + center_spread * at[i] * at[other]
            for j in range(n):
                plus, minus = seen[2 * j], seen[2 * j + 1]
                total += 0.5 * weight * (plus[i] - minus[i]) * (plus[other] - minus[other])
                s = 0.5 * (plus[i] + minus[i]) - at[i]
                t = 0.5 * (plus[other] + minus[other]) - at[other]
                total += 2.0 * weight * s * t
            p[i, other] = total
            p[other, i] = total
    worst = 0.0
    for i in range(n):
        x[i] = seen[2 * n, i] + at[i]
        bent = 0.0
        for j in range(n):
            bent += 0.5 * weight * (seen[2 * j, i] + seen[2 * j + 1, i]) ** 2
        if bent > 0.0:
            worst = max(worst, bent / p[i, i]) if p[i, i] > 0.0 else math.inf
    return math.sqrt(worst)


@inline_kernel
def predict(
    move: Function, move_derivative: Function, par: Array, x: Array, p: Array, q: Array, choice: int,
    spread: Array, room: Array, prior_x: Array, prior_p: Array,
) -> int:  # fmt: skip
    """Predict in place and return the choice made, UNSCENTED or EXTENDED.

    UNSCENTED and POSTERIOR are unscented, EXTENDED and ITERATED extended, and ADAPTIVE is extended where the
    motion's bend is at most STRAIGHT_MOTION. prior_x (n,) and prior_p (n, n) are workspace.
    """
    if choice not in (EXTENDED, ITERATED):
        prior_x[:] = x
        prior_p[:] = p
        bent = predict_unscented(move, par, x, p, q, spread, room)
        if choice != ADAPTIVE or not bent <= STRAIGHT_MOTION:
            return UNSCENTED
        x[:] = prior_x
        p[:] = prior_p
    predict_extended(move, move_derivative, par, x, p, q, room)
    return EXTENDED


@inline_kernel
def run(
    move: Function, move_derivative: Function, measure: Function, measure_derivative: Function, par: Array,
    x: Array, p: Array, plots: Array, q: Array, r: Array, turns: Array, measured: int, choice: int, spread: Array,
    out_x: Array, out_p: Array, out_choice: NDArray[np.int64],
) -> None:  # fmt: skip
    """Filter plots (steps, m): predict, update, and write states (steps, n), covariances and the choices made.

    `choice`: EXTENDED; ITERATED (iterated tangents, extended prediction); UNSCENTED; POSTERIOR (iterated
    regression, unscented prediction); ADAPTIVE (at each step by bend: EXTENDED, else UNSCENTED prediction and
    POSTERIOR update). Plots measure the first `measured` columns. `out_choice` (steps, 2) is what was done in
    prediction and update. `spread` is that of the measurement's points; the motion's have kappa = 3 - n or, for n
    > 3, the cubature's 0. x and p are changed.
    """
    steps, m = plots.shape
    n = x.size
    room = np.empty((4 * n + 4 * m + 4, max(n, m)))
    z, innovation = np.empty(m), np.empty(m)
    slope, extra = np.empty((m, measured)), np.empty((m, m))
    prior_x, prior_p = np.empty(n), np.empty((n, n))
    motion = np.array([1.0, 0.0, max(3.0 - n, 0.0)])
    for k in range(steps):
        out_choice[k, 0] = predict(
            move, move_derivative, par, x, p, q, choice, motion, room, prior_x, prior_p
        )  # fmt: skip
        _, out_choice[k, 1], _ = update(
            measure, measure_derivative, par, x, p, plots[k], r, turns, choice, spread, z, slope, extra,
            innovation, room, prior_x, prior_p,
        )  # fmt: skip
        out_x[k] = x
        out_p[k] = p
