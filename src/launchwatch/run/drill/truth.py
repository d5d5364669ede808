"""What truly happened in a drill, seen by one node: where it fell, what it passed, who had to be told."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.assess.protected import Protected
from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import TruthState
from launchwatch.geo.ellipsoid import geodetic_from_ecef

Floats = NDArray[np.float64]

NEAR_M = 50e3
"""A fall this close to territory, or a path this close to land, is warned of rightly either way: it is the longest
half axis of an area that is predicted at all (`tell.alerts.policy`)."""
_AROUND = 36


@dataclass(frozen=True)
class Truth:
    """One object as it flew, for those whom a node protects; times are Unix seconds of the drill's clock.

    `inside` tells whether it fell on territory, `over` whether it passed over land, `near` whether it missed either
    by less than `NEAR_M`; `arrival_s` is when it first came over territory. `district` is the id of the one it fell in.
    """

    object: str
    launch_s: float
    fall_s: float
    fall_lat_deg: float
    fall_lon_deg: float
    inside: bool
    over: bool
    near: bool
    arrival_s: float | None
    district: str | None
    on_land: bool
    firs: tuple[str, ...]

    @property
    def needs_public(self) -> bool:
        """Return whether the public had to be warned."""
        return self.inside or self.over

    @property
    def needs_ships(self) -> bool:
        """Return whether ships had to be told: it fell into the sea."""
        return not self.on_land


def truth_of(name: str, states: Sequence[TruthState], protected: Protected) -> Truth:
    """Return what truly happened to one object, seen by those who protect some states."""
    lat, lon, _ = np.degrees(geodetic_from_ecef(np.array([one.position_ecef_m for one in states]))).T
    times = np.array([parse_instant(one.time_utc) for one in states])
    held = protected.zones.holding(lon, lat)
    own = _marked(held.points, protected.territory[held.areas], lon.size)
    land = _marked(held.points, protected.protected_land[held.areas], lon.size)
    dry = _marked(held.points, protected.land[held.areas], lon.size)
    fall = protected.districts_at(lon[-1:], lat[-1:], own[-1:])[0]
    regions = protected.firs_at(lon[-1:], lat[-1:]).areas
    return Truth(
        object=name,
        launch_s=float(times[0]),
        fall_s=float(times[-1]),
        fall_lat_deg=float(lat[-1]),
        fall_lon_deg=float(lon[-1]),
        inside=bool(own[-1]),
        over=bool(land[:-1].any()),
        near=_is_near(protected, lon, lat),
        arrival_s=float(times[own][0]) if own.any() else None,
        district=protected.districts[int(fall)].id if fall >= 0 else None,
        on_land=bool(dry[-1]),
        firs=tuple(sorted(protected.firs[int(number)][0] for number in regions)),
    )


def _marked(points: NDArray[np.int64], mask: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    found = np.zeros(count, dtype=np.bool_)
    found[points[mask]] = True
    return found


def _is_near(protected: Protected, lon: Floats, lat: Floats) -> bool:
    """Return whether any place of a path, moved by `NEAR_M` in any direction, lies on territory."""
    turn = np.arange(_AROUND) * 2 * math.pi / _AROUND
    north = np.degrees(NEAR_M / MEAN_RADIUS_M) * np.cos(turn)
    east = np.degrees(NEAR_M / MEAN_RADIUS_M) * np.sin(turn)
    y = (lat[:, None] + north).ravel()
    x = (lon[:, None] + east / np.cos(np.radians(lat[:, None]))).ravel()
    held = protected.zones.holding(x, np.clip(y, -90.0, 90.0))
    return bool(protected.territory[held.areas].any())


__all__ = ["NEAR_M", "Truth", "truth_of"]
