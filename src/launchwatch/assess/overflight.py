"""What a flight passes over, from when to when and at which height: land and territories, from draws of its path.

Territory is land and territorial sea; lines are computed, not legal. How high a territory reaches is agreed
nowhere, so that every height is told and none is called a border.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.instants import format_instant
from launchwatch.basis.likelihood import say_likelihood
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.facts import Interval, Overflight, PathSamples
from launchwatch.geo.zones import Zone, Zones

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

FINER = 4
"""Steps of a second between states 4 s apart: a crossing is then told within half a second."""

WORTH_TELLING = 0.005
_SURELY = 0.995
_MARGIN_PATHS = 50  # paths whose distance to a line is measured where not all pass the same way
_MARGIN_STEP_KM = 3.0


@dataclass(frozen=True)
class Passage:
    """When paths are over an area, and at which heights: each (m,), of the paths `index` (m,) that are at all."""

    index: NDArray[np.intp]
    from_s: Array
    until_s: Array
    lowest_m: Array
    highest_m: Array


def passage(paths: PathSamples, over: Bools) -> Passage:
    """Return the passages of paths that are over an area where `over` (n, k) tells so.

    A crossing is half-way between the last time outside and the first one inside.
    """
    index = np.flatnonzero(over.any(axis=1))
    mine, times = over[index], paths.time_s
    first = mine.argmax(axis=1)
    last = mine.shape[1] - 1 - mine[:, ::-1].argmax(axis=1)
    ends = np.isfinite(paths.height_m[index]).sum(axis=1) - 1
    before, after = np.maximum(first - 1, 0), np.minimum(last + 1, ends)
    height = paths.height_m[index]
    return Passage(
        index,
        np.where(first > 0, (times[first] + times[before]) / 2, times[first]),
        np.where(last < ends, (times[last] + times[after]) / 2, times[last]),
        np.where(mine, height, np.inf).min(axis=1),
        np.where(mine, height, -np.inf).max(axis=1),
    )


def assess_overflight(
    paths: PathSamples, zones: Zones, *, item: int = 1, start_s: float | None = None
) -> list[Overflight]:
    """Return what the paths pass over, in the order in which they come to it.

    `start_s` is the instant of lift-off (Unix), where the launch is dated. What lies beyond the area in which
    zones are known is told as such.
    """
    dense = paths.finer(FINER)
    known = np.isfinite(dense.height_m)
    lon = (np.degrees(dense.lon_rad[known]) + 180) % 360 - 180
    lat = np.degrees(dense.lat_rad[known])
    found = []
    over: dict[str, Bools] = {}
    for zone in zones:
        if zone.kind == "eez" or zone.overlay or not _near(zone, lon, lat):
            continue
        mask = np.zeros(known.shape, dtype=np.bool_)
        mask[known] = zones.inside(zone.id, lon, lat)
        if mask.any():
            over[zone.id] = mask
    for name in dict.fromkeys(zone_id.partition(":")[2] for zone_id in over):
        land, sea = over.get(f"land:{name}"), over.get(f"territorial_sea:{name}")
        ids = [f"{kind}:{name}" for kind in ("land", "territorial_sea") if f"{kind}:{name}" in over]
        if land is not None:
            found.append(_told(dense, land, zones, ids[:1], "land", item, start_s))
        both = land | sea if land is not None and sea is not None else land if sea is None else sea
        assert both is not None, "a name stands for one of the two at least"
        found.append(_told(dense, both, zones, ids, "territory", item, start_s))
    outside = np.zeros(known.shape, dtype=np.bool_)
    outside[known] = ~zones.covered(lon, lat)
    if outside.any():
        found.append(_beyond(dense, outside, item, start_s))
    kept = [one for one in found if one.probability >= WORTH_TELLING]
    return sorted(kept, key=lambda one: (one.from_s.median, one.area, one.kind))


def _near(zone: Zone, lon: Array, lat: Array) -> bool:
    west, south, east, north = zone.bounds
    return bool(np.any((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)))


def _told(
    paths: PathSamples, over: Bools, zones: Zones, ids: list[str], kind: Literal["land", "territory"], item: int,
    start_s: float | None,
) -> Overflight:  # fmt: skip
    zone = zones[ids[0]]
    passed = passage(paths, over)
    probability = float(paths.weight[passed.index].sum())
    low, high = probability, probability
    if WORTH_TELLING < probability < _SURELY:
        low, high = _unsure(paths, over, zones, ids)
        low, high = min(low, probability), max(high, probability)
    return _overflight(
        paths, passed, kind=kind, area=ids[0].partition(":")[2], zone=zone, chances=(low, probability, high),
        item=item, start_s=start_s,
    )  # fmt: skip


def _unsure(paths: PathSamples, over: Bools, zones: Zones, ids: list[str]) -> tuple[float, float]:
    """Return the shares of paths that pass over an area if its line is off by its error, to either side."""
    pick = np.linspace(0, len(paths) - 1, min(_MARGIN_PATHS, len(paths))).astype(np.intp)
    owner, lons, lats = [], [], []
    for k, i in enumerate(pick):
        alive = np.flatnonzero(np.isfinite(paths.height_m[i]))
        step = max(1, int(_MARGIN_STEP_KM / max(_speed_km(paths, i, alive), 1e-3)))
        lons.append((np.degrees(paths.lon_rad[i, alive[::step]]) + 180) % 360 - 180)
        lats.append(np.degrees(paths.lat_rad[i, alive[::step]]))
        owner.append(np.full(len(lons[-1]), k))
    path, lon, lat = np.concatenate(owner), np.concatenate(lons), np.concatenate(lats)
    inner = np.zeros(len(pick), dtype=np.bool_)
    outer = np.array([over[i].any() for i in pick], dtype=np.bool_)
    for zone_id in ids:
        surely, maybe = zones.sides(zone_id, lon, lat)
        inner[path[surely]] = True
        outer[path[maybe]] = True
    return float(inner.mean()), float(outer.mean())


def _speed_km(paths: PathSamples, i: int, alive: NDArray[np.intp]) -> float:
    """Return about how many kilometres of ground a path covers from one time to the next."""
    lat, lon = paths.lat_rad[i, alive], paths.lon_rad[i, alive]
    return (
        float(6371.0 * np.hypot(np.diff(lat), np.diff(lon) * np.cos(lat[:-1])).mean()) if len(alive) > 1 else 1.0
    )


def _beyond(paths: PathSamples, over: Bools, item: int, start_s: float | None) -> Overflight:
    passed = passage(paths, over)
    probability = float(paths.weight[passed.index].sum())
    return _overflight(
        paths, passed, kind="not covered", area="not covered", zone=None,
        chances=(probability, probability, probability), item=item, start_s=start_s,
    )  # fmt: skip


def _overflight(
    paths: PathSamples, passed: Passage, *, kind: Literal["land", "territory", "not covered"], area: str,
    zone: Zone | None, chances: tuple[float, float, float], item: int, start_s: float | None,
) -> Overflight:  # fmt: skip
    weight = paths.weight[passed.index] / paths.weight[passed.index].sum()
    from_s, until_s = interval(passed.from_s, weight), interval(passed.until_s, weight)
    lowest = interval(np.maximum(passed.lowest_m, 0) / 1e3, weight)
    highest = interval(np.maximum(passed.highest_m, 0) / 1e3, weight)
    low, probability, high = (round(chance, 4) for chance in chances)
    return Overflight(
        item=item,
        kind=kind,
        area=area,
        states=zone.states if zone else (),
        names=zone.names if zone else (),
        status=zone.status if zone else "not covered",
        probability=probability,
        probability_low=low,
        probability_high=high,
        from_s=from_s,
        until_s=until_s,
        from_utc=format_instant(start_s + from_s.median) if start_s is not None else None,
        until_utc=format_instant(start_s + until_s.median) if start_s is not None else None,
        lowest_km=lowest,
        highest_km=highest,
        wording=_wording(kind, zone, (low, probability, high), (from_s, until_s), (lowest, highest)),
    )


def interval(values: Array, weight: Array) -> Interval:
    """Return the median and 90 % interval of weighted values."""
    first, middle, last = weighted_quantile(values, weight, (0.05, 0.5, 0.95))
    return Interval.rounded(first, middle, last)


def _wording(
    kind: str, zone: Zone | None, chances: tuple[float, float, float], times: tuple[Interval, Interval],
    heights: tuple[Interval, Interval],
) -> str:  # fmt: skip
    low, probability, high = chances
    when = f"{times[0].median:.0f} to {times[1].median:.0f} s after lift-off"
    at = f"at {heights[0].median:.0f} to {heights[1].median:.0f} km"
    if zone is None:
        return f"{say_likelihood(probability)} that it passes beyond where zones are known, {when}, {at}"
    names = (
        " / ".join(zone.names) if zone.status == "overlapping claim" or "disputed" in zone.id else zone.names[0]
    )
    what = f"land: {names}" if kind == "land" else f"the territory (land and territorial sea): {names}"
    over = f"passes over {what}, {when}, {at} (computed, not legal)"
    if low <= _EVEN <= high and low < high:
        return f"too close to call, {say_likelihood(probability)} that it {over}"
    return f"{say_likelihood(probability)} that it {over}"


_EVEN = 0.5
