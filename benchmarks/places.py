"""Places found by name, falls held by their phrases, points brought back from their words.

    python benchmarks/places.py CATALOG [--points 300] [--json FILE]

CATALOG is a folder with `sites.csv` (name, aliases, lat, lon) and `flights.csv` (site, bearing, range, note).

Names: every name and alias, by script, and the reading of a Japanese one by itself. A name is found if its area's
centre is within 5 km of a row that bears it (one name may be at two places of the table); beside that stands the
strict figure, all cells against their own row. Cells that are remarks and no names are listed as such.

Falls: where site, bearing and range lead, in the 95 % area of the note or not, case by case. Where the table knows
no bearing but a default, the case says so.

Words: points drawn evenly, on land and at sea, described in three languages, and read back to an area.
"""

import argparse
import collections
import csv
import re
import sys
import time
from pathlib import Path

import numpy as np
import shapely
from pyproj import Geod

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.geo.describe import describe_point
from launchwatch.geo.outlines import MOST, holds, share_before
from launchwatch.geo.places import resolve_place

GEOD = Geod(ellps="WGS84")
NEAR_KM = 5.0
REMARK = re.compile(
    r"press|west of|barge|\bside\b|geolocation|file coordinate|\barea$|mobile|launch site$", re.IGNORECASE
)
READING = re.compile(r"^([々一-鿿]+)\(([゠-ヿぁ-ん]+)\)(郡?)$")

MISSES = {
    "Donghae": "the Korean name of a sea as well, and of a city of South Korea: not guessed",
    "順安(スナン)西部": "the table itself doubts this row's coordinate, 20 km north of Sunan",
    "평양": "the whole municipality, which holds the point; the row is a place in its east",
}
"""Names that are not found, with the reason."""

FALLS = {
    "not inside EEZ": "tells a zone, not a place",
    "near Marquesas EEZ": "a zone outside the seas that are known here",
    "Indian Ocean south of Madagascar": "an ocean that is not known here, and is not guessed",
    "booster + boilerplate hit the ocean unseparated": "tells no place",
    "20 km E of Jezkazgan": "a town that the gazetteer does not have",
    "Dnipro, Ukraine": "the table gives neither range nor bearing",
}
"""Notes that give no case, with the reason."""

BEARINGS = {
    "KP-20120413-a": "the launcher broke up over the Yellow Sea; the table's 'Pacific Ocean' is not where it fell",
    "KP-20230824-a": "a space launch: stages fell in several seas, and the range is of no single fall",
    "KP-20231121-a": "a space launch: stages fell in several seas, and the range is of no single fall",
}
"""Cases that do not hold, with the reason."""


def km(area, row):
    lon, lat = area.centre_deg
    return GEOD.inv(lon, lat, float(row["lon"]), float(row["lat"]))[2] / 1000


def script(name):
    if any("가" <= c <= "힣" for c in name):
        return "Hangul"
    if any("一" <= c <= "鿿" for c in name):
        return "Han"
    return "kana" if any("぀" <= c <= "ヿ" for c in name) else "Latin"


def bare(name):
    """Return a name without what stands in brackets, and eu as u: Euiju and Uiju are one name, 의주."""
    return re.sub(r"\s*\(.*?\)", "", name).strip().casefold().replace("eu", "u")


def read_names(path):
    """Return the rows, and (name, row) for each name, alias and kana reading."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    cells = [(name.strip(), row) for row in rows for name in (row["name"], *row["aliases"].split(";"))]
    cells = [(name, row) for name, row in cells if name]
    readings = [(match[2], row) for name, row in cells if (match := READING.match(name))]
    return cells, readings


def score_names(path):
    cells, readings = read_names(path)
    bearers = collections.defaultdict(list)
    for name, row in (*cells, *readings):
        bearers[bare(name)].append(row)
    told, missed, remarks = collections.Counter(), [], []
    strict = 0
    for name, row in (*cells, *readings):
        area = resolve_place(name, country="PRK")
        own = area is not None and km(area, row) <= NEAR_KM
        strict += own and (name, row) in cells
        if REMARK.search(name):
            remarks.append(name)
            continue
        found = own or (area is not None and min(km(area, other) for other in bearers[bare(name)]) <= NEAR_KM)
        told[script(name), found] += 1
        if not found:
            away = None if area is None else round(km(area, row), 1)
            missed.append({"name": name, "row": row["name"], "km": away, "why": MISSES.get(name, "unexplained")})
    scripts = sorted({one for one, _ in told})
    by_script = {one: [told[one, True], told[one, True] + told[one, False]] for one in scripts}
    good, asked = (sum(pair[i] for pair in by_script.values()) for i in (0, 1))
    return {
        "names": asked,
        "found_within_5_km": good,
        "share": round(good / asked, 4),
        "by_script": by_script,
        "missed": missed,
        "remarks_left_out": remarks,
        "strict_all_cells_own_row": [strict, len(cells)],
    }


ROUNDING_KM = 25.0
"""Ranges are rounded to 10 or 50 km: half a step."""


def shore_km(ring, lat, lon):
    """Return the distance to a ring's nearest edge, km, on a plane."""
    scale = np.array((np.cos(np.radians(lat)), 1.0)) * 111.2
    return shapely.LinearRing(ring * scale).distance(shapely.Point(np.array((lon, lat)) * scale))


