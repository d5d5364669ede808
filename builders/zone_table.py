"""What each zone is called, who claims it, on what basis it was drawn and how far its line may be off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from sea_facts import SeaFact
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

STATE_NAMES = {
    "BRN": ("Brunei",),
    "CHN": ("China", "中国"),
    "FSM": ("Micronesia",),
    "IDN": ("Indonesia",),
    "JPN": ("Japan", "日本"),
    "KHM": ("Cambodia",),
    "KIR": ("Kiribati",),
    "KOR": ("South Korea", "대한민국"),
    "LAO": ("Laos",),
    "MHL": ("Marshall Islands",),
    "MMR": ("Myanmar",),
    "MNG": ("Mongolia",),
    "MYS": ("Malaysia",),
    "NRU": ("Nauru",),
    "PHL": ("Philippines",),
    "PLW": ("Palau",),
    "PNG": ("Papua New Guinea",),
    "PRK": ("North Korea", "조선민주주의인민공화국"),
    "RUS": ("Russia", "Россия"),
    "SGP": ("Singapore",),
    "SLB": ("Solomon Islands",),
    "THA": ("Thailand",),
    "TWN": ("Taiwan", "臺灣"),
    "USA": ("United States",),
    "VNM": ("Vietnam",),
}

SOVEREIGN = {
    "ABW": "NLD", "AIA": "GBR", "ALA": "FIN", "ASM": "USA", "ATF": "FRA", "BES": "NLD", "BLM": "FRA", "BMU": "GBR",
    "BVT": "NOR", "CCK": "AUS", "CUW": "NLD", "CXR": "AUS", "CYM": "GBR", "FRO": "DNK", "GGY": "GBR", "GLP": "FRA",
    "GRL": "DNK", "GUF": "FRA", "GUM": "USA", "HKG": "CHN", "HMD": "AUS", "IMN": "GBR", "JEY": "GBR", "MAC": "CHN",
    "MAF": "FRA", "MNP": "USA", "MSR": "GBR", "MTQ": "FRA", "NCL": "FRA", "NFK": "AUS", "PCN": "GBR", "PRI": "USA",
    "PYF": "FRA", "REU": "FRA", "SHN": "GBR", "SJM": "NOR", "SPM": "FRA", "SXM": "NLD", "TCA": "GBR", "TKL": "NZL",
    "UMI": "USA", "VGB": "GBR", "VIR": "USA", "WLF": "FRA",
    "ESH": "disputed:western_sahara", "FLK": "disputed:falklands", "SGS": "disputed:south_georgia",
    "IOT": "disputed:chagos", "MYT": "disputed:mayotte", "GIB": "disputed:gibraltar", "XKX": "disputed:kosovo",
}  # fmt: skip
"""A territory's zones are its state's; the Cook Islands and Niue speak for themselves at sea and stay apart."""

LAND_WITHOUT_CODE = {
    "Akrotiri": "GBR",
    "Bajo Nuevo Bank": "disputed:serranilla_bajo_nuevo",
    "Baikonur": "KAZ",
    "Clipperton I.": "FRA",
    "Coral Sea Is.": "AUS",
    "Cyprus U.N. Buffer Zone": "CYP",
    "Dhekelia": "GBR",
    "Indian Ocean Ter.": "AUS",
    "Kosovo": "disputed:kosovo",
    "N. Cyprus": "disputed:northern_cyprus",
    "Scarborough Reef": "disputed:scarborough",
    "Serranilla Bank": "disputed:serranilla_bajo_nuevo",
    "Siachen Glacier": "disputed:siachen",
    "Somaliland": "SOM",
    "Spratly Is.": "disputed:spratly",
    "USNB Guantanamo Bay": "CUB",
}
"""Natural Earth's areas without an ISO number."""

