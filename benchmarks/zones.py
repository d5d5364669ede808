"""How fast are points told in and out of zones? A million points, each zone's index against prepared shapely.

    python benchmarks/zones.py [--points 1000000] [--repeats 5] [--json FILE]

Points are drawn evenly in the zone's box, where shapely must look at edges, and in the whole covered window, where
it often tells from the box alone. Every answer is compared, and for all zones those of points on vertices, on
edges and within 1e-12 degrees of them too. `Zones.inside` is timed with its checks of the points. Medians of
processor time on one core, both programs in the same process and on the same points.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.geo.containment import PolygonIndex
from launchwatch.geo.zones import Zones, load_zones

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


def all_zones(zones, count, repeats, rng):
    """Return what all zones take together: reading, indices, and points of the window; and answers that differ."""
    fresh = Zones(tuple(zones), zones.window)
    reading, shapes = timed(lambda: {zone.id: fresh.geometry(zone.id) for zone in fresh}, 1)
    building, indices = timed(lambda: {name: PolygonIndex.of(shape) for name, shape in shapes.items()}, repeats)
    lon, lat = drawn(zones.window, count, rng)
    ours, told = timed(lambda: [index.contains(lon, lat) for index in indices.values()], repeats)
    theirs, wanted = timed(lambda: [shapely.contains_xy(shape, lon, lat) for shape in shapes.values()], 1)
    limits = {name: limit_points(shape, rng) for name, shape in shapes.items()}
    differ = sum(
        int((indices[name].contains(*near) != shapely.contains_xy(shapes[name], *near)).sum())
        for name, near in limits.items()
    )
    return {
        "zones": len(shapes),
        "vertices": int(sum(shapely.get_num_coordinates(shape) for shape in shapes.values())),
        "polygons_read_s": round(reading, 3),
        "indices_built_s": round(building, 3),
        "indices_mb": round(sum(index.nbytes for index in indices.values()) / 1e6, 2),
        "index_s": round(ours, 3),
        "shapely_s": round(theirs, 2),
        "times_faster": round(theirs / ours, 1),
        "answers": len(shapes) * count,
        "answers_that_differ": int(sum((a != b).sum() for a, b in zip(told, wanted, strict=True))),
        "points_on_and_beside_limits": int(sum(len(near[0]) for near in limits.values())),
        "of_those_answers_that_differ": differ,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rng, zones = np.random.default_rng(1), load_zones()
    PolygonIndex.of(shapely.box(0, 0, 1, 1)).contains(np.zeros(1), np.zeros(1))
    rows = [
        compare(zones, name, area, drawn(bounds, given.points, rng), given.repeats)
        for name in ASKED
        for area, bounds in (("its box", zones[name].bounds), ("the window", zones.window))
    ]
    result = {
        "machine": describe("shapely") | {"geos": shapely.geos_version_string},
        "points": given.points,
        "one zone": rows,
        "all zones, points in the window": all_zones(zones, given.points, given.repeats, rng),
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
