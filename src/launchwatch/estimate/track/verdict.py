"""What a track is: class probabilities and the ballistic verdict at every update, with reasons in plain words.

Four features of the state f = (ln energy height, asinh height, sine of the climb angle, asinh perigee height) are
modelled for each group of classes g and phase s of its flight (boost, coast, glide, cruise, level) by a mixture of
Gaussians fitted to simulated populations (builders/build_class_densities.py). The likelihood of a group integrates
over the state's posterior, whose features have mean m and covariance P (cubature points), and over the phases,
which the tracker's modes j tell with probabilities u_j:

    l(g) = sum_s  [ sum_j A[s, j] u_j ]  sum_k  w[g, s, k]  N(m; c[g, s, k], S[g, s, k] + P)

The posterior holds everything that the plots said of the present state, so that l(g) is not multiplied over scans:
that would count the same plots again and again. What the present state has forgotten (that it burned, that it
stayed level) enters as if the features were drawn anew from the group's density once in `RENEWAL_S`, by mode:

    log L(g, t) = log l(g, t) + integral of log l(g) sum_j (u_j / RENEWAL_S[j]) dt

Every l(g) is floored by a share of the groups' mean, for what no population foresaw. Within the ballistic group
the range classes follow from the energy: the speed at 60 km on the same free path gives the range of the
minimum-energy flight, as `launchwatch.flight.classes.energy_range_m` defines them. A motor that still burns will
carry further: what it ends with is drawn from the ranges beyond the present one. Air takes the energy of what
comes down, and looks like a motor's push: below 60 km on its way down an object keeps the range classes of its
last state above.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.bayes.linear import cholesky
from launchwatch.bayes.normal import normal_cdf
from launchwatch.estimate.track.motion import BOOST, GLIDE, LIFT, LIFT_BELOW_M, THRUST
from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import ENERGY_AT_M, RANGE_LIMITS_M
from launchwatch.flight.environment import EARTH, MU, ROTATION
from launchwatch.flight.orbit import (
    APOGEE,
    CLIMB,
    ENERGY_HEIGHT,
    HEIGHT,
    PERIGEE,
    QUANTITIES,
    SPEED,
    write_elements,
)
from launchwatch.flight.propagation import MAX_HEIGHT, OUTCOMES, coast

Array = NDArray[np.float64]

GROUPS = ("ballistic", "quasi-ballistic", "glide", "cruise", "aircraft", "satellite", "space launch")
BALLISTIC, QUASI_BALLISTIC, GLIDER, CRUISE_MISSILE, AIRCRAFT, SATELLITE, SPACE_LAUNCH = range(7)
KINDS = (
    "SRBM", "MRBM", "IRBM", "ICBM", "quasi-ballistic", "glide", "cruise", "aircraft", "satellite", "space launch",
)  # fmt: skip
"""Classes of a track's update: ballistic missiles by range, then the other groups."""

VERDICTS = ("not yet", "ballistic", "ballistic unless it burns again", "not ballistic")
NOT_YET, IS_BALLISTIC, UNLESS_IT_BURNS, NOT_BALLISTIC = range(4)

PRIOR = np.array([0.25, 0.08, 0.04, 0.08, 0.35, 0.12, 0.08])
"""Shares of the groups among tracks before anything is known of them: a warning radar's traffic, broadly."""

RANGE_PRIOR = np.array([0.60, 0.20, 0.08, 0.12])
"""Shares of the range classes among launches of the last decades, in the ballistic density too."""

RANGE_SPAN_M = (80e3, *RANGE_LIMITS_M, 12_000e3)
"""Limits of the range classes; within one class ranges are log-uniform."""

RENEWAL_S = np.array([150.0, 400.0, 150.0, 400.0, 400.0])
"""By the tracker's modes: how long features tell the same thing again.

A free path keeps its energy and perigee, level flight its speed and height: less is new there in a minute than
in a boost or a glide. Fitted on tracks of other seeds than the benchmark's (builders/fit_class_renewal.py). With
240 s in every mode a cruise missile, an aircraft, a quasi-ballistic one said with 0.95 were so in 0.83 to 0.91.
"""
_FLOOR = 1e-3  # share of the groups' mean density that every group keeps: populations are not all that flies
_FEATURES = 4
_RANGE_SIGMA = 0.015  # of the log range: air and the oblate earth change it so much along a free path at most
_CUT = 1e-3  # a phase less likely than this adds nothing that a verdict could show

