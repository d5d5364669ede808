"""All tracks as arrays, one look as the kernels take it, and the tracks' rows as they are kept for good."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.estimate.track.measuring import WIDEST
from launchwatch.estimate.track.motion import BOOST, GLIDE, LIFT, SIZE, THRUST

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

MOST_GATED = 24
"""Plots in one track's gate that are weighed; of more, the likeliest."""

OUT_TIME, OUT_MEAN, OUT_COVARIANCE = 0, 1, 1 + SIZE
OUT_PROBABILITY = OUT_COVARIANCE + SIZE * SIZE
OUT_THRUST, OUT_LIFT = OUT_PROBABILITY + 5, OUT_PROBABILITY + 6
OUT = OUT_PROBABILITY + 7
"""Columns of a track's row: time, moments over the modes, modes' probabilities, boost's thrust, glide's lift."""


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
    """Return room for this many tracks with `columns` columns of state; the room for looks is as memory was."""
    m, w, g = 5, WIDEST, MOST_GATED
    return Bank(
        mean=np.zeros((places, m, columns)),
        covariance=np.zeros((places, m, columns, columns)),
        probability=np.zeros((places, m)),
        time_s=np.zeros(places),
        existence=np.zeros(places),
        whole_mean=np.empty((places, SIZE)),
        whole_covariance=np.empty((places, SIZE, SIZE)),
        best=np.empty(places, dtype=np.int64),
        best_share=np.empty(places),
        height_m=np.empty(places),
        missed=np.zeros((places, m)),  # idle modes' count too, times nothing
        foreseen=np.empty((places, m, w)),
        derivative=np.empty((places, m, w, 9)),
        cross=np.empty((places, m, columns, w)),
        spread=np.empty((places, m, w, w)),
        likelihood=np.empty((places, m, g)),
        gated=np.empty((places, g), dtype=np.int64),
        counts=np.empty(places, dtype=np.int64),
        odds=np.empty((places, g)),
        share=np.empty((places, g + 1)),
    )


class Scan(NamedTuple):
    """One look as the kernel takes it.

    `plots` (k, m) measurements, NaN where a plot lacks one, or (k, 3) unit lines of sight; `times` (k,) Unix;
    `noise` (k or 1, m, m), one for all where there is one; `eye` (3,) and rows east, north, up (3, 3); `eyes`
    (k or 1, 3) where the sensor was when it measured each plot; `together_s` how far apart in time plots may be
    that count as measured at once; `limits` as in SensorModel; `log_clutter` of the density of false plots over
    all m components, each of which spans `log_spans` (m,); `bias` the first of the sensor's three bias columns,
    or -1.
    """

    plots: Array
    times: Array
    noise: Array
    eye: Array
    eyes: Array
    together_s: float
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
