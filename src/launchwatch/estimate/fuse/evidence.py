"""What is known of one flight, and what a model of flight makes of it: samples, their pool and their evidence."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes.sampling import normalize_log
from launchwatch.estimate.fuse.likelihood import Observation, joint_log_likelihood
from launchwatch.estimate.fuse.prior import METRES_PER_RAD
from launchwatch.estimate.fuse.timing import Timing
from launchwatch.facts import Diagnostics, FlightSamples
from launchwatch.geo.areas import PlaceArea, log_density_grid

Array = NDArray[np.float64]

ISLANDS = 8
"""Separate runs whose spread tells how well the posterior is known: seven degrees of freedom a quantity."""

WAYPOINT = 0.2
"""Temperature of the pool: errors appear 2.2 times as wide, to leave a claim out, and dense enough to weigh."""

FEWEST_EFFECTIVE = 100.0
"""Independent draws that know a mean to a tenth of the posterior's sigma."""


@dataclass(frozen=True)
class Pool:
    """Samples broader than the posterior, from which posteriors with part of the evidence left out are weighed.

    `base` (n,) is the log weight that takes the pool back to the prior (or to the track); `parts` holds the log
    likelihood (n,) of each observation by its id, clocks under `CLOCKS`.
    """

    samples: FlightSamples
    base: Array
    parts: dict[str, Array]

    def log_weight(self, without: Iterable[str] = ()) -> Array:
        """Return the log weights (n,), not normalised, that leave the named observations out."""
        left = set(without)
        return self.base + sum(
            (part for name, part in self.parts.items() if name not in left), start=np.zeros(len(self.base))
        )

    def weigh(self, without: Iterable[str] = ()) -> Array:
        """Return weights (n,) of the posterior that leaves the named observations out."""
        return normalize_log(self.log_weight(without))[0]


CLOCKS = "clocks"


@dataclass(frozen=True)
class Answer:
    """What a model of flight makes of the evidence; `log_evidence` is the log of how probable that is under it."""

    samples: FlightSamples
    pool: Pool
    diagnostics: Diagnostics
    log_evidence: float


@dataclass(frozen=True)
class Evidence:
    """Where one flight began and all that is said of it."""

    area: PlaceArea
    observations: Sequence[Observation]
    clocks: Timing

    @cached_property
    def center_rad(self) -> tuple[float, float]:
        """Return the latitude and longitude of the area's middle."""
        lon, lat = self.area.centre_deg
        return math.radians(lat), math.radians(lon)

    @cached_property
    def words(self) -> Callable[[FlightSamples], Array]:
        """Return what all observations say together, clocks aside."""
        return joint_log_likelihood(self.observations)

    @cached_property
    def place(self) -> Callable[[Array, Array], Array]:
        """Return the launch area's log density at latitudes and longitudes, degrees."""
        return log_density_grid(self.area)

    def log_likelihood(self, samples: FlightSamples) -> Array:
        """Return the log likelihood (n,) of flights."""
        return self.words(samples) + self.clocks.flight_time_log_likelihood(samples.flight_time_s)

    def parts(self, samples: FlightSamples) -> dict[str, Array]:
        """Return the log likelihoods (n,) of a pool, observation by observation."""
        parts = {o.id: o.log_likelihood(samples) for o in self.observations}
        parts[CLOCKS] = self.clocks.flight_time_log_likelihood(samples.flight_time_s)
        return parts

    def places(self, north_m: Array, east_m: Array) -> tuple[Array, Array]:
        """Return latitudes and longitudes (rad) of places north and east of the area's middle."""
        lat, lon = self.center_rad
        return lat + north_m / METRES_PER_RAD, lon + east_m / (METRES_PER_RAD * math.cos(lat))

    def offsets(self, lat: Array, lon: Array) -> tuple[Array, Array]:
        """Return how far places (rad) lie north and east of the area's middle, m; inverse of `places`."""
        middle = self.center_rad
        return (lat - middle[0]) * METRES_PER_RAD, (lon - middle[1]) * METRES_PER_RAD * math.cos(middle[0])


def diagnose(drawn: FlightSamples, *, reached: bool, stages: int) -> Diagnostics:
    """Return how a run of `ISLANDS` equal parts went: whether it reached the posterior, and what it is worth."""
    size, split = 0.0, math.inf
    if len(drawn) >= 2 * ISLANDS:
        means, variances = _island_moments(drawn)
        size = _effective_size(means, variances, len(drawn))
        split = _split_difference(means, variances)
    return Diagnostics(
        method=f"tempered sequential Monte Carlo, {ISLANDS} islands",
        samples=len(drawn),
        effective_sample_size=round(size, 1),
        stages=stages,
        split_difference=round(split, 3),
        converged=reached and size >= FEWEST_EFFECTIVE,
    )


def _island_moments(drawn: FlightSamples) -> tuple[Array, Array]:
    """Return means (islands, 5) of range, apogee (log), time and impact, and their variances (5,) over all."""
    table = np.column_stack(
        [
            np.log(drawn.range_m),
            np.log(np.maximum(drawn.apogee_m, 1.0)),
            drawn.flight_time_s,
            drawn.impact_lat_rad,
            drawn.impact_lon_rad,
        ]
    )
    parts = np.array_split(table, ISLANDS)
    return np.array([part.mean(axis=0) for part in parts]), table.var(axis=0)


def _effective_size(means: Array, variances: Array, most: int) -> float:
    """Return how many independent draws would know the means as well as these islands agree on them.

    The variance of the mean over all islands is their spread over their number; of n independent draws it is the
    posterior's variance over n. The harmonic mean over the quantities joins them.
    """
    spread = means.var(axis=0, ddof=1) / len(means)
    return min(float(1 / np.mean(spread / np.maximum(variances, 1e-300))), float(most))


def _split_difference(means: Array, variances: Array) -> float:
    """Return the greatest difference between the means of the islands' two halves, over the posterior's sigma."""
    half = len(means) // 2
    apart = np.abs(means[:half].mean(axis=0) - means[half:].mean(axis=0))
    return float(np.max(apart / np.sqrt(np.maximum(variances, 1e-300))))