# How far the data of a phase (rows: boost, coast, glide, cruise, level) look like the tracker's modes (columns).
_LIKENESS = np.array(
    [
        [1.00, 0.03, 0.03, 0.05, 0.02],
        [0.03, 1.00, 0.10, 0.02, 0.02],
        [0.05, 0.20, 1.00, 0.10, 0.05],
        [0.30, 0.05, 0.20, 1.00, 0.80],
        [0.30, 0.05, 0.20, 0.80, 1.00],
    ]
)
_LEVEL_PHASES = 3  # a tracker of three modes follows level flight by any of them


def _densities() -> tuple[Array, Array, Array, NDArray[np.int64], NDArray[np.int64]]:
    """Return log weights (k,), means (k, 4), covariances (k, 4, 4), groups (k,), phases (k,) of the mixtures."""
    table = json.loads((files("launchwatch.estimate.track") / "data" / "class_densities.json").read_text("utf-8"))
    return (
        np.log(np.array(table["weight"])),
        np.array(table["mean"]),
        np.array(table["covariance"]),
        np.array(table["group"]),
        np.array(table["phase"]),
    )


_LOG_WEIGHT, _CENTER, _SPREAD, _GROUP, _PHASE = _densities()
_TOP = _LOG_WEIGHT - 0.5 * (_FEATURES * math.log(2 * math.pi) + np.linalg.slogdet(_SPREAD)[1])
"""What no density exceeds: each one's peak; with one feature's distance alone, a cheap bound that spares most."""
_NEGLIGIBLE = 15.0  # a component this far (log) below another vanishes beside the floor
_ENV = EARTH.as_array()

# Columns of a judgement after the classes' probabilities.
KINDS_COUNT = len(KINDS)
(
    VERDICT, AT_ENERGY_HEIGHT, SIGMA_ENERGY_HEIGHT, AT_PERIGEE, SIGMA_PERIGEE, AT_APOGEE, SIGMA_APOGEE, AT_HEIGHT,
    AT_SPEED, AT_CLIMB, BURNING, AT_THRUST, LIFTS, FREE_RANGE, BEYOND_LONG, PERIGEE_ABOVE, HELD_LEVEL,
) = range(KINDS_COUNT, KINDS_COUNT + 17)  # fmt: skip
COLUMNS = KINDS_COUNT + 17

# Memory of a track: time of the last update, the groups' accumulated log-likelihoods, the last verdict, the times
# of the first update and of the last one at which it likely burned, for how long it likely flew level, and the log
# range with its sigma of the last state above the air (sigma 0: none was).
_TIME, _SUMS, _LAST, _BEGUN, _BURNED = 0, 1, 1 + len(GROUPS), 2 + len(GROUPS), 3 + len(GROUPS)
_LEVEL = 4 + len(GROUPS)
_ABOVE, _SIGMA_ABOVE = 5 + len(GROUPS), 6 + len(GROUPS)
MEMORY = 7 + len(GROUPS)

NAMED = 0.99
"""Probability from which a verdict is named; odds of wrong ones are measured in docs/accuracy."""