DISPUTED_LAND = {
    "liancourt": ({"South Korea", "Japan"}, box(131.7, 37.1, 132.0, 37.4)),
    "southern_kurils": ({"Russia", "Japan"}, box(145.38, 43.35, 149.1, 45.6)),
    "senkaku": ({"Japan", "China", "Taiwan"}, box(123.3, 25.6, 124.7, 26.05)),
    "paracel": ({"China", "Vietnam"}, box(110.9, 15.5, 113.0, 17.4)),
    "crimea": ({"Russia", "Ukraine"}, box(32.4, 44.3, 36.7, 46.25)),
    "ceuta_melilla": ({"Spain"}, box(-5.45, 34.9, -2.3, 35.95)),
    "tromelin": ({"Fr. S. Antarctic Lands", "France"}, box(54.3, -16.1, 54.8, -15.6)),
    "scattered_islands": ({"Fr. S. Antarctic Lands", "France"}, box(39.3, -22.7, 47.7, -11.2)),
    "matthew_hunter": ({"New Caledonia", "France"}, box(170.8, -22.8, 172.5, -22.0)),
    "navassa": ({"U.S. Minor Outlying Is.", "Haiti"}, box(-75.2, 18.2, -74.8, 18.6)),
}
"""Features that Natural Earth gives to one state: source names, and the box that holds each polygon's centroid."""

DISPUTED_SEA = {
    "liancourt": ({"KOR"}, box(131.4, 36.9, 132.3, 37.6)),
    "ceuta_melilla": ({"ESP"}, box(-5.45, 34.9, -2.3, 35.97)),
    "tromelin": ({"ATF", "FRA"}, box(54.0, -16.4, 55.0, -15.4)),
    "scattered_islands": ({"ATF", "FRA"}, box(39.0, -23.0, 48.0, -11.0)),
    "matthew_hunter": ({"NCL", "FRA"}, box(170.7, -22.9, 172.6, -21.9)),
    "navassa": ({"UMI", "USA"}, box(-75.5, 18.0, -74.5, 18.8)),
    "serranilla_bajo_nuevo": ({"COL"}, box(-80.1, 15.4, -78.2, 16.3)),
}
"""Features whose sea is whole polygons of one of these codes, and the box that holds them."""

ISLETS = {"abu_musa_tunbs": ((25.87, 55.03), (26.26, 55.30), (26.24, 55.15))}
"""Disputed islets (lat, lon) that no source draws; positions from knowledge, to be checked."""

NO_EFFECT = {
    "paracel": box(110.5, 15.0, 113.5, 18.0),
    "scarborough": box(117.3, 14.7, 118.3, 15.6),
    "spratly": box(111.0, 6.5, 118.0, 12.5),
    "gibraltar": box(-5.5, 35.9, -5.2, 36.3),
    "abu_musa_tunbs": box(54.5, 25.4, 55.8, 26.6),
}
ROCKS_WITHOUT_ZONE = (box(-14.1, 57.3, -13.3, 57.9),)
"""Rockall: the United Kingdom claims no zone from it."""

CASPIAN = box(46.0, 36.0, 55.5, 47.8)
"""Not the high seas' law: the convention of 2018 knows no exclusive economic zones there."""
ARAL = box(57.5, 43.0, 62.5, 47.5)

"""Features that get a territorial sea but no zone of their own, with the box that holds them."""