TOLD = (
    ("150 km west of the Oshima Peninsula", 39.200, 125.673, 1090.0),
    ("about 200 km west of Okushiri Island", 39.112, 125.998, 1001.2),
)
"""Falls of 24 March 2022 and 31 October 2024: note, site, range; from knowledge, to be checked."""


def reached():
    """Return whether some bearing leads from the site over the range into the area of a note."""
    cases = []
    for note, lat0, lon0, range_km in TOLD:
        area = resolve_place(note)
        ends = [GEOD.fwd(lon0, lat0, bearing, 1000 * range_km)[:2] for bearing in range(30, 120)]
        best = min(share_before(area, lat, lon) for lon, lat in ends)
        cases.append({"note": note, "least_share": round(best, 3), "holds": best <= MOST})
    return cases


def bearings_of(row):
    """Return the bearings that a row gives, degrees, and whether it knows one at all."""
    direction = row["direction"]
    if "default" in direction:
        return [90.0], False
    if "az" in direction:
        return [float(number) for number in re.findall(r"\d+", direction.split("az")[1])], True
    points = {"E": 90.0, "W": 270.0, "S": 180.0, "SE": 135.0, "ESE": 112.5, "ENE": 67.5}
    return ([points[direction]], True) if direction in points else ([], False)


def phrase_of(note):
    """Return what of a note tells a place: '~' and what it says of zones left out."""
    return re.sub(r"[;,] (?:in|out)side EEZ$", "", note).replace("~", "about ").replace("/", " / ")


def score_falls(path):
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["impact_note"]]
    cases, left = [], []
    for row in rows:
        note = row["impact_note"]
        bearings, known = bearings_of(row)
        sought = phrase_of(note)
        area = resolve_place(sought, country=row["country"])
        complete = row["launch_lat"] and row["range_km"] and bearings
        if area is None or not complete:
            why = FALLS.get(note) or ("no range, bearing or site in the table" if not complete else "unexplained")
            left.append({"id": row["id"], "note": note, "why": why})
            continue
        for bearing in bearings:
            lon, lat, _ = GEOD.fwd(
                float(row["launch_lon"]), float(row["launch_lat"]), bearing, 1000 * float(row["range_km"])
            )
            share = share_before(area, lat, lon)
            lon0, lat0 = area.centre_deg
            case = {"id": row["id"], "note": note, "area": area.name, "kind": area.kind, "bearing_deg": bearing}
            case |= {"bearing_known": known, "impact": [round(lat, 2), round(lon, 2)], "share": round(share, 3)}
            case |= {
                "km_from_centre": round(GEOD.inv(lon, lat, lon0, lat0)[2] / 1000),
                "holds": holds(area, lat, lon),
            }
            if not case["holds"]:
                case["why"] = reason(row, area, lat, lon, known=known)
            cases.append(case)
    placed = [case for case in cases if case["kind"] == "offset"]
    return {
        "distance_notes": [sum(case["holds"] for case in placed), len(placed)],
        "all_notes": [sum(case["holds"] for case in cases), len(cases)],
        "reached_by_some_bearing": reached(),
        "unexplained": [case for case in cases if case.get("why") == "unexplained"],
        "cases": [case for case in cases if case["kind"] == "offset" or not case["holds"]],
        "not_cases": left,
    }


def reason(row, area, lat, lon, *, known):
    """Return why a note does not hold its fall."""
    if row["id"] in BEARINGS:
        return BEARINGS[row["id"]]
    if known and "az" not in row["direction"]:
        return (
            f"the bearing is a word, {row['direction']}, good to 11 degrees: {0.2 * float(row['range_km']):.0f} km"
        )
    if not known:
        return "the table knows no bearing; 90 degrees is its default"
    away = min(shore_km(ring, lat, lon) for ring in area.polygon)
    if area.kind == "sea" and away <= ROUNDING_KM:
        return f"{away:.0f} km inland of the shore: within the rounding of the table's range and bearing"
    if "failure" in row["notes"]:
        return "a flight that failed: it did not fly the range and bearing of the table to its end"
    return "unexplained"


def score_words(count, seed=5):
    rng = np.random.default_rng(seed)
    held, lost, spent = collections.Counter(), [], 0.0
    for lat, lon in zip(rng.uniform(30, 46, count), rng.uniform(122, 150, count), strict=True):
        start = time.process_time()
        words = describe_point(lat, lon)
        spent += time.process_time() - start
        for language, text in words.text.items():
            area = resolve_place(text)
            ok = area is not None and holds(area, lat, lon)
            held[language] += ok
            if not ok:
                lost.append({"lat": round(lat, 2), "lon": round(lon, 2), "text": text, "read": area and area.name})
    return {
        "points": count,
        "held": dict(held),
        "share": round(sum(held.values()) / (3 * count), 4),
        "lost": lost,
        "describe_ms": round(1000 * spent / count, 2),
    }


def time_phrases(count=400):
    """Return how long a new phrase with a distance takes, ms, once the gazetteer is read."""
    resolve_place("Wonsan")
    phrases = [f"about {100 + i} km west of Okushiri Island" for i in range(count)]
    start = time.process_time()
    for phrase in phrases:
        resolve_place(phrase)
    return round(1000 * (time.process_time() - start) / count, 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = {
        "machine": describe(),
        "names": score_names(arguments.catalog / "sites.csv"),
        "falls": score_falls(arguments.catalog / "flights.csv"),
        "words": score_words(arguments.points),
        "phrase_ms": time_phrases(),
    }
    report(result, arguments.json)


if __name__ == "__main__":
    main()