_SURE_SIGMAS = 4.0  # a perigee is below the ground, or above the air, where it is so by this many sigmas
_REACH_SURE = 3.0
_KEPT = 0.9
_BURNT_OUT = 0.95
_RELIT = 0.97
_AIR_M = 100e3
_FASTEST_M_S, _LOWEST_M = 12e3, -5e3  # beyond these no track is of anything: a filter fed with corrupt plots
_AIRCRAFT_HAVE_M = 80e3  # energy height: the fastest aircraft of record, 980 m/s at 26 km, had 75 km
_LEAST_ENERGY_HEIGHT_M = 25e3
"""Energy height that a launch exceeds: an airliner has 16 km, a flight of 100 km range 50 km.

Fast jets exceed it as well (Mach 2 at 18 km: 36 km): the classes' likelihoods alone keep those from the verdict.
"""
_LONG_M = 2_300e3
"""Energy from which 3,000 km may be flown: it is reckoned relative to the earth, whose rotation helps eastward."""
_SETTLED_S = 30.0  # a launch seen in its first seconds looks like an aircraft; what it is not is said after this
_YOUNG_S, _YOUNG_SIGMAS = 15.0, 12.0  # the filter's first seconds are less sure than they say
_STAGING_S = 15.0  # a missile's next stage mostly ignites, and shows, within this
_LONG_LEVEL_S = 120.0
"""Level flight after which nothing is named a launch: simulated ones seem level for 20 s, 70 with a pull-up's end.
A fast cruise missile in a hard turn would else look like one that burns."""
_UPPER_STAGE_S = 45.0
"""How long an upper stage may stay unseen: up to 12 s of coasting, then a burn of 0.7 g, which shows late."""
_FIRST_STAGE_M = 200e3
"""Energy height from which a coast may be that between a space launch's stages: the simulated first stages leave
243 km and more, one that keeps propellant to fly back some 200 (1,650 m/s at 65 km)."""
_LIKELY = 0.5
_MAY_BE_FAR = 0.02  # probability of a range above 3,000 km from which a verdict says that it may burn again
_MAY_BURN = 0.1  # probability that the motor burns yet, likewise
_MAY_ORBIT = 0.005  # probability of a space launch from which the verdict says that it may burn again


class Moments(Protocol):
    """What a verdict needs of one update of a track: see `launchwatch.estimate.track.history.History`."""

    @property
    def time_s(self) -> float:
        """Return the time (s)."""

    @property
    def mean(self) -> Array:
        """Return the whole mixture's mean (10,)."""

    @property
    def covariance(self) -> Array:
        """Return its covariance (10, 10)."""

    @property
    def probability(self) -> Array:
        """Return the modes' probabilities (m,)."""

    @property
    def mode_mean(self) -> Array:
        """Return the modes' means (m, 10)."""


Stack = Callable[[Sequence[Any]], tuple[Array, Array, Array, Array, Array, Array]]
"""What turns a history into the arrays that `judge_tracks` takes: `stacked`, or what does it faster."""


def start() -> Array:
    """Return the memory (`MEMORY`,) of a track of which nothing is known."""
    memory = np.zeros(MEMORY)
    memory[_TIME] = memory[_BEGUN] = math.nan
    return memory


@inline_kernel
def _write_features(at: Array, out: Array) -> None:
    out[0] = math.log(max(at[ENERGY_HEIGHT], 10.0) * 1e-3)
    out[1] = math.asinh(at[HEIGHT] * 1e-3)
    out[2] = at[CLIMB] / max(at[SPEED], 30.0)
    out[3] = math.asinh(at[PERIGEE] * 1e-5)


@kernel
def features(states: Array) -> Array:
    """Return the features (n, 4) of earth-fixed states (n, 6)."""
    out, at = np.empty((states.shape[0], _FEATURES)), np.empty(QUANTITIES)
    for i in range(states.shape[0]):
        write_elements(states[i], _ENV, at)
        _write_features(at, out[i])
    return out


@inline_kernel
def _free_range(state: Array, env: Array) -> float:
    """Return the range (m) of the minimum-energy flight with this state's energy at 60 km height.

    On a free path v^2 / 2 - mu / r - (w rho)^2 / 2 is constant in the rotating frame; the rotation term changes
    by less than 1 % of the speed's and is taken at the state's own radius and at 60 km on the same latitude.
    """
    r = math.sqrt(state[0] * state[0] + state[1] * state[1] + state[2] * state[2])
    base = MEAN_RADIUS_M + ENERGY_AT_M
    off = (env[ROTATION] * env[ROTATION]) * (state[0] * state[0] + state[1] * state[1])
    v2 = state[3] * state[3] + state[4] * state[4] + state[5] * state[5]
    v2 += 2.0 * env[MU] * (1.0 / base - 1.0 / r) + off * (base * base / (r * r) - 1.0)
    q = min(max(v2 * base / env[MU], 0.0), 1.0)
    return 2.0 * MEAN_RADIUS_M * math.asin(q / (2.0 - q))


