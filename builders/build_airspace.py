"""Make the flight information regions' polygons and the table of airports in src/launchwatch/geo/data.

    PYTHONPATH=src python builders/build_airspace.py --packages build/packages

Regions: the corners typed in firs.csv, joined as its column `line` says; with the own land of firs.json added and
other states' land cut off, so that on land the drawn border decides. Airports: those of the region that have an
ICAO code, out of the PyPI package airportsdata.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

import msgspec
import numpy as np
import shapely
from packages import AIRPORTS, fetch, read_member
from shapely.geometry.base import BaseGeometry
from storage import DATA_FOLDER, write_shapes

from launchwatch.geo.airspace import FirRow, load_edges
from launchwatch.geo.zones import load_zones

WINDOW = (95.0, -5.0, 180.0, 65.0)
THINNED_DEG = 0.01
SMALLEST_DEG2 = 0.002


def region(row: FirRow) -> BaseGeometry:
    """Return a region's polygons, lon (0 to 360) and lat degrees."""
    ring = np.concatenate([edge.points() for edge in load_edges()[row.id]])
    shape = shapely.make_valid(shapely.polygons(ring))
    zones = load_zones()
    for zone in row.land:
        shape = shapely.union(shape, shapely.buffer(zones.geometry(zone), 0))
    others = [shapely.simplify(zones.geometry(zone), THINNED_DEG / 2) for zone in row.without]
    shape = shapely.difference(shape, shapely.union_all(others)) if others else shape
    parts = shapely.get_parts(shapely.get_parts(shapely.simplify(shape, 0.001)))
    return shapely.multipolygons([part for part in parts if part.area >= SMALLEST_DEG2])


def airports(folder: Path) -> list[dict[str, str]]:
    """Return the rows of airports in the window whose code is an ICAO location indicator."""
    text = read_member(fetch(AIRPORTS, folder), "airportsdata/airports.csv").decode()
    west, south, east, north = WINDOW
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        lon, lat = float(row["lon"]), float(row["lat"])
        if west <= lon <= east and south <= lat <= north and row["icao"].isalpha() and len(row["icao"]) == 4:
            rows.append({key: row[key] for key in ("icao", "iata", "name", "country", "lat", "lon")})
    return sorted(rows, key=lambda row: row["icao"])


def main() -> None:
    """Build and write both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder for the downloaded packages")
    folder = parser.parse_args().packages
    rows = msgspec.json.decode((DATA_FOLDER / "firs.json").read_bytes(), type=tuple[FirRow, ...])
    write_shapes(DATA_FOLDER / "firs.npz", {row.id: region(row) for row in rows})
    found = airports(folder)
    with (DATA_FOLDER / "airports.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    print(f"airports.csv: {len(found)} airports")


if __name__ == "__main__":
    main()
