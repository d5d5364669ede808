"""What each zone is called, who claims it, on what basis it was drawn and how far its line may be off."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
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

LAND_STATES = {
    "Brunei": "BRN",
    "China": "CHN",
    "Hong Kong": "CHN",
    "Macao": "CHN",
    "Micronesia": "FSM",
    "Indonesia": "IDN",
    "Japan": "JPN",
    "Cambodia": "KHM",
    "Kiribati": "KIR",
    "South Korea": "KOR",
    "Laos": "LAO",
    "Marshall Is.": "MHL",
    "Myanmar": "MMR",
    "Mongolia": "MNG",
    "Malaysia": "MYS",
    "Philippines": "PHL",
    "Palau": "PLW",
    "North Korea": "PRK",
    "Russia": "RUS",
    "Singapore": "SGP",
    "Thailand": "THA",
    "Taiwan": "TWN",
    "Guam": "USA",
    "N. Mariana Is.": "USA",
    "U.S. Minor Outlying Is.": "USA",
    "United States of America": "USA",
    "Vietnam": "VNM",
    "Spratly Is.": "disputed:spratly",
    "Scarborough Reef": "disputed:scarborough",
}
"""Natural Earth's name to zone; Hong Kong and Macao with China, the American islands with the United States."""

OSM_STATES = {code: code for code in STATE_NAMES if code not in {"LAO", "MNG"}} | {
    "HKG": "CHN",
    "MAC": "CHN",
    "GUM": "USA",
    "MNP": "USA",
    "UMI": "USA",
}

DISPUTED_LAND = {
    "liancourt": ({"South Korea", "Japan"}, box(131.7, 37.1, 132.0, 37.4)),
    "southern_kurils": ({"Russia", "Japan"}, box(145.38, 43.35, 149.1, 45.6)),
    "senkaku": ({"Japan", "China", "Taiwan"}, box(123.3, 25.6, 124.7, 26.05)),
    "paracel": ({"China", "Vietnam"}, box(110.9, 15.5, 113.0, 17.4)),
}
"""Features that Natural Earth gives to one state: source names, and the box that holds each polygon's centroid."""

LIANCOURT_TERRITORIAL_SEA = box(131.4, 36.9, 132.3, 37.6)
NO_EFFECT = {
    "paracel": box(110.5, 15.0, 113.5, 18.0),
    "scarborough": box(117.3, 14.7, 118.3, 15.6),
    "spratly": box(111.0, 6.5, 118.0, 12.5),
}
"""South China Sea features that get a territorial sea but no zone of their own, with the box that holds them."""

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
}

KIND_NAMES = {"land": "land", "territorial_sea": "territorial sea", "eez": "exclusive economic zone"}
BASIS = {
    "land": "Natural Earth 1:10m, de facto",
    "territorial_sea": "OpenStreetMap 12 nm limit",
    "eez": "computed 200 nm / equidistance",
}
LINE_ERROR_KM = {"land": 2.0, "territorial_sea": 3.0, "eez": 6.0}

NO_KOREAN_LINE = [
    {"bounds": [123.0, 36.8, 127.0, 38.9], "km": 50.0, "why": "no agreed line between the two Koreas"},
    {"bounds": [128.8, 38.3, 133.9, 40.0], "km": 15.0, "why": "no agreed line between the two Koreas"},
]
EAST_CHINA_SEA = [
    {"bounds": [124.0, 28.1, 127.8, 32.8], "km": 50.0, "why": "equidistance is one side's position here"},
    {"bounds": [122.4, 25.2, 126.0, 28.1], "km": 50.0, "why": "equidistance is one side's position here"},
]
NORTH_KOREA_RUSSIA = [
    {"bounds": [130.8, 39.75, 133.5, 42.2], "km": 50.0, "why": "the 1986 line is known by two points only"},
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


def describe(key: str, area: BaseGeometry, window: BaseGeometry) -> dict[str, Any]:
    """Return the row of zones.json for one zone."""
    kind, _, owner = key.partition(":")
    disputed = owner.removeprefix("disputed:") if owner.startswith("disputed:") else None
    states, names = DISPUTED[disputed] if disputed else ((owner,), STATE_NAMES[owner])
    bounds = [round(float(b), 5) for b in area.bounds]
    contested = disputed is not None or owner == "TWN"
    return {
        "id": key,
        "kind": kind,
        "states": list(states),
        "names": list(names),
        "basis": basis(kind, owner),
        "status": "overlapping claim" if contested else "no dispute recorded",
        "overlay": key == "eez:disputed:liancourt",
        "line_error_km": LINE_ERROR_KM[kind],
        "line_error_exceptions": EXCEPTIONS.get(owner, []) if kind == "eez" else [],
        "note": note(kind, owner),
        "bounds": bounds,
        "complete": bool(np.all(np.abs(np.array(bounds) - window.bounds) > 1e-4)),
        "vertices": int(shapely.get_num_coordinates(area)),
    }


def basis(kind: str, owner: str) -> str:
    """Return how the zone's line was drawn."""
    if kind == "eez" and owner in {"PRK", "RUS"}:
        return f"{BASIS[kind]}; 1986 line between North Korea and Russia"
    if kind == "eez" and owner == "disputed:liancourt":
        return "computed: what changes hands if the feature has full effect"
    if kind == "territorial_sea" and owner in {"disputed:senkaku", "disputed:spratly"}:
        return "computed 12 nm around Natural Earth 1:10m land"
    return BASIS[kind]


def note(kind: str, owner: str) -> str:
    """Return what a reader of this zone must know besides its basis."""
    if owner == "TWN":
        return "administered from Taipei; the People's Republic of China claims it"
    if kind == "eez" and owner == "disputed:liancourt":
        return "lies over eez:JPN and eez:KOR, which are drawn with no effect of the feature beyond 12 nm"
    if kind == "eez" and owner in SOUTH_CHINA_SEA_STATES:
        return "features in the South China Sea get no zone of their own; claims there overlap widely"
    if kind == "territorial_sea" and owner == "disputed:paracel":
        return "drawn from China's straight baselines, which others contest"
    return ""