@inline_kernel
def _log_density(at: Array, spread: Array, k: int, root: Array, z: Array) -> float:
    """Return log w N(at; center k, spread of k plus `spread`); `root` (4, 4) and `z` (4,) are workspace."""
    total = _LOG_WEIGHT[k] - 0.5 * _FEATURES * math.log(2.0 * math.pi)
    det = 1.0
    for i in range(_FEATURES):
        off = at[i] - _CENTER[k, i]
        for j in range(i):
            rest = _SPREAD[k, i, j] + spread[i, j]
            for n in range(j):
                rest -= root[i, n] * root[j, n]
            root[i, j] = rest / root[j, j]
            off -= root[i, j] * z[j]
        rest = _SPREAD[k, i, i] + spread[i, i]
        for n in range(i):
            rest -= root[i, n] * root[i, n]
        rest = max(rest, 1e-12)
        root[i, i] = math.sqrt(rest)
        z[i] = off / root[i, i]
        total -= 0.5 * z[i] * z[i]
        det *= rest
    return total - 0.5 * math.log(det)


@kernel
def judge(
    memory: Array, time_s: float, mean: Array, covariance: Array, probability: Array, thrust: float, lift: float,
    out: Array,
) -> None:  # fmt: skip
    """Judge one update of a track: write classes, verdict and what it rests on to `out` (`COLUMNS`,).

    `mean` (>= 6,), `covariance` (>= 6, >= 6) are the whole mixture's moments, `probability` (3 or 5,) the modes',
    `thrust` (m/s^2) the boost mode's and `lift` (1e-4 m^2/kg) the glide mode's; `memory` (`MEMORY`,) is updated in
    place.
    """
    root = cholesky(covariance[:6, :6].copy())
    if not math.isfinite(root[5, 5]):  # rounding left it indefinite: without its correlations it is not
        for i in range(6):
            for j in range(6):
                root[i, j] = math.sqrt(max(covariance[i, i], 1e-6)) if i == j else 0.0
    points, spots = np.empty((12, QUANTITIES)), np.empty((12, _FEATURES))
    ranges = np.empty(12)
    x = np.empty(6)
    for c in range(12):
        side = math.sqrt(6.0) if c < 6 else -math.sqrt(6.0)
        for i in range(6):
            x[i] = mean[i] + side * root[i, c % 6]
        write_elements(x, _ENV, points[c])
        _write_features(points[c], spots[c])
        ranges[c] = math.log(max(_free_range(x, _ENV), 1e3))
    center, spread = np.zeros(_FEATURES), np.zeros((_FEATURES, _FEATURES))
    for c in range(12):
        center += spots[c] / 12.0
    for c in range(12):
        for i in range(_FEATURES):
            for j in range(_FEATURES):
                spread[i, j] += (spots[c, i] - center[i]) * (spots[c, j] - center[j]) / 12.0
    groups = _group_probabilities(memory, time_s, center, spread, probability)
    middle, sigma, burning, down = ranges.mean(), ranges.std(), probability[BOOST], _is_down(mean)
    if down and memory[_SIGMA_ABOVE] > 0.0:
        middle, sigma, burning = memory[_ABOVE], memory[_SIGMA_ABOVE], 0.0
    elif not down and burning <= _LIKELY:
        memory[_ABOVE], memory[_SIGMA_ABOVE] = middle, max(sigma, _RANGE_SIGMA)
    _write_kinds(groups, middle, sigma, burning, out)
    _write_basis(points, mean, probability, thrust, lift, middle, sigma, out)
    burning = probability[BOOST]
    if not math.isfinite(memory[_BEGUN]):
        memory[_BEGUN], memory[_BURNED] = time_s, time_s
    if burning > _LIKELY:
        memory[_BURNED] = time_s
    out[VERDICT] = _verdict(groups, out, memory, time_s)
    memory[_LAST] = out[VERDICT]