DISPUTED = {
    "liancourt": (("JPN", "KOR"), ("Liancourt Rocks", "Takeshima (竹島)", "Dokdo (독도)")),
    "southern_kurils": (("JPN", "RUS"), ("Southern Kurils (Южные Курилы)", "Northern Territories (北方領土)")),
    "senkaku": (
        ("CHN", "JPN", "TWN"),
        ("Senkaku Islands (尖閣諸島)", "Diaoyu Islands (钓鱼岛)", "Diaoyutai (釣魚臺)"),
    ),
    "paracel": (("CHN", "TWN", "VNM"), ("Paracel Islands", "Xisha (西沙)", "Hoang Sa (Hoàng Sa)")),
    "scarborough": (
        ("CHN", "PHL", "TWN"),
        ("Scarborough Shoal", "Huangyan Dao (黄岩岛)", "Bajo de Masinloc / Panatag"),
    ),
    "spratly": (
        ("BRN", "CHN", "MYS", "PHL", "TWN", "VNM"),
        ("Spratly Islands", "Nansha (南沙)", "Truong Sa (Trường Sa)", "Kalayaan"),
    ),
    "abu_musa_tunbs": (("ARE", "IRN"), ("Abu Musa and the Tunbs", "أبو موسى وطنب", "ابوموسی و تنب")),
    "antarctica": (
        ("ARG", "AUS", "CHL", "FRA", "GBR", "NOR", "NZL"),
        ("Antarctica",),
    ),
    "ceuta_melilla": (("ESP", "MAR"), ("Ceuta and Melilla", "سبتة ومليلية")),
    "chagos": (("GBR", "MUS"), ("Chagos Archipelago", "British Indian Ocean Territory")),
    "crimea": (("RUS", "UKR"), ("Crimea", "Крим", "Крым")),
    "falklands": (("ARG", "GBR"), ("Falkland Islands", "Islas Malvinas")),
    "gibraltar": (("ESP", "GBR"), ("Gibraltar",)),
    "kosovo": (("SRB", "XKX"), ("Kosovo", "Косово")),
    "matthew_hunter": (("FRA", "VUT"), ("Matthew and Hunter Islands", "Umaenupne and Leka")),
    "mayotte": (("COM", "FRA"), ("Mayotte", "Maore")),
    "navassa": (("HTI", "USA"), ("Navassa Island", "La Navase")),
    "northern_cyprus": (("CYP", "TUR"), ("Northern Cyprus", "Kuzey Kıbrıs", "Βόρεια Κύπρος")),
    "scattered_islands": (("COM", "FRA", "MDG"), ("Scattered Islands (Îles Éparses)", "Nosy Glorioso and others")),
    "serranilla_bajo_nuevo": (("COL", "USA"), ("Serranilla Bank and Bajo Nuevo",)),
    "siachen": (("IND", "PAK"), ("Siachen Glacier",)),
    "south_georgia": (
        ("ARG", "GBR"),
        ("South Georgia and the South Sandwich Islands", "Islas Georgias del Sur y Sandwich del Sur"),
    ),
    "tromelin": (("FRA", "MUS"), ("Tromelin Island",)),
    "western_sahara": (("ESH", "MAR"), ("Western Sahara", "الصحراء الغربية")),
}

BASIS = {
    "land": "Natural Earth 1:10m, de facto",
    "territorial_sea": "OpenStreetMap 12 nm limit",
    "contiguous_zone": "computed 24 nm: 12 nm beyond the OpenStreetMap limit",
    "eez": "computed 200 nm / equidistance",
}
LINE_ERROR_KM = {"land": 2.0, "territorial_sea": 3.0, "contiguous_zone": 3.0, "eez": 6.0}

NO_KOREAN_LINE = [
    {"bounds": [123.0, 36.8, 127.0, 38.9], "km": 50.0, "why": "no agreed line between the two Koreas"},
    {"bounds": [128.8, 38.3, 133.9, 40.0], "km": 15.0, "why": "no agreed line between the two Koreas"},
]
EAST_CHINA_SEA = [
    {"bounds": [124.0, 28.1, 127.8, 32.8], "km": 50.0, "why": "equidistance is one side's position here"},
    {"bounds": [122.4, 25.2, 126.0, 28.1], "km": 50.0, "why": "equidistance is one side's position here"},
]
NORTH_KOREA_RUSSIA = [
    {
        "bounds": [130.8, 39.5, 134.0, 42.2],
        "km": 10.0,
        "why": "two points of the 1986 line are from knowledge, checked by the line's length alone",
    },
]
EXCEPTIONS = {
    "PRK": NO_KOREAN_LINE + NORTH_KOREA_RUSSIA,
    "RUS": NORTH_KOREA_RUSSIA,
    "KOR": NO_KOREAN_LINE + EAST_CHINA_SEA,
    "CHN": EAST_CHINA_SEA,
    "TWN": EAST_CHINA_SEA,
    "JPN": EAST_CHINA_SEA,
}
"""Stretches of limits that are less sure than the rest; the boxes hold no territorial-sea limit of Japan."""

SOUTH_CHINA_SEA_STATES = {"BRN", "CHN", "IDN", "MYS", "PHL", "TWN", "VNM"}

TREATY_BASIS = {
    "PRK": "; 1986 line between North Korea and Russia; coasts alone in the Yellow Sea",
    "RUS": "; 1986 line between North Korea and Russia",
    "KOR": "; coasts alone towards North Korea in the Yellow Sea",
    "IDN": "; 2014 line between Indonesia and the Philippines",
    "PHL": "; 2014 line between Indonesia and the Philippines",
}
CONTESTED = {
    "TWN": "administered from Taipei; the People's Republic of China claims it",
    "PSE": "Palestine; Israel contests its maritime zones",
}
"""States whose own entry is disputed as such, with the note."""

