"""How fast and how exactly are points told in and out of zones? Against prepared shapely, in one process.

    python benchmarks/zones.py [--points 1000000] [--repeats 5] [--json FILE]

One zone: points drawn evenly in the zone's box, where shapely must look at edges, and in the whole world, where it
often tells from the box alone. All zones at once (`Zones.holding`): points of the world and of the north-west
Pacific, against shapely asked of every zone in turn. Every answer is compared, and so are those of points on
vertices, on edges and within 1e-12 degrees of them; and of zones whose edges were cut to 1 km. Loading: in fresh
processes, kernels compiled before. Geodesics: distances and destinations against the geographiclib package.
Medians of processor time on one core, all programs in the same process and on the same points.
"""

import argparse
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.geo.containment import PolygonIndex
from launchwatch.geo.geodesic import destination, distance_and_azimuth
from launchwatch.geo.zones import Zones, load_zones

NEAR_PACIFIC = (118.0, 16.0, 160.0, 48.0)
MOST_KM = 15_000
LOADING = """
import time
import numpy, msgspec, numba, launchwatch.geo.membership, launchwatch.geo.zones as zones
start = time.perf_counter()
loaded = zones.load_zones()
ready = time.perf_counter()
loaded.relations(135.0, 39.3)
one = time.perf_counter()
loaded.holding([135.0], [39.3])
print(ready - start, one - ready, time.perf_counter() - one)
"""
ASKED = ("eez:JPN", "territorial_sea:JPN", "land:CHN", "eez:PRK")


def timed(function, repeats):
    """Return the median processor time of a call, s, and its last result."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        found = function()
        times.append(time.thread_time() - start)
    return float(np.median(times)), found


def drawn(bounds, count, rng):
    west, south, east, north = bounds
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


def limit_points(shape, rng):
    """Return vertices, middles of edges and, beside each, points up to 1e-12 degrees off."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
    on = np.concatenate([*rings, *((ring[1:] + ring[:-1]) / 2 for ring in rings)])
    near = [on + rng.choice([-1e-12, 0.0, 1e-12], on.shape), np.nextafter(on, on + rng.choice([-1, 1], on.shape))]
    return np.concatenate((on, *near)).T


def compare(zones, name, area, points, repeats):
    """Return times of one zone for points (two arrays), and how many answers differ."""
    lon, lat = points
    shape, index = zones.geometry(name), PolygonIndex.of(zones.geometry(name))
    ours, told = timed(lambda: index.contains(lon, lat), repeats)
    whole, checked = timed(lambda: zones.inside(name, lon, lat), repeats)
    theirs, wanted = timed(lambda: shapely.contains_xy(shape, lon, lat), repeats)
    return {
        "zone": name,
        "points in": area,
        "inside_share": round(float(told.mean()), 3),
        "index_s": round(ours, 5),
        "zones_inside_s": round(whole, 5),
        "shapely_s": round(theirs, 4),
        "times_faster": round(theirs / ours, 1),
        "zones_inside_times_faster": round(theirs / whole, 1),
        "answers_that_differ": int((told != wanted).sum() + (checked != wanted).sum()),
    }


def all_zones(zones, area, bounds, count, repeats, rng):
    """Return what telling all zones takes at once, against shapely zone by zone; and answers that differ."""
    lon, lat = drawn(bounds, count, rng)
    ours, held = timed(lambda: zones.holding(lon, lat), repeats)
    theirs, wanted = timed(lambda: [shapely.contains_xy(zones.geometry(name), lon, lat) for name in zones.ids], 1)
    return {
        "points in": area,
        "zones": len(zones),
        "holding_s": round(ours, 4),
        "shapely_s": round(theirs, 2),
        "times_faster": round(theirs / ours, 1),
        "zones_held_per_point": round(held.areas.size / count, 3),
        "answers": count * len(zones),
        "answers_that_differ": differing(held, wanted),
    }


def differing(held, wanted):
    """Return in how many answers (zone by zone, `wanted`) what is held differs."""
    points, count = held.points, 0
    for number, told in enumerate(wanted):
        mine = np.zeros(told.size, dtype=bool)
        mine[points[held.areas == number]] = True
        count += int((mine != told).sum())
    return count


def on_limits(zones, rng, most=20_000):
    """Return answers that differ on points on and beside every zone's limits, asked of that zone both ways."""
    asked = differ = 0
    for number, name in enumerate(zones.ids):
        x, y = limit_points(zones.geometry(name), rng)
        some = rng.permutation(x.size)[:most]
        x, y = np.clip(x[some], -180, 180), np.clip(y[some], -90, 90)
        inner = (np.abs(x) < 180 - 1e-8) & (np.abs(y) < 90 - 1e-8)  # points on seams are moved off them
        x, y = x[inner], y[inner]
        told = shapely.contains_xy(zones.geometry(name), x, y)
        held = zones.holding(x, y)
        mine = np.zeros(x.size, dtype=bool)
        mine[held.points[held.areas == number]] = True
        differ += int((mine != told).sum() + (PolygonIndex.of(zones.geometry(name)).contains(x, y) != told).sum())
        asked += 2 * x.size
    return {"points_on_and_beside_limits": asked, "answers_that_differ": differ}