@inline_kernel
def _is_down(mean: Array) -> bool:
    """Return whether a state comes down below the height at which its energy tells the range."""
    at = np.empty(QUANTITIES)
    write_elements(mean[:6], _ENV, at)
    return at[HEIGHT] < ENERGY_AT_M and at[CLIMB] < 0.0


@inline_kernel
def _group_probabilities(memory: Array, time_s: float, center: Array, spread: Array, probability: Array) -> Array:
    phases = np.zeros(_LIKENESS.shape[0])
    for s in range(phases.size):
        if probability.size <= _LEVEL_PHASES and s >= _LEVEL_PHASES:
            phases[s] = 1.0
            continue
        for j in range(probability.size):
            phases[s] += _LIKENESS[s, j] * probability[j]
    logs, highest = np.full(PRIOR.size, -1e300), -1e300
    root, z = np.empty((_FEATURES, _FEATURES)), np.empty(_FEATURES)
    for k in range(_LOG_WEIGHT.size):
        if phases[_PHASE[k]] > _CUT:
            most = _TOP[k]
            for i in range(_FEATURES):
                off = center[i] - _CENTER[k, i]
                most = min(most, _TOP[k] - 0.5 * off * off / (_SPREAD[k, i, i] + spread[i, i]))
            if most < highest - _NEGLIGIBLE:
                continue
            one = math.log(phases[_PHASE[k]]) + _log_density(center, spread, k, root, z)
            highest = max(highest, one)
            g = _GROUP[k]
            top = max(logs[g], one)
            logs[g] = top + math.log(math.exp(logs[g] - top) + math.exp(one - top))
    top = logs.max()
    total = 0.0
    for g in range(PRIOR.size):
        total += math.exp(logs[g] - top) / PRIOR.size
    elapsed = time_s - memory[_TIME] if time_s > memory[_TIME] else 0.0
    memory[_TIME] = time_s
    anew = 0.0
    for j in range(probability.size):
        anew += elapsed * probability[j] / RENEWAL_S[j]
        memory[_LEVEL] += elapsed * probability[j] if j >= _LEVEL_PHASES else 0.0
    out = np.empty(PRIOR.size)
    best = -1e300
    for g in range(PRIOR.size):
        now = math.log((1.0 - _FLOOR) * math.exp(logs[g] - top) + _FLOOR * total)
        memory[_SUMS + g] += now * anew
        best = max(best, memory[_SUMS + g])
        out[g] = now
    total = 0.0
    for g in range(PRIOR.size):
        memory[_SUMS + g] -= best
        out[g] += memory[_SUMS + g]
    top = out.max()
    for g in range(PRIOR.size):
        out[g] = PRIOR[g] * math.exp(out[g] - top)
        total += out[g]
    return out / total


@inline_kernel
def _write_kinds(groups: Array, middle: float, sigma: float, burning: float, out: Array) -> None:
    """Write the classes' probabilities: the ballistic group's shared by the log range's Gaussian."""
    shares = np.empty(4)
    below = 0.0
    for i in range(4):
        to = 1.0
        if i < 3:
            to = normal_cdf((math.log(RANGE_LIMITS_M[i]) - middle) / max(sigma, _RANGE_SIGMA))
        shares[i] = to - below
        below = to
    ends, total = np.empty(4), 0.0
    for i in range(4):  # what a burning motor may end with: each class's part beyond the present range
        low, high = math.log(RANGE_SPAN_M[i]), math.log(RANGE_SPAN_M[i + 1])
        ends[i] = RANGE_PRIOR[i] * min(max((high - middle) / (high - low), 1e-3 if i == 3 else 0.0), 1.0)
        total += ends[i]
    for i in range(4):
        out[i] = groups[BALLISTIC] * ((1.0 - burning) * shares[i] + burning * ends[i] / total)
    for g in range(1, PRIOR.size):
        out[3 + g] = groups[g]


