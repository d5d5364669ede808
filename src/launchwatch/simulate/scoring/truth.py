"""Known truth as paths: states of an object at any time between its first and last."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import TruthState
from launchwatch.facts.checks import EARTH_M, FARTHEST_M
from launchwatch.geo.ellipsoid import geodetic_from_ecef

Array = NDArray[np.float64]

_ON_THE_GROUND_M = 6000.0  # the highest launch sites; a truth that begins in flight begins higher
_STANDING_M_S = 100.0
_FASTEST_M_S = 20_000.0
_LANDING_M = 500.0  # a last state that low is the impact, within a step


@dataclass(frozen=True)
class TruthPath:
    """One object's true path: times (k,), Unix seconds, and states (k, 6), earth-fixed; thread-safe.

    Between states the path is the cubic that has their places and velocities: with steps of 1 s a coasting body is
    off by 0.1 mm, one at burnout by 0.1 m.
    """

    name: str
    class_: str
    times_s: Array
    states: Array
    _place: CubicHermiteSpline
    start_s: float

    def at(self, times_s: Array) -> Array:
        """Return states (n, 6) at Unix times (n,); NaN before the first state and after the last."""
        since = np.asarray(times_s) - self.start_s
        outside = (since < 0) | (times_s > self.times_s[-1])
        found = np.hstack([self._place(since), self._place(since, 1)])
        found[outside] = np.nan
        return found

    def acceleration(self, times_s: Array) -> Array:
        """Return earth-fixed accelerations (n, 3) at Unix times (n,): the slope of the velocity over one step."""
        step = float(np.median(np.diff(self.times_s)))
        early = np.maximum(times_s - 0.5 * step, self.times_s[0])
        late = np.minimum(times_s + 0.5 * step, self.times_s[-1])
        return np.asarray((self.at(late) - self.at(early))[:, 3:] / (late - early)[:, None])

    @property
    def launch(self) -> tuple[float, float, float] | None:
        """Return latitude, longitude (rad) and time of the launch; None where the truth begins in flight."""
        lat, lon, height = geodetic_from_ecef(self.states[:1, :3])[0]
        standing = np.linalg.norm(self.states[0, 3:]) < _STANDING_M_S and height < _ON_THE_GROUND_M
        return (float(lat), float(lon), float(self.times_s[0])) if standing else None

    @property
    def impact(self) -> tuple[float, float, float] | None:
        """Return latitude, longitude (rad) and time of the impact; None where the truth ends in flight."""
        lat, lon, height = geodetic_from_ecef(self.states[-1:, :3])[0]
        return (float(lat), float(lon), float(self.times_s[-1])) if height < _LANDING_M else None


def truth_paths(states: Iterable[TruthState]) -> list[TruthPath]:
    """Return the paths of all objects in order of name; InputError says which truth cannot be used and why."""
    rows = sorted(((one.object, parse_instant(one.time_utc), one) for one in states), key=lambda row: row[:2])
    return [_path(name, [row[1:] for row in group]) for name, group in groupby(rows, key=lambda row: row[0])]


def _path(name: str, rows: list[tuple[float, TruthState]]) -> TruthPath:
    known: dict[float, TruthState] = {}
    for time, state in rows:
        if known.setdefault(time, state) != state:
            raise InputError(f"truth of {name} is told twice, differently", given=state.time_utc)
        _check_state(name, state)
    if len(known) < 2:
        raise InputError(
            f"truth of {name} is a single state", given=rows[0][1].time_utc, allowed="two states or more"
        )
    times = np.array(list(known))
    table = np.array([(*state.position_ecef_m, *state.velocity_ecef_m_s) for state in known.values()])
    # Seconds since the first state: Unix times would cost the cubic seven digits.
    place = CubicHermiteSpline(times - times[0], table[:, :3], table[:, 3:])
    return TruthPath(name, rows[0][1].class_, times, table, place, float(times[0]))


def _check_state(name: str, state: TruthState) -> None:
    """Refuse what is no object's state in metres: kilometres, an infinity, a place inside the earth."""
    place, velocity = state.position_ecef_m, state.velocity_ecef_m_s
    if not EARTH_M <= math.hypot(*place) <= FARTHEST_M:
        allowed = "metres from the earth's centre, earth-fixed"
        raise InputError(f"truth of {name} inside the earth or nowhere", given=place, allowed=allowed)
    if not math.hypot(*velocity) <= _FASTEST_M_S:
        raise InputError(f"truth of {name} too fast", given=velocity, allowed="up to 20,000 m/s")