def cut_to_a_kilometre(zones, count, rng):
    """Return answers that differ from those of the same zones with edges cut to 1 km, on the line in lon/lat."""
    rows = {}
    for name in ASKED:
        fine = shapely.segmentize(zones.geometry(name), 0.009)
        lon, lat = drawn(zones[name].bounds, count, rng)
        rows[name] = int((zones.inside(name, lon, lat) != shapely.contains_xy(fine, lon, lat)).sum())
    return rows


def loading(repeats):
    """Return medians of loading, of one place's relations and of a first list of points, s, in fresh processes."""
    command = [sys.executable, "-c", LOADING]
    runs = [
        [float(v) for v in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]
        for _ in range(repeats)
    ]
    load, relations, first = (round(v, 4) for v in np.median(runs, axis=0).tolist())
    folder = Path(sys.modules[Zones.__module__].__file__).parent / "data"
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "load_zones_s": load,
        "relations_of_one_place_s": relations,
        "first_list_of_points_s": first,
        "data_folder_mb": round(size / 1e6, 2),
    }


def geodesics(count, rng):
    """Return the largest differences from geographiclib, mm: half random lines to 15,000 km, half short ones."""
    try:
        from geographiclib.geodesic import Geodesic
    except ImportError:
        return {"left out": "the package geographiclib is not installed"}
    half = count // 2
    lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, count))), rng.uniform(-180, 180, count)
    azimuth = rng.uniform(0, 360, count)
    length = np.concatenate((rng.uniform(0, MOST_KM * 1e3, half), 10 ** rng.uniform(-2, 5, count - half)))
    model = Geodesic.WGS84
    there = [model.Direct(*row) for row in zip(lat, lon, azimuth, length, strict=True)]
    lat2, lon2 = (np.array([row[key] for row in there]) for key in ("lat2", "lon2"))
    ours, _ = distance_and_azimuth(*(np.radians(v) for v in (lat, lon, lat2, lon2)))
    known = np.array([model.Inverse(*row)["s12"] for row in zip(lat, lon, lat2, lon2, strict=True)])
    mine = np.degrees(destination(*(np.radians(v) for v in (lat, lon, azimuth)), length))
    apart = [model.Inverse(a, b, c, d)["s12"] for a, b, c, d in zip(lat2, lon2, *mine, strict=True)]
    return {
        "lines": count,
        "distance_worst_mm": float(f"{1e3 * np.abs(ours - known).max():.3g}"),
        "destination_worst_mm": float(f"{1e3 * max(apart):.3g}"),
        "margin_worst_m": margin_error(rng),
    }


def margin_error(rng, places=40):
    """Return how far `margin_km` is from the nearest of a limit's points cut to 20 m, by geographiclib, m."""
    from geographiclib.geodesic import Geodesic

    zones, worst = load_zones(), 0.0
    rings = shapely.get_rings(shapely.get_parts(zones.geometry("eez:KOR")))
    fine = shapely.get_coordinates(shapely.segmentize(rings, 0.0002))
    lon, lat = rng.uniform(123, 134, places), rng.uniform(31, 39, places)
    margins = np.abs(zones.margin_km("eez:KOR", lon, lat)) * 1e3
    for x, y, margin in zip(lon.tolist(), lat.tolist(), margins.tolist(), strict=True):
        rough = np.hypot((fine[:, 0] - x) * math.cos(math.radians(y)), fine[:, 1] - y)
        near = fine[np.argsort(rough)[:40]]
        least = min(Geodesic.WGS84.Inverse(y, x, b, a)["s12"] for a, b in near.tolist())
        worst = max(worst, abs(least - margin))
    return round(worst, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--lines", type=int, default=100_000, help="geodesics that are compared")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rng, zones = np.random.default_rng(1), load_zones()
    PolygonIndex.of(shapely.box(0, 0, 1, 1)).contains(np.zeros(1), np.zeros(1))
    zones.holding(np.zeros(2), np.zeros(2))
    rows = [
        compare(zones, name, area, drawn(bounds, given.points, rng), given.repeats)
        for name in ASKED
        for area, bounds in (("its box", zones[name].bounds), ("the world", zones.window))
    ]
    building, _ = timed(lambda: Zones(tuple(zones), zones.window).holding(np.zeros(1), np.zeros(1)), given.repeats)
    result = {
        "machine": describe("shapely") | {"geos": shapely.geos_version_string},
        "points": given.points,
        "one zone": rows,
        "all zones": [
            all_zones(zones, area, bounds, given.points, given.repeats, rng)
            for area, bounds in (("the world", zones.window), ("the north-west Pacific", NEAR_PACIFIC))
        ],
        "index of all zones": {"made_s": round(building, 3)},
        "on limits": on_limits(zones, rng),
        "answers that differ with edges cut to 1 km": cut_to_a_kilometre(zones, given.points // 10, rng),
        "loading": loading(given.repeats),
        "geodesics": geodesics(given.lines, rng),
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