@inline_kernel
def _write_basis(
    points: Array,
    mean: Array,
    probability: Array,
    thrust: float,
    lift: float,
    middle: float,
    sigma: float,
    out: Array,
) -> None:
    at = np.empty(QUANTITIES)
    write_elements(mean[:6], _ENV, at)
    out[AT_ENERGY_HEIGHT], out[AT_PERIGEE], out[AT_APOGEE] = at[ENERGY_HEIGHT], at[PERIGEE], at[APOGEE]
    out[SIGMA_ENERGY_HEIGHT] = points[:, ENERGY_HEIGHT].std()
    out[SIGMA_PERIGEE] = points[:, PERIGEE].std()
    out[SIGMA_APOGEE] = points[:, APOGEE].std()
    out[AT_HEIGHT], out[AT_SPEED], out[AT_CLIMB] = at[HEIGHT], at[SPEED], at[CLIMB]
    out[BURNING] = probability[BOOST]
    out[AT_THRUST] = thrust
    out[LIFTS] = probability[GLIDE] if lift > 0.0 else 0.0
    out[FREE_RANGE] = math.exp(middle)
    out[BEYOND_LONG] = normal_cdf((middle - math.log(_LONG_M)) / max(sigma, _RANGE_SIGMA))
    out[PERIGEE_ABOVE] = points[:, PERIGEE].mean() / max(points[:, PERIGEE].std(), 1.0)
    out[HELD_LEVEL] = 0.0


@inline_kernel
def _above_air(out: Array) -> float:
    """Return by how many sigmas the perigee lies above the air."""
    return out[PERIGEE_ABOVE] - _AIR_M / max(out[SIGMA_PERIGEE], 1.0)


@inline_kernel
def _verdict(groups: Array, out: Array, memory: Array, time_s: float) -> float:
    """Return the verdict: about how the object moves now; what may yet glide is ballistic until it lifts."""
    last, age, coasted = memory[_LAST], time_s - memory[_BEGUN], time_s - memory[_BURNED]
    launched = groups[BALLISTIC] + groups[QUASI_BALLISTIC] + groups[GLIDER] + groups[SPACE_LAUNCH]
    named = last in (IS_BALLISTIC, UNLESS_IT_BURNS)
    gliding = groups[GLIDER] > _KEPT and out[LIFTS] > _KEPT
    orbits = _above_air(out) > _SURE_SIGMAS and out[BURNING] < 1.0 - NAMED
    if (launched < 1.0 - NAMED and age > _SETTLED_S) or orbits or gliding:
        return float(NOT_BALLISTIC)
    if not (out[AT_SPEED] < _FASTEST_M_S and out[AT_HEIGHT] > _LOWEST_M):
        return float(NOT_YET)
    winged = out[AT_ENERGY_HEIGHT] - _REACH_SURE * out[SIGMA_ENERGY_HEIGHT] < _AIRCRAFT_HAVE_M
    out[HELD_LEVEL] = memory[_LEVEL] if winged else 0.0
    if out[HELD_LEVEL] > _LONG_LEVEL_S:
        return float(NOT_YET)
    below = out[PERIGEE_ABOVE] < -(_SURE_SIGMAS if age > _YOUNG_S else _YOUNG_SIGMAS)
    strong = out[AT_ENERGY_HEIGHT] - _REACH_SURE * out[SIGMA_ENERGY_HEIGHT] > _LEAST_ENERGY_HEIGHT_M
    burnt_out = out[BURNING] < (_RELIT if named else _BURNT_OUT)
    may_glide = groups[GLIDER] > _KEPT and out[AT_HEIGHT] < LIFT_BELOW_M
    if launched > (_KEPT if named else NAMED) and burnt_out and not may_glide and (named or (below and strong)):
        far = out[2] + out[3] > _MAY_BE_FAR or out[BEYOND_LONG] > _MAY_BE_FAR
        wait = _UPPER_STAGE_S if out[AT_ENERGY_HEIGHT] > _FIRST_STAGE_M else _STAGING_S
        again = far or groups[SPACE_LAUNCH] > _MAY_ORBIT or out[BURNING] > _MAY_BURN or coasted < wait
        return float(UNLESS_IT_BURNS if again else IS_BALLISTIC)
    return float(NOT_YET)


