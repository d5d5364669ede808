"""Flights in two microseconds: small networks that know how the flight core maps a prior's draw to its outcome.

The networks only say where the posterior lies; every sample that is kept is flown by the flight core and weighed
by the difference (`posterior`), so that their errors cost effective samples and never accuracy. One for each
class, two hidden layers of hyperbolic tangents; inputs are the physics of a boost (ideal speed gain, burn time,
thrust elevation, gravity's share, the earth's turning along the path), so that little is left to learn.
`builders/build_emulator.py` trains them on the flight core and prints their errors.
"""

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.threads import in_threads
from launchwatch.flight.classes import CLASSES
from launchwatch.flight.parameters import (
    ACCELERATION_1,
    AZIMUTH,
    BALLISTIC_COEFFICIENT,
    BURN_TIME_1,
    GLIDE_ANGLE,
    GLIDE_END_SPEED,
    LAT,
    LIFT_TO_DRAG,
    PITCH,
    PITCH_TIME,
    PROPELLANT_1,
    PULL_UP_HEIGHT,
    STAGE_WIDTH,
    STAGES,
)

Array = NDArray[np.float64]

FEATURES = 16
OUTPUTS = 7
LOG_RANGE, LOG_APOGEE, LOG_TIME, TURN, LOG_SPEED, ANGLE, LOG_HEIGHT = range(OUTPUTS)
"""What a network tells: logarithms of range (m), apogee (m), flight time (s), burnout speed (m/s) and height (m);
the angle from the thrust's azimuth to the impact's (rad), and the burnout's flight-path angle (rad)."""

LOWEST_BURNOUT_M = 3e3
"""Burnouts below stand as this height: nothing that is told of a flight depends on them."""


@dataclass(frozen=True)
class Networks:
    """The weights of all classes in the order of `CLASSES`, scales folded in; inputs by rows, one table each."""

    first: Array
    first_bias: Array
    second: Array
    second_bias: Array
    last: Array
    last_bias: Array


def features(rows: Array) -> Array:
    """Return the networks' inputs (n, `FEATURES`) of flight-core parameter rows (n, `parameters.COUNT`)."""
    out = np.empty((len(rows), FEATURES))
    for row, given in zip(rows, out, strict=True):
        _features(row, given)
    return out


@inline_kernel
def _features(row: Array, out: Array) -> None:
    burn, fraction = row[BURN_TIME_1], row[PROPELLANT_1]
    stages = 0
    for stage in range(STAGES):
        stages += row[BURN_TIME_1 + STAGE_WIDTH * stage] > 0.0
    exhaust = row[ACCELERATION_1] * burn / fraction
    total = burn * stages
    gain = -stages * exhaust * math.log1p(-fraction)
    elevation, turning = row[PITCH], math.cos(row[LAT])
    out[0] = math.log(gain)
    out[1] = math.log(burn)
    out[2] = elevation
    out[3] = row[PITCH_TIME] / total
    out[4] = exhaust * 1e-3
    out[5] = fraction
    out[6] = math.log(row[BALLISTIC_COEFFICIENT])
    out[7] = turning * math.sin(row[AZIMUTH])
    out[8] = turning * math.cos(row[AZIMUTH])
    out[9] = row[LAT]
    out[10] = (gain * math.sin(elevation) - 9.8 * total) * 1e-3
    out[11] = gain * math.cos(elevation) * 1e-3
    out[12] = row[LIFT_TO_DRAG]
    out[13] = row[PULL_UP_HEIGHT] * 1e-4
    out[14] = row[GLIDE_ANGLE] * 30.0
    out[15] = row[GLIDE_END_SPEED] * 1e-3


def emulate(rows: Array, group: NDArray[np.int64]) -> Array:
    """Return the outputs (n, `OUTPUTS`) of rows (n, `parameters.COUNT`) of classes (n,)."""
    out = np.empty((len(rows), OUTPUTS))
    net = networks()

    def part(first: int, last: int) -> None:
        _forward(
            rows, group, first, last, net.first, net.first_bias, net.second, net.second_bias, net.last,
            net.last_bias, out,
        )  # fmt: skip

    in_threads(len(rows), part)
    return out


@cache
def networks() -> Networks:
    """Return the networks of the packaged file."""
    data = files("launchwatch.estimate.fuse").joinpath("data", "emulator.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as table:
        every = [
            _folded({name: table[f"{label}_{name}"].astype(np.float64) for name in _PARTS}) for label in CLASSES
        ]
    return Networks(*(np.ascontiguousarray(np.stack(parts)) for parts in zip(*every, strict=True)))


_PARTS = ("mean", "scale", "w1", "b1", "w2", "b2", "w3", "b3", "out_mean", "out_scale")


def _folded(part: dict[str, Array]) -> tuple[Array, ...]:
    first = np.zeros((FEATURES, len(part["b1"])))  # without lift the last features are none, and weigh nothing
    first[: len(part["w1"])] = part["w1"] / part["scale"][:, None]
    bias = part["b1"] - part["mean"] @ first[: len(part["w1"])]
    last = part["w3"] * part["out_scale"]
    return first, bias, part["w2"], part["b2"], last, part["b3"] * part["out_scale"] + part["out_mean"]


@kernel
def _forward(
    rows: Array, group: NDArray[np.int64], start: int, stop: int,
    w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array, out: Array,
) -> None:  # fmt: skip
    given, hidden, deeper = np.empty(FEATURES), np.empty(b1.shape[1]), np.empty(b2.shape[1])
    for i in range(start, stop):
        label = group[i]
        _features(rows[i], given)
        hidden[:] = b1[label]
        for j in range(FEATURES):
            for k in range(len(hidden)):
                hidden[k] += given[j] * w1[label, j, k]
        deeper[:] = b2[label]
        for j in range(len(hidden)):
            v = 1.0 - 2.0 / (math.exp(2.0 * hidden[j]) + 1.0)
            for k in range(len(deeper)):
                deeper[k] += v * w2[label, j, k]
        for k in range(OUTPUTS):
            out[i, k] = b3[label, k]
        for j in range(len(deeper)):
            v = 1.0 - 2.0 / (math.exp(2.0 * deeper[j]) + 1.0)
            for k in range(OUTPUTS):
                out[i, k] += v * w3[label, j, k]
