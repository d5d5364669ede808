"""Make the packaged catalogue of earlier flights from a table of flights with their sources.

    python builders/build_flights.py FLIGHTS.csv

FLIGHTS.csv has the columns of a catalogue of published flights: id, date, country, name, class, count,
launch_site, launch_lat, launch_lon, direction, range_km, apogee_km, flight_time_min, trajectory, eez, source_urls.
Figures and names are carried over, each row with its sources; remarks and other prose are not. Rows without a date
or without any of range, apogee and place say nothing of a neighbour and are left.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
from pathlib import Path

OUT = Path(__file__).parents[1] / "src" / "launchwatch" / "facts" / "data" / "flights.csv"
COLUMNS = (
    "id", "date", "country", "name", "class", "count", "launch_site", "launch_lat_deg", "launch_lon_deg",
    "bearing_deg", "bearing_stated", "range_km", "apogee_km", "flight_time_min", "trajectory", "eez",
    "source_urls",
)  # fmt: skip
COMPASS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip


def bearing(direction: str) -> tuple[str, str]:
    """Return degrees and how they were stated: `azimuth` or `compass`; nothing for a source's default."""
    if "default" in direction:
        return "", ""
    if match := re.search(r"\baz(?:imuth)? (\d{1,3}(?:\.\d+)?)", direction):
        return match[1], "azimuth"
    word = re.match(r"[NESW]{1,3}\b", direction)
    return (f"{22.5 * COMPASS.index(word[0]):g}", "compass") if word and word[0] in COMPASS else ("", "")


def figure(cell: str) -> str:
    """Return a cell that holds one plain figure above 0, else nothing."""
    return cell if re.fullmatch(r"\d+(?:\.\d+)?", cell) and float(cell) > 0 else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flights", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    rows = []
    with options.flights.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            kept = {name: (row.get(name) or "").strip() for name in COLUMNS}
            kept["launch_lat_deg"], kept["launch_lon_deg"] = row["launch_lat"].strip(), row["launch_lon"].strip()
            kept["bearing_deg"], kept["bearing_stated"] = bearing(row["direction"].strip())
            for name in ("range_km", "apogee_km", "flight_time_min"):
                kept[name] = figure(kept[name])
            dated = re.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?", kept["date"])
            if dated and kept["source_urls"] and (kept["range_km"] or kept["apogee_km"] or kept["launch_lat_deg"]):
                rows.append(kept)
    rows.sort(key=lambda row: (row["date"], row["id"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text.getvalue(), encoding="utf-8")
    print(f"{len(rows)} flights in {options.out.name}")


if __name__ == "__main__":
    main()