@kernel
def judge_tracks(
    memory: Array, time_s: Array, mean: Array, covariance: Array, probability: Array, thrust: Array, lift: Array,
    out: Array,
) -> None:  # fmt: skip
    """Judge one update of each of n tracks: `judge` over the first axis of every array."""
    for i in range(time_s.size):
        judge(memory[i], time_s[i], mean[i], covariance[i], probability[i], thrust[i], lift[i], out[i])


@kernel
def _judge_updates(
    memory: Array, time_s: Array, mean: Array, covariance: Array, probability: Array, thrust: Array, lift: Array,
    out: Array,
) -> None:  # fmt: skip
    for i in range(time_s.size):
        judge(memory, time_s[i], mean[i], covariance[i], probability[i], thrust[i], lift[i], out[i])


def judge_history(history: Sequence[Any], stack: Stack | None = None, memory: Array | None = None) -> Array:
    """Return the judgements (n, `COLUMNS`) of a track's updates (`Moments`) in their order.

    `memory` is that of the updates before them, and is carried on.
    """
    out = np.empty((len(history), COLUMNS))
    if history:
        _judge_updates(start() if memory is None else memory, *(stack or stacked)(history), out)
    return out


@dataclass
class Running:
    """Judgements of a track that goes on.

    State: memory, how many updates it has seen, the first and the newest of them, the last judgement. Not
    thread-safe.
    """

    memory: Array = field(default_factory=start)
    count: int = 0
    first: Moments | None = None
    newest: Moments | None = None
    last: Array = field(default_factory=lambda: np.empty(COLUMNS))


def judge_newest(running: Running | None, history: Sequence[Any], stack: Stack | None = None) -> Running:
    """Return the judgement of a track's newest update; only those since the last call are judged.

    A history that is not the former one continued, as when a lost track is joined to this one or the middle was
    thinned, is judged anew, so that the result is that of `judge_history`. Where its first update has a `past`
    (`launchwatch.estimate.track.past.Past`), what was folded into that need not be judged again.
    """
    past = getattr(history[0], "past", None)
    if running is not None and past is not None:
        _find_again(running, history)
    if running is None or not _continued(running, history):
        running = Running() if past is None else Running(past.memory.copy(), 1)
        running.first = history[0]
    new = history[running.count :]
    if new:
        out = np.empty((len(new), COLUMNS))
        _judge_updates(running.memory, *(stack or stacked)(new), out)
        running.count, running.newest, running.last = len(history), history[-1], out[-1]
    return running


def _find_again(running: Running, history: Sequence[Any]) -> None:
    """Let a running judgement stand at its newest update's place in a history whose beginning was folded."""
    if running.first is None or running.first.time_s != history[0].time_s:
        return
    at = next((at for at in range(len(history) - 1, 0, -1) if history[at] is running.newest), 0)
    if at:
        running.first, running.count = history[0], at + 1


def _continued(running: Running, history: Sequence[Any]) -> bool:
    seen = running.count
    return running.first is history[0] and 0 < seen <= len(history) and history[seen - 1] is running.newest


