"""Cruise flights in closed form: powered and level from launch to end, at one speed and one height.

A particle is a place of launch (m north and east of the area's middle), the bearing of its end (rad) and four
standard normal latents that are mapped to the length of its path, speed, height, and how far of that length its
end lies from its launch. It flies for length over speed. Where it turned on the way nobody tells: published
flights flew ovals and figures of eight, and their published range is the length flown.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from launchwatch.bayes.smc import Population, Target, temper
from launchwatch.estimate.fuse.evidence import ISLANDS, WAYPOINT, Answer, Evidence, Pool, diagnose
from launchwatch.facts import FlightSamples
from launchwatch.flight import cruise
from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import CRUISE
from launchwatch.geo.areas import sample_area
from launchwatch.geo.geodesic import destination

Array = NDArray[np.float64]

NORTH, EAST, AZIMUTH = 0, 1, 2
LENGTH, SPEED, HEIGHT, DETOUR = range(3, 7)
SIZE = 7


@dataclass(frozen=True)
class Kind:
    """One way to cruise: its share, speeds uniform and heights log-uniform between limits."""

    share: float
    speed_m_s: tuple[float, float]
    height_m: tuple[float, float]


KINDS = {
    "subsonic, low": Kind(0.65, (180.0, 290.0), (30.0, 300.0)),
    "subsonic, high": Kind(0.20, (180.0, 290.0), (300.0, 10e3)),
    "supersonic": Kind(0.15, (550.0, 1000.0), (30.0, 15e3)),
}
LENGTH_M = (50e3, 2500e3)
"""Lengths of a path, log-uniform."""

_FARTHEST_SHORT = 0.9
"""The end lies 1 - 0.9 u^3 of the length from the launch, u uniform: of half of all flights more than 0.89."""

_DRAWS_PER_PARTICLE = 32
_MOVES = 8
_PILOT, _PILOT_MOVES = 256, 3


@dataclass(frozen=True)
class Cruising(Evidence):
    """One flight's evidence upon the prior of cruise flights."""

    def answer(self, rng: np.random.Generator, particles: int) -> Answer:
        """Return the posterior under this model."""
        run = self._sample(rng, particles, _MOVES)
        drawn = flights(run.payload)
        drawn = replace(drawn, launch_time_s=self.clocks.draw_launch(drawn.flight_time_s, rng))
        own = flights(run.waypoint.payload)
        pool = Pool(own, -run.waypoint.temperature * self.log_likelihood(own), self.parts(own))
        diagnostics = diagnose(drawn, reached=run.temperature >= 1.0, stages=run.stages)
        return Answer(drawn, pool, diagnostics, run.log_evidence)

    def log_evidence(self, rng: np.random.Generator) -> float:
        """Return the log of how probable the evidence is under this model, within a unit or so and fast."""
        return self._sample(rng, _PILOT, _PILOT_MOVES).log_evidence

    def _sample(self, rng: np.random.Generator, particles: int, moves: int) -> Population:
        x, kind = self.draw(_DRAWS_PER_PARTICLE * particles, rng)
        return temper(
            x, kind, Target(self._log_prior, self._evaluate), rng, particles=particles, islands=ISLANDS,
            moves=moves, waypoint=WAYPOINT, order=_length,
        )  # fmt: skip

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
        """Return n particles (n, `SIZE`) of the prior and their kinds (n,)."""
        x = rng.normal(size=(n, SIZE))
        x[:, NORTH], x[:, EAST] = self.offsets(*sample_area(self.area, n, rng))
        x[:, AZIMUTH] = rng.uniform(0, 2 * np.pi, n)
        return x, rng.choice(len(KINDS), n, p=[kind.share for kind in KINDS.values()])

    def rows(self, x: Array, kind: NDArray[np.int64]) -> Array:
        """Return the rows (n, parameters.COUNT) of particles."""
        level = ndtr(x)
        rows = np.zeros((len(x), prm.COUNT))
        rows[:, prm.LAT], rows[:, prm.LON] = self.places(x[:, NORTH], x[:, EAST])
        rows[:, prm.AZIMUTH] = x[:, AZIMUTH] % (2 * np.pi)
        slow, fast = _SPEEDS[kind].T
        low, high = _HEIGHTS[kind].T
        rows[:, cruise.SPEED] = slow + (fast - slow) * level[:, SPEED]
        rows[:, cruise.HEIGHT] = low * (high / low) ** level[:, HEIGHT]
        rows[:, cruise.LENGTH] = LENGTH_M[0] * (LENGTH_M[1] / LENGTH_M[0]) ** level[:, LENGTH]
        rows[:, cruise.DISTANCE] = rows[:, cruise.LENGTH] * (1 - _FARTHEST_SHORT * level[:, DETOUR] ** 3)
        return rows

    def _log_prior(self, x: Array, _: NDArray[np.int64]) -> Array:
        lat, lon = self.places(x[:, NORTH], x[:, EAST])
        latents = -0.5 * np.sum(np.square(x[:, LENGTH:]), axis=1)
        return np.asarray(latents + self.place(np.degrees(lat), np.degrees(lon)))

    def _evaluate(self, x: Array, kind: NDArray[np.int64]) -> tuple[Array, Array]:
        rows = self.rows(x, kind)
        return self.log_likelihood(flights(rows)), rows


_SPEEDS = np.array([kind.speed_m_s for kind in KINDS.values()])
_HEIGHTS = np.array([kind.height_m for kind in KINDS.values()])


def _length(rows: Array) -> Array:
    return rows[:, cruise.LENGTH]


def flights(rows: Array) -> FlightSamples:
    """Return equally weighted samples of cruise flights; nothing burns out."""
    n = len(rows)
    lat, lon = destination(rows[:, prm.LAT], rows[:, prm.LON], rows[:, prm.AZIMUTH], rows[:, cruise.DISTANCE])
    none = np.full(n, np.nan)
    return FlightSamples(
        launch_lat_rad=rows[:, prm.LAT],
        launch_lon_rad=rows[:, prm.LON],
        launch_time_s=none,
        azimuth_rad=rows[:, prm.AZIMUTH],
        burnout_time_s=none,
        burnout_speed_m_s=none,
        burnout_angle_rad=none,
        burnout_height_m=none,
        apogee_m=rows[:, cruise.HEIGHT],
        range_m=rows[:, cruise.LENGTH],
        flight_time_s=rows[:, cruise.LENGTH] / rows[:, cruise.SPEED],
        impact_lat_rad=lat,
        impact_lon_rad=lon,
        class_index=np.full(n, CRUISE, dtype=np.int64),
        weight=np.full(n, 1 / n),
        path_parameters=rows,
    )