FEATURE_NOTES = {
    "antarctica": "claims are held in abeyance by the Antarctic Treaty of 1959, article IV; no zones are drawn",
    "chagos": "administered by the United Kingdom; a treaty on its transfer to Mauritius was signed in 2025",
    "crimea": "held by Russia since 2014; General Assembly resolution 68/262 upholds the borders of Ukraine",
    "northern_cyprus": "administered apart since 1974; recognised by Turkey only",
    "western_sahara": "a non-self-governing territory on the United Nations' list",
}


def describe(key: str, area: BaseGeometry, english: Mapping[str, str]) -> dict[str, Any]:
    """Return the row of zones.json for one zone; `english` has the names of states without one here."""
    kind, _, owner = key.partition(":")
    disputed = owner.removeprefix("disputed:") if owner.startswith("disputed:") else None
    if disputed:
        states, names = DISPUTED[disputed]
    else:
        states, names = (owner,), STATE_NAMES.get(owner) or (english[owner],)
    contested = disputed is not None or owner in CONTESTED
    return {
        "id": key,
        "kind": kind,
        "states": list(states),
        "names": list(names),
        "basis": basis(kind, owner),
        "status": "overlapping claim" if contested else "no dispute recorded",
        "overlay": kind == "contiguous_zone" or key == "eez:disputed:liancourt",
        "line_error_km": LINE_ERROR_KM[kind],
        "line_error_exceptions": EXCEPTIONS.get(owner, []) if kind == "eez" else [],
        "note": note(kind, owner),
        "bounds": [round(float(b), 5) for b in area.bounds],
        "vertices": int(shapely.get_num_coordinates(area)),
    }


def describe_area(fact: SeaFact, area: BaseGeometry) -> dict[str, Any]:
    """Return the row of zones.json for a joint or provisional area."""
    return {
        "id": fact.id,
        "kind": fact.kind,
        "states": list(fact.states),
        "names": list(fact.names),
        "basis": f"treaty: {fact.source} (read: {fact.read})",
        "status": "joint regime",
        "overlay": True,
        "line_error_km": fact.error_km,
        "line_error_exceptions": [],
        "note": fact.note,
        "bounds": [round(float(b), 5) for b in area.bounds],
        "vertices": int(shapely.get_num_coordinates(area)),
    }


def describe_line(fact: SeaFact) -> dict[str, Any]:
    """Return the row of zones.json for a line."""
    return {
        "id": fact.id,
        "kind": fact.kind,
        "states": list(fact.states),
        "names": list(fact.names),
        "points": [[round(lon, 6), round(lat, 6)] for lat, lon in fact.points],
        "source": fact.source,
        "read": fact.read,
        "error_km": fact.error_km,
        "note": fact.note,
    }


def basis(kind: str, owner: str) -> str:
    """Return how the zone's line was drawn."""
    if kind == "eez" and owner == "disputed:liancourt":
        return "computed: what changes hands if the feature has full effect"
    if kind == "eez":
        return BASIS[kind] + TREATY_BASIS.get(owner, "")
    if kind == "territorial_sea" and owner in {"disputed:senkaku", "disputed:spratly", "disputed:abu_musa_tunbs"}:
        return "computed 12 nm around the land"
    return BASIS[kind]


def note(kind: str, owner: str) -> str:
    """Return what a reader of this zone must know besides its basis."""
    if owner in CONTESTED:
        return CONTESTED[owner]
    if kind == "eez" and owner == "disputed:liancourt":
        return "lies over eez:JPN and eez:KOR, which are drawn with no effect of the feature beyond 12 nm"
    if kind == "eez" and owner in SOUTH_CHINA_SEA_STATES:
        return "features in the South China Sea get no zone of their own; claims there overlap widely"
    if kind == "territorial_sea" and owner == "disputed:paracel":
        return "drawn from China's straight baselines, which others contest"
    return FEATURE_NOTES.get(owner.removeprefix("disputed:"), "")