def stacked(history: Sequence[Moments]) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return updates as the arrays that `judge_tracks` takes between its memory and its result."""
    return (
        np.array([h.time_s for h in history]),
        np.array([h.mean for h in history]),
        np.array([h.covariance for h in history]),
        np.array([h.probability for h in history]),
        np.array([h.mode_mean[BOOST, THRUST] for h in history]),
        np.array([h.mode_mean[GLIDE, LIFT] for h in history]),
    )


def predict_apogee(mean: Array, covariance: Array) -> tuple[float, float]:
    """Return the height (m) above the ellipsoid that a free flight will reach, and its standard deviation.

    Cubature points of the state's Gaussian (>= 6,), (>= 6, >= 6) flown by the flight core without air drag that
    would matter; the present height for what sinks, NaN for what never turns within six hours.
    """
    root, heights = np.linalg.cholesky(covariance[:6, :6]), np.empty(12)
    row, out = np.zeros(prm.COUNT), np.empty(OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT] = _HEAVY_KG_M2
    for c in range(12):
        state = mean[:6] + math.sqrt(6.0) * (1 - 2 * (c // 6)) * root[:, c % 6]
        coast(state, row, _ENV, -1e6, 10.0, _LONGEST_S, np.empty(0), np.empty((0, 6)), out)
        heights[c] = out[MAX_HEIGHT]
    return float(heights.mean()), float(heights.std())


_HEAVY_KG_M2 = 10_000.0
_LONGEST_S = 21_600.0


def reasons(judged: Array) -> tuple[str, ...]:
    """Return in plain words what a judgement (`COLUMNS`,) rests on, the weightiest first."""
    said = [_energy_words(judged), _perigee_words(judged), _motor_words(judged)]
    if judged[LIFTS] > _SOME:
        said.append(f"it lifts (probability {judged[LIFTS]:.2f})")
    if judged[VERDICT] == UNLESS_IT_BURNS:
        said.append(_again_words(judged))
    if judged[HELD_LEVEL] > _LONG_LEVEL_S:
        said.append(f"it flew level for {judged[HELD_LEVEL]:.0f} s, with no more energy than what has wings")
    if judged[VERDICT] == NOT_YET and judged[:_LAUNCHED].sum() + judged[_SPACE] <= NAMED:
        best = int(np.argmax(judged[:KINDS_COUNT]))
        said.append(f"likeliest so far: {KINDS[best]} ({judged[best]:.2f})")
    return tuple(said)


_SOME = 0.5
_LAUNCHED, _SPACE = KINDS.index("cruise"), KINDS.index("space launch")


def _energy_words(judged: Array) -> str:
    height, sigma = judged[AT_ENERGY_HEIGHT] / 1e3, judged[SIGMA_ENERGY_HEIGHT] / 1e3
    told = f"energy height {height:,.3g} km, give or take {sigma:,.2g}"
    if judged[AT_ENERGY_HEIGHT] - _REACH_SURE * judged[SIGMA_ENERGY_HEIGHT] > _AIRCRAFT_HAVE_M:
        return f"{told}: aircraft stay below 80"
    return told


def _perigee_words(judged: Array) -> str:
    perigee, sigma = judged[AT_PERIGEE] / 1e3, judged[SIGMA_PERIGEE] / 1e3
    side = "below" if perigee < 0 else "above"
    told = f"perigee of its present orbit {abs(perigee):,.0f} km {side} the surface, give or take {sigma:,.2g}"
    if abs(judged[PERIGEE_ABOVE]) < _SURE_SIGMAS:
        return f"{told}: too uncertain to tell a fall from an orbit"
    if perigee < 0:
        return f"{told}: it falls unless something holds it up"
    off = _above_air(judged)
    if off > _SURE_SIGMAS:
        return f"{told}: it is in orbit"
    return f"{told}: air will bring it down" if off < -_SURE_SIGMAS else f"{told}: at the air's upper edge"


def _motor_words(judged: Array) -> str:
    burning = judged[BURNING]
    if burning > _KEPT:
        return f"still boosting at {judged[AT_THRUST]:.0f} m/s^2 (probability {burning:.2f})"
    if burning > _MAY_BURN:
        return f"its motor may still burn (probability {burning:.2f})"
    return f"no acceleration but gravity and air (boost probability {burning:.2f})"


def _again_words(judged: Array) -> str:
    if judged[2] + judged[3] > _MAY_BE_FAR or judged[BEYOND_LONG] > _MAY_BE_FAR:
        far = judged[FREE_RANGE] / 1e3
        return f"its energy carries {far:,.0f} km: one more burn would carry it much farther, or into orbit"
    if judged[_SPACE] > _MAY_ORBIT:
        return f"it may be a space launch between two stages (probability {judged[_SPACE]:.3f})"
    return "it coasts for too short a time yet to rule out a next stage"
